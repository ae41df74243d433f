#include "cdr_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "unit.h"

char spool[64];
struct fixture *fixture;
struct uuid acme, bell;
atomic_uint rejected, waiting, resumed, unwritten, written;

static void on_notice(enum cdr_notice notice, const struct uuid *call, const struct uuid *tenant,
                      const struct error *err, void *arg)
{
	atomic_uint *counts[] = {[CDR_REJECTED] = &rejected,
	                         [CDR_WAITING] = &waiting,
	                         [CDR_RESUMED] = &resumed,
	                         [CDR_UNWRITTEN] = &unwritten,
	                         [CDR_WRITTEN] = &written};

	(void)arg;
	(void)call;
	(void)tenant;
	if (err)
		print_message("# notice %d: %s\n", (int)notice, err->message);
	atomic_fetch_add(counts[notice], 1);
}

int cdr_setup(void **state)
{
	if (fixture_setup(state))
		return -1;
	fixture = *state;
	acme = fixture_tenant(fixture, "acme.pbx.test");
	bell = fixture_tenant(fixture, "bell.pbx.test");
	return 0;
}

int make_spool(void **state)
{
	(void)state;
	atomic_store(&rejected, 0);
	atomic_store(&waiting, 0);
	atomic_store(&unwritten, 0);
	atomic_store(&written, 0);
	atomic_store(&resumed, 0);
	snprintf(spool, sizeof(spool), "/tmp/centrex-spool-XXXXXX");
	return mkdtemp(spool) ? 0 : -1;
}

int remove_spool(void **state)
{
	(void)state;
	assert_int_equal(files_remove(spool, NULL), ERROR_OK);
	fixture_sql(fixture, &acme, "delete from cdrs");
	fixture_sql(fixture, &bell, "delete from cdrs");
	return 0;
}

struct cdr_store *open_store(void)
{
	const struct cdr_config config = {
		.spool = spool, .db = fixture->db, .node = "node1", .notice = on_notice};
	struct cdr_store *store = NULL;
	struct error err;

	if (cdr_open(&config, &store, &err) != ERROR_OK)
		fail_msg("cdr_open: %s", err.message);
	return store;
}

const int64_t noon = INT64_C(1795348800000000); /* 2026-11-22T12:00:00Z */

struct uuid begin_call(struct cdr_store *store, const struct uuid *tenant, int64_t start_us)
{
	const struct cdr_begin begin = {
		.call = uuid_at(start_us / 1000),
		.tenant = *tenant,
		.caller_id_name = "Ada Lovelace",
		.caller_id_number = "101",
		.dest_number = "102",
		.context = "default",
		.sip_call_id = "abc@192.0.2.1",
		.start_us = start_us,
	};

	assert_int_equal(cdr_begin(store, &begin), ERROR_OK);
	return begin.call;
}

void end_call(struct cdr_store *store, const struct uuid *call, int64_t end_us)
{
	const struct cdr_end end = {
		.call = *call,
		.end_us = end_us,
		.disposition = CDR_ANSWERED,
		.cause = "normal",
		.sip_status = 200,
		.hangup_by = "callee",
		.answered_by = "102",
		.legs_json = "[{\"extension\":\"102\",\"status\":200}]",
	};

	assert_int_equal(cdr_end(store, &end), ERROR_OK);
}

struct uuid whole_call(struct cdr_store *store, const struct uuid *tenant, int64_t start_us)
{
	struct uuid call = begin_call(store, tenant, start_us);

	assert_int_equal(cdr_answer(store, &call, start_us + 1000000), ERROR_OK);
	end_call(store, &call, start_us + 3500000);
	return call;
}

void wait_stored(struct cdr_store *store, uint64_t stored)
{
	struct cdr_counts counts;

	for (int i = 0; i < 1500; i++) {
		cdr_counts(store, &counts);
		if (counts.stored >= stored)
			break;
		usleep(10000);
	}
	assert_int_equal(counts.stored, stored);
}

void expect_row(const struct uuid *tenant, const char *sql, const char *expected)
{
	char value[512];

	fixture_value(fixture, tenant, sql, value, sizeof(value));
	assert_string_equal(value, expected);
}
