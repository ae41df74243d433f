/* What a telephone says about a call, and what stands in the spool: the row that becomes of it is
 * JSON that PostgreSQL takes, whatever the texts were. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "domain/cdr_queue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_row(const struct text *row)
{
	static const char *const texts[] = {
		"id",         "caller_id_name", "caller_id_number", "dest_number", "context",
		"start_time", "end_time",       "disposition",      "cause",       "sip_call_id",
		"node"};
	json_t *json;

	must(!row->failed && row->length <= JOURNAL_RECORD_MAX - 128);
	must(text_is_utf8(row->data, row->length));
	json = json_loadb(row->data, row->length, JSON_REJECT_DUPLICATES, NULL);
	must(json);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		must(json_is_string(json_object_get(json, texts[i])));
	must(json_is_array(json_object_get(json, "legs")));
	must(json_integer_value(json_object_get(json, "duration")) >= 0);
	must(json_integer_value(json_object_get(json, "duration")) <= INT32_MAX);
	must(strcmp(json_string_value(json_object_get(json, "start_time")),
	            json_string_value(json_object_get(json, "end_time"))) <= 0);
	json_decref(json);
}

/* As PostgreSQL takes it. */
static void check_piece(const struct text *piece, void *arg)
{
	json_t *json;

	(void)arg;
	must(!piece->failed && piece->length <= CDR_PIECE_BYTES + 64);
	must(text_is_utf8(piece->data, piece->length));
	json = json_loadb(piece->data, piece->length, JSON_REJECT_DUPLICATES, NULL);
	must(json_is_array(json_object_get(json, "calls")));
	must(json_is_array(json_object_get(json, "offers")));
	json_decref(json);
}

static void check_texts(const char *text, size_t size)
{
	struct text members = {0}, row = {0}, queues = {0};
	struct cdr_begin begin = {.caller_id_name = text,
	                          .caller_id_number = text,
	                          .dest_number = text,
	                          .context = text,
	                          .sip_call_id = text};
	struct cdr_end end = {.cause = text,
	                      .hangup_by = text,
	                      .answered_by = text,
	                      .legs_json = text,
	                      .sip_status = (unsigned)size};
	int64_t times[3] = {0};

	memcpy(times, text, size < sizeof(times) ? size : sizeof(times));
	end.end_us = times[1];
	if (cdr_queue_pieces(text, check_piece, NULL, &queues))
		check_piece(&queues, NULL);
	cdr_begin_json(&begin, cdr_time(times[0]), text, &members);
	cdr_end_json(&end, cdr_time(times[0]), cdr_time(times[2]), members.data, members.length,
	             queues.data, &row);
	check_row(&row);
	text_clear(&queues);
	text_clear(&members);
	text_clear(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);
	struct cdr_record record, again;
	struct text bytes = {0};

	must(text);
	if (size)
		memcpy(text, data, size);
	check_texts(text, size);
	free(text);
	if (cdr_record_parse(data, size, &record)) {
		cdr_record_write(&record, &bytes);
		must(!bytes.failed && bytes.length == size);
		must(cdr_record_parse((const uint8_t *)bytes.data, bytes.length, &again));
		must(again.kind == record.kind && again.at_us == record.at_us &&
		     uuid_equal(&again.call, &record.call) && again.json_n == record.json_n);
		text_clear(&bytes);
	}
	return 0;
}
