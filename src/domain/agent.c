#include "domain/agent.h"

#include <string.h>

#include "base/clock.h"
#include "db/queries.h"
#include "db/row.h"
#include "domain/event.h"
#include "domain/hooks.h"

static const char *const statuses[] = {
#define X(id, slug) slug,
	AGENT_STATUS_LIST(X)
#undef X
};

static const char *const states[] = {
#define X(id, slug) slug,
	AGENT_STATE_LIST(X)
#undef X
};

const char *agent_status_slug(enum agent_status status)
{
	return (unsigned)status < AGENT_STATUS_COUNT ? statuses[status] : "";
}

const char *agent_state_slug(enum agent_state state)
{
	return (unsigned)state < AGENT_STATE_COUNT ? states[state] : "";
}

/* n: none of them. */
static size_t find(const char *const *slugs, size_t n, const char *slug)
{
	size_t i = 0;

	while (i < n && strcmp(slugs[i], slug) != 0)
		i++;
	return i;
}

/* ---- reading ---- */

struct agent_row {
	struct uuid extension_id;
	const char *number, *status, *state, *reason, *node;
	unsigned missed;
	bool requested, ready;
};

static bool agent_take(const struct agent_row *row, struct agent *agent)
{
	size_t status = find(statuses, AGENT_STATUS_COUNT, row->status);
	size_t state = find(states, AGENT_STATE_COUNT, row->state);

	if (status == AGENT_STATUS_COUNT || state == AGENT_STATE_COUNT ||
	    strlen(row->number) >= sizeof(agent->number))
		return false;
	*agent = (struct agent){
		.extension = row->extension_id,
		.status = (enum agent_status)status,
		.state = (enum agent_state)state,
		.missed = row->missed,
		.requested = row->requested,
		.ready = row->ready,
	};
	snprintf(agent->number, sizeof(agent->number), "%s", row->number);
	snprintf(agent->reason, sizeof(agent->reason), "%s", row->reason);
	snprintf(agent->node, sizeof(agent->node), "%s", row->node);
	return true;
}

enum error_code agent_list(struct db *db, const struct uuid *tenant, struct agent **ret_agents,
                           size_t *ret_n, struct error *err)
{
	static const struct row_column columns[] = {
		ROW_COLUMN(struct agent_row, extension_id, UUID),
		ROW_COLUMN(struct agent_row, number, VIEW),
		ROW_COLUMN(struct agent_row, status, VIEW),
		ROW_COLUMN(struct agent_row, state, VIEW),
		ROW_COLUMN(struct agent_row, missed, UNSIGNED),
		ROW_COLUMN(struct agent_row, requested, SWITCH),
		ROW_COLUMN(struct agent_row, ready, SWITCH),
		ROW_COLUMN(struct agent_row, reason, VIEW),
		ROW_COLUMN(struct agent_row, node, VIEW),
	};
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	const struct tx_statement list = TX_QUERY(QUERY_AGENT_LIST);
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(auto_free) struct agent_row *rows = NULL;
	AUTO(auto_free) struct agent *agents = NULL;
	size_t n = 0;
	enum error_code code = tx_run(db, &scope, &list, 1, &result, err);

	if (code == ERROR_OK)
		code = row_read_all(result, 0, columns, COUNT_OF(columns), sizeof(*rows), &rows, &n,
		                    err);
	if (code != ERROR_OK)
		return code;
	agents = calloc(n + 1, sizeof(*agents));
	if (!agents)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		if (!agent_take(&rows[i], &agents[i]))
			return error_set(err, ERROR_INTERNAL, NULL,
			                 "the database holds a broken agent");
	*ret_n = n;
	*ret_agents = TAKE(agents);
	return ERROR_OK;
}

/* ---- reports of switches ---- */

/* Without the notification of a change: snapshots have nothing of agents' states. */
static enum error_code report(struct db *db, const struct uuid *tenant, const char *tenant_text,
                              struct tx_statement statement, struct tx_result **ret_result,
                              struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant, .hurries = true};
	const struct tx_statement statements[] = {event_lock(tenant_text), statement};

	return tx_run(db, &scope, statements, COUNT_OF(statements), ret_result, err);
}

static enum error_code read_outcome(const struct tx_result *result, enum agent_outcome *ret_outcome,
                                    struct error *err)
{
	const char *refused, *changed;

	if (tx_rows(result, 1) != 1)
		return error_set(err, ERROR_NOT_FOUND, NULL, "no agent has this number");
	refused = tx_value(result, 1, 0, 0);
	changed = tx_value(result, 1, 0, 1);
	if (ret_outcome)
		*ret_outcome = refused && *refused == 't'   ? AGENT_REFUSED
		               : changed && *changed == 't' ? AGENT_CHANGED
		                                            : AGENT_SAME;
	return ERROR_OK;
}

enum error_code agent_report_status(struct db *db, const struct uuid *tenant, const char *number,
                                    enum agent_status status, const char *reason,
                                    enum agent_outcome *ret_outcome, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char text[UUID_TEXT_MAX];
	enum error_code code;

	uuid_format(tenant, text);
	code = report(db, tenant, text,
	              TX_QUERY(QUERY_AGENT_REPORT_STATUS, number, agent_status_slug(status), text,
	                       reason),
	              &result, err);
	return code ? code : read_outcome(result, ret_outcome, err);
}

enum error_code agent_report_state(struct db *db, const struct uuid *tenant, const char *number,
                                   enum agent_state state, const char *node,
                                   enum agent_outcome *ret_outcome, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char text[UUID_TEXT_MAX];
	enum error_code code;

	uuid_format(tenant, text);
	code = report(
		db, tenant, text,
		TX_QUERY(QUERY_AGENT_REPORT_STATE, number, agent_state_slug(state), node, text),
		&result, err);
	return code ? code : read_outcome(result, ret_outcome, err);
}

enum error_code agent_forget_node(struct db *db, const struct uuid *tenant, const char *node,
                                  struct error *err)
{
	char text[UUID_TEXT_MAX];

	uuid_format(tenant, text);
	return report(db, tenant, text, TX_QUERY(QUERY_AGENT_FORGET_NODE, node, text), NULL, err);
}

/* ---- people ---- */

/* A reason belongs to its status. */
enum error_code agent_prepare(enum resource_verb verb, json_t *body, struct error *err)
{
	char now[CLOCK_RFC3339_MAX];
	int failed = 0;

	(void)verb;
	if (!json_object_get(body, "status"))
		return ERROR_OK;
	clock_rfc3339(clock_unix_us(), now);
	failed |= json_object_set_new(body, "requested_at", json_string(now));
	if (strcmp(json_string_value(json_object_get(body, "status")), "available") == 0)
		failed |= json_object_set_new(body, "ready_at", json_string(now));
	if (!json_object_get(body, "reason"))
		failed |= json_object_set_new(body, "reason", json_string(""));
	return failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}
