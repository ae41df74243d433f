/* From the spool to PostgreSQL once it is back: oldest first, a window of files at a time, so that
 * they are committed together. A file goes only when its record is safe elsewhere; one that cannot
 * be read or taken now stays, and holds up no other. */
#include "base/clock.h"
#include "base/condition.h"
#include "db/queries.h"
#include "freeswitch/intake_private.h"

enum {
	WINDOW = 64,
	IDLE_MS = 500,
	RETRY_LEAST_MS = 250,
	RETRY_MOST_MS = 5000,
};

struct window {
	struct intake_item *items[WINDOW]; /* NULL: not under way */
	char *const *names;
	size_t n;
};

struct replay {
	struct intake *intake;
	size_t removed; /* in this pass */
};

/* Sleeps, unless there is a doubt, or the intake is being closed; false: it is. */
static bool rest(struct intake *intake, unsigned ms)
{
	int64_t until_us = clock_monotonic_us() + ms * INT64_C(1000);
	bool goes_on;

	pthread_mutex_lock(&intake->mutex);
	while (!intake->replay_stops && (!intake->doubt || intake->away) &&
	       clock_monotonic_us() < until_us)
		condition_wait(&intake->stop_wake, &intake->mutex, until_us);
	goes_on = !intake->replay_stops;
	pthread_mutex_unlock(&intake->mutex);
	return goes_on;
}

static bool is_away(struct intake *intake)
{
	bool away;

	pthread_mutex_lock(&intake->mutex);
	away = intake->away || intake->replay_stops;
	pthread_mutex_unlock(&intake->mutex);
	return away;
}

/* Whether the database answers; it is asked only when that is not sure. */
static bool is_back(struct intake *intake)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	const struct tx_statement statement = TX_QUERY(QUERY_HEALTH_ASK);
	bool was_away, is_sure;
	struct error err = {0};

	pthread_mutex_lock(&intake->mutex);
	was_away = intake->away;
	is_sure = !was_away && !intake->doubt;
	pthread_mutex_unlock(&intake->mutex);
	if (is_sure)
		return true;
	if (tx_run(intake->config.db, &scope, &statement, 1, NULL, &err) != ERROR_OK) {
		intake_is_away(intake, &err);
		return false;
	}
	pthread_mutex_lock(&intake->mutex);
	intake->away = false;
	intake->doubt = false;
	pthread_mutex_unlock(&intake->mutex);
	if (was_away)
		intake_notice(intake, INTAKE_RESUMED, NULL, NULL);
	return true;
}

static void done_with(struct replay *replay, const char *name)
{
	struct intake *intake = replay->intake;

	/* What cannot be removed is sent again, which changes nothing. */
	if (spool_remove(intake->spool, name, NULL) != ERROR_OK)
		return;
	replay->removed++;
	pthread_mutex_lock(&intake->mutex);
	intake->counts.replayed++;
	pthread_mutex_unlock(&intake->mutex);
}

static void bury(struct replay *replay, const char *name, const struct intake_letter *letter,
                 const struct intake_result *result)
{
	struct error err = {0};
	enum error_code code = intake_bury(replay->intake, letter, result, &err);

	if (code == ERROR_OK)
		done_with(replay, name);
	else if (code == ERROR_UNAVAILABLE)
		intake_is_away(replay->intake, &err);
}

/* Sends one file on its way. NULL: there is nothing to wait for. */
static struct intake_item *begin(struct replay *replay, const char *name)
{
	struct intake *intake = replay->intake;
	AUTO(spooled_clear) struct spooled spooled = {0};
	struct intake_result result = {.is_dead = true, .reason = DEAD_UNREADABLE};
	struct intake_item *item;

	if (spool_get(intake->spool, name, &spooled, NULL) != ERROR_OK)
		return NULL;
	result.code = intake_item_new(intake, &spooled.letter, &item, &result.err);
	if (result.code == ERROR_OK) {
		intake_submit(intake, item);
		return item;
	}
	if (!intake_passing(result.code))
		bury(replay, name, &spooled.letter, &result);
	return NULL;
}

static void end(struct replay *replay, const char *name, struct intake_item *item)
{
	struct intake *intake = replay->intake;
	AUTO(spooled_clear) struct spooled spooled = {0};
	struct intake_result result;

	intake_await(intake, item, 0, &result);
	if (result.code == ERROR_OK)
		done_with(replay, name);
	else if (result.code == ERROR_UNAVAILABLE)
		intake_is_away(intake, &result.err);
	else if (result.is_dead && spool_get(intake->spool, name, &spooled, NULL) == ERROR_OK)
		bury(replay, name, &spooled.letter, &result);
}

static void replay_all(struct replay *replay)
{
	struct intake *intake = replay->intake;
	AUTO(spool_names_clear) struct spool_names names = {0};

	replay->removed = 0;
	if (spool_list(intake->spool, &names, NULL) != ERROR_OK)
		return;
	for (size_t at = 0; at < names.n && !is_away(intake); at += WINDOW) {
		struct window window = {.names = names.names + at, .n = names.n - at};

		if (window.n > WINDOW)
			window.n = WINDOW;
		for (size_t i = 0; i < window.n && !is_away(intake); i++)
			window.items[i] = begin(replay, window.names[i]);
		for (size_t i = 0; i < window.n; i++)
			if (window.items[i])
				end(replay, window.names[i], window.items[i]);
	}
}

void *intake_replayer(void *arg)
{
	struct replay replay = {.intake = arg};
	unsigned rest_ms = 1;

	while (rest(replay.intake, rest_ms)) {
		bool back = is_back(replay.intake);

		if (back && !spool_waiting(replay.intake->spool)) {
			rest_ms = IDLE_MS;
			continue;
		}
		replay.removed = 0;
		if (back)
			replay_all(&replay);
		if (replay.removed || rest_ms < RETRY_LEAST_MS)
			rest_ms = RETRY_LEAST_MS;
		else
			rest_ms = rest_ms * 2 < RETRY_MOST_MS ? rest_ms * 2 : RETRY_MOST_MS;
	}
	return NULL;
}
