/* Settings of a tenant and of its queues, as text of PostgreSQL. */
#include <stdlib.h>
#include <string.h>

#include "domain/snapshot_private.h"

/* ---- of a queue ---- */

enum form {
	WHOLE,  /* unsigned, between least and most */
	SWITCH, /* bool */
	CHOICE, /* an enum: its number in choices, a list ending in NULL */
	DIGITS, /* const char *: least to most digits */
	WORDS,  /* const char *: at most most bytes */
};

static const char *const recordings[] = {"tenant", "no", "yes", NULL};

#define QUEUE_SETTING(member, form, ...)                                                           \
	{                                                                                          \
		form, offsetof(struct queue_settings, member), __VA_ARGS__                         \
	}

/* As snapshot_queues has them, with the defaults of table queue_settings. */
/* clang-format off */
static const struct {
	enum form form;
	size_t offset;
	unsigned otherwise;
} columns[] = {
	QUEUE_SETTING(max_wait_time, WHOLE, 0),
	QUEUE_SETTING(max_wait_time_with_no_agent, WHOLE, 0),
	QUEUE_SETTING(max_wait_time_with_no_agent_time_reached, WHOLE, 5),
	QUEUE_SETTING(tier_rules_apply, SWITCH, false),
	QUEUE_SETTING(tier_rule_wait_second, WHOLE, 0),
	QUEUE_SETTING(tier_rule_wait_multiply_level, SWITCH, false),
	QUEUE_SETTING(tier_rule_no_agent_no_wait, SWITCH, true),
	QUEUE_SETTING(tier_replace, SWITCH, false),
	QUEUE_SETTING(skip_agents_with_external_calls, SWITCH, true),
	QUEUE_SETTING(wrap_up_time, WHOLE, 10),
	QUEUE_SETTING(no_answer_delay_time, WHOLE, 5),
	QUEUE_SETTING(busy_delay_time, WHOLE, 60),
	QUEUE_SETTING(reject_delay_time, WHOLE, 5),
	QUEUE_SETTING(max_no_answer, WHOLE, 3),
	QUEUE_SETTING(agent_ring_time, WHOLE, 15),
	QUEUE_SETTING(service_level_s, WHOLE, 20),
	QUEUE_SETTING(recording, CHOICE, QUEUE_RECORDING_TENANT),
};
/* clang-format on */

/* n: none of them. */
static unsigned choice(const char *const *choices, const char *text)
{
	unsigned i = 0;

	while (choices[i] && strcmp(choices[i], text) != 0)
		i++;
	return i;
}

static void put(void *object, enum form form, size_t offset, unsigned number)
{
	void *member = (char *)object + offset;

	if (form == SWITCH)
		*(bool *)member = number != 0;
	else
		*(unsigned *)member = number; /* an enum is one */
}

void queue_settings_read(const struct tx_result *result, size_t statement, size_t row,
                         size_t column, struct queue_settings *ret_settings)
{
	for (size_t i = 0; i < COUNT_OF(columns); i++) {
		const char *text = tx_value(result, statement, row, column + i);
		unsigned number = columns[i].otherwise;

		if (text && columns[i].form == WHOLE)
			number = (unsigned)strtoul(text, NULL, 10);
		else if (text && columns[i].form == SWITCH)
			number = *text == 't';
		else if (text && recordings[choice(recordings, text)])
			number = choice(recordings, text);
		put(ret_settings, columns[i].form, columns[i].offset, number);
	}
}

/* ---- of the tenant ---- */

static const char *const policies[] = {"none", "queue", "all", NULL};
static const char *const formats[] = {"wav", "opus", NULL};
static const char *const channels[] = {"mixed", "stereo", NULL};
static const char *const switches[] = {"false", "true", NULL};

enum { RING_MOST_S = 600 }; /* as the setting sip-ring-s */

/* clang-format off */
static const struct {
	const char *name;
	enum form form;
	size_t offset;
	unsigned least, most;
	const char *const *choices; /* CHOICE, SWITCH */
	unsigned otherwise;
	const char *words; /* otherwise */
} settings_known[] = {
	{"ring_s", WHOLE, offsetof(struct snapshot, ring_s), 1, RING_MOST_S, NULL, 0, NULL},
	{"recording", CHOICE, offsetof(struct snapshot, recording), 0, 0, policies, RECORD_NONE, NULL},
	{"recording_format", SWITCH, offsetof(struct snapshot, recording_opus), 0, 0, formats, false, NULL},
	{"recording_channels", SWITCH, offsetof(struct snapshot, recording_stereo), 0, 0, channels, false, NULL},
	{"recording_announced", SWITCH, offsetof(struct snapshot, recording_announced), 0, 0, switches, true, NULL},
	{"recording_days", WHOLE, offsetof(struct snapshot, recording_days), 0, 36500, NULL, 0, NULL},
	{"park_prefix", DIGITS, offsetof(struct snapshot, park_prefix), 1, 4, NULL, 0, "70"},
	{"park_s", WHOLE, offsetof(struct snapshot, park_s), 5, 3600, NULL, 120, NULL},
	{"break_reasons", WORDS, offsetof(struct snapshot, break_reasons), 0, 1000, NULL, 0, ""},
};
/* clang-format on */

_Static_assert(sizeof(enum recording_policy) == sizeof(unsigned) &&
                       sizeof(enum queue_recording) == sizeof(unsigned),
               "an enum is put as an unsigned");

void snapshot_defaults(struct snapshot *snapshot)
{
	for (size_t i = 0; i < COUNT_OF(settings_known); i++) {
		void *member = (char *)snapshot + settings_known[i].offset;

		if (settings_known[i].words)
			*(const char **)member = settings_known[i].words;
		else
			put(snapshot, settings_known[i].form, settings_known[i].offset,
			    settings_known[i].otherwise);
	}
	snapshot->hold_music = MUSIC_DEFAULT;
}

/* More than most is most: an older release may have allowed it. */
static bool whole(const char *text, unsigned least, unsigned most, unsigned *ret_number)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long number = strtoul(text, NULL, 10);

	if (!digits || digits > 9 || text[digits] || number < least)
		return false;
	*ret_number = number < most ? (unsigned)number : most;
	return true;
}

static bool digits(const char *text, size_t least, size_t most)
{
	size_t n = strspn(text, "0123456789");

	return n >= least && n <= most && !text[n];
}

void snapshot_setting(struct snapshot *snapshot, const char *name, const char *text)
{
	for (size_t i = 0; i < COUNT_OF(settings_known); i++) {
		enum form form = settings_known[i].form;
		size_t offset = settings_known[i].offset;
		unsigned least = settings_known[i].least, most = settings_known[i].most, number;
		const char *const *choices = settings_known[i].choices;

		if (strcmp(settings_known[i].name, name) != 0)
			continue;
		if ((form == DIGITS && digits(text, least, most)) ||
		    (form == WORDS && strlen(text) <= most))
			*(const char **)((char *)snapshot + offset) = text;
		else if (form == WHOLE && whole(text, least, most, &number))
			put(snapshot, form, offset, number);
		else if (choices && choices[choice(choices, text)])
			put(snapshot, form, offset, choice(choices, text));
	}
}
