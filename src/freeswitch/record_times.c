#include "freeswitch/record_times.h"

#include <stdlib.h>
#include <string.h>

enum { SECOND_US = 1000000 };

/* What a clock may say, 2000 to 2060: a difference of two always fits cdrs.duration. */
static const int64_t first_us = INT64_C(946684800) * SECOND_US;
static const int64_t last_us = INT64_C(2840140800) * SECOND_US;
/* Two clocks differ; a day is a wrong clock. */
static const int64_t ahead_us = INT64_C(86400) * SECOND_US;

/* 0: never, or no time that can be. */
static int64_t time_of(const struct record_values *values, enum record_value value, double unit_us)
{
	const char *text = record_get(values, value);
	char *end;
	double us;

	/* strtod knows words and hexadecimal numbers too. */
	if (!*text || text[strspn(text, "0123456789+-.eE")])
		return 0;
	us = strtod(text, &end) * unit_us;
	if (*end || !(us >= (double)first_us && us <= (double)last_us))
		return 0;
	return (int64_t)us;
}

/* Microseconds where they were said, else seconds, else what the callflow says. */
static int64_t first_time(const struct record_values *values, enum record_value in_us,
                          enum record_value in_s, enum record_value callflow)
{
	int64_t us = time_of(values, in_us, 1);

	us = us ? us : time_of(values, in_s, SECOND_US);
	return us || callflow == RECORD_VALUE_COUNT ? us : time_of(values, callflow, 1);
}

static int64_t bridged_at(const struct record_values *values)
{
	int64_t first = time_of(values, RECORD_V_BRIDGED_TIME, 1);

	return first ? first
	             : first_time(values, RECORD_V_BRIDGE_UEPOCH, RECORD_V_BRIDGE_EPOCH,
	                          RECORD_VALUE_COUNT);
}

bool record_was_bridged(const struct record_values *values)
{
	return bridged_at(values) > 0;
}

static bool is_true(const struct record_values *values, enum record_value value)
{
	return strcmp(record_get(values, value), "true") == 0;
}

/* mod_callcenter says seconds; exact_us is the same moment when it lies in that second. */
static int64_t refine(int64_t second_us, int64_t exact_us)
{
	return exact_us / SECOND_US == second_us / SECOND_US ? exact_us : second_us;
}

/*
 * When somebody was reached. A queue's caller is answered by the music, an agent's leg that lost
 * the race by a phone, and a caller whose bridge failed perhaps by an announcement before: none of
 * these reached anybody. What only heard an announcement did: that is what was called.
 */
static int64_t answered_at(const struct record_values *values, const struct record *record)
{
	int64_t answered = first_time(values, RECORD_V_ANSWER_UEPOCH, RECORD_V_ANSWER_EPOCH,
	                              RECORD_VALUE_COUNT);
	int64_t queue = time_of(values, RECORD_V_CC_QUEUE_ANSWERED_EPOCH, SECOND_US);
	int64_t bridged = bridged_at(values);
	const char *originate = record_get(values, RECORD_V_ORIGINATE_DISPOSITION);

	if (record->role == RECORD_AGENT)
		return is_true(values, RECORD_V_CC_AGENT_BRIDGED) || bridged ? answered : 0;
	if (record->role == RECORD_CALLEE)
		return answered;
	if (queue)
		return refine(queue, bridged);
	if (*record->queue)
		return bridged;
	if (*originate && strcmp(originate, "SUCCESS") != 0 && !bridged)
		return 0;
	return answered;
}

static int64_t between(int64_t us, int64_t low, int64_t high)
{
	return us < low ? low : us > high ? high : us;
}

void record_times(const struct record_values *values, int64_t now_us, struct record *record)
{
	int64_t start = first_time(values, RECORD_V_START_UEPOCH, RECORD_V_START_EPOCH,
	                           RECORD_V_CREATED_TIME);
	int64_t end =
		first_time(values, RECORD_V_END_UEPOCH, RECORD_V_END_EPOCH, RECORD_V_HANGUP_TIME);
	int64_t answer = answered_at(values, record), ahead;
	int64_t joined = time_of(values, RECORD_V_CC_QUEUE_JOINED_EPOCH, SECOND_US);

	if (!start)
		start = answer ? answer : end ? end : now_us;
	if (end < start)
		end = start;
	if (joined && record->role == RECORD_CALLER)
		joined = between(
			refine(joined, first_time(values, RECORD_V_ANSWER_UEPOCH,
		                                  RECORD_V_ANSWER_EPOCH, RECORD_VALUE_COUNT)),
			start, end);
	ahead = end > now_us + ahead_us ? end - now_us : 0;
	record->start_us = start - ahead;
	record->end_us = end - ahead;
	record->answer_us = answer ? between(answer, start, end) - ahead : 0;
	record->joined_us = joined ? joined - ahead : 0;
	if (record->role == RECORD_CALLER && joined && record->answer_us)
		record->answer_us = between(record->answer_us, record->joined_us, record->end_us);
}
