/* What holds of every call record that was read, whatever it was read from. */
#ifndef CENTREX_FUZZ_FS_RECORD_H
#define CENTREX_FUZZ_FS_RECORD_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "domain/cdr.h"
#include "freeswitch/record.h"
#include "freeswitch/record_values.h"

static inline void must(bool holds)
{
	if (!holds)
		abort();
}

static inline void check_text(const char *text, size_t room)
{
	size_t n = strnlen(text, room);

	must(n < room && text_is_utf8(text, n));
	for (size_t i = 0; i < n; i++)
		must((unsigned char)text[i] >= ' ' || strchr("\t\r\n", text[i]));
}

static inline bool is_one_of(const char *slug, const char *const *slugs, size_t n)
{
	while (n--)
		if (strcmp(slug, slugs[n]) == 0)
			return true;
	return false;
}

static inline void check_fields(const struct record *r)
{
	static const char *const dispositions[] = {
#define X(id, slug) slug,
		CDR_DISPOSITION_LIST(X)
#undef X
	};
	static const char *const sides[] = {"", "caller", "callee", "engine"};

	check_text(r->tenant, sizeof(r->tenant));
	check_text(r->domain, sizeof(r->domain));
	check_text(r->queue_domain, sizeof(r->queue_domain));
	check_text(r->context, sizeof(r->context));
	check_text(r->caller_id_name, sizeof(r->caller_id_name));
	check_text(r->caller_id_number, sizeof(r->caller_id_number));
	check_text(r->dest_number, sizeof(r->dest_number));
	check_text(r->number, sizeof(r->number));
	check_text(r->queue, sizeof(r->queue));
	check_text(r->answered_by, RECORD_SLUG_MAX);
	check_text(r->cause, sizeof(r->cause));
	check_text(r->sip_call_id, sizeof(r->sip_call_id));
	check_text(r->node, sizeof(r->node));
	must(is_one_of(r->disposition, dispositions, COUNT_OF(dispositions)));
	must(is_one_of(r->hangup_by, sides, COUNT_OF(sides)));
	must(!uuid_is_nil(&r->leg) && !uuid_is_nil(&r->call));
	must(r->role != RECORD_CALLER || uuid_equal(&r->leg, &r->call));
	must(r->role == RECORD_CALLER || !uuid_equal(&r->leg, &r->call));
	must(!r->sip_status || (r->sip_status >= 100 && r->sip_status <= 699));
	must(r->start_us > 0 && r->start_us <= r->end_us);
	must((r->end_us - r->start_us) / 1000000 <= INT32_MAX);
	must(!r->answer_us || (r->answer_us >= r->start_us && r->answer_us <= r->end_us));
	must((strcmp(r->disposition, "answered") == 0) == (r->answer_us > 0));
}

/* Reads it; what is no record has a reason that dead_letters takes. */
static inline void check_record(const char *content_type, const char *body, size_t n)
{
	AUTO(text_clear) struct text data = {0};
	struct record record;
	struct error err = {0};
	json_t *json;

	if (record_read(content_type, body, n, "a_f4113502-7d97-4d58-a2b1-e92f0475115c", &record,
	                &data, &err)) {
		must(err.code == ERROR_INVALID && *err.message);
		must(*err.field && !err.field[strspn(err.field, "abcdefghijklmnopqrstuvwxyz_")]);
		return;
	}
	check_fields(&record);
	must(data.length <= 16 * 1024);
	/* Without JSON_ALLOW_NUL: PostgreSQL takes no NUL. */
	json = json_loadb(data.data, data.length, JSON_REJECT_DUPLICATES, NULL);
	must(json_is_object(json));
	json_decref(json);
}

#endif
