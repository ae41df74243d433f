#include "freeswitch/whose.h"

#include <pthread.h>
#include <string.h>

#include "base/behind.h"

enum { ASKED_MAX = 256 };

/* A domain, or a user name where that is empty. */
struct asked {
	char domain[DOMAIN_MAX];
	struct uuid user;
};

struct whose {
	const struct fs_node *node;
	struct behind *behind;
	pthread_mutex_t mutex;
	struct asked asked[ASKED_MAX]; /* under the mutex */
	size_t n;
};

static bool take(struct whose *whose, struct asked *ret_asked)
{
	bool any;

	pthread_mutex_lock(&whose->mutex);
	any = whose->n > 0;
	if (any)
		*ret_asked = whose->asked[0];
	pthread_mutex_unlock(&whose->mutex);
	return any;
}

static void done(struct whose *whose)
{
	pthread_mutex_lock(&whose->mutex);
	memmove(whose->asked, whose->asked + 1, --whose->n * sizeof(*whose->asked));
	pthread_mutex_unlock(&whose->mutex);
}

/* Found or known not to be there: the directory remembers either. */
static enum behind_result look(void *arg)
{
	struct whose *whose = arg;
	struct directory *directory = whose->node->directory;
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	struct asked asked;
	enum error_code code;

	if (!take(whose, &asked))
		return BEHIND_IDLE;
	code = *asked.domain
	               ? directory_find_domain(directory, asked.domain, &snapshot, NULL)
	               : directory_find_auth_username(directory, &asked.user, &snapshot, NULL);
	if (code == ERROR_UNAVAILABLE)
		return BEHIND_AWAY;
	done(whose);
	if (whose->node->esl)
		esl_wake(whose->node->esl);
	return BEHIND_MORE;
}

/* A question too many is asked again later. */
static void ask(struct whose *whose, const struct asked *asked)
{
	bool known = false;

	pthread_mutex_lock(&whose->mutex);
	for (size_t i = 0; i < whose->n && !known; i++)
		known = strcmp(whose->asked[i].domain, asked->domain) == 0 &&
		        uuid_equal(&whose->asked[i].user, &asked->user);
	if (!known && whose->n < ASKED_MAX)
		whose->asked[whose->n++] = *asked;
	pthread_mutex_unlock(&whose->mutex);
	behind_kick(whose->behind);
}

enum directory_answer whose_domain(struct whose *whose, const char *domain,
                                   struct snapshot **ret_snapshot)
{
	struct asked asked = {0};
	enum directory_answer answer;

	if (!*domain || strlen(domain) >= DOMAIN_MAX)
		return DIRECTORY_ABSENT;
	answer = directory_peek_domain(whose->node->directory, domain, ret_snapshot);
	if (answer == DIRECTORY_ASK) {
		memcpy(asked.domain, domain, strlen(domain));
		ask(whose, &asked);
	}
	return answer;
}

enum directory_answer whose_phone(struct whose *whose, const struct uuid *auth_username,
                                  const char *domain, struct snapshot **ret_snapshot)
{
	struct asked asked = {.user = *auth_username};
	enum directory_answer answer = whose_domain(whose, domain, ret_snapshot);

	if (answer != DIRECTORY_ABSENT)
		return answer;
	answer = directory_peek_auth_username(whose->node->directory, auth_username, ret_snapshot);
	if (answer == DIRECTORY_ASK)
		ask(whose, &asked);
	return answer;
}

enum error_code whose_open(const struct fs_node *node, struct whose **ret_whose, struct error *err)
{
	struct whose *whose = calloc(1, sizeof(*whose));
	enum error_code code;

	if (!whose)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	whose->node = node;
	pthread_mutex_init(&whose->mutex, NULL);
	code = behind_open(look, whose, 0, &whose->behind, err);
	if (code != ERROR_OK) {
		pthread_mutex_destroy(&whose->mutex);
		free(whose);
		return code;
	}
	*ret_whose = whose;
	return ERROR_OK;
}

void whose_close(struct whose *whose)
{
	if (!whose)
		return;
	behind_close(whose->behind);
	pthread_mutex_destroy(&whose->mutex);
	free(whose);
}
