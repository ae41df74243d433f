#include "freeswitch/callcenter.h"

#include <stdio.h>
#include <string.h>

const struct callcenter_timing callcenter_timings[CALLCENTER_TIMING_COUNT] = {
	{"max-no-answer",        "max_no_answer",        0},
	{"wrap-up-time",         "wrap_up_time",         2},
	{"reject-delay-time",    "reject_delay_time",    3},
	{"busy-delay-time",      "busy_delay_time",      3},
	{"no-answer-delay-time", "no_answer_delay_time", 3},
};

#define LIMIT(parameter, column, is_switch)                                                        \
	{                                                                                          \
		parameter, #column, offsetof(struct queue_settings, column), is_switch             \
	}

const struct callcenter_limit callcenter_limits[CALLCENTER_LIMIT_COUNT] = {
	LIMIT("tier-rules-apply", tier_rules_apply, true),
	LIMIT("tier-rule-wait-second", tier_rule_wait_second, false),
	LIMIT("tier-rule-wait-multiply-level", tier_rule_wait_multiply_level, true),
	LIMIT("tier-rule-no-agent-no-wait", tier_rule_no_agent_no_wait, true),
	LIMIT("max-wait-time", max_wait_time, false),
	LIMIT("max-wait-time-with-no-agent", max_wait_time_with_no_agent, false),
	LIMIT("max-wait-time-with-no-agent-time-reached", max_wait_time_with_no_agent_time_reached,
              false),
};

const char *callcenter_limit_value(const struct callcenter_limit *limit,
                                   const struct queue_settings *settings,
                                   char buffer[static CALLCENTER_LIMIT_MAX])
{
	const void *member = (const char *)settings + limit->offset;

	if (limit->is_switch)
		snprintf(buffer, CALLCENTER_LIMIT_MAX, "%s",
		         *(const bool *)member ? "true" : "false");
	else
		snprintf(buffer, CALLCENTER_LIMIT_MAX, "%u", *(const unsigned *)member);
	return buffer;
}

const char *callcenter_strategy(enum queue_strategy strategy)
{
	static const char *const words[] = {
		[QUEUE_RING_ALL] = "ring-all",
		[QUEUE_ROUND_ROBIN] = "round-robin",
	};

	return words[strategy];
}

void callcenter_music(const struct queue *queue, char ret_music[static CALLCENTER_MUSIC_MAX])
{
	char id[UUID_TEXT_MAX];

	switch (queue->music) {
	case MUSIC_SILENCE:
		snprintf(ret_music, CALLCENTER_MUSIC_MAX, "silence_stream://-1");
		return;
	case MUSIC_SOUND:
		if (queue->sound && callcenter_is_stream(queue->sound)) {
			snprintf(ret_music, CALLCENTER_MUSIC_MAX, "local_stream://%s",
			         uuid_format(&queue->sound->id, id));
			return;
		}
		break;
	case MUSIC_DEFAULT:
		break;
	}
	snprintf(ret_music, CALLCENTER_MUSIC_MAX, "local_stream://default");
}

bool callcenter_is_stream(const struct sound *sound)
{
	return strcmp(sound->category, "moh") == 0;
}

bool callcenter_contact(const struct snapshot *snapshot, const struct extension *extension,
                        unsigned ring_s, char ret_contact[static CALLCENTER_CONTACT_MAX])
{
	if (!inert(extension->number) || !inert(snapshot->domain))
		return false;
	return snprintf(ret_contact, CALLCENTER_CONTACT_MAX, "[leg_timeout=%u]user/%s@%s",
	                snapshot->ring_s ? snapshot->ring_s : ring_s, extension->number,
	                snapshot->domain) < CALLCENTER_CONTACT_MAX;
}
