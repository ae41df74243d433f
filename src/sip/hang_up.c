#include "sip/hang_up.h"

#include <pthread.h>
#include <re.h>
#include <string.h>

enum { ASKED_MAX = 256 };

struct asked {
	struct uuid tenant, call;
};

struct hang_ups {
	pthread_mutex_t lock; /* over asked, n, rung */
	struct asked asked[ASKED_MAX];
	size_t n;
	struct mqueue *bell; /* wakes the loop */
	bool rung;           /* one message is on its way to it */
	hang_up_h *handler;
	void *arg;
};

static void on_bell(int id, void *data, void *arg)
{
	struct hang_ups *hang_ups = arg;
	struct asked asked[ASKED_MAX];
	size_t n;

	(void)id;
	(void)data;
	pthread_mutex_lock(&hang_ups->lock);
	hang_ups->rung = false;
	n = hang_ups->n;
	memcpy(asked, hang_ups->asked, n * sizeof(*asked));
	hang_ups->n = 0;
	pthread_mutex_unlock(&hang_ups->lock);
	for (size_t i = 0; i < n; i++)
		hang_ups->handler(&asked[i].tenant, &asked[i].call, hang_ups->arg);
}

enum error_code hang_ups_open(hang_up_h *handler, void *arg, struct hang_ups **ret_hang_ups)
{
	struct hang_ups *hang_ups = calloc(1, sizeof(*hang_ups));

	if (!hang_ups)
		return ERROR_MEMORY;
	pthread_mutex_init(&hang_ups->lock, NULL);
	hang_ups->handler = handler;
	hang_ups->arg = arg;
	if (mqueue_alloc(&hang_ups->bell, on_bell, hang_ups) != 0) {
		hang_ups_close(hang_ups);
		return ERROR_MEMORY;
	}
	*ret_hang_ups = hang_ups;
	return ERROR_OK;
}

void hang_ups_close(struct hang_ups *hang_ups)
{
	if (!hang_ups)
		return;
	mem_deref(hang_ups->bell);
	pthread_mutex_destroy(&hang_ups->lock);
	free(hang_ups);
}

bool hang_ups_ask(const struct uuid *tenant, const struct uuid *call, void *arg)
{
	struct hang_ups *hang_ups = arg;
	bool room;

	pthread_mutex_lock(&hang_ups->lock);
	room = hang_ups->n < ASKED_MAX;
	if (room)
		hang_ups->asked[hang_ups->n++] = (struct asked){*tenant, *call};
	/* One that failed is made up for by the next who asks. */
	if (!hang_ups->rung)
		hang_ups->rung = mqueue_push(hang_ups->bell, 0, NULL) == 0;
	pthread_mutex_unlock(&hang_ups->lock);
	return room;
}
