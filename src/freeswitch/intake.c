#include "freeswitch/intake.h"

#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "freeswitch/intake_private.h"

enum { LARGE = 1 << 20 };

void intake_notice(const struct intake *intake, enum intake_notice notice, const char *leg,
                   const struct error *err)
{
	if (intake->config.notice)
		intake->config.notice(notice, leg, err, intake->config.arg);
}

void intake_is_away(struct intake *intake, const struct error *err)
{
	bool tell;

	pthread_mutex_lock(&intake->mutex);
	tell = intake->spool && !intake->away;
	intake->away |= tell;
	pthread_mutex_unlock(&intake->mutex);
	if (tell)
		intake_notice(intake, INTAKE_WAITING, NULL, err);
}

/* With the mutex: the tenant's place among those held, or a free one. */
static size_t held_at(const struct intake *intake, const struct uuid *tenant)
{
	int64_t now_us = clock_monotonic_us();
	size_t free_at = 0;

	for (size_t i = 0; i < INTAKE_HELD_MAX; i++) {
		if (uuid_equal(&intake->held[i].tenant, tenant))
			return i;
		if (intake->held[i].until_us < now_us)
			free_at = i;
	}
	return free_at;
}

void intake_hold(struct intake *intake, const struct uuid *tenant)
{
	size_t i = held_at(intake, tenant);

	intake->held[i].tenant = *tenant;
	intake->held[i].until_us = clock_monotonic_us() + INTAKE_HELD_MS * INT64_C(1000);
}

static bool is_held(struct intake *intake, const struct uuid *tenant)
{
	bool held;

	pthread_mutex_lock(&intake->mutex);
	size_t i = held_at(intake, tenant);

	held = uuid_equal(&intake->held[i].tenant, tenant) &&
	       intake->held[i].until_us > clock_monotonic_us();
	pthread_mutex_unlock(&intake->mutex);
	return held;
}

/* It gave no answer in time, or to one tenant only: the replayer asks. */
static void doubt(struct intake *intake)
{
	pthread_mutex_lock(&intake->mutex);
	intake->doubt = true;
	pthread_cond_broadcast(&intake->stop_wake);
	pthread_mutex_unlock(&intake->mutex);
}

/* ---- items ---- */

enum error_code intake_item_new(struct intake *intake, const struct intake_letter *letter,
                                struct intake_item **ret_item, struct error *err)
{
	struct intake_item *item = calloc(1, sizeof(*item));
	struct error unplaced; /* the committers say it */
	enum error_code code;

	if (!item)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = record_read(letter->content_type, letter->body, letter->n, letter->url_uuid,
	                   &item->record, &item->data, err);
	if (code == ERROR_OK && place_record(intake->config.directory, &item->record, false,
	                                     &item->place, &unplaced) == PLACE_FOUND) {
		item->placed = true;
		if (!intake_item_write(item))
			code = error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	if (code != ERROR_OK) {
		intake_item_free(item);
		return code;
	}
	*ret_item = item;
	return ERROR_OK;
}

void intake_item_free(struct intake_item *item)
{
	if (!item)
		return;
	text_clear(&item->data);
	text_clear(&item->row);
	text_clear(&item->leg);
	free(item);
}

void intake_submit(struct intake *intake, struct intake_item *item)
{
	pthread_mutex_lock(&intake->mutex);
	item->state = INTAKE_QUEUED;
	STAILQ_INSERT_TAIL(&intake->queue, item, in_queue);
	pthread_cond_signal(&intake->work);
	pthread_mutex_unlock(&intake->mutex);
}

void intake_await(struct intake *intake, struct intake_item *item, unsigned wait_ms,
                  struct intake_result *ret_result)
{
	int64_t until_us = wait_ms ? clock_monotonic_us() + wait_ms * INT64_C(1000) : INT64_MAX / 2;
	bool is_done, is_queued;

	*ret_result = (struct intake_result){0};
	pthread_mutex_lock(&intake->mutex);
	while (item->state != INTAKE_DONE && clock_monotonic_us() < until_us)
		condition_wait(&intake->done, &intake->mutex, until_us);
	is_done = item->state == INTAKE_DONE;
	is_queued = item->state == INTAKE_QUEUED;
	if (is_done)
		*ret_result = item->result;
	else if (is_queued)
		STAILQ_REMOVE(&intake->queue, item, intake_item, in_queue);
	else
		item->abandoned = true;
	pthread_mutex_unlock(&intake->mutex);
	if (!is_done)
		ret_result->code = error_set(&ret_result->err, ERROR_TIMEOUT, NULL,
		                             "PostgreSQL did not take it in time");
	if (is_done || is_queued)
		intake_item_free(item);
}

/* ---- letters that have no place, or no database ---- */

enum error_code intake_bury(struct intake *intake, const struct intake_letter *letter,
                            const struct intake_result *result, struct error *err)
{
	const char *leg = result->leg[0] ? result->leg : letter->url_uuid;
	bool large = letter->n > LARGE;
	enum error_code code;

	/* Its text form and the copies on the way take several times its size. */
	if (large)
		pthread_mutex_lock(&intake->large);
	code = dead_letter_keep(intake->config.db, letter, leg, result->node, result->reason,
	                        &result->err, err);
	if (large)
		pthread_mutex_unlock(&intake->large);
	if (code != ERROR_OK)
		return code;
	pthread_mutex_lock(&intake->mutex);
	intake->counts.dead++;
	pthread_mutex_unlock(&intake->mutex);
	intake_notice(intake, INTAKE_DEAD, leg, &result->err);
	return ERROR_OK;
}

/* Once when it begins to fail, once when it works again. */
static void tell_spool(struct intake *intake, enum error_code code, const struct error *err)
{
	bool failed = code != ERROR_OK, tell;

	pthread_mutex_lock(&intake->mutex);
	tell = intake->unwritten != failed;
	intake->unwritten = failed;
	intake->counts.spooled += !failed;
	pthread_mutex_unlock(&intake->mutex);
	if (tell)
		intake_notice(intake, failed ? INTAKE_UNWRITTEN : INTAKE_WRITTEN, NULL,
		              failed ? err : NULL);
}

static enum error_code to_spool(struct intake *intake, const struct intake_letter *letter,
                                enum intake_outcome *ret_outcome, struct error *err)
{
	enum error_code code = spool_put(intake->spool, letter, err);

	tell_spool(intake, code, err);
	if (code == ERROR_OK)
		*ret_outcome = INTAKE_SPOOLED;
	return code;
}

/* What PostgreSQL did not take for a fault that may pass. */
static enum error_code keep(struct intake *intake, const struct intake_letter *letter,
                            enum intake_outcome *ret_outcome, struct error *err)
{
	if (!intake->spool)
		return err->code;
	if (err->code == ERROR_UNAVAILABLE)
		intake_is_away(intake, err);
	else if (err->code == ERROR_TIMEOUT)
		doubt(intake);
	return to_spool(intake, letter, ret_outcome, err);
}

/* ---- taking ---- */

static enum error_code bury(struct intake *intake, const struct intake_letter *letter,
                            const struct intake_result *result, enum intake_outcome *ret_outcome,
                            struct error *err)
{
	enum error_code code = intake_bury(intake, letter, result, err);

	if (code == ERROR_OK)
		*ret_outcome = INTAKE_IS_DEAD;
	if (intake_passing(code))
		code = keep(intake, letter, ret_outcome, err);
	return code;
}

static enum error_code take_now(struct intake *intake, const struct intake_letter *letter,
                                enum intake_outcome *ret_outcome, struct error *err)
{
	struct intake_result result = {0};
	struct intake_item *item;

	result.code = intake_item_new(intake, letter, &item, &result.err);
	if (result.code == ERROR_OK && intake->spool && item->placed &&
	    is_held(intake, &item->place.tenant)) {
		intake_item_free(item);
		result.code = error_set(&result.err, ERROR_BUSY, NULL, "the tenant is locked");
	} else if (result.code == ERROR_OK) {
		intake_submit(intake, item);
		intake_await(intake, item, intake->spool ? INTAKE_WAIT_MS : 0, &result);
	} else if (!intake_passing(result.code)) {
		result.is_dead = true;
		result.reason = DEAD_UNREADABLE;
	}
	if (result.is_dead)
		return bury(intake, letter, &result, ret_outcome, err);
	if (result.code == ERROR_OK) {
		*ret_outcome = INTAKE_STORED;
		return ERROR_OK;
	}
	*err = result.err;
	return keep(intake, letter, ret_outcome, err);
}

/* Room for a body among those under way. ret_away: it need not be tried. */
static enum error_code enter(struct intake *intake, size_t n, bool *ret_away, struct error *err)
{
	enum error_code code = ERROR_OK;

	if (n > RECORD_BODY_MAX)
		return error_set(err, ERROR_TOO_LARGE, NULL, "a record is over %d MiB",
		                 RECORD_BODY_MAX >> 20);
	pthread_mutex_lock(&intake->mutex);
	*ret_away = intake->away || intake->doubt;
	if (intake->under_way + n > INTAKE_UNDER_WAY_MAX)
		code = error_set(err, ERROR_UNAVAILABLE, NULL, "too many records are under way");
	else
		intake->under_way += n;
	pthread_mutex_unlock(&intake->mutex);
	return code;
}

/* What a caller may say: it was not taken, and may be sent again. */
static enum error_code refusal(enum error_code code, struct error *err)
{
	switch (code) {
	case ERROR_OK:
	case ERROR_UNAVAILABLE:
	case ERROR_NO_SPACE:
	case ERROR_TOO_LARGE:
	case ERROR_IO:
		return code;
	default:
		err->code = ERROR_UNAVAILABLE;
		return ERROR_UNAVAILABLE;
	}
}

enum error_code intake_take(struct intake *intake, const struct intake_letter *letter,
                            enum intake_outcome *ret_outcome, struct error *err)
{
	struct error unused;
	enum error_code code;
	bool away;

	err = err ? err : &unused;
	code = enter(intake, letter->n, &away, err);
	if (code == ERROR_OK) {
		code = away ? to_spool(intake, letter, ret_outcome, err)
		            : take_now(intake, letter, ret_outcome, err);
		pthread_mutex_lock(&intake->mutex);
		intake->under_way -= letter->n;
		pthread_mutex_unlock(&intake->mutex);
	}
	if (code != ERROR_OK) {
		pthread_mutex_lock(&intake->mutex);
		intake->counts.refused++;
		pthread_mutex_unlock(&intake->mutex);
	}
	return refusal(code, err);
}

void intake_counts(struct intake *intake, struct intake_counts *ret_counts)
{
	pthread_mutex_lock(&intake->mutex);
	*ret_counts = intake->counts;
	pthread_mutex_unlock(&intake->mutex);
	ret_counts->waiting = intake->spool ? spool_waiting(intake->spool) : 0;
}

/* ---- opening and closing ---- */

static enum error_code start(pthread_t *thread, void *(*run)(void *), void *arg, bool *ret_runs,
                             struct error *err)
{
	int failed = pthread_create(thread, NULL, run, arg);

	*ret_runs = !failed;
	return failed ? error_set(err, ERROR_MEMORY, NULL, "cannot start a thread: %s",
	                          strerror(failed))
	              : ERROR_OK;
}

enum error_code intake_open(const struct intake_config *config, struct intake **ret_intake,
                            struct error *err)
{
	struct intake *intake = calloc(1, sizeof(*intake));
	enum error_code code = ERROR_OK;

	if (!intake)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	intake->config = *config;
	intake->config.spool = NULL; /* the caller's */
	pthread_mutex_init(&intake->mutex, NULL);
	pthread_mutex_init(&intake->large, NULL);
	condition_init(&intake->work);
	condition_init(&intake->done);
	condition_init(&intake->stop_wake);
	STAILQ_INIT(&intake->queue);
	if (config->spool)
		code = spool_open(config->spool, &intake->spool, err);
	for (size_t i = 0; i < INTAKE_COMMITTERS && code == ERROR_OK; i++) {
		struct intake_committer *committer = &intake->committers[i];

		committer->intake = intake;
		code = start(&committer->thread, intake_committer, committer, &committer->runs,
		             err);
	}
	if (code == ERROR_OK && intake->spool)
		code = start(&intake->replayer, intake_replayer, intake, &intake->replays, err);
	if (code != ERROR_OK) {
		intake_close(intake);
		return code;
	}
	*ret_intake = intake;
	return ERROR_OK;
}

void intake_close(struct intake *intake)
{
	if (!intake)
		return;
	pthread_mutex_lock(&intake->mutex);
	intake->replay_stops = true;
	pthread_cond_broadcast(&intake->stop_wake);
	pthread_mutex_unlock(&intake->mutex);
	if (intake->replays)
		pthread_join(intake->replayer, NULL);
	pthread_mutex_lock(&intake->mutex);
	intake->stopping = true;
	pthread_cond_broadcast(&intake->work);
	pthread_mutex_unlock(&intake->mutex);
	for (size_t i = 0; i < INTAKE_COMMITTERS; i++)
		if (intake->committers[i].runs)
			pthread_join(intake->committers[i].thread, NULL);
	spool_close(intake->spool);
	pthread_cond_destroy(&intake->work);
	pthread_cond_destroy(&intake->done);
	pthread_cond_destroy(&intake->stop_wake);
	pthread_mutex_destroy(&intake->large);
	pthread_mutex_destroy(&intake->mutex);
	free(intake);
}
