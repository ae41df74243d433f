#include "sip/refusal.h"

#include "sip/reply.h"

struct refusal {
	struct sip_msg *msg;
	uint64_t at_ms;
};

/* A ring, by time. All wait equally long, so a new one goes to the end, or nearly. */
struct refusals {
	struct engine *engine;
	struct tmr timer;
	size_t first, n;
	struct refusal ring[REFUSALS_MAX];
};

enum error_code refusals_open(struct engine *engine, struct refusals **ret_refusals,
                              struct error *err)
{
	struct refusals *refusals = calloc(1, sizeof(*refusals));

	if (!refusals)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	refusals->engine = engine;
	tmr_init(&refusals->timer);
	*ret_refusals = refusals;
	return ERROR_OK;
}

static struct refusal *take(struct refusals *refusals)
{
	struct refusal *refusal = &refusals->ring[refusals->first];

	refusals->first = (refusals->first + 1) % REFUSALS_MAX;
	refusals->n--;
	return refusal;
}

void refusals_close(struct refusals *refusals)
{
	if (!refusals)
		return;
	tmr_cancel(&refusals->timer);
	while (refusals->n > 0)
		mem_deref(take(refusals)->msg);
	free(refusals);
}

static void on_time(void *arg)
{
	struct refusals *refusals = arg;
	uint64_t now_ms = tmr_jiffies();

	while (refusals->n > 0 && refusals->ring[refusals->first].at_ms <= now_ms) {
		struct refusal *refusal = take(refusals);

		reply_status(refusals->engine, refusal->msg, 403);
		mem_deref(refusal->msg);
	}
	if (refusals->n > 0)
		tmr_start(&refusals->timer, refusals->ring[refusals->first].at_ms - now_ms, on_time,
		          refusals);
}

static struct refusal *place(struct refusals *refusals, size_t i)
{
	return &refusals->ring[(refusals->first + i) % REFUSALS_MAX];
}

void refusals_add(struct refusals *refusals, const struct sip_msg *msg, uint64_t arrived_ms)
{
	uint64_t at_ms = arrived_ms + REFUSAL_DELAY_MS, now_ms = tmr_jiffies();
	size_t i = refusals->n;

	if (i == REFUSALS_MAX)
		return;
	refusals->n++;
	for (; i > 0 && place(refusals, i - 1)->at_ms > at_ms; i--)
		*place(refusals, i) = *place(refusals, i - 1);
	*place(refusals, i) = (struct refusal){.msg = mem_ref((void *)msg), .at_ms = at_ms};
	if (i == 0)
		tmr_start(&refusals->timer, at_ms > now_ms ? at_ms - now_ms : 0, on_time, refusals);
}
