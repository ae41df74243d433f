#include "domain/cdr_record.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"

/* The bounds of sql/tenant in characters, with which no row of ours is refused. */
enum {
	NAME_MAX_CHARACTERS = 256,
	SLUG_MAX_CHARACTERS = 64,
	SIP_CALL_ID_MAX_CHARACTERS = 1024,
	LEGS_MAX_BYTES = 16 * 1024,
	PATH_MAX_BYTES = 1024,
};

enum { HEADER = 1 + 16 + 16 + 5 * 8 };

static const char *const dispositions[] = {
#define X(id, slug) slug,
	CDR_DISPOSITION_LIST(X)
#undef X
};

const char *cdr_disposition_slug(enum cdr_disposition disposition)
{
	return (unsigned)disposition < CDR_DISPOSITION_COUNT ? dispositions[disposition] : "failed";
}

static void add_number(struct text *text, uint64_t number)
{
	char bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(number >> (8 * i));
	text_add_n(text, bytes, sizeof(bytes));
}

static uint64_t take_number(const uint8_t **at)
{
	uint64_t number = 0;

	for (size_t i = 0; i < 8; i++)
		number |= (uint64_t)(*at)[i] << (8 * i);
	*at += 8;
	return number;
}

void cdr_record_write(const struct cdr_record *record, struct text *text)
{
	text_reset(text);
	text_add_char(text, (char)record->kind);
	text_add_n(text, (const char *)record->call.bytes, sizeof(record->call.bytes));
	text_add_n(text, (const char *)record->tenant.bytes, sizeof(record->tenant.bytes));
	add_number(text, (uint64_t)record->start_us);
	add_number(text, (uint64_t)record->answer_us);
	add_number(text, (uint64_t)record->at_us);
	add_number(text, record->taken.segment);
	add_number(text, record->taken.offset);
	text_add_n(text, record->json, record->json_n);
}

bool cdr_record_parse(const uint8_t *bytes, size_t n, struct cdr_record *ret_record)
{
	struct cdr_record record = {0};
	const uint8_t *at = bytes;

	if (n < HEADER || !*at || !strchr("BAEQLORHKF", *at))
		return false;
	record.kind = (enum cdr_kind) * at++;
	memcpy(record.call.bytes, at, sizeof(record.call.bytes));
	at += sizeof(record.call.bytes);
	memcpy(record.tenant.bytes, at, sizeof(record.tenant.bytes));
	at += sizeof(record.tenant.bytes);
	record.start_us = cdr_time((int64_t)take_number(&at));
	record.answer_us = cdr_time((int64_t)take_number(&at));
	record.at_us = cdr_time((int64_t)take_number(&at));
	record.taken.segment = take_number(&at);
	record.taken.offset = take_number(&at);
	record.json = (const char *)at;
	record.json_n = n - HEADER;
	*ret_record = record;
	return true;
}

int64_t cdr_time(int64_t unix_us)
{
	static const int64_t most = INT64_C(253402300799999999); /* 9999-12-31T23:59:59.999999Z */

	if (unix_us < 0)
		return 0;
	return unix_us < most ? unix_us : most;
}

/* Bytes of the character that starts here; 0: none does. */
static size_t character_length(const char *bytes)
{
	size_t left = strnlen(bytes, 4);

	for (size_t n = 1; n <= left; n++)
		if (text_is_utf8(bytes, n))
			return n;
	return 0;
}

/* Characters from here that stand for themselves in JSON, at most `most`. */
static size_t plain_length(const char *text, size_t most)
{
	size_t n = 0;

	while (n < most && text[n] >= ' ' && text[n] <= '~' && text[n] != '"' && text[n] != '\\')
		n++;
	return n;
}

void cdr_text_json(struct text *text, const char *name, const char *value, size_t most)
{
	text_addf(text, "\"%s\":\"", name);
	while (value && *value && most) {
		size_t n = plain_length(value, most);

		if (n) {
			text_add_n(text, value, n);
			most -= n;
		} else {
			n = character_length(value);
			if (n)
				text_add_json(text, value, n);
			else
				text_add(text, "\xef\xbf\xbd");
			most--;
		}
		value += n ? n : 1;
	}
	text_add(text, "\",");
}

static void add_optional(struct text *text, const char *name, const char *value, size_t most)
{
	if (value)
		cdr_text_json(text, name, value, most);
	else
		text_addf(text, "\"%s\":null,", name);
}

void cdr_time_json(struct text *text, const char *name, int64_t unix_us)
{
	char time[CLOCK_RFC3339_MAX];

	text_addf(text, "\"%s\":\"%s\",", name, clock_rfc3339(unix_us, time));
}

void cdr_begin_json(const struct cdr_begin *begin, int64_t start_us, const char *node,
                    struct text *text)
{
	char id[UUID_TEXT_MAX];

	uuid_format(&begin->call, id);
	text_addf(text, "\"id\":\"%s\",", id);
	cdr_text_json(text, "direction", begin->direction ? begin->direction : "internal",
	              SLUG_MAX_CHARACTERS);
	cdr_text_json(text, "caller_id_name", begin->caller_id_name, NAME_MAX_CHARACTERS);
	cdr_text_json(text, "caller_id_number", begin->caller_id_number, NAME_MAX_CHARACTERS);
	cdr_text_json(text, "dest_number", begin->dest_number, NAME_MAX_CHARACTERS);
	cdr_text_json(text, "context", begin->context, NAME_MAX_CHARACTERS);
	cdr_text_json(text, "sip_call_id", begin->sip_call_id, SIP_CALL_ID_MAX_CHARACTERS);
	cdr_text_json(text, "node", node, SLUG_MAX_CHARACTERS);
	cdr_time_json(text, "start_time", start_us);
}

/* Legs that are no JSON array PostgreSQL would take are left out rather than the call. */
static bool legs_valid(const char *legs)
{
	size_t n = legs ? strnlen(legs, LEGS_MAX_BYTES + 1) : 0;
	json_t *array;
	bool valid;

	if (n == 0 || n > LEGS_MAX_BYTES)
		return false;
	array = json_loadb(legs, n, 0, NULL);
	valid = json_is_array(array);
	json_decref(array);
	return valid;
}

static const char *hangup_by(const char *who)
{
	static const char *const known[] = {"caller", "callee", "engine"};

	for (size_t i = 0; who && i < COUNT_OF(known); i++)
		if (!strcmp(who, known[i]))
			return known[i];
	return NULL;
}

/* As the table has it: a path below the recordings. */
static bool path_valid(const char *path)
{
	size_t n = path ? strnlen(path, PATH_MAX_BYTES + 1) : 0;

	if (n == 0 || n > PATH_MAX_BYTES || !text_is_utf8(path, n) || strstr(path, ".."))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)path[i] < ' ' || path[i] == 0x7f)
			return false;
	return true;
}

static void add_recording(const struct cdr_end *end, struct text *text)
{
	static const char *const known[] = {"recorded", "partial", "failed", "expired"};

	if (path_valid(end->recording_path))
		cdr_text_json(text, "recording_path", end->recording_path, PATH_MAX_BYTES);
	for (size_t i = 0; end->recording && i < COUNT_OF(known); i++)
		if (!strcmp(end->recording, known[i]))
			text_addf(text, "\"recording\":\"%s\",", known[i]);
}

void cdr_end_json(const struct cdr_end *end, int64_t start_us, int64_t answer_us, const char *begin,
                  size_t begin_n, const char *queues, struct text *text)
{
	int64_t end_us = cdr_time(end->end_us);
	int64_t duration;

	if (answer_us && answer_us < start_us)
		answer_us = start_us;
	if (end_us < start_us)
		end_us = start_us;
	if (end_us < answer_us)
		end_us = answer_us;
	text_add_char(text, '{');
	text_add_n(text, begin, begin_n);
	if (answer_us)
		cdr_time_json(text, "answer_time", answer_us);
	cdr_time_json(text, "end_time", end_us);
	duration = (end_us - start_us) / 1000000;
	if (duration > INT32_MAX) /* a clock that jumped; the column is an integer */
		duration = INT32_MAX;
	text_addf(text, "\"duration\":%lld,", (long long)duration);
	text_addf(text, "\"disposition\":\"%s\",", cdr_disposition_slug(end->disposition));
	cdr_text_json(text, "cause", end->cause, SLUG_MAX_CHARACTERS);
	if (end->sip_status >= 100 && end->sip_status <= 699)
		text_addf(text, "\"sip_status\":%u,", end->sip_status);
	add_optional(text, "hangup_by", hangup_by(end->hangup_by), SLUG_MAX_CHARACTERS);
	add_optional(text, "answered_by", end->answered_by, SLUG_MAX_CHARACTERS);
	if (end->queue) {
		char id[UUID_TEXT_MAX];

		text_addf(text, "\"queue_id\":\"%s\",", uuid_format(end->queue, id));
	}
	add_recording(end, text);
	if (queues)
		text_addf(text, "\"queues\":%s,", queues);
	text_addf(text, "\"legs\":%s}", legs_valid(end->legs_json) ? end->legs_json : "[]");
}
