/* Live calls of one FreeSWITCH, as a part of its event socket. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "freeswitch/calls_private.h"

enum { REMIND_MS = 5000 };

/* On the thread of the live calls. While the switch is out of reach they are asked for again. */
static bool hang_up(const struct uuid *tenant, const struct uuid *id, void *arg)
{
	struct calls *calls = arg;
	bool room;

	(void)tenant;
	if (!calls->node->esl || !esl_is_up(calls->node->esl))
		return false;
	pthread_mutex_lock(&calls->mutex);
	room = calls->n_asked < CALLS_ASKED_MAX;
	if (room)
		calls->asked[calls->n_asked++] = *id;
	pthread_mutex_unlock(&calls->mutex);
	if (room)
		esl_wake(calls->node->esl);
	return room;
}

static void calls_free(struct calls *calls)
{
	for (size_t i = 0; i < CALLS_LISTS; i++)
		while (!LIST_EMPTY(&calls->lists[i])) {
			struct call *call = LIST_FIRST(&calls->lists[i]);

			LIST_REMOVE(call, in_list);
			if (call->words) {
				free(call->words->domain);
				free(call->words->from);
				free(call->words->name);
				free(call->words->to);
			}
			free(call->words);
			free(call);
		}
	free(calls->dumps);
	pthread_mutex_destroy(&calls->mutex);
	free(calls);
}

/* Rows stay: the calls go on, and whoever watches the switch next finds them there. */
static void close_part(void *state)
{
	struct calls *calls = state;

	if (!calls)
		return;
	live_on_hang_up(calls->live, NULL, NULL);
	behind_close(calls->reminder);
	whose_close(calls->whose);
	live_close(calls->live);
	calls_free(calls);
}

static void on_notice(const struct error *err, void *arg)
{
	(void)arg;
	if (err)
		log_error("freeswitch", "live calls not stored, memory goes on", err);
	else
		log_event(LOG_INFO, "freeswitch", "live calls are stored again",
		          LOG_TEXT("table", "calls"));
}

static enum behind_result remind(void *arg)
{
	struct calls *calls = arg;

	if (calls->node->esl && !esl_is_up(calls->node->esl))
		esl_wake(calls->node->esl);
	return BEHIND_IDLE;
}

static enum error_code open_part(const struct fs_node *node, void **ret_state, struct error *err)
{
	const struct live_config live = {.db = node->db,
	                                 .node = node->name,
	                                 .notice = on_notice,
	                                 .adopts = true,
	                                 .tenants = node->tenants};
	struct calls *calls = calloc(1, sizeof(*calls));
	enum error_code code;

	if (!calls)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	calls->node = node;
	calls->away_since_us = clock_monotonic_us();
	pthread_mutex_init(&calls->mutex, NULL);
	code = live_open(&live, &calls->live, err);
	if (code == ERROR_OK)
		code = whose_open(node, &calls->whose, err);
	if (code == ERROR_OK)
		code = behind_open(remind, calls, REMIND_MS, &calls->reminder, err);
	if (code != ERROR_OK) {
		whose_close(calls->whose);
		live_close(calls->live);
		calls_free(calls);
		return code;
	}
	live_on_hang_up(calls->live, hang_up, calls);
	*ret_state = calls;
	return ERROR_OK;
}

static void on_up(void *state)
{
	struct calls *calls = state;

	calls->up = true;
	calls_ask(calls);
}

static void on_down(void *state)
{
	struct calls *calls = state;
	struct call *call;

	calls->round++;
	if (calls->up)
		calls->away_since_us = clock_monotonic_us();
	calls->up = false;
	for (size_t i = 0; i < CALLS_LISTS; i++)
		LIST_FOREACH(call, &calls->lists[i], in_list)
	call->fresh = false;
}

static void on_event(void *state, const struct esl_event *event)
{
	calls_event(state, event);
}

/* Nobody can say any more what became of them. Should they live on, the next connection finds them
 * and they begin again. */
static void lose_all(struct calls *calls)
{
	if (!calls->adopted)
		live_adopt(calls->live);
	calls->adopted = true;
	for (size_t i = 0; i < CALLS_LISTS; i++)
		while (!LIST_EMPTY(&calls->lists[i]))
			calls_ended(calls, LIST_FIRST(&calls->lists[i]), "node_lost");
	memset(calls->gone, 0, sizeof(calls->gone));
}

static void look_at_clock(struct calls *calls, int64_t now_us)
{
	if (!LIST_EMPTY(&calls->waiting))
		calls_place(calls, now_us);
	if (!calls->up && (calls->n || !calls->adopted) &&
	    now_us - calls->away_since_us > CALLS_LOST_S * INT64_C(1000000))
		lose_all(calls);
}

static void on_tick(void *state, int64_t now_us)
{
	look_at_clock(state, now_us);
}

static void hang_ups(struct calls *calls)
{
	struct uuid asked[CALLS_ASKED_MAX];
	char text[UUID_TEXT_MAX];
	size_t n;

	pthread_mutex_lock(&calls->mutex);
	n = calls->n_asked;
	memcpy(asked, calls->asked, n * sizeof(*asked));
	calls->n_asked = 0;
	pthread_mutex_unlock(&calls->mutex);
	for (size_t i = 0; i < n; i++) {
		if (!calls_find(calls, &asked[i]))
			continue;
		atomic_fetch_add(&calls->figure_hang_ups, 1);
		esl_api(calls->node->esl, NULL, NULL, "uuid_kill %s MANAGER_REQUEST",
		        uuid_format(&asked[i], text));
	}
}

static void on_woken(void *state)
{
	struct calls *calls = state;

	look_at_clock(calls, clock_monotonic_us());
	hang_ups(calls);
}

static void on_hear(void *state, enum listen_event event, const char *payload)
{
	struct calls *calls = state;

	live_hear(event, payload, calls->live);
}

static void add_figures(void *state, struct text *json)
{
	struct calls *calls = state;
	struct live_counts live;

	live_counts(calls->live, &live);
	text_addf(json,
	          ",\"calls\":%zu,\"call_events\":%llu,\"calls_of_nobody\":%llu,\"hang_ups\":%llu,"
	          "\"live_steps_written\":%llu,\"live_steps_dropped\":%llu",
	          atomic_load(&calls->figure_calls),
	          (unsigned long long)atomic_load(&calls->figure_events),
	          (unsigned long long)atomic_load(&calls->figure_strangers),
	          (unsigned long long)atomic_load(&calls->figure_hang_ups),
	          (unsigned long long)live.written, (unsigned long long)live.dropped);
}

const struct fs_part fs_calls = {
	.name = "calls",
	.events = "CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_BRIDGE CHANNEL_HANGUP "
		  "CHANNEL_HANGUP_COMPLETE CHANNEL_DESTROY",
	.custom = "callcenter::info",
	.open = open_part,
	.close = close_part,
	.up = on_up,
	.down = on_down,
	.event = on_event,
	.tick = on_tick,
	.woken = on_woken,
	.hear = on_hear,
	.figures = add_figures,
};
