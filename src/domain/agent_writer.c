#include "domain/agent_writer.h"

#include <pthread.h>
#include <string.h>
#include <sys/queue.h>

#include "base/behind.h"
#include "base/clock.h"
#include "base/text.h"
#include "db/queries.h"
#include "domain/event.h"
#include "domain/node.h"

enum {
	LISTS = 1024,
	AGENTS_MAX = 200000, /* that wait; more are dropped */
	DEAD_MAX = 16,
	SWITCHES_S = 10, /* so long an answer about FreeSWITCHes holds */
};

/* What is said of one agent and not written yet. */
struct saying {
	LIST_ENTRY(saying) in_tenant;
	struct uuid extension;
	bool does, wants; /* which of the two are said */
	enum agent_state state;
	struct uuid queue; /* nil: not said */
	int64_t wrap_up_until_us;
	unsigned missed;
	enum agent_status status;
	char reason[AGENT_REASON_MAX];
};

LIST_HEAD(sayings, saying);

/* A tenant of which something was ever said. */
struct team {
	LIST_ENTRY(team) in_list;
	TAILQ_ENTRY(team) in_due;
	struct uuid id;
	struct sayings sayings;
	bool due;
	bool writing; /* a batch of it is under way */
	bool confirm; /* what was asked for */
	bool forget;  /* who was busy here before the start */
};

LIST_HEAD(team_list, team);
TAILQ_HEAD(team_queue, team);

/* All tenants, one after the other: where rows are to be put right. */
struct walk {
	char node[NODE_NAME_MAX]; /* whose agents; "": no walk is under way */
	struct uuid *tenants;     /* NULL: not listed yet */
	size_t n, at;
};

struct agent_writer {
	struct db *db;
	char node[NODE_NAME_MAX];
	struct behind *behind;

	pthread_mutex_t mutex;
	/* Under the mutex. */
	struct team_list teams[LISTS];
	struct team_queue due;
	struct agent_writer_counts counts;
	char dead[DEAD_MAX][NODE_NAME_MAX];
	size_t n_dead;
	bool look;      /* everywhere: at the start, and when something may have been missed */
	bool forgotten; /* nobody is busy any more who was so before the start */

	/* The thread's own. */
	struct walk walk;
	bool switches;          /* a FreeSWITCH is watched */
	int64_t switches_at_us; /* monotonic; 0: not asked yet */
};

/* Ids end in random bits. */
static struct team_list *list_of(struct agent_writer *writer, const struct uuid *id)
{
	unsigned last = (unsigned)id->bytes[14] << 8 | id->bytes[15];

	return &writer->teams[last % LISTS];
}

/* With the mutex; NULL: none. */
static struct team *team_find(struct agent_writer *writer, const struct uuid *id)
{
	struct team *team;

	LIST_FOREACH(team, list_of(writer, id), in_list)
	if (uuid_equal(&team->id, id))
		return team;
	return NULL;
}

/* With the mutex; NULL: no memory. */
static struct team *team_take(struct agent_writer *writer, const struct uuid *id)
{
	struct team *team = team_find(writer, id);

	if (team)
		return team;
	team = calloc(1, sizeof(*team));
	if (!team)
		return NULL;
	team->id = *id;
	team->forget = !writer->forgotten;
	LIST_INSERT_HEAD(list_of(writer, id), team, in_list);
	return team;
}

/* With the mutex. */
static void team_due(struct agent_writer *writer, struct team *team)
{
	if (!team->due)
		TAILQ_INSERT_TAIL(&writer->due, team, in_due);
	team->due = true;
}

/* With the mutex; NULL: no memory, or too many. A team is searched one by one: those who have
 * something to write at one moment are few. */
static struct saying *saying_take(struct agent_writer *writer, struct team *team,
                                  const struct uuid *extension)
{
	struct saying *saying;

	LIST_FOREACH(saying, &team->sayings, in_tenant)
	if (uuid_equal(&saying->extension, extension))
		return saying;
	if (writer->counts.waiting >= AGENTS_MAX)
		return NULL;
	saying = calloc(1, sizeof(*saying));
	if (!saying)
		return NULL;
	saying->extension = *extension;
	LIST_INSERT_HEAD(&team->sayings, saying, in_tenant);
	writer->counts.waiting++;
	return saying;
}

/* With the mutex. */
static void saying_free(struct agent_writer *writer, struct saying *saying)
{
	LIST_REMOVE(saying, in_tenant);
	free(saying);
	writer->counts.waiting--;
}

/* What newer does not say stays as it was said before. */
static void merge(struct saying *newer, const struct saying *older)
{
	if (!newer->does && older->does) {
		newer->does = true;
		newer->state = older->state;
		newer->queue = older->queue;
		newer->wrap_up_until_us = older->wrap_up_until_us;
		newer->missed = older->missed;
	}
	if (!newer->wants && older->wants) {
		newer->wants = true;
		newer->status = older->status;
		memcpy(newer->reason, older->reason, sizeof(newer->reason));
	}
}

static void say(struct agent_writer *writer, const struct uuid *tenant, struct saying *said)
{
	struct team *team;
	struct saying *saying;

	if (!writer)
		return;
	pthread_mutex_lock(&writer->mutex);
	team = team_take(writer, tenant);
	saying = team ? saying_take(writer, team, &said->extension) : NULL;
	if (saying) {
		merge(said, saying);
		said->in_tenant = saying->in_tenant;
		*saying = *said;
		team_due(writer, team);
	} else {
		writer->counts.dropped++;
	}
	pthread_mutex_unlock(&writer->mutex);
	behind_kick(writer->behind);
}

void agent_writer_state(struct agent_writer *writer, const struct uuid *tenant,
                        const struct uuid *extension, const struct agent_doing *doing)
{
	struct saying said = {
		.extension = *extension,
		.does = true,
		.state = doing->state,
		.queue = doing->queue ? *doing->queue : (struct uuid){{0}},
		.wrap_up_until_us = doing->state == AGENT_WRAP_UP ? doing->wrap_up_until_us : 0,
		.missed = doing->missed < INT32_MAX ? doing->missed : INT32_MAX,
	};

	say(writer, tenant, &said);
}

void agent_writer_status(struct agent_writer *writer, const struct uuid *tenant,
                         const struct uuid *extension, enum agent_status status, const char *reason)
{
	struct saying said = {.extension = *extension, .wants = true, .status = status};

	snprintf(said.reason, sizeof(said.reason), "%s", reason ? reason : "");
	say(writer, tenant, &said);
}

bool agent_writer_waits(struct agent_writer *writer, const struct uuid *tenant,
                        const struct uuid *extension)
{
	const struct saying *saying = NULL;
	struct team *team;
	bool waits;

	if (!writer)
		return false;
	pthread_mutex_lock(&writer->mutex);
	team = team_find(writer, tenant);
	if (team)
		LIST_FOREACH(saying, &team->sayings, in_tenant)
	if (saying->wants && uuid_equal(&saying->extension, extension))
		break;
	waits = team && (team->writing || saying);
	pthread_mutex_unlock(&writer->mutex);
	return waits;
}

void agent_writer_hear(enum listen_event event, const char *payload, void *arg)
{
	struct agent_writer *writer = arg;
	struct team *team;
	struct uuid id;

	if (!writer)
		return;
	pthread_mutex_lock(&writer->mutex);
	if (event == LISTEN_CHANGED && listen_names(payload, "agent", &id)) {
		team = team_take(writer, &id);
		if (team) {
			team->confirm = true;
			team_due(writer, team);
		}
	}
	if (event == LISTEN_RESTORED)
		writer->look = true;
	pthread_mutex_unlock(&writer->mutex);
	behind_kick(writer->behind);
}

void agent_writer_forget_node(struct agent_writer *writer, const char *node)
{
	bool known;

	if (!writer)
		return;
	known = strcmp(node, writer->node) == 0;
	pthread_mutex_lock(&writer->mutex);
	for (size_t i = 0; i < writer->n_dead && !known; i++)
		known = strcmp(writer->dead[i], node) == 0;
	if (!known && writer->n_dead < DEAD_MAX)
		snprintf(writer->dead[writer->n_dead++], NODE_NAME_MAX, "%s", node);
	pthread_mutex_unlock(&writer->mutex);
	behind_kick(writer->behind);
}

void agent_writer_counts(struct agent_writer *writer, struct agent_writer_counts *ret_counts)
{
	*ret_counts = (struct agent_writer_counts){0};
	if (!writer)
		return;
	pthread_mutex_lock(&writer->mutex);
	*ret_counts = writer->counts;
	pthread_mutex_unlock(&writer->mutex);
}

/* ---- one tenant's batch ---- */

struct batch {
	struct uuid tenant;
	struct sayings sayings;
	size_t n;
	bool confirm, forget;
};

/* With the mutex. */
static void batch_take(struct agent_writer *writer, struct team *team, struct batch *batch)
{
	struct saying *saying;

	TAILQ_REMOVE(&writer->due, team, in_due);
	team->due = false;
	team->writing = true;
	*batch = (struct batch){
		.tenant = team->id, .confirm = team->confirm, .forget = team->forget};
	LIST_INIT(&batch->sayings);
	while ((saying = LIST_FIRST(&team->sayings))) {
		LIST_REMOVE(saying, in_tenant);
		LIST_INSERT_HEAD(&batch->sayings, saying, in_tenant);
		batch->n++;
	}
	team->confirm = team->forget = false;
}

/* With the mutex: it is written later, unless something newer was said meanwhile. */
static void batch_put_back(struct agent_writer *writer, struct team *team, struct batch *batch)
{
	struct saying *saying;

	while ((saying = LIST_FIRST(&batch->sayings))) {
		struct saying *newer;

		LIST_FOREACH(newer, &team->sayings, in_tenant)
		if (uuid_equal(&newer->extension, &saying->extension))
			break;
		if (newer) {
			merge(newer, saying);
			saying_free(writer, saying);
		} else {
			LIST_REMOVE(saying, in_tenant);
			LIST_INSERT_HEAD(&team->sayings, saying, in_tenant);
		}
	}
	team->confirm = team->confirm || batch->confirm;
	team->forget = team->forget || batch->forget;
	team_due(writer, team);
}

static void batch_clear(struct agent_writer *writer, struct batch *batch)
{
	while (!LIST_EMPTY(&batch->sayings))
		saying_free(writer, LIST_FIRST(&batch->sayings));
}

static void add_saying(struct text *json, const struct saying *saying)
{
	char id[UUID_TEXT_MAX], time[CLOCK_RFC3339_MAX];

	text_addf(json, "%s{\"extension_id\":\"%s\"", json->length ? "," : "[",
	          uuid_format(&saying->extension, id));
	if (saying->does)
		text_addf(json, ",\"state\":\"%s\",\"missed\":%u", agent_state_slug(saying->state),
		          saying->missed);
	if (saying->does && !uuid_is_nil(&saying->queue))
		text_addf(json, ",\"queue_id\":\"%s\"", uuid_format(&saying->queue, id));
	if (saying->does && saying->wrap_up_until_us > 0)
		text_addf(json, ",\"wrap_up_until\":\"%s\"",
		          clock_rfc3339(saying->wrap_up_until_us, time));
	if (saying->wants) {
		text_addf(json, ",\"status\":\"%s\"", agent_status_slug(saying->status));
		text_add(json, ",\"reason\":\"");
		text_add_json(json, saying->reason, strlen(saying->reason));
		text_add_char(json, '"');
	}
	text_add_char(json, '}');
}

/* Whether a FreeSWITCH confirms what was asked for. */
static enum error_code ask_for_switches(struct agent_writer *writer, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	int64_t now_us = clock_monotonic_us();
	struct tx_statement statement;
	enum error_code code;
	char silent_s[16];

	if (writer->switches_at_us &&
	    now_us - writer->switches_at_us < SWITCHES_S * INT64_C(1000000))
		return ERROR_OK;
	snprintf(silent_s, sizeof(silent_s), "%d", NODE_SILENT_S);
	statement = TX_QUERY(QUERY_AGENT_SWITCHES, silent_s);
	code = tx_run(writer->db, &scope, &statement, 1, &result, err);
	if (code != ERROR_OK)
		return code;
	writer->switches = tx_rows(result, 0) > 0;
	writer->switches_at_us = now_us;
	return ERROR_OK;
}

static enum error_code batch_write(struct agent_writer *writer, const struct batch *batch,
                                   struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = batch->tenant, .hurries = true};
	AUTO(text_clear) struct text json = {0};
	const struct saying *saying;
	struct tx_statement statements[4];
	char tenant[UUID_TEXT_MAX];
	enum error_code code = ERROR_OK;
	size_t n = 0;

	if (batch->confirm)
		code = ask_for_switches(writer, err);
	if (code != ERROR_OK)
		return code;
	LIST_FOREACH(saying, &batch->sayings, in_tenant)
	add_saying(&json, saying);
	text_add_char(&json, ']');
	if (json.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	statements[n++] = event_lock(uuid_format(&batch->tenant, tenant));
	if (batch->forget)
		statements[n++] = TX_QUERY(QUERY_AGENT_FORGET_NODE, writer->node, tenant);
	if (batch->confirm && !writer->switches)
		statements[n++] = TX_QUERY(QUERY_AGENT_CONFIRM, tenant);
	if (batch->n)
		statements[n++] = TX_QUERY(QUERY_AGENT_WRITE, json.data, writer->node, tenant);
	return n > 1 ? tx_run(writer->db, &scope, statements, n, NULL, err) : ERROR_OK;
}

static bool is_away(enum error_code code)
{
	return code == ERROR_UNAVAILABLE || code == ERROR_MEMORY || code == ERROR_IO ||
	       code == ERROR_TIMEOUT;
}

/* The first tenant that is due. One whose tables are locked is tried again later, after the others;
 * of a tenant that is gone, and of what PostgreSQL refuses, nothing is kept. */
static enum behind_result write_first(struct agent_writer *writer)
{
	struct team *team;
	struct batch batch;
	struct error err = {0};
	enum error_code code;
	bool others;

	pthread_mutex_lock(&writer->mutex);
	team = TAILQ_FIRST(&writer->due);
	if (team)
		batch_take(writer, team, &batch);
	pthread_mutex_unlock(&writer->mutex);
	if (!team)
		return BEHIND_IDLE;
	code = batch_write(writer, &batch, &err);
	pthread_mutex_lock(&writer->mutex);
	others = !TAILQ_EMPTY(&writer->due);
	writer->counts.away = is_away(code);
	if (code == ERROR_OK)
		writer->counts.written += batch.n;
	else if (is_away(code) || code == ERROR_BUSY)
		batch_put_back(writer, team, &batch);
	else
		writer->counts.dropped += batch.n;
	batch_clear(writer, &batch);
	team->writing = false;
	pthread_mutex_unlock(&writer->mutex);
	return is_away(code) || (code == ERROR_BUSY && !others) ? BEHIND_AWAY : BEHIND_MORE;
}

/* ---- everywhere ---- */

static enum error_code list_tenants(struct agent_writer *writer)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	const struct tx_statement statement = TX_QUERY(QUERY_AGENT_TENANTS);
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct walk *walk = &writer->walk;
	enum error_code code = tx_run(writer->db, &scope, &statement, 1, &result, NULL);

	if (code != ERROR_OK)
		return code;
	walk->n = walk->at = 0;
	walk->tenants = calloc(tx_rows(result, 0) + 1, sizeof(*walk->tenants));
	if (!walk->tenants)
		return ERROR_MEMORY;
	for (size_t i = 0; i < tx_rows(result, 0); i++)
		if (uuid_parse(tx_value(result, 0, i, 0), &walk->tenants[walk->n]))
			walk->n++;
	return ERROR_OK;
}

/* Ours: the tenant's next batch puts it right, as it knows what was said since. */
static void own_due(struct agent_writer *writer, const struct uuid *tenant)
{
	struct team *team;

	pthread_mutex_lock(&writer->mutex);
	team = team_take(writer, tenant);
	if (team) {
		team->confirm = true;
		team_due(writer, team);
	}
	pthread_mutex_unlock(&writer->mutex);
}

static enum error_code walk_tenant(struct agent_writer *writer, const struct uuid *tenant)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant, .hurries = true};
	const struct tx_statement any = TX_QUERY(QUERY_AGENT_ANY, writer->walk.node);
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = tx_run(writer->db, &scope, &any, 1, &result, NULL);

	if (code != ERROR_OK || tx_rows(result, 0) == 0)
		return code;
	if (strcmp(writer->walk.node, writer->node) != 0)
		return agent_forget_node(writer->db, tenant, writer->walk.node, NULL);
	own_due(writer, tenant);
	return ERROR_OK;
}

/* False: there is nothing to walk for. */
static bool walk_begins(struct agent_writer *writer)
{
	struct walk *walk = &writer->walk;

	if (*walk->node)
		return true;
	pthread_mutex_lock(&writer->mutex);
	if (writer->look) {
		writer->look = false;
		memcpy(walk->node, writer->node, sizeof(walk->node));
	} else if (writer->n_dead) {
		memcpy(walk->node, writer->dead[--writer->n_dead], sizeof(walk->node));
	}
	pthread_mutex_unlock(&writer->mutex);
	return *walk->node;
}

static void walk_ends(struct agent_writer *writer)
{
	struct walk *walk = &writer->walk;

	pthread_mutex_lock(&writer->mutex);
	if (strcmp(walk->node, writer->node) == 0)
		writer->forgotten = true;
	pthread_mutex_unlock(&writer->mutex);
	free(walk->tenants);
	*walk = (struct walk){0};
}

/* One tenant. One that cannot be looked at now (a migration) is passed over. */
static enum behind_result walk_on(struct agent_writer *writer)
{
	struct walk *walk = &writer->walk;
	enum error_code code;

	if (!walk_begins(writer))
		return BEHIND_IDLE;
	if (!walk->tenants) {
		code = list_tenants(writer);
	} else if (walk->at < walk->n) {
		code = walk_tenant(writer, &walk->tenants[walk->at]);
		walk->at += !is_away(code);
	} else {
		walk_ends(writer);
		code = ERROR_OK;
	}
	return is_away(code) ? BEHIND_AWAY : BEHIND_MORE;
}

static enum behind_result work(void *arg)
{
	enum behind_result result = write_first(arg);

	return result == BEHIND_IDLE ? walk_on(arg) : result;
}

/* ---- open and close ---- */

static void writer_free(struct agent_writer *writer)
{
	for (size_t i = 0; i < LISTS; i++) {
		struct team *team;

		while ((team = LIST_FIRST(&writer->teams[i]))) {
			while (!LIST_EMPTY(&team->sayings))
				saying_free(writer, LIST_FIRST(&team->sayings));
			LIST_REMOVE(team, in_list);
			free(team);
		}
	}
	free(writer->walk.tenants);
	pthread_mutex_destroy(&writer->mutex);
	free(writer);
}

enum error_code agent_writer_open(struct db *db, const char *node, struct agent_writer **ret_writer,
                                  struct error *err)
{
	struct agent_writer *writer = calloc(1, sizeof(*writer));
	enum error_code code;

	if (!writer)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	writer->db = db;
	writer->look = true;
	snprintf(writer->node, sizeof(writer->node), "%s", node);
	TAILQ_INIT(&writer->due);
	pthread_mutex_init(&writer->mutex, NULL);
	code = behind_open(work, writer, 0, &writer->behind, err);
	if (code != ERROR_OK) {
		writer_free(writer);
		return code;
	}
	*ret_writer = writer;
	return ERROR_OK;
}

void agent_writer_close(struct agent_writer *writer)
{
	if (!writer)
		return;
	behind_close(writer->behind);
	writer_free(writer);
}
