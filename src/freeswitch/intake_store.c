/* A record as rows, and the unit of work that writes them. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "db/queries.h"
#include "domain/cdr_record.h"
#include "freeswitch/intake_private.h"

/* Legs a call shows; all stay in cdr_legs. */
#define LEGS_SHOWN "100"
/* Records of an older release that a batch makes ready for searches, as domain/cdr_upload.c. */
#define FILL_EACH "200"

static const char *const roles[] = {
	[RECORD_CALLER] = "caller",
	[RECORD_CALLEE] = "callee",
	[RECORD_AGENT] = "agent",
};

static enum cdr_disposition disposition(const char *slug)
{
	for (unsigned i = 0; i < CDR_DISPOSITION_COUNT; i++)
		if (strcmp(cdr_disposition_slug(i), slug) == 0)
			return i;
	return CDR_FAILED;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

/* The row of cdrs and cdr_details. */
static void write_row(const struct record *record, const struct place *place, struct text *row)
{
	AUTO(text_clear) struct text begun = {0};
	const struct cdr_begin begin = {
		.call = record->call,
		.tenant = place->tenant,
		.caller_id_name = record->caller_id_name,
		.caller_id_number = record->caller_id_number,
		.dest_number = record->dest_number,
		.context = record->context,
		.sip_call_id = record->sip_call_id,
		.direction = place->inside ? "internal" : "inbound",
		.start_us = record->start_us,
	};
	const struct cdr_end end = {
		.call = record->call,
		.end_us = record->end_us,
		.disposition = disposition(record->disposition),
		.cause = record->cause,
		.sip_status = record->sip_status,
		.hangup_by = record->hangup_by,
		.answered_by = or_null(record->answered_by),
		.queue = uuid_is_nil(&place->queue) ? NULL : &place->queue,
	};

	cdr_begin_json(&begin, cdr_time(record->start_us), record->node, &begun);
	cdr_end_json(&end, cdr_time(record->start_us), cdr_time(record->answer_us),
	             text_string(&begun), begun.length, NULL, row);
	row->failed |= begun.failed;
}

static void add_text(struct text *json, const char *name, const char *value)
{
	text_addf(json, "\"%s\":\"", name);
	text_add_json(json, value, strlen(value));
	text_add(json, "\",");
}

static void add_time(struct text *json, const char *name, int64_t unix_us)
{
	char time[CLOCK_RFC3339_MAX];

	text_addf(json, "\"%s\":\"%s\",", name, clock_rfc3339(cdr_time(unix_us), time));
}

static void write_leg(const struct record *record, const struct place *place,
                      const struct text *data, struct text *leg)
{
	char id[UUID_TEXT_MAX], call[UUID_TEXT_MAX], queue[UUID_TEXT_MAX];

	text_addf(leg, "{\"id\":\"%s\",\"cdr_id\":\"%s\",", uuid_format(&record->leg, id),
	          uuid_format(&record->call, call));
	add_text(leg, "role", roles[record->role]);
	add_text(leg, "number", record->number);
	add_text(leg, "cause", record->cause);
	add_text(leg, "node", record->node);
	if (!uuid_is_nil(&place->queue))
		add_text(leg, "queue_id", uuid_format(&place->queue, queue));
	if (record->sip_status)
		text_addf(leg, "\"sip_status\":%u,", record->sip_status);
	add_time(leg, "start_time", record->start_us);
	if (record->answer_us)
		add_time(leg, "answer_time", record->answer_us);
	add_time(leg, "end_time", record->end_us);
	text_addf(leg, "\"data\":%s}", data->length ? data->data : "{}");
}

bool intake_item_write(struct intake_item *item)
{
	text_reset(&item->row);
	text_reset(&item->leg);
	if (item->record.role == RECORD_CALLER)
		write_row(&item->record, &item->place, &item->row);
	write_leg(&item->record, &item->place, &item->data, &item->leg);
	return !item->row.failed && !item->leg.failed;
}

struct arrays {
	struct text rows, legs, calls;
};

static void arrays_clear(struct arrays *arrays)
{
	text_clear(&arrays->rows);
	text_clear(&arrays->legs);
	text_clear(&arrays->calls);
}

static void add_element(struct text *array, const char *element, size_t n)
{
	text_add_char(array, array->length ? ',' : '[');
	text_add_n(array, element, n);
}

static bool write_arrays(struct intake_item *const *items, size_t n, struct arrays *arrays)
{
	for (size_t i = 0; i < n; i++) {
		const struct intake_item *item = items[i];
		char id[UUID_TEXT_MAX], quoted[UUID_TEXT_MAX + 2];
		int length = snprintf(quoted, sizeof(quoted), "\"%s\"",
		                      uuid_format(&item->record.call, id));

		if (item->row.length)
			add_element(&arrays->rows, item->row.data, item->row.length);
		add_element(&arrays->legs, item->leg.data, item->leg.length);
		add_element(&arrays->calls, quoted, (size_t)length);
	}
	text_add_char(&arrays->rows, ']');
	text_add_char(&arrays->legs, ']');
	text_add_char(&arrays->calls, ']');
	return !arrays->rows.failed && !arrays->legs.failed && !arrays->calls.failed;
}

/* A leg that was given back was written now, once, however often it is in the batch. */
static void mark_repeated(struct intake_item *const *items, size_t n,
                          const struct tx_result *result, size_t statement)
{
	for (size_t i = 0; i < n; i++)
		items[i]->result.repeated = true;
	for (size_t row = 0; row < tx_rows(result, statement); row++) {
		struct uuid leg;

		if (!uuid_parse(tx_value(result, statement, row, 0), &leg))
			continue;
		for (size_t i = 0; i < n; i++) {
			if (uuid_equal(&items[i]->record.leg, &leg)) {
				items[i]->result.repeated = false;
				break;
			}
		}
	}
}

enum error_code intake_store(struct db *db, struct intake_item *const *items, size_t n,
                             struct error *err)
{
	/* No notification: records are in no snapshot. In a hurry: see domain/cdr_upload.c. */
	const struct tx_scope scope = {
		.door = TX_TENANT, .tenant = items[0]->place.tenant, .hurries = true};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(arrays_clear) struct arrays arrays = {0};
	struct tx_statement statements[4];
	char tenant[UUID_TEXT_MAX];
	size_t n_statements = 0, legs;
	enum error_code code;

	if (!write_arrays(items, n, &arrays))
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	uuid_format(&scope.tenant, tenant);
	statements[n_statements++] = TX_QUERY(QUERY_FREESWITCH_CALLS_LOCK, tenant);
	legs = n_statements;
	statements[n_statements++] = TX_QUERY(QUERY_FREESWITCH_LEGS_STORE, arrays.legs.data);
	if (arrays.rows.length > 1)
		statements[n_statements++] = TX_QUERY(QUERY_CDR_STORE, arrays.rows.data, FILL_EACH);
	statements[n_statements++] =
		TX_QUERY(QUERY_FREESWITCH_CALLS_JOIN, arrays.calls.data, LEGS_SHOWN);
	code = tx_run(db, &scope, statements, n_statements, &result, err);
	if (code == ERROR_OK)
		mark_repeated(items, n, result, legs);
	return code;
}
