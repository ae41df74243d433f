/* A snapshot and the directory over a database that is made up here, so that memory can fail. */
#include "base/clock.h"
#include "db/queries.h"
#include "domain/directory.h"
#include "domain/names.h"
#include "domain/snapshot.h"
#include "oom.h"
#include "unit.h"

#define TENANT   "00000000-0000-0000-0000-00000000000a"
#define NAME_101 "11111111-1111-4111-8111-111111111111"
#define NAME_102 "00000000-2222-4222-8222-222222222222"

/* As snapshot_load asks. */
enum { TENANT_ROW, EXTENSIONS, SOUNDS, QUEUES, MEMBERS, NUMBERS, SETTINGS, STATEMENTS };

static const char *const *rows_of[STATEMENTS][8]; /* statement, row: columns */

struct tx_result {
	const char *const *(*statements)[8];
};

static const char *const tenant_row[] = {TENANT, "acme.pbx.test", "12"};
static const char *const extension_102[] = {"00000000-0000-0000-0000-000000000102", NAME_102, "102",
                                            "secret-of-102-0123456789", "default"};
static const char *const extension_101[] = {"00000000-0000-0000-0000-000000000101", NAME_101, "101",
                                            "secret-of-101-0123456789", "sales"};
#define ID_SUPPORT "99999999-0000-4000-8000-000000000001"
#define ID_SALES   "00000000-0000-4000-8000-000000000002"
#define ID_QUIET   "55555555-0000-4000-8000-000000000003"
#define ID_WALTZ   "88888888-0000-4000-8000-000000000001"
#define ID_CLOSED  "77777777-0000-4000-8000-000000000002"
#define ID_LOST    "33333333-0000-4000-8000-000000000009"

static const char *const sound_waltz[] = {ID_WALTZ, "moh", "waltz.mp3"};
static const char *const sound_closed[] = {ID_CLOSED, "ivr", "closed.wav"};
enum { QUEUE_COLUMNS = 23 }; /* those of its settings last: none */
static const char *const queue_support[QUEUE_COLUMNS] = {ID_SUPPORT, "support", "round-robin",
                                                         "waltz.mp3", ID_WALTZ};
static const char *const queue_sales[QUEUE_COLUMNS] = {ID_SALES, "sales", "ring-all", NULL, NULL};
static const char *const queue_quiet[QUEUE_COLUMNS] = {ID_QUIET, "quiet", "ring-all", "silence",
                                                       NULL};
static const char *const queue_lost[QUEUE_COLUMNS] = {ID_QUIET, "quiet", "ring-all", "gone.wav",
                                                      ID_LOST};
static const char *const member_sales_102[] = {ID_SALES, "102", "1", "1"};
static const char *const member_sales_101[] = {ID_SALES, "101", "2", "7"};
static const char *const member_lost[] = {ID_LOST, "101", "1", "1"};
static const char *const member_nobody[] = {ID_SUPPORT, "199", "1", "1"};
static const char *const member_support[] = {ID_SUPPORT, "102", "0", "3"};
static const char *const number_700[] = {"700", "102", NULL, NULL};
static const char *const number_lost[] = {"+4312345", "199", NULL, NULL};
static const char *const number_030[] = {"030123", "101", NULL, NULL};
static const char *const number_800[] = {"800", NULL, ID_SUPPORT, NULL};
static const char *const number_801[] = {"801", NULL, ID_LOST, NULL};
static const char *const number_900[] = {"900", NULL, NULL, ID_CLOSED};
static const char *const number_901[] = {"901", NULL, NULL, ID_LOST};
static const char *const ring_s[] = {"ring_s", "25", NULL};
static enum error_code fake_code;

static const struct {
	size_t statement;
	const char *const *row;
} fake[] = {
	{TENANT_ROW, tenant_row      },
        {EXTENSIONS, extension_102   },
        {EXTENSIONS, extension_101   },
	{SOUNDS,     sound_waltz     },
        {SOUNDS,     sound_closed    },
        {QUEUES,     queue_support   },
	{QUEUES,     queue_sales     },
        {QUEUES,     queue_quiet     },
        {MEMBERS,    member_sales_102},
	{MEMBERS,    member_sales_101},
        {MEMBERS,    member_lost     },
        {MEMBERS,    member_nobody   },
	{MEMBERS,    member_support  },
        {NUMBERS,    number_700      },
        {NUMBERS,    number_lost     },
	{NUMBERS,    number_030      },
        {NUMBERS,    number_801      },
        {NUMBERS,    number_900      },
	{NUMBERS,    number_901      },
        {NUMBERS,    number_800      },
        {SETTINGS,   ring_s          },
};

static void fake_tenant(void)
{
	fake_code = ERROR_OK;
	memset(rows_of, 0, sizeof(rows_of));
	for (size_t i = 0; i < COUNT_OF(fake); i++) {
		size_t row = 0;

		while (rows_of[fake[i].statement][row])
			row++;
		rows_of[fake[i].statement][row] = fake[i].row;
	}
}

enum error_code __wrap_tx_run(struct db *db, const struct tx_scope *scope,
                              const struct tx_statement *statements, size_t n,
                              struct tx_result **ret_result, struct error *err);
size_t __wrap_tx_rows(const struct tx_result *result, size_t statement);
const char *__wrap_tx_value(const struct tx_result *result, size_t statement, size_t row,
                            size_t column);
void __wrap_tx_result_free(struct tx_result *result);
void __wrap_tx_result_auto_free(struct tx_result **result);

enum error_code __wrap_tx_run(struct db *db, const struct tx_scope *scope,
                              const struct tx_statement *statements, size_t n,
                              struct tx_result **ret_result, struct error *err)
{
	struct tx_result *result;

	(void)db;
	(void)n;
	(void)statements;
	if (fake_code != ERROR_OK)
		return error_set(err, fake_code, NULL, NULL);
	if (scope->door == TX_TENANT)
		assert_false(scope->writes);
	result = malloc(sizeof(*result));
	if (!result)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	result->statements = rows_of; /* the tenant's id is the first column for every question */
	*ret_result = result;
	return ERROR_OK;
}

size_t __wrap_tx_rows(const struct tx_result *result, size_t statement)
{
	size_t n = 0;

	while (n < 8 && result->statements[statement][n])
		n++;
	return n;
}

const char *__wrap_tx_value(const struct tx_result *result, size_t statement, size_t row,
                            size_t column)
{
	return result->statements[statement][row][column];
}

void __wrap_tx_result_free(struct tx_result *result)
{
	free(result);
}

void __wrap_tx_result_auto_free(struct tx_result **result)
{
	free(*result);
}

static struct uuid id(const char *text)
{
	struct uuid uuid;

	assert_true(uuid_parse(text, &uuid));
	return uuid;
}

static void everything_is_found(void **state)
{
	struct uuid tenant = id(TENANT), name = id(NAME_101), nobody = {{1}};
	struct snapshot *snapshot;
	const struct extension *extension;

	(void)state;
	fake_tenant();
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_OK);
	assert_string_equal(snapshot->domain, "acme.pbx.test");
	assert_int_equal(snapshot->calls_most, 12);
	assert_true(uuid_equal(&snapshot->tenant, &tenant));
	assert_int_equal(snapshot->ring_s, 25);
	assert_int_equal(snapshot->n_extensions, 2);
	extension = snapshot_extension(snapshot, "101");
	assert_ptr_equal(extension, &snapshot->extensions[0]);
	assert_string_equal(extension->auth_password, "secret-of-101-0123456789");
	assert_string_equal(extension->context, "sales");
	assert_ptr_equal(snapshot_by_auth_username(snapshot, &name), extension);
	assert_null(snapshot_by_auth_username(snapshot, &nobody));
	/* A number whose extension came between the statements is left to the next load. */
	assert_int_equal(snapshot->n_numbers, 4);
	assert_ptr_equal(snapshot_number(snapshot, "030123")->extension, extension);
	assert_null(snapshot_number(snapshot, "+4312345"));
	assert_ptr_equal(snapshot_ref(snapshot), snapshot);
	snapshot_unref(snapshot);
	snapshot_unref(snapshot);
	snapshot_unref(NULL);
}

static void queues_have_their_members_in_order(void **state)
{
	struct uuid tenant = id(TENANT), waltz = id(ID_WALTZ);
	struct snapshot *snapshot;
	const struct queue *queue;

	(void)state;
	fake_tenant();
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_OK);
	assert_int_equal(snapshot->n_queues, 3);
	queue = snapshot_queue(snapshot, "sales");
	assert_int_equal(queue->strategy, QUEUE_RING_ALL);
	assert_int_equal(queue->music, MUSIC_DEFAULT);
	assert_int_equal(queue->n_members, 2);
	assert_ptr_equal(queue->members[0].extension, snapshot_extension(snapshot, "102"));
	assert_ptr_equal(queue->members[1].extension, snapshot_extension(snapshot, "101"));
	assert_int_equal(queue->members[1].tier, 2);
	assert_int_equal(queue->members[1].level, 7);
	assert_int_equal(snapshot_queue(snapshot, "quiet")->n_members, 0);
	assert_int_equal(snapshot_queue(snapshot, "quiet")->music, MUSIC_SILENCE);
	queue = snapshot_queue(snapshot, "support");
	assert_int_equal(queue->strategy, QUEUE_ROUND_ROBIN);
	assert_int_equal(queue->music, MUSIC_SOUND);
	assert_ptr_equal(queue->sound, snapshot_sound(snapshot, &waltz));
	assert_string_equal(queue->sound->directory,
	                    "tenant_0000000000000000000000000000000a/" ID_WALTZ);
	assert_string_equal(queue->sound->category, "moh");
	assert_int_equal(queue->n_members, 1);
	assert_int_equal(queue->members[0].tier, 0);
	assert_int_equal(queue->members[0].level, 3);
	assert_ptr_equal(snapshot_number(snapshot, "800")->queue, queue);
	assert_null(snapshot_number(snapshot, "801"));
	assert_string_equal(snapshot_number(snapshot, "900")->sound->name, "closed.wav");
	assert_null(snapshot_number(snapshot, "901"));
	assert_true(snapshot->bytes > sizeof(struct snapshot));
	snapshot_unref(snapshot);
}

static void a_queue_has_its_settings_or_the_defaults(void **state)
{
	static const char *const queue_set[QUEUE_COLUMNS] = {
		ID_SALES, "sales", "ring-all", NULL, NULL, "+431", "1", "2", "3",  "t",  "4",  "t",
		"f",      "t",     "f",        "6",  "7",  "8",    "9", "0", "11", "12", "yes"};
	struct uuid tenant = id(TENANT);
	struct snapshot *snapshot;
	const struct queue_settings *set;

	(void)state;
	fake_tenant();
	rows_of[QUEUES][1] = queue_set;
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_OK);
	set = &snapshot_queue(snapshot, "sales")->settings;
	assert_string_equal(set->overflow_number, "+431");
	assert_int_equal(set->max_wait_time, 1);
	assert_int_equal(set->max_wait_time_with_no_agent, 2);
	assert_int_equal(set->max_wait_time_with_no_agent_time_reached, 3);
	assert_true(set->tier_rules_apply);
	assert_int_equal(set->tier_rule_wait_second, 4);
	assert_true(set->tier_rule_wait_multiply_level);
	assert_false(set->tier_rule_no_agent_no_wait);
	assert_true(set->tier_replace);
	assert_false(set->skip_agents_with_external_calls);
	assert_int_equal(set->wrap_up_time, 6);
	assert_int_equal(set->no_answer_delay_time, 7);
	assert_int_equal(set->busy_delay_time, 8);
	assert_int_equal(set->reject_delay_time, 9);
	assert_int_equal(set->max_no_answer, 0);
	assert_int_equal(set->agent_ring_time, 11);
	assert_int_equal(set->service_level_s, 12);
	assert_int_equal(set->recording, QUEUE_RECORDING_YES);
	/* Of a queue that the release before has made. */
	set = &snapshot_queue(snapshot, "support")->settings;
	assert_null(set->overflow_number);
	assert_int_equal(set->wrap_up_time, 10);
	assert_true(set->tier_rule_no_agent_no_wait);
	assert_int_equal(set->recording, QUEUE_RECORDING_TENANT);
	snapshot_unref(snapshot);
}

static void settings_are_read_and_what_means_nothing_is_passed_over(void **state)
{
	static const struct {
		const char *row[3];
		bool means; /* something */
	} rows[] = {
		{{"recording", "queue", NULL},          true },
		{{"recording_format", "opus", NULL},    true },
		{{"recording_channels", "stereo"},      true },
		{{"recording_announced", "false"},      true },
		{{"recording_days", "30", NULL},        true },
		{{"park_prefix", "8", NULL},            true },
		{{"hold_music", "waltz.mp3", ID_WALTZ}, true },
		{{"ring_s", "0", NULL},                 false},
		{{"ring_s", "1e3", NULL},               false},
		{{"park_s", "99999999999", NULL},       false},
		{{"park_prefix", "12345", NULL},        false},
		{{"park_prefix", "7a", NULL},           false},
		{{"recording", "some", NULL},           false},
		{{"no_such_setting", "1", NULL},        false},
		{{"recording_days", NULL, NULL},        false},
	};
	struct uuid tenant = id(TENANT);
	struct snapshot *snapshot;

	(void)state;
	for (int means = 0; means < 2; means++) {
		size_t n = 0;

		fake_tenant();
		memset(rows_of[SETTINGS], 0, sizeof(rows_of[SETTINGS]));
		for (size_t i = 0; i < COUNT_OF(rows); i++)
			if (rows[i].means == means)
				rows_of[SETTINGS][n++] = rows[i].row;
		assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_OK);
		assert_int_equal(snapshot->recording, means ? RECORD_QUEUE_CALLS : RECORD_NONE);
		assert_int_equal(snapshot->recording_opus, means);
		assert_int_equal(snapshot->recording_stereo, means);
		assert_int_equal(snapshot->recording_announced, !means);
		assert_int_equal(snapshot->recording_days, means ? 30 : 0);
		assert_string_equal(snapshot->park_prefix, means ? "8" : "70");
		assert_int_equal(snapshot->park_s, 120);
		assert_int_equal(snapshot->ring_s, 0);
		assert_string_equal(snapshot->break_reasons, "");
		assert_int_equal(snapshot->hold_music, means ? MUSIC_SOUND : MUSIC_DEFAULT);
		assert_true(!snapshot->hold_sound == !means);
		snapshot_unref(snapshot);
	}
	/* As much as there may be, rather than nothing. */
	static const char *const much[] = {"ring_s", "9999", NULL};
	static const char *const reasons[] = {"break_reasons", "Lunch, Training", NULL};

	rows_of[SETTINGS][0] = much;
	rows_of[SETTINGS][1] = reasons;
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_OK);
	assert_int_equal(snapshot->ring_s, 600);
	assert_string_equal(snapshot->break_reasons, "Lunch, Training");
	snapshot_unref(snapshot);
}

/* A file that is gone by now: the music is the switch's own. */
static void music_that_is_gone_is_the_default(void **state)
{
	struct uuid tenant = id(TENANT);
	struct snapshot *snapshot;

	(void)state;
	fake_tenant();
	rows_of[QUEUES][2] = queue_lost;
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_OK);
	assert_int_equal(snapshot_queue(snapshot, "quiet")->music, MUSIC_DEFAULT);
	assert_null(snapshot_queue(snapshot, "quiet")->sound);
	snapshot_unref(snapshot);
}

static void nothing_is_a_tenant_too(void **state)
{
	struct uuid tenant = id(TENANT);
	struct snapshot *snapshot;

	(void)state;
	fake_tenant();
	memset(rows_of[EXTENSIONS], 0, sizeof(rows_of) - sizeof(rows_of[0]));
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_OK);
	assert_int_equal(snapshot->n_extensions + snapshot->n_numbers + snapshot->ring_s, 0);
	assert_null(snapshot_extension(snapshot, "101"));
	assert_null(snapshot_number(snapshot, "101"));
	assert_int_equal(snapshot->n_queues + snapshot->n_sounds, 0);
	snapshot_unref(snapshot);
}

static void what_cannot_be_is_an_error(void **state)
{
	static const char *const broken[][QUEUE_COLUMNS] = {
		{"x",				    NAME_101, "101",    "p", "default"},
		{"00000000-0000-0000-0000-000000000101", "x",      "101",    "p", "default"},
		{"00000000-0000-0000-0000-000000000101", NAME_101, "101010", "p", "default"},
	};
	struct uuid tenant = id(TENANT);
	struct snapshot *snapshot;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(broken); i++) {
		fake_tenant();
		rows_of[EXTENSIONS][1] = broken[i];
		assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_INTERNAL);
	}
	for (size_t statement = SOUNDS; statement <= QUEUES; statement++) {
		fake_tenant();
		rows_of[statement][1] = broken[0];
		assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_INTERNAL);
	}
	fake_tenant();
	rows_of[TENANT_ROW][0] = NULL;
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_NOT_FOUND);
	fake_code = ERROR_UNAVAILABLE;
	assert_int_equal(snapshot_load(NULL, &tenant, &snapshot, NULL), ERROR_UNAVAILABLE);
}

static enum error_code load_and_free(void *arg)
{
	struct snapshot *snapshot;
	enum error_code code = snapshot_load(NULL, arg, &snapshot, NULL);

	if (code == ERROR_OK)
		snapshot_unref(snapshot);
	return code;
}

static enum error_code whole_directory(void *arg)
{
	const struct directory_config config = {.absent_max = 10};
	struct uuid name = id(NAME_101);
	struct directory *directory;
	struct snapshot *snapshot;
	enum error_code code = directory_open(&config, &directory, NULL);

	(void)arg;
	if (code != ERROR_OK)
		return code;
	code = directory_find_domain(directory, "ACME.pbx.test.", &snapshot, NULL);
	if (code == ERROR_OK) {
		snapshot_unref(snapshot);
		code = directory_find_auth_username(directory, &name, &snapshot, NULL);
	}
	if (code == ERROR_OK)
		snapshot_unref(snapshot);
	directory_close(directory);
	return code;
}

static void memory_may_fail_anywhere(void **state)
{
	struct uuid tenant = id(TENANT);

	(void)state;
	fake_tenant();
	assert_true(oom_check(load_and_free, &tenant) >= 2);
	assert_true(oom_check(whole_directory, NULL) > 8);
}

static void names_are_remembered_for_a_while(void **state)
{
	struct names *names = names_new(100);
	struct uuid nobody = {{0}}, tenant = {{7}}, found;

	(void)state;
	assert_false(names_get(names, "a", 1, 0, &found));
	names_put(names, "a", 1, &tenant, 0, 1000);
	names_put(names, "b", 1, &nobody, 0, 2000);
	assert_true(names_get(names, "a", 1, 999, &found));
	assert_true(uuid_equal(&found, &tenant));
	assert_false(names_get(names, "a", 1, 1000, &found));
	assert_true(names_get(names, "b", 1, 1000, &found));
	assert_false(names_get(names, "b ", 2, 1000, &found));
	names_put(names, "b", 1, &tenant, 1000, 3000);
	assert_true(names_get(names, "b", 1, 2999, &found));
	assert_true(uuid_equal(&found, &tenant));
	names_clear(names);
	assert_false(names_get(names, "b", 1, 1000, &found));
	names_put(names, "b", 1, &tenant, 1000, 3000);
	assert_true(names_get(names, "b", 1, 1000, &found));
	names_free(names);
}

/* A flood of invented names: a full table takes new ones, keeps its size and most of the latest. */
static void a_flood_of_names_is_bounded(void **state)
{
	struct names *names = names_new(1000);
	struct uuid nobody = {{0}}, found;
	unsigned kept = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		names_put(names, &i, sizeof(i), &nobody, i, i + 1000000);
		assert_true(names_get(names, &i, sizeof(i), i, &found));
	}
	for (unsigned i = 0; i < 100000; i++)
		kept += names_get(names, &i, sizeof(i), 100000, &found);
	assert_in_range(kept, 900, 1100);
	names_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_found),
		cmocka_unit_test(queues_have_their_members_in_order),
		cmocka_unit_test(a_queue_has_its_settings_or_the_defaults),
		cmocka_unit_test(settings_are_read_and_what_means_nothing_is_passed_over),
		cmocka_unit_test(music_that_is_gone_is_the_default),
		cmocka_unit_test(nothing_is_a_tenant_too),
		cmocka_unit_test(what_cannot_be_is_an_error),
		cmocka_unit_test(memory_may_fail_anywhere),
		cmocka_unit_test(names_are_remembered_for_a_while),
		cmocka_unit_test(a_flood_of_names_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
