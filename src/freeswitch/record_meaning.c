#include "freeswitch/record_meaning.h"

#include <string.h>
#include <strings.h>

#include "freeswitch/record_times.h"

enum { DATA_MAX = 16 * 1024 };

enum side { NOBODY, CALLER_SIDE, CALLEE_SIDE, ENGINE };

/* Causes (switch_types.h, switch_call_cause_t), values of DIALSTATUS and of cc_cancel_reason. What
 * is not here has failed. by: who ended a call that was hung up by FreeSWITCH with it. */
static const struct {
	const char *cause, *disposition;
	enum side by;
} causes[] = {
	{"NORMAL_CLEARING",          "no_answer", NOBODY     },
	{"NO_ANSWER",                "no_answer", ENGINE     },
	{"NOANSWER",                 "no_answer", ENGINE     },
	{"NO_USER_RESPONSE",         "no_answer", ENGINE     },
	{"ALLOTTED_TIMEOUT",         "no_answer", ENGINE     },
	{"PROGRESS_TIMEOUT",         "no_answer", ENGINE     },
	{"TIMEOUT",                  "no_answer", ENGINE     },
	{"NO_AGENT_TIMEOUT",         "no_answer", ENGINE     },
	{"USER_BUSY",                "busy",      CALLEE_SIDE},
	{"BUSY",		     "busy",      CALLEE_SIDE},
	{"BUSY_EVERYWHERE",          "busy",      CALLEE_SIDE},
	{"CALL_REJECTED",            "declined",  CALLEE_SIDE},
	{"DECLINE",                  "declined",  CALLEE_SIDE},
	{"DONTCALL",                 "declined",  CALLEE_SIDE},
	{"ORIGINATOR_CANCEL",        "cancelled", CALLER_SIDE},
	{"CANCEL",		   "cancelled", CALLER_SIDE},
	{"BREAK_OUT",                "cancelled", CALLER_SIDE},
	{"EXIT_WITH_KEY",            "cancelled", CALLER_SIDE},
	{"LOSE_RACE",                "cancelled", ENGINE     },
	{"PICKED_OFF",               "cancelled", ENGINE     },
	{"MANAGER_REQUEST",          "cancelled", ENGINE     },
	{"MEDIA_TIMEOUT",            "failed",    ENGINE     },
	{"RECOVERY_ON_TIMER_EXPIRE", "failed",    ENGINE     },
	{"SYSTEM_SHUTDOWN",          "failed",    ENGINE     },
	{"SERVICE_UNAVAILABLE",      "failed",    ENGINE     },
};

static size_t cause_index(const char *cause)
{
	size_t i = 0;

	while (i < COUNT_OF(causes) && strcasecmp(causes[i].cause, cause) != 0)
		i++;
	return i;
}

const char *record_disposition(const char *cause, bool answered)
{
	size_t i = cause_index(cause);

	return answered ? "answered" : i < COUNT_OF(causes) ? causes[i].disposition : "failed";
}

/* Cut to room, never inside a character. */
static void put(char *out, size_t room, const char *text, size_t n)
{
	n = strnlen(text, n < room ? n : room);
	if (n >= room)
		for (n = room - 1; n && ((unsigned char)text[n] & 0xc0) == 0x80;)
			n--;
	memcpy(out, text, n);
	out[n] = '\0';
}

#define PUT(field, text) put((field), sizeof(field), (text), SIZE_MAX)

static void put_lower(char *out, size_t room, const char *text)
{
	put(out, room, text, SIZE_MAX);
	for (; *out; out++)
		if (*out >= 'A' && *out <= 'Z')
			*out = (char)(*out + 'a' - 'A');
}

/* "name@domain": what stands before the last @, and behind it; either may be NULL. */
static void put_split(const char *full, char *name, size_t name_room, char *domain,
                      size_t domain_room)
{
	const char *at = strrchr(full, '@');

	if (name)
		put(name, name_room, full, at ? (size_t)(at - full) : SIZE_MAX);
	if (domain)
		put(domain, domain_room, at ? at + 1 : "", SIZE_MAX);
}

/* The first of these values that says something; "" when none does. */
static const char *first_of(const struct record_values *values, const enum record_value *order,
                            size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (*record_get(values, order[i]))
			return record_get(values, order[i]);
	return "";
}

#define FIRST_OF(values, ...)                                                                      \
	first_of((values), (const enum record_value[]){__VA_ARGS__},                               \
	         COUNT_OF(((const enum record_value[]){__VA_ARGS__})))

static bool is(const struct record_values *values, enum record_value value, const char *text)
{
	return strcmp(record_get(values, value), text) == 0;
}

/* The first of these that is a UUID, and not `other`. */
static bool first_uuid(const struct record_values *values, const enum record_value *order, size_t n,
                       const struct uuid *other, struct uuid *ret_uuid)
{
	for (size_t i = 0; i < n; i++) {
		struct uuid uuid;

		if (!uuid_parse(record_get(values, order[i]), &uuid) || uuid_is_nil(&uuid))
			continue;
		if (other && uuid_equal(&uuid, other))
			continue;
		*ret_uuid = uuid;
		return true;
	}
	return false;
}

/* A leg belongs to another's call; one that names no other is a call of its own. */
static void role(const struct record_values *values, struct record *record)
{
	static const enum record_value agent_order[] = {RECORD_V_CC_MEMBER_SESSION_UUID,
	                                                RECORD_V_ORIGINATOR_UUID,
	                                                RECORD_V_BRIDGE_UUID, RECORD_V_SIGNAL_BOND};
	static const enum record_value callee_order[] = {RECORD_V_ORIGINATING_LEG_UUID,
	                                                 RECORD_V_ORIGINATOR, RECORD_V_CALL_UUID,
	                                                 RECORD_V_ORIGINATOR_UUID};
	bool agent = is(values, RECORD_V_CC_SIDE, "agent");

	record->role = RECORD_CALLER;
	record->call = record->leg;
	if (is(values, RECORD_V_CC_SIDE, "member") ||
	    (!agent && is(values, RECORD_V_DIRECTION, "inbound")))
		return;
	if (agent ? first_uuid(values, agent_order, COUNT_OF(agent_order), &record->leg,
	                       &record->call)
	          : first_uuid(values, callee_order, COUNT_OF(callee_order), &record->leg,
	                       &record->call))
		record->role = agent ? RECORD_AGENT : RECORD_CALLEE;
}

static void owner(const struct record_values *values, struct record *record)
{
	static const enum record_value order[] = {RECORD_V_SIP_AUTH_USERNAME, RECORD_V_USER_NAME,
	                                          RECORD_V_EXTENSION_UUID, RECORD_V_DIALED_USER};

	PUT(record->tenant, record_get(values, RECORD_V_TENANT));
	PUT(record->domain, record_get(values, RECORD_V_DOMAIN_NAME));
	PUT(record->context, FIRST_OF(values, RECORD_V_USER_CONTEXT, RECORD_V_CONTEXT));
	put_split(record_get(values, RECORD_V_CC_QUEUE), record->queue, sizeof(record->queue),
	          record->queue_domain, sizeof(record->queue_domain));
	(void)first_uuid(values, order, COUNT_OF(order), NULL, &record->user);
}

/* "user/102@domain", whatever stands before it. */
static void put_dialed(const char *dialstring, char *out, size_t room)
{
	const char *user = strstr(dialstring, "user/");

	*out = '\0';
	if (user)
		put(out, room, user + 5, strcspn(user + 5, "@,|:"));
}

/* At most what cdr_details takes. */
static void answered_by(const struct record_values *values, bool bridged, struct record *record)
{
	enum { ROOM = RECORD_SLUG_MAX };
	char *out = record->answered_by;

	if (record->role != RECORD_CALLER || !record->answer_us)
		return;
	if (is(values, RECORD_V_CC_AGENT_BRIDGED, "true"))
		put_split(record_get(values, RECORD_V_CC_AGENT), out, ROOM, NULL, 0);
	else if (bridged && is(values, RECORD_V_LAST_APP, "bridge"))
		put_dialed(record_get(values, RECORD_V_LAST_ARG), out, ROOM);
	if (bridged && !*out)
		put(out, ROOM, record_get(values, RECORD_V_LAST_SENT_CALLEE_ID_NUMBER), SIZE_MAX);
}

static void numbers(const struct record_values *values, struct record *record)
{
	const char *profile_number = record_get(values, RECORD_V_CALLER_ID_NUMBER);
	const char *number = record_get(values, RECORD_V_EXTENSION_NUMBER);
	bool caller = record->role == RECORD_CALLER;

	/* What the directory says of a leg that is called is about that leg, not about its caller.
	 */
	PUT(record->caller_id_name,
	    caller ? FIRST_OF(values, RECORD_V_EFFECTIVE_CALLER_ID_NAME, RECORD_V_CALLER_ID_NAME)
	           : record_get(values, RECORD_V_CALLER_ID_NAME));
	PUT(record->caller_id_number,
	    caller ? FIRST_OF(values, RECORD_V_EFFECTIVE_CALLER_ID_NUMBER,
	                      RECORD_V_CALLER_ID_NUMBER, RECORD_V_SIP_FROM_USER)
	           : profile_number);
	PUT(record->dest_number, FIRST_OF(values, RECORD_V_DESTINATION_NUMBER,
	                                  RECORD_V_SIP_REQ_USER, RECORD_V_SIP_TO_USER));
	if (record->role == RECORD_AGENT)
		put_split(record_get(values, RECORD_V_CC_AGENT), record->number,
		          sizeof(record->number), NULL, 0);
	else if (*number)
		PUT(record->number, number);
	else if (caller)
		PUT(record->number, record->caller_id_number);
	else
		put_split(record_get(values, RECORD_V_PRESENCE_ID), record->number,
		          sizeof(record->number), NULL, 0);
	if (!*record->number)
		PUT(record->number, record->dest_number);
}

/* Why a call that reached nobody did not: what the leg it was to reach ended with, for the caller's
 * own cause is then what the dialplan answered (respond 480: NO_USER_RESPONSE). */
static const char *cause_of(const struct record_values *values, const struct record *record)
{
	const char *cause = "";

	if (record->role == RECORD_CALLER && !record->answer_us)
		cause = FIRST_OF(values, RECORD_V_ORIGINATE_DISPOSITION,
		                 RECORD_V_ORIGINATE_FAILED_CAUSE, RECORD_V_LAST_BRIDGE_HANGUP_CAUSE,
		                 RECORD_V_DIALSTATUS);
	if (!*cause || strcmp(cause, "SUCCESS") == 0)
		cause = record_get(values, RECORD_V_HANGUP_CAUSE);
	return cause;
}

static enum side ended_by(const struct record_values *values, const struct record *record,
                          bool bridged, const char *cause)
{
	const char *sip = record_get(values, RECORD_V_SIP_HANGUP_DISPOSITION);
	size_t i = cause_index(cause);
	bool caller = record->role == RECORD_CALLER;

	if (strncmp(sip, "recv_", 5) == 0)
		return caller ? CALLER_SIDE : CALLEE_SIDE;
	if (i < COUNT_OF(causes) && causes[i].by != NOBODY)
		return causes[i].by;
	if (strncmp(sip, "send_", 5) != 0)
		return NOBODY;
	if (record->answer_us && (bridged || !caller))
		return caller ? CALLEE_SIDE : CALLER_SIDE;
	return ENGINE;
}

static void ending(const struct record_values *values, bool bridged, struct record *record)
{
	static const char *const slugs[] = {"", "caller", "callee", "engine"};
	const char *cause = cause_of(values, record);
	const char *why = cause, *reason = record_get(values, RECORD_V_CC_CANCEL_REASON);
	enum side by = ended_by(values, record, bridged, cause);

	/* A queue's caller is answered by the music: his own cause says nothing. */
	if (record->role == RECORD_CALLER && cause_index(reason) < COUNT_OF(causes))
		why = reason;
	put_lower(record->cause, sizeof(record->cause), cause);
	PUT(record->disposition, record_disposition(why, record->answer_us > 0));
	if (by == CALLER_SIDE && strcmp(record->disposition, "no_answer") == 0)
		PUT(record->disposition, "cancelled");
	PUT(record->hangup_by, slugs[by]);
}

static unsigned sip_status(const struct record_values *values)
{
	static const enum record_value order[] = {RECORD_V_SIP_TERM_STATUS,
	                                          RECORD_V_SIP_INVITE_FAILURE_STATUS,
	                                          RECORD_V_PROTO_SPECIFIC_HANGUP_CAUSE};

	for (size_t i = 0; i < COUNT_OF(order); i++) {
		const char *text = record_get(values, order[i]);
		unsigned status = 0;

		text += strncmp(text, "sip:", 4) == 0 ? 4 : 0;
		if (strlen(text) != 3)
			continue;
		for (; *text >= '0' && *text <= '9'; text++)
			status = status * 10 + (unsigned)(*text - '0');
		if (!*text && status >= 100 && status <= 699)
			return status;
	}
	return 0;
}

static void add_member(struct text *json, const char *name, const char *value)
{
	size_t before = json->length;

	text_add(json, before > 1 ? ",\"" : "\"");
	text_add_json(json, name, strlen(name));
	text_add(json, "\":\"");
	text_add_json(json, value, strlen(value));
	text_add_char(json, '"');
	if (json->length < DATA_MAX)
		return;
	json->length = before;
	json->data[before] = '\0';
}

static void data(const struct record_values *values, const char *url_uuid, const char *damage,
                 const struct record *record, struct text *json)
{
	char uuid[UUID_TEXT_MAX], value[RECORD_TEXT_MAX];

	text_add_char(json, '{');
	if (damage)
		add_member(json, "damage", damage);
	if (*url_uuid && strcasecmp(url_uuid, uuid_format(&record->leg, uuid)) != 0)
		add_member(json, "url_uuid", url_uuid);
	for (size_t i = 0; i < RECORD_VALUE_COUNT && !json->failed; i++) {
		PUT(value, record_get(values, (enum record_value)i));
		if (*value && record_value_is_kept((enum record_value)i))
			add_member(json, record_value_name((enum record_value)i), value);
	}
	text_add_char(json, '}');
}

enum error_code record_mean(const struct record_values *values, const char *url_uuid,
                            int64_t now_us, const char *damage, struct record *ret_record,
                            struct text *ret_data, struct error *err)
{
	static const enum record_value order[] = {RECORD_V_UUID, RECORD_V_PROFILE_UUID};
	struct record record = {0};
	bool bridged;

	url_uuid += strncmp(url_uuid, "a_", 2) == 0 ? 2 : 0;
	if (!first_uuid(values, order, COUNT_OF(order), NULL, &record.leg) &&
	    (!uuid_parse(url_uuid, &record.leg) || uuid_is_nil(&record.leg)))
		return error_set(err, ERROR_INVALID, "uuid", "the record names no channel");
	role(values, &record);
	owner(values, &record);
	record_times(values, now_us, &record);
	bridged = record_was_bridged(values);
	numbers(values, &record);
	answered_by(values, bridged, &record);
	ending(values, bridged, &record);
	record.sip_status = sip_status(values);
	PUT(record.sip_call_id, record_get(values, RECORD_V_SIP_CALL_ID));
	PUT(record.node, record_get(values, RECORD_V_SWITCHNAME));
	data(values, url_uuid, damage, &record, ret_data);
	if (ret_data->failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	*ret_record = record;
	return ERROR_OK;
}
