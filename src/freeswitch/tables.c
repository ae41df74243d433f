#include "freeswitch/tables.h"

#include <stdio.h>
#include <string.h>

#include "freeswitch/tables_columns.h"

_Static_assert(TABLE_FIELDS_MAX >= 2 + (int)CALLCENTER_TIMING_COUNT, "an agent's fit");

const struct columns columns[TABLE_COUNT] = {
	[TABLE_QUEUES] = {1,
                          3 + CALLCENTER_LIMIT_COUNT,
                          1,                              {"name", "strategy", "moh_sound", "tier_rules_apply",
                           "tier_rule_wait_second", "tier_rule_wait_multiply_level",
                           "tier_rule_no_agent_no_wait", "max_wait_time",
                           "max_wait_time_with_no_agent",
                           "max_wait_time_with_no_agent_time_reached"}},
	[TABLE_AGENTS] = {1,
                          2 + CALLCENTER_TIMING_COUNT,
                          1,                              {"name", "contact", "max_no_answer", "wrap_up_time", "reject_delay_time",
                           "busy_delay_time", "no_answer_delay_time"} },
	[TABLE_TIERS] = {2, 4,                        0, {"queue", "agent", "level", "position"} },
	[TABLE_STREAMS] = {1, 1,                        0, {"name"}                                },
};

static void rows_clear(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		free(rows->rows[i].fields[0]);
	free(rows->rows);
	*rows = (struct rows){0};
}

void tables_clear(struct tables *tables)
{
	for (int i = 0; i < TABLE_COUNT; i++)
		rows_clear(&tables->of[i]);
}

enum error_code rows_add(struct rows *rows, enum table table, const char *const *fields,
                         struct error *err)
{
	size_t n = 0, bytes = 0;
	struct row *row;
	char *at;

	if (rows->n == rows->room) {
		size_t room = rows->room ? rows->room * 2 : 4;

		row = realloc(rows->rows, room * sizeof(*row));
		if (!row)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		rows->rows = row;
		rows->room = room;
	}
	while (n < columns[table].n && fields[n])
		bytes += strlen(fields[n++]) + 1;
	at = malloc(bytes + 1);
	if (!at)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	row = &rows->rows[rows->n++];
	*row = (struct row){0};
	for (size_t i = 0; i < n; i++) {
		size_t length = strlen(fields[i]) + 1;

		row->fields[i] = memcpy(at, fields[i], length);
		at += length;
	}
	return ERROR_OK;
}

static int compare(const char *const *a, const char *const *b, size_t keys)
{
	int order = 0;

	for (size_t i = 0; i < keys && !order; i++)
		order = strcmp(a[i], b[i]);
	return order;
}

int row_compare(enum table table, const struct row *a, const struct row *b)
{
	return compare((const char *const *)a->fields, (const char *const *)b->fields,
	               columns[table].keys);
}

static int by_one(const void *a, const void *b)
{
	return compare((const char *const *)((const struct row *)a)->fields,
	               (const char *const *)((const struct row *)b)->fields, 1);
}

static int by_two(const void *a, const void *b)
{
	return compare((const char *const *)((const struct row *)a)->fields,
	               (const char *const *)((const struct row *)b)->fields, 2);
}

void rows_sort(struct rows *rows, enum table table)
{
	size_t kept = 0;

	if (!rows->n)
		return;
	/* glibc's qsort is a merge sort: the first of two that are the same stays the first. */
	qsort(rows->rows, rows->n, sizeof(*rows->rows), columns[table].keys == 1 ? by_one : by_two);
	for (size_t i = 1; i < rows->n; i++) {
		if (row_compare(table, &rows->rows[kept], &rows->rows[i]) == 0)
			free(rows->rows[i].fields[0]);
		else
			rows->rows[++kept] = rows->rows[i];
	}
	rows->n = kept + 1;
}

const struct row *rows_find(const struct rows *rows, enum table table, const char *const *keys)
{
	size_t low = 0, high = rows->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare((const char *const *)rows->rows[middle].fields, keys,
		                    columns[table].keys);

		if (order == 0)
			return &rows->rows[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* What is put together for one tenant. */
struct wanting {
	const struct snapshot *snapshot;
	unsigned ring_s;
	struct tables *tables;
	size_t *left_out;
	struct error *err;
};

static enum error_code want_agent(const struct wanting *wanting, const struct extension *extension,
                                  const char *agent)
{
	char contact[CALLCENTER_CONTACT_MAX], numbers[CALLCENTER_TIMING_COUNT][16];
	const char *fields[TABLE_FIELDS_MAX + 1] = {agent, contact};

	if (!callcenter_contact(wanting->snapshot, extension, wanting->ring_s, contact))
		return ERROR_OK;
	for (size_t i = 0; i < CALLCENTER_TIMING_COUNT; i++) {
		snprintf(numbers[i], sizeof(numbers[i]), "%u", callcenter_timings[i].value);
		fields[2 + i] = numbers[i];
	}
	return rows_add(&wanting->tables->of[TABLE_AGENTS], TABLE_AGENTS, fields, wanting->err);
}

static enum error_code want_tier(const struct wanting *wanting, const char *queue,
                                 const struct queue_member *member)
{
	char agent[INERT_NAME_MAX], level[16], position[16];
	const char *const fields[] = {queue, agent, level, position, NULL};
	enum error_code code;

	if (!inert_name(member->extension->number, wanting->snapshot->domain, agent)) {
		++*wanting->left_out;
		return ERROR_OK;
	}
	snprintf(level, sizeof(level), "%u", member->tier);
	snprintf(position, sizeof(position), "%u", member->level);
	code = want_agent(wanting, member->extension, agent);
	if (code == ERROR_OK)
		code = rows_add(&wanting->tables->of[TABLE_TIERS], TABLE_TIERS, fields,
		                wanting->err);
	return code;
}

static enum error_code want_queue(const struct wanting *wanting, const struct queue *queue)
{
	char name[INERT_NAME_MAX], music[CALLCENTER_MUSIC_MAX];
	char limits[CALLCENTER_LIMIT_COUNT][CALLCENTER_LIMIT_MAX];
	const char *fields[TABLE_FIELDS_MAX + 1] = {name, callcenter_strategy(queue->strategy),
	                                            music};
	enum error_code code;

	/* Of two that are called the same only the first can be there. */
	if (snapshot_queue(wanting->snapshot, queue->name) != queue ||
	    !inert_name(queue->name, wanting->snapshot->domain, name)) {
		++*wanting->left_out;
		return ERROR_OK;
	}
	callcenter_music(queue, music);
	for (size_t i = 0; i < CALLCENTER_LIMIT_COUNT; i++)
		fields[3 + i] =
			callcenter_limit_value(&callcenter_limits[i], &queue->settings, limits[i]);
	code = rows_add(&wanting->tables->of[TABLE_QUEUES], TABLE_QUEUES, fields, wanting->err);
	for (size_t i = 0; i < queue->n_members && code == ERROR_OK; i++)
		code = want_tier(wanting, name, &queue->members[i]);
	return code;
}

static enum error_code want_stream(const struct wanting *wanting, const struct sound *sound)
{
	char id[UUID_TEXT_MAX];
	const char *const fields[] = {uuid_format(&sound->id, id), NULL};

	if (!callcenter_is_stream(sound))
		return ERROR_OK;
	return rows_add(&wanting->tables->of[TABLE_STREAMS], TABLE_STREAMS, fields, wanting->err);
}

enum error_code tables_want(const struct snapshot *snapshot, unsigned ring_s,
                            struct tables *ret_tables, size_t *ret_left_out, struct error *err)
{
	struct tables tables = {0};
	const struct wanting wanting = {snapshot, ring_s, &tables, ret_left_out, err};
	enum error_code code = ERROR_OK;

	*ret_left_out = 0;
	for (size_t i = 0; snapshot && i < snapshot->n_queues && code == ERROR_OK; i++)
		code = want_queue(&wanting, &snapshot->queues[i]);
	for (size_t i = 0; snapshot && i < snapshot->n_sounds && code == ERROR_OK; i++)
		code = want_stream(&wanting, &snapshot->sounds[i]);
	if (code != ERROR_OK) {
		tables_clear(&tables);
		return code;
	}
	for (enum table table = 0; table < TABLE_COUNT; table++)
		rows_sort(&tables.of[table], table);
	*ret_tables = tables;
	return ERROR_OK;
}
