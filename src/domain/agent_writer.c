#include "domain/agent_writer.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "db/queries.h"
#include "domain/agent_writer_private.h"
#include "domain/event.h"

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

struct team *agent_team_take(struct agent_writer *writer, const struct uuid *id)
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

void agent_team_due(struct agent_writer *writer, struct team *team)
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
		newer->call = older->call;
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
	team = agent_team_take(writer, tenant);
	saying = team ? saying_take(writer, team, &said->extension) : NULL;
	if (saying) {
		merge(said, saying);
		said->in_tenant = saying->in_tenant;
		*saying = *said;
		agent_team_due(writer, team);
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
		.call = doing->call ? *doing->call : (struct uuid){{0}},
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
		team = agent_team_take(writer, &id);
		if (team) {
			team->confirm = true;
			agent_team_due(writer, team);
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
	agent_team_due(writer, team);
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
	if (saying->does && !uuid_is_nil(&saying->call))
		text_addf(json, ",\"call_id\":\"%s\"", uuid_format(&saying->call, id));
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
	writer->counts.away = agent_writer_is_away(code);
	if (code == ERROR_OK)
		writer->counts.written += batch.n;
	else if (agent_writer_is_away(code) || code == ERROR_BUSY)
		batch_put_back(writer, team, &batch);
	else
		writer->counts.dropped += batch.n;
	batch_clear(writer, &batch);
	team->writing = false;
	pthread_mutex_unlock(&writer->mutex);
	return agent_writer_is_away(code) || (code == ERROR_BUSY && !others) ? BEHIND_AWAY
	                                                                     : BEHIND_MORE;
}

static enum behind_result work(void *arg)
{
	enum behind_result result = write_first(arg);

	return result == BEHIND_IDLE ? agent_writer_walk(arg) : result;
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
