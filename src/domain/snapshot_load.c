#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

#include "db/queries.h"
#include "domain/snapshot_private.h"

/* One allocation holds all of a tenant, so that one call wipes every secret in it:
 * block, the arrays, their indexes, strings. */
struct block {
	struct snapshot snapshot; /* first: a struct snapshot * is a struct block * */
	atomic_uint references;
	size_t size;
};

enum { TENANT, EXTENSIONS, SOUNDS, QUEUES, MEMBERS, NUMBERS, SETTINGS, STATEMENTS };

/* Columns of snapshot_extensions; snapshot_sounds; snapshot_queues; snapshot_members;
 * snapshot_numbers; snapshot_settings. */
enum { ID, AUTH_USERNAME, EXTENSION_NUMBER, AUTH_PASSWORD, CONTEXT };
enum { SOUND_ID, SOUND_CATEGORY, SOUND_NAME };
enum {
	QUEUE_ID,
	QUEUE_NAME,
	QUEUE_STRATEGY,
	QUEUE_MUSIC,
	QUEUE_SOUND,
	QUEUE_OVERFLOW,
	QUEUE_SETTINGS /* and all that follow */
};
enum { MEMBER_QUEUE, MEMBER_EXTENSION, MEMBER_TIER, MEMBER_LEVEL };
enum { NUMBER, NUMBER_EXTENSION, NUMBER_QUEUE, NUMBER_SOUND };
enum { SETTING_NAME, SETTING_VALUE, SETTING_SOUND };

/* "tenant_<hex>/<id>" and the NUL. */
enum { DIRECTORY_SIZE = 7 + UUID_HEX_MAX + UUID_TEXT_MAX };

struct builder {
	const struct tx_result *result;
	struct extension *extensions;
	const struct extension **by_auth_username;
	struct sound *sounds;
	struct queue *queues;
	struct queue **queues_by_id;
	struct queue_member *members;
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
	static const struct {
		size_t statement, size; /* of a row, with its place in an index */
	} arrays[] = {
		{EXTENSIONS, sizeof(struct extension) + sizeof(struct extension *)},
		{SOUNDS,     sizeof(struct sound) + DIRECTORY_SIZE                },
		{QUEUES,     sizeof(struct queue) + sizeof(struct queue *)        },
		{MEMBERS,    sizeof(struct queue_member)                          },
		{NUMBERS,    sizeof(struct number)                                },
	};
	static const struct {
		size_t statement, column;
	} strings[] = {
		{TENANT,     1             },
                {EXTENSIONS, AUTH_PASSWORD },
                {EXTENSIONS, CONTEXT       },
		{SOUNDS,     SOUND_NAME    },
                {QUEUES,     QUEUE_NAME    },
                {QUEUES,     QUEUE_OVERFLOW},
		{NUMBERS,    NUMBER        },
                {SETTINGS,   SETTING_VALUE },
	};
	size_t size = sizeof(struct block);

	for (size_t i = 0; i < COUNT_OF(arrays); i++)
		size += tx_rows(result, arrays[i].statement) * arrays[i].size;
	for (size_t i = 0; i < COUNT_OF(strings); i++)
		for (size_t row = 0; row < tx_rows(result, strings[i].statement); row++)
			size += string_size(result, strings[i].statement, row, strings[i].column);
	return size;
}

static void *carve(char **at, size_t n, size_t size)
{
	void *array = *at;

	*at += n * size;
	return array;
}

/* Divides what lies behind the block: arrays first, for their alignment. */
static void lay_out(struct builder *builder, char *at)
{
	size_t extensions = tx_rows(builder->result, EXTENSIONS);
	size_t sounds = tx_rows(builder->result, SOUNDS);
	size_t queues = tx_rows(builder->result, QUEUES);
	size_t members = tx_rows(builder->result, MEMBERS);
	size_t numbers = tx_rows(builder->result, NUMBERS);

	builder->extensions = carve(&at, extensions, sizeof(struct extension));
	builder->by_auth_username = carve(&at, extensions, sizeof(struct extension *));
	builder->sounds = carve(&at, sounds, sizeof(struct sound));
	builder->queues = carve(&at, queues, sizeof(struct queue));
	builder->queues_by_id = carve(&at, queues, sizeof(struct queue *));
	builder->members = carve(&at, members, sizeof(struct queue_member));
	builder->numbers = carve(&at, numbers, sizeof(struct number));
	builder->strings = at;
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

static int compare_ids(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a, b, sizeof(*a));
}

static int compare_sounds(const void *a, const void *b)
{
	return compare_ids(&((const struct sound *)a)->id, &((const struct sound *)b)->id);
}

static int compare_queues(const void *a, const void *b)
{
	const struct queue *x = a;
	const struct queue *y = b;
	int names = strcmp(x->name, y->name);

	return names ? names : compare_ids(&x->id, &y->id);
}

static int compare_queue_ids(const void *a, const void *b)
{
	const struct queue *const *x = a;
	const struct queue *const *y = b;

	return compare_ids(&(*x)->id, &(*y)->id);
}

/* qsort may not be given NULL, which an empty array may be. */
static void sort(void *rows, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	if (n)
		qsort(rows, n, size, compare);
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
	sort(builder->extensions, n, sizeof(struct extension), compare_numbers_of_extensions);
	for (size_t i = 0; i < n; i++)
		builder->by_auth_username[i] = &builder->extensions[i];
	sort(builder->by_auth_username, n, sizeof(struct extension *), compare_auth_usernames);
	snapshot->n_extensions = n;
	snapshot->extensions = builder->extensions;
	snapshot->by_auth_username = builder->by_auth_username;
	return true;
}

/* "<schema>/<id>", as domain/media lays files out. */
static const char *keep_directory(struct builder *builder, const struct uuid *tenant,
                                  const struct uuid *sound)
{
	char *kept = builder->strings;
	char schema[UUID_HEX_MAX], id[UUID_TEXT_MAX];

	snprintf(kept, DIRECTORY_SIZE, "tenant_%s/%s", uuid_format_hex(tenant, schema),
	         uuid_format(sound, id));
	builder->strings += DIRECTORY_SIZE;
	return kept;
}

static bool read_sounds(struct builder *builder, struct snapshot *snapshot)
{
	size_t n = tx_rows(builder->result, SOUNDS);

	for (size_t i = 0; i < n; i++) {
		struct sound *sound = &builder->sounds[i];
		const char *category = value(builder->result, SOUNDS, i, SOUND_CATEGORY);

		if (!uuid_parse(value(builder->result, SOUNDS, i, SOUND_ID), &sound->id))
			return false;
		sound->category = strcmp(category, "moh") == 0 ? "moh" : "ivr";
		sound->name = keep(builder, SOUNDS, i, SOUND_NAME);
		sound->directory = keep_directory(builder, &snapshot->tenant, &sound->id);
	}
	sort(builder->sounds, n, sizeof(struct sound), compare_sounds);
	snapshot->n_sounds = n;
	snapshot->sounds = builder->sounds;
	return true;
}

/* What stands in a column that refers to a sound, a queue; NULL: nothing, or what came or went
 * between the statements, whose notification is on the way. */
static const struct sound *find_sound(const struct snapshot *snapshot, const char *text)
{
	struct uuid id;

	return uuid_parse(text, &id) ? snapshot_sound(snapshot, &id) : NULL;
}

static struct queue *find_queue(const struct builder *builder, const char *text)
{
	struct queue key, *at = &key, **found;
	size_t n = tx_rows(builder->result, QUEUES);

	if (!n || !uuid_parse(text, &key.id))
		return NULL;
	found = bsearch(&at, builder->queues_by_id, n, sizeof(found[0]), compare_queue_ids);
	return found ? *found : NULL;
}

/* A file that is gone by now: the engine's own. */
static enum queue_music music_of(const char *music, const struct sound *sound)
{
	if (strcmp(music, "silence") == 0)
		return MUSIC_SILENCE;
	return sound ? MUSIC_SOUND : MUSIC_DEFAULT;
}

static bool read_queue(struct builder *builder, const struct snapshot *snapshot, size_t row,
                       struct queue *queue)
{
	const struct tx_result *result = builder->result;
	const char *strategy = value(result, QUEUES, row, QUEUE_STRATEGY);
	const char *music = value(result, QUEUES, row, QUEUE_MUSIC);

	if (!uuid_parse(value(result, QUEUES, row, QUEUE_ID), &queue->id))
		return false;
	queue->name = keep(builder, QUEUES, row, QUEUE_NAME);
	queue->strategy = strcmp(strategy, "round-robin") == 0 ? QUEUE_ROUND_ROBIN : QUEUE_RING_ALL;
	queue->sound = find_sound(snapshot, value(result, QUEUES, row, QUEUE_SOUND));
	queue->music = music_of(music, queue->sound);
	queue_settings_read(result, QUEUES, row, QUEUE_SETTINGS, &queue->settings);
	if (tx_value(result, QUEUES, row, QUEUE_OVERFLOW))
		queue->settings.overflow_number = keep(builder, QUEUES, row, QUEUE_OVERFLOW);
	return true;
}

static bool read_queues(struct builder *builder, struct snapshot *snapshot)
{
	size_t n = tx_rows(builder->result, QUEUES);

	for (size_t i = 0; i < n; i++)
		if (!read_queue(builder, snapshot, i, &builder->queues[i]))
			return false;
	sort(builder->queues, n, sizeof(struct queue), compare_queues);
	for (size_t i = 0; i < n; i++)
		builder->queues_by_id[i] = &builder->queues[i];
	sort(builder->queues_by_id, n, sizeof(struct queue *), compare_queue_ids);
	snapshot->n_queues = n;
	snapshot->queues = builder->queues;
	return true;
}

/* The query puts them in order, a queue's one after the other. */
static void read_members(struct builder *builder, const struct snapshot *snapshot)
{
	const struct tx_result *result = builder->result;
	struct queue_member *member = builder->members;

	for (size_t i = 0; i < tx_rows(result, MEMBERS); i++) {
		struct queue *queue = find_queue(builder, value(result, MEMBERS, i, MEMBER_QUEUE));

		member->extension =
			snapshot_extension(snapshot, value(result, MEMBERS, i, MEMBER_EXTENSION));
		if (!queue || !member->extension)
			continue;
		member->tier = (unsigned)strtoul(value(result, MEMBERS, i, MEMBER_TIER), NULL, 10);
		member->level =
			(unsigned)strtoul(value(result, MEMBERS, i, MEMBER_LEVEL), NULL, 10);
		if (!queue->n_members++)
			queue->members = member;
		member++;
	}
}

static void read_numbers(struct builder *builder, struct snapshot *snapshot)
{
	const struct tx_result *result = builder->result;
	size_t n = 0;

	for (size_t i = 0; i < tx_rows(result, NUMBERS); i++) {
		struct number *number = &builder->numbers[n];

		number->extension =
			snapshot_extension(snapshot, value(result, NUMBERS, i, NUMBER_EXTENSION));
		number->queue = find_queue(builder, value(result, NUMBERS, i, NUMBER_QUEUE));
		number->sound = find_sound(snapshot, value(result, NUMBERS, i, NUMBER_SOUND));
		if (!number->extension && !number->queue && !number->sound)
			continue;
		number->number = keep(builder, NUMBERS, i, NUMBER);
		n++;
	}
	sort(builder->numbers, n, sizeof(struct number), compare_numbers);
	snapshot->n_numbers = n;
	snapshot->numbers = builder->numbers;
}

static void read_settings(struct builder *builder, struct snapshot *snapshot)
{
	const struct tx_result *result = builder->result;

	snapshot_defaults(snapshot);
	for (size_t i = 0; i < tx_rows(result, SETTINGS); i++) {
		const char *name = value(result, SETTINGS, i, SETTING_NAME);
		const char *kept = keep(builder, SETTINGS, i, SETTING_VALUE);

		if (strcmp(name, "hold_music") == 0) {
			snapshot->hold_sound =
				find_sound(snapshot, value(result, SETTINGS, i, SETTING_SOUND));
			snapshot->hold_music = music_of(kept, snapshot->hold_sound);
		} else {
			snapshot_setting(snapshot, name, kept);
		}
	}
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
	snapshot->bytes = size;
	lay_out(&builder, (char *)(block + 1));
	if (!uuid_parse(value(result, TENANT, 0, 0), &snapshot->tenant) ||
	    !read_extensions(&builder, snapshot))
		return error_set(err, ERROR_INTERNAL, NULL,
		                 "the database holds a broken extension");
	if (!read_sounds(&builder, snapshot) || !read_queues(&builder, snapshot))
		return error_set(err, ERROR_INTERNAL, NULL,
		                 "the database holds a broken queue or media file");
	snapshot->domain = keep(&builder, TENANT, 0, 1);
	snapshot->calls_most =
		*value(result, TENANT, 0, 2) ? strtoll(value(result, TENANT, 0, 2), NULL, 10) : -1;
	read_members(&builder, snapshot);
	read_numbers(&builder, snapshot);
	read_settings(&builder, snapshot);
	*ret_snapshot = TAKE(snapshot);
	return ERROR_OK;
}

enum error_code snapshot_load(struct db *db, const struct uuid *tenant,
                              struct snapshot **ret_snapshot, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant, .hurries = true};
	const struct tx_statement statements[STATEMENTS] = {
		[TENANT] = TX_QUERY(QUERY_SNAPSHOT_TENANT),
		[EXTENSIONS] = TX_QUERY(QUERY_SNAPSHOT_EXTENSIONS),
		[SOUNDS] = TX_QUERY(QUERY_SNAPSHOT_SOUNDS),
		[QUEUES] = TX_QUERY(QUERY_SNAPSHOT_QUEUES),
		[MEMBERS] = TX_QUERY(QUERY_SNAPSHOT_MEMBERS),
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
