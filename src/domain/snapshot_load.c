#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

#include "db/queries.h"
#include "domain/snapshot.h"

/* One allocation holds all of a tenant, so that one call wipes every secret in it:
 * block, extensions, index by auth_username, numbers, strings. */
struct block {
	struct snapshot snapshot; /* first: a struct snapshot * is a struct block * */
	atomic_uint references;
	size_t size;
};

enum { RING_MOST_S = 600 }; /* as the setting sip-ring-s */

enum { TENANT, EXTENSIONS, NUMBERS, SETTINGS, STATEMENTS };

/* Columns of snapshot_extensions. */
enum { ID, AUTH_USERNAME, EXTENSION_NUMBER, AUTH_PASSWORD, CONTEXT };

struct builder {
	const struct tx_result *result;
	struct extension *extensions;
	const struct extension **by_auth_username;
	struct number *numbers;
	char *strings; /* where the next one goes */
};

static const char *value(const struct tx_result *result, size_t statement, size_t row,
                         size_t column)
{
	const char *text = tx_value(result, statement, row, column);

	return text ? text : "";
}

static size_t string_size(const struct tx_result *result, size_t statement, size_t row,
                          size_t column)
{
	return strlen(value(result, statement, row, column)) + 1;
}

static size_t block_size(const struct tx_result *result)
{
	size_t extensions = tx_rows(result, EXTENSIONS);
	size_t numbers = tx_rows(result, NUMBERS);
	size_t size = sizeof(struct block);

	size += extensions * (sizeof(struct extension) + sizeof(struct extension *));
	size += numbers * sizeof(struct number);
	size += string_size(result, TENANT, 0, 1);
	for (size_t i = 0; i < extensions; i++)
		size += string_size(result, EXTENSIONS, i, AUTH_PASSWORD) +
		        string_size(result, EXTENSIONS, i, CONTEXT);
	for (size_t i = 0; i < numbers; i++)
		size += string_size(result, NUMBERS, i, 0);
	return size;
}

static const char *keep(struct builder *builder, size_t statement, size_t row, size_t column)
{
	char *kept = builder->strings;
	size_t size = string_size(builder->result, statement, row, column);

	memcpy(kept, value(builder->result, statement, row, column), size);
	builder->strings += size;
	return kept;
}

static int compare_numbers_of_extensions(const void *a, const void *b)
{
	return strcmp(((const struct extension *)a)->number, ((const struct extension *)b)->number);
}

static int compare_auth_usernames(const void *a, const void *b)
{
	const struct extension *const *x = a;
	const struct extension *const *y = b;

	return memcmp(&(*x)->auth_username, &(*y)->auth_username, sizeof(struct uuid));
}

static int compare_numbers(const void *a, const void *b)
{
	return strcmp(((const struct number *)a)->number, ((const struct number *)b)->number);
}

static bool read_extension(struct builder *builder, size_t row, struct extension *extension)
{
	const char *number = value(builder->result, EXTENSIONS, row, EXTENSION_NUMBER);

	if (!uuid_parse(value(builder->result, EXTENSIONS, row, ID), &extension->id) ||
	    !uuid_parse(value(builder->result, EXTENSIONS, row, AUTH_USERNAME),
	                &extension->auth_username) ||
	    strlen(number) >= sizeof(extension->number))
		return false;
	snprintf(extension->number, sizeof(extension->number), "%s", number);
	extension->auth_password = keep(builder, EXTENSIONS, row, AUTH_PASSWORD);
	extension->context = keep(builder, EXTENSIONS, row, CONTEXT);
	return true;
}

static bool read_extensions(struct builder *builder, struct snapshot *snapshot)
{
	size_t n = tx_rows(builder->result, EXTENSIONS);

	for (size_t i = 0; i < n; i++)
		if (!read_extension(builder, i, &builder->extensions[i]))
			return false;
	if (n)
		qsort(builder->extensions, n, sizeof(struct extension),
		      compare_numbers_of_extensions);
	for (size_t i = 0; i < n; i++)
		builder->by_auth_username[i] = &builder->extensions[i];
	if (n)
		qsort(builder->by_auth_username, n, sizeof(struct extension *),
		      compare_auth_usernames);
	snapshot->n_extensions = n;
	snapshot->extensions = builder->extensions;
	snapshot->by_auth_username = builder->by_auth_username;
	return true;
}

static void read_numbers(struct builder *builder, struct snapshot *snapshot)
{
	size_t n = 0;

	for (size_t i = 0; i < tx_rows(builder->result, NUMBERS); i++) {
		const char *extension = value(builder->result, NUMBERS, i, 1);

		builder->numbers[n].extension = snapshot_extension(snapshot, extension);
		/* Committed between the two statements: its notification is on the way. */
		if (!builder->numbers[n].extension)
			continue;
		builder->numbers[n++].number = keep(builder, NUMBERS, i, 0);
	}
	if (n)
		qsort(builder->numbers, n, sizeof(struct number), compare_numbers);
	snapshot->n_numbers = n;
	snapshot->numbers = builder->numbers;
}

/* The query lets one to four digits through. */
static unsigned ring_s(const char *digits)
{
	unsigned long seconds = strtoul(digits, NULL, 10);

	return seconds < RING_MOST_S ? (unsigned)seconds : RING_MOST_S;
}

static enum error_code build(const struct tx_result *result, struct snapshot **ret_snapshot,
                             struct error *err)
{
	size_t size = block_size(result);
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	struct block *block = calloc(1, size);
	struct builder builder = {.result = result};

	if (!block)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	block->size = size;
	atomic_init(&block->references, 1);
	snapshot = &block->snapshot;
	builder.extensions = (struct extension *)(block + 1);
	builder.by_auth_username =
		(const struct extension **)(builder.extensions + tx_rows(result, EXTENSIONS));
	builder.numbers = (struct number *)(builder.by_auth_username + tx_rows(result, EXTENSIONS));
	builder.strings = (char *)(builder.numbers + tx_rows(result, NUMBERS));
	if (!uuid_parse(value(result, TENANT, 0, 0), &snapshot->tenant) ||
	    !read_extensions(&builder, snapshot))
		return error_set(err, ERROR_INTERNAL, NULL,
		                 "the database holds a broken extension");
	snapshot->domain = keep(&builder, TENANT, 0, 1);
	read_numbers(&builder, snapshot);
	if (tx_rows(result, SETTINGS))
		snapshot->ring_s = ring_s(value(result, SETTINGS, 0, 0));
	*ret_snapshot = TAKE(snapshot);
	return ERROR_OK;
}

enum error_code snapshot_load(struct db *db, const struct uuid *tenant,
                              struct snapshot **ret_snapshot, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	const struct tx_statement statements[STATEMENTS] = {
		[TENANT] = TX_QUERY(QUERY_SNAPSHOT_TENANT),
		[EXTENSIONS] = TX_QUERY(QUERY_SNAPSHOT_EXTENSIONS),
		[NUMBERS] = TX_QUERY(QUERY_SNAPSHOT_NUMBERS),
		[SETTINGS] = TX_QUERY(QUERY_SNAPSHOT_SETTINGS),
	};
	enum error_code code = tx_run(db, &scope, statements, STATEMENTS, &result, err);

	if (code != ERROR_OK)
		return code;
	if (tx_rows(result, TENANT) != 1)
		return error_set(err, ERROR_NOT_FOUND, NULL, "there is no such tenant");
	return build(result, ret_snapshot, err);
}

struct snapshot *snapshot_ref(struct snapshot *snapshot)
{
	atomic_fetch_add_explicit(&((struct block *)snapshot)->references, 1, memory_order_relaxed);
	return snapshot;
}

void snapshot_unref(struct snapshot *snapshot)
{
	struct block *block = (struct block *)snapshot;

	if (!block)
		return;
	if (atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) > 1)
		return;
	sodium_memzero(block, block->size);
	free(block);
}

void snapshot_auto_unref(struct snapshot **snapshot)
{
	snapshot_unref(*snapshot);
}
