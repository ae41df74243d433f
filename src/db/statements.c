#include "db/statements.h"

#include <stdio.h>
#include <string.h>

/* FNV-1a, 32 bits. */
static uint32_t hash_bytes(uint32_t hash, const void *bytes, size_t n)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ byte[i]) * 16777619U;
	return hash;
}

static uint32_t hash_key(const struct uuid *tenant, const char *name)
{
	return hash_bytes(hash_bytes(2166136261U, tenant->bytes, sizeof(tenant->bytes)), name,
	                  strlen(name));
}

static struct statement *row_at(struct statements *statements, uint16_t place)
{
	return place ? &statements->rows[place - 1] : NULL;
}

static uint16_t place_of(struct statements *statements, const struct statement *row)
{
	return (uint16_t)(row - statements->rows + 1);
}

static bool ready(struct statements *statements)
{
	if (statements->rows)
		return true;
	statements->buckets = calloc(STATEMENTS_BUCKETS, sizeof(*statements->buckets));
	statements->rows = calloc(STATEMENTS_MAX, sizeof(*statements->rows));
	if (!statements->buckets || !statements->rows) {
		statements_clear(statements);
		return false;
	}
	for (int i = 0; i < STATEMENTS_MAX - 1; i++)
		statements->rows[i].next = (uint16_t)(i + 2);
	statements->free = 1;
	return true;
}

/* Takes row out of the order of use. */
static void unlink_use(struct statements *statements, struct statement *row)
{
	struct statement *older = row_at(statements, row->older);
	struct statement *newer = row_at(statements, row->newer);

	*(older ? &older->newer : &statements->oldest) = row->newer;
	*(newer ? &newer->older : &statements->newest) = row->older;
}

static void link_newest(struct statements *statements, struct statement *row)
{
	uint16_t place = place_of(statements, row);
	struct statement *newest = row_at(statements, statements->newest);

	row->older = statements->newest;
	row->newer = 0;
	*(newest ? &newest->newer : &statements->oldest) = place;
	statements->newest = place;
	row->unit = statements->unit;
}

void statements_begin(struct statements *statements)
{
	statements->unit++;
}

struct statement *statements_find(struct statements *statements, const struct uuid *tenant,
                                  const char *name)
{
	uint32_t hash = hash_key(tenant, name);
	struct statement *row;

	if (!statements->rows)
		return NULL;
	row = row_at(statements, statements->buckets[hash % STATEMENTS_BUCKETS]);
	for (; row; row = row_at(statements, row->next))
		if (row->hash == hash && uuid_equal(&row->tenant, tenant) &&
		    strcmp(row->name, name) == 0)
			break;
	if (!row)
		return NULL;
	unlink_use(statements, row);
	link_newest(statements, row);
	return row;
}

void statements_drop(struct statements *statements, struct statement *row)
{
	uint16_t place = place_of(statements, row);
	uint16_t *link = &statements->buckets[row->hash % STATEMENTS_BUCKETS];

	while (*link != place)
		link = &statements->rows[*link - 1].next;
	*link = row->next;
	unlink_use(statements, row);
	free(row->name);
	row->name = NULL;
	row->next = statements->free;
	statements->free = place;
}

struct statement *statements_add(struct statements *statements, const struct uuid *tenant,
                                 const char *name, char ret_evicted[static STATEMENT_NAME_MAX])
{
	struct statement *row;
	uint16_t *bucket;
	char *copy;

	ret_evicted[0] = '\0';
	if (!ready(statements))
		return NULL;
	if (!statements->free && statements->rows[statements->oldest - 1].unit == statements->unit)
		return NULL;
	copy = strdup(name);
	if (!copy)
		return NULL;
	row = row_at(statements, statements->oldest);
	if (!statements->free && row) {
		memcpy(ret_evicted, row->server_name, STATEMENT_NAME_MAX);
		statements_drop(statements, row);
	}
	row = row_at(statements, statements->free);
	statements->free = row->next;
	row->name = copy;
	row->tenant = *tenant;
	row->hash = hash_key(tenant, name);
	snprintf(row->server_name, sizeof(row->server_name), "s%u", ++statements->prepared);
	bucket = &statements->buckets[row->hash % STATEMENTS_BUCKETS];
	row->next = *bucket;
	*bucket = place_of(statements, row);
	link_newest(statements, row);
	return row;
}

void statements_clear(struct statements *statements)
{
	for (size_t i = 0; statements->rows && i < STATEMENTS_MAX; i++)
		free(statements->rows[i].name);
	free(statements->rows);
	free(statements->buckets);
	*statements = (struct statements){0};
}
