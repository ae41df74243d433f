#include "intake_fixture.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "freeswitch/record.h"
#include "unit.h"

#define NOON INT64_C(1795435200000000) /* 2026-11-23T12:00:00Z */

struct fixture *fixture;
struct uuid acme, bell, phone_101;
struct directory *directory;
char spool[64];
atomic_uint notices[INTAKE_WRITTEN + 1];

static struct uuid uuid_of(const char *number)
{
	struct uuid uuid = {.bytes = {0xaa}};

	uuid.bytes[14] = (uint8_t)(atoi(number) >> 8);
	uuid.bytes[15] = (uint8_t)atoi(number);
	return uuid;
}

static void set_text(struct record *record, const char *key, const char *value)
{
	const struct {
		const char *key;
		char *to;
		size_t size;
	} texts[] = {
		{"tenant",       record->tenant,           sizeof(record->tenant)          },
		{"domain",       record->domain,           sizeof(record->domain)          },
		{"queue_domain", record->queue_domain,     sizeof(record->queue_domain)    },
		{"context",      record->context,          sizeof(record->context)         },
		{"caller",       record->caller_id_number, sizeof(record->caller_id_number)},
		{"name",         record->caller_id_name,   sizeof(record->caller_id_name)  },
		{"dest",         record->dest_number,      sizeof(record->dest_number)     },
		{"number",       record->number,           sizeof(record->number)          },
		{"queue",        record->queue,            sizeof(record->queue)           },
		{"answered_by",  record->answered_by,      sizeof(record->answered_by)     },
		{"cause",        record->cause,            sizeof(record->cause)           },
		{"disposition",  record->disposition,      sizeof(record->disposition)     },
		{"node",         record->node,             sizeof(record->node)            },
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (strcmp(texts[i].key, key) == 0)
			snprintf(texts[i].to, texts[i].size, "%s", value);
}

static void set(struct record *record, const char *key, const char *value, struct text *data)
{
	if (strcmp(key, "leg") == 0)
		record->leg = record->call = uuid_of(value);
	else if (strcmp(key, "call") == 0)
		record->call = uuid_of(value);
	else if (strcmp(key, "role") == 0)
		record->role = strcmp(value, "caller") == 0   ? RECORD_CALLER
		               : strcmp(value, "callee") == 0 ? RECORD_CALLEE
		                                              : RECORD_AGENT;
	else if (strcmp(key, "user") == 0)
		assert_true(uuid_parse(value, &record->user));
	else if (strcmp(key, "start") == 0)
		record->start_us = NOON + atoi(value) * INT64_C(1000000);
	else if (strcmp(key, "answer") == 0)
		record->answer_us = NOON + atoi(value) * INT64_C(1000000);
	else if (strcmp(key, "end") == 0)
		record->end_us = NOON + atoi(value) * INT64_C(1000000);
	else if (strcmp(key, "sip_status") == 0)
		record->sip_status = (unsigned)atoi(value);
	else if (strcmp(key, "data") == 0)
		text_add(data, value);
	else
		set_text(record, key, value);
}

enum error_code __wrap_record_read(const char *content_type, const char *body, size_t n,
                                   const char *url_uuid, struct record *ret_record,
                                   struct text *ret_data, struct error *err);

enum error_code __wrap_record_read(const char *content_type, const char *body, size_t n,
                                   const char *url_uuid, struct record *ret_record,
                                   struct text *ret_data, struct error *err)
{
	AUTO(auto_free) char *copy = strndup(body, n);
	char *rest = copy, *word;

	(void)url_uuid;
	if (!copy)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (*copy == '!')
		return error_set(err, ERROR_INVALID, "body", "is no record");
	assert_string_equal(content_type, "text/xml");
	*ret_record = (struct record){.start_us = NOON, .end_us = NOON};
	while ((word = strsep(&rest, " "))) {
		char *value = strchr(word, '=');

		assert_non_null(value);
		*value++ = '\0';
		set(ret_record, word, value, ret_data);
	}
	return ret_data->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

int intake_setup(void **state)
{
	struct directory_config config = {0};

	if (fixture_setup(state))
		return -1;
	fixture = *state;
	acme = fixture_tenant(fixture, "acme.pbx.test");
	bell = fixture_tenant(fixture, "bell.pbx.test");
	phone_101 = fixture_extension(fixture, &acme, "101");
	(void)fixture_extension(fixture, &acme, "102");
	fixture_sql(fixture, &acme,
	            "insert into queues (name, strategy) values ('support', 'ring-all')");
	config.db = fixture->db;
	config.absent_s = 1;
	return directory_open(&config, &directory, NULL) == ERROR_OK ? 0 : -1;
}

int intake_teardown(void **state)
{
	directory_close(directory);
	return fixture_teardown(state);
}

int each_setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(notices); i++)
		atomic_store(&notices[i], 0);
	snprintf(spool, sizeof(spool), "/tmp/centrex-intake-XXXXXX");
	return mkdtemp(spool) ? 0 : -1;
}

int each_teardown(void **state)
{
	const char *empty =
		"with a as (delete from cdr_details), b as (delete from cdrs),"
		" c as (delete from cdr_quarters), d as (delete from cdr_extension_days)"
		" delete from cdr_legs";

	(void)state;
	(void)chmod(spool, 0700);
	assert_int_equal(files_remove(spool, NULL), ERROR_OK);
	fixture_sql(fixture, &acme, empty);
	fixture_sql(fixture, &bell, empty);
	postgres_sql(fixture->postgres, "delete from public.dead_letters", NULL, 0);
	return 0;
}

static void on_notice(enum intake_notice notice, const char *leg, const struct error *err,
                      void *arg)
{
	(void)arg;
	if (err)
		print_message("# notice %d: %s: %s\n", (int)notice, leg ? leg : "", err->message);
	atomic_fetch_add(&notices[notice], 1);
}

struct intake *open_intake(void)
{
	const struct intake_config config = {
		.spool = spool, .db = fixture->db, .directory = directory, .notice = on_notice};
	struct intake *intake = NULL;
	struct error err = {0};

	if (intake_open(&config, &intake, &err) != ERROR_OK)
		fail_msg("intake_open: %s", err.message);
	return intake;
}

enum error_code take(struct intake *intake, const char *body, enum intake_outcome *ret_outcome)
{
	const struct intake_letter letter = {"text/xml", "", body, strlen(body)};
	struct error err = {0};
	enum error_code code = intake_take(intake, &letter, ret_outcome, &err);

	if (code != ERROR_OK)
		print_message("# not taken: %s (%s)\n", err.message, err.detail);
	return code;
}

void expect_taken(struct intake *intake, const char *body, enum intake_outcome outcome)
{
	enum intake_outcome found;

	assert_int_equal(take(intake, body, &found), ERROR_OK);
	assert_int_equal(found, outcome);
}

void expect_sql(const struct uuid *tenant, const char *sql, const char *value)
{
	char found[1024];

	if (tenant)
		fixture_value(fixture, tenant, sql, found, sizeof(found));
	else
		postgres_sql(fixture->postgres, sql, found, sizeof(found));
	assert_string_equal(found, value);
}

void wait_replayed(struct intake *intake, uint64_t n)
{
	struct intake_counts counts;

	for (int i = 0; i < 2000; i++) {
		intake_counts(intake, &counts);
		if (counts.replayed >= n)
			break;
		usleep(10000);
	}
	assert_int_equal(counts.replayed, n);
}
