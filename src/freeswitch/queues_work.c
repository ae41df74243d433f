#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "freeswitch/queues_private.h"

enum {
	WINDOW = 32,      /* commands under way */
	REFUSED_MAX = 32, /* since the last reading: then the rest waits for the next */
	SHOWN_MAX = 5,    /* of these in the log */
	/* What FreeSWITCH has asked for may have come from a process that had not heard of the
	 * change yet, so it is read again after so long, and after longer each time it is wrong. */
	VERIFY_US = 2 * 1000 * 1000,
	VERIFY_DOUBLINGS = 4,
	STREAM_ROUNDS = 6, /* a stream is tried so often, then with the next audit */
	ROWS_PER_S = 5000, /* long lists are not asked for that often */
	AUDIT_US = 10 * 60 * 1000 * 1000,
};

static size_t list_of(const char *domain)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *domain; domain++)
		hash = (hash ^ (unsigned char)*domain) * 16777619u;
	return hash % PLACE_LISTS;
}

struct place *queues_place(struct queues *queues, const char *domain)
{
	size_t list = list_of(domain);
	struct place *place;

	LIST_FOREACH(place, &queues->places[list], by_domain)
	if (strcmp(place->domain, domain) == 0)
		return place;
	place = calloc(1, sizeof(*place));
	if (!place)
		return NULL;
	snprintf(place->domain, sizeof(place->domain), "%s", domain);
	LIST_INSERT_HEAD(&queues->places[list], place, by_domain);
	return place;
}

static void set_due(struct queues *queues, struct place *place)
{
	queues->idle = false;
	if (place->due)
		return;
	place->due = true;
	TAILQ_INSERT_TAIL(&queues->due, place, in_due);
}

static void drop_commands(struct queues *queues)
{
	struct command *command;

	while ((command = STAILQ_FIRST(&queues->commands))) {
		STAILQ_REMOVE_HEAD(&queues->commands, next);
		free(command);
	}
}

static void drop_due(struct queues *queues)
{
	struct place *place;

	while ((place = TAILQ_FIRST(&queues->due))) {
		TAILQ_REMOVE(&queues->due, place, in_due);
		place->due = false;
	}
}

static void clear_streams(struct rows *rows)
{
	struct tables tables = {.of = {[TABLE_STREAMS] = *rows}};

	tables_clear(&tables);
	*rows = (struct rows){0};
}

void queues_forget(struct queues *queues)
{
	drop_commands(queues);
	drop_due(queues);
	clear_streams(&queues->listed);
	clear_streams(&queues->strays);
	for (size_t i = 0; i < PLACE_LISTS; i++) {
		struct place *place = LIST_FIRST(&queues->places[i]);

		while (place) {
			struct place *next = LIST_NEXT(place, by_domain);

			tables_clear(&place->have);
			if (!place->ours) {
				LIST_REMOVE(place, by_domain);
				free(place);
			}
			place = next;
		}
	}
	queues->in_flight = 0;
	queues->errors = queues->streams_refused = queues->told = 0;
	queues->loaded = queues->swept = queues->idle = false;
	queues->again_us = 0;
}

void queues_free_places(struct queues *queues)
{
	for (size_t i = 0; i < PLACE_LISTS; i++) {
		struct place *place;

		while ((place = LIST_FIRST(&queues->places[i]))) {
			LIST_REMOVE(place, by_domain);
			tables_clear(&place->have);
			snapshot_unref(place->snapshot);
			free(place);
		}
	}
}

void queues_compare_all(struct queues *queues)
{
	struct place *place;

	for (size_t i = 0; i < PLACE_LISTS; i++)
		LIST_FOREACH(place, &queues->places[i], by_domain)
		{
			for (enum table table = 0; table < TABLE_COUNT; table++)
				rows_sort(&place->have.of[table], table);
			if (place->ours)
				set_due(queues, place);
		}
	queues->idle = false;
}

static bool look_at(struct snapshot *snapshot, void *arg)
{
	struct queues *queues = arg;
	struct place *place = queues_place(queues, snapshot->domain);

	if (!place)
		return true;
	place->seen = queues->looks;
	place->ours = true;
	if (place->snapshot != snapshot) {
		snapshot_unref(place->snapshot);
		place->snapshot = snapshot_ref(snapshot);
		queues->rounds = 0;
		set_due(queues, place);
	}
	return true;
}

void queues_look(struct queues *queues)
{
	struct place *place;

	/* Before the pictures: what is loaded meanwhile is looked at again. */
	directory_counts(queues->node->directory, &queues->looked);
	queues->looks++;
	if (!directory_each(queues->node->directory, look_at, queues)) {
		queues->looked.loads = UINT64_MAX; /* no memory: again at the next tick */
		return;
	}
	for (size_t i = 0; i < PLACE_LISTS; i++)
		LIST_FOREACH(place, &queues->places[i], by_domain)
	if (place->snapshot && place->seen != queues->looks) {
		snapshot_unref(place->snapshot);
		place->snapshot = NULL;
		set_due(queues, place);
	}
}

static bool is_stream(const char *command)
{
	return strncmp(command, "local_stream ", strlen("local_stream ")) == 0;
}

static bool add_command(const char *text, bool loads, void *arg)
{
	struct queues *queues = arg;
	size_t n = strlen(text) + 1;
	struct command *command;

	/* Without its module a stream cannot be started. */
	if (!queues->streams && is_stream(text))
		return true;
	command = malloc(sizeof(*command) + n);
	if (!command)
		return false;
	command->queues = queues;
	command->loads = loads;
	memcpy(command->text, text, n);
	STAILQ_INSERT_TAIL(&queues->commands, command, next);
	return true;
}

/* The streams FreeSWITCH has already are not to be started. */
static bool adopt_streams(struct queues *queues, struct place *place, const struct tables *want)
{
	const struct rows *wanted = &want->of[TABLE_STREAMS];
	struct rows *have = &place->have.of[TABLE_STREAMS];

	for (size_t i = 0; i < wanted->n; i++) {
		const char *const *fields = (const char *const *)wanted->rows[i].fields;

		if (rows_find(&queues->listed, TABLE_STREAMS, fields) &&
		    rows_add(have, TABLE_STREAMS, fields, NULL))
			return false;
	}
	rows_sort(have, TABLE_STREAMS);
	return true;
}

/* Puts the commands of one domain together, and takes them for carried out. */
static void compare(struct queues *queues, struct place *place)
{
	struct tables want = {0};
	struct error err;
	size_t left_out = 0;
	enum error_code code = tables_want(place->snapshot, queues->ring_s, &want, &left_out, &err);

	atomic_fetch_add(&queues->n_left_out, left_out);
	if (code != ERROR_OK || !adopt_streams(queues, place, &want) ||
	    !tables_differ(&place->have, &want, add_command, queues))
		queues->errors++; /* no memory: again at the next reading */
	tables_clear(&place->have);
	place->have = want;
}

static void refused(struct queues *queues, const struct command *command, const char *answer)
{
	bool stream = is_stream(command->text);
	char shown[120];

	atomic_fetch_add(&queues->n_errors, 1);
	snprintf(shown, sizeof(shown), "%s", log_text(answer));
	shown[strcspn(shown, "\r\n")] = '\0';
	/* More than fit into local_stream.conf cannot be started: no reason to keep queues waiting.
	 */
	if (stream ? ++queues->streams_refused <= SHOWN_MAX : ++queues->errors <= SHOWN_MAX)
		log_event(LOG_WARNING, "freeswitch", "a command was refused, tried again later",
		          LOG_TEXT("node", queues->node->name), LOG_TEXT("command", command->text),
		          LOG_TEXT("answer", shown));
	if (queues->errors < REFUSED_MAX)
		return;
	drop_commands(queues);
	drop_due(queues);
}

static void answered(struct esl *esl, const char *body, size_t n, void *arg)
{
	AUTO(auto_free) struct command *command = arg;
	struct queues *queues = command->queues;

	(void)n;
	if (!esl_is_up(esl) || queues->phase != QUEUES_WORKING)
		return;
	queues->in_flight--;
	if (!body || strncmp(body, "+OK", 3) != 0)
		refused(queues, command, body);
	else if (command->loads)
		queues->loaded = true;
	queues_pump(queues, clock_monotonic_us());
}

static void send_next(struct queues *queues)
{
	struct command *command = STAILQ_FIRST(&queues->commands);

	STAILQ_REMOVE_HEAD(&queues->commands, next);
	queues->in_flight++;
	queues->told++;
	atomic_fetch_add(&queues->n_commands, 1);
	queues_move_waiting(queues, command->text);
	esl_api(queues->node->esl, answered, command, "%s", command->text);
}

/* Streams in our directory of media that no tenant wants (any more). */
static void sweep_streams(struct queues *queues)
{
	queues->swept = true;
	for (size_t i = 0; i < queues->strays.n; i++) {
		const char *const *fields = (const char *const *)queues->strays.rows[i].fields;
		bool wanted = false;
		struct place *place;
		char text[64];

		for (size_t list = 0; list < PLACE_LISTS && !wanted; list++)
			LIST_FOREACH(place, &queues->places[list], by_domain)
		wanted = wanted || rows_find(&place->have.of[TABLE_STREAMS], TABLE_STREAMS, fields);
		if (wanted)
			continue;
		snprintf(text, sizeof(text), "local_stream stop %s", fields[0]);
		(void)add_command(text, false, queues);
	}
	/* From now on each domain knows its own. */
	clear_streams(&queues->listed);
	clear_streams(&queues->strays);
}

static void count_rows(struct queues *queues)
{
	size_t n[TABLE_COUNT] = {0};
	struct place *place;

	for (size_t i = 0; i < PLACE_LISTS; i++)
		LIST_FOREACH(place, &queues->places[i], by_domain)
	for (int table = 0; place->ours && table < TABLE_COUNT; table++)
		n[table] += place->have.of[table].n;
	for (int table = 0; table < TABLE_COUNT; table++)
		atomic_store(&queues->n_rows[table], n[table]);
}

static int64_t verify_after(const struct queues *queues)
{
	unsigned doublings = queues->rounds < VERIFY_DOUBLINGS ? queues->rounds : VERIFY_DOUBLINGS;
	size_t rows = 0;

	for (int table = 0; table < TABLE_COUNT; table++)
		rows += atomic_load(&queues->n_rows[table]);
	return ((int64_t)VERIFY_US << doublings) + (int64_t)(rows / ROWS_PER_S) * 1000000;
}

/* Everything was told and answered. */
static void settle(struct queues *queues, int64_t now_us)
{
	bool wrong = queues->errors || queues->loaded ||
	             (queues->streams_refused && queues->rounds < STREAM_ROUNDS);

	queues->idle = true;
	count_rows(queues);
	if (queues->told || !queues->announced)
		log_event(queues->announced ? LOG_DEBUG : LOG_INFO, "freeswitch",
		          "queues are as the database has them",
		          LOG_TEXT("node", queues->node->name),
		          LOG_NUMBER("queues", atomic_load(&queues->n_rows[TABLE_QUEUES])),
		          LOG_NUMBER("agents", atomic_load(&queues->n_rows[TABLE_AGENTS])),
		          LOG_NUMBER("commands", queues->told),
		          LOG_NUMBER("refused", queues->errors + queues->streams_refused),
		          LOG_NUMBER("ms", (now_us - queues->begun_us) / 1000));
	queues->announced = true;
	if (wrong || !queues->again_us)
		queues->again_us = now_us + (wrong ? verify_after(queues) : AUDIT_US);
	queues->rounds = wrong ? queues->rounds + 1 : 0;
	queues->told = 0;
}

void queues_pump(struct queues *queues, int64_t now_us)
{
	if (queues->pumping) /* a command was not taken at all */
		return;
	queues->pumping = true;
	while (queues->phase == QUEUES_WORKING && queues->in_flight < WINDOW) {
		struct place *place;

		if (!STAILQ_EMPTY(&queues->commands)) {
			send_next(queues);
		} else if ((place = TAILQ_FIRST(&queues->due))) {
			TAILQ_REMOVE(&queues->due, place, in_due);
			place->due = false;
			compare(queues, place);
		} else if (!queues->swept && !queues->in_flight) {
			sweep_streams(queues);
		} else {
			break;
		}
	}
	queues->pumping = false;
	if (!queues->idle && !queues->in_flight && STAILQ_EMPTY(&queues->commands) &&
	    TAILQ_EMPTY(&queues->due) && queues->swept)
		settle(queues, now_us);
}
