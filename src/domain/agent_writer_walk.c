/* Who was busy at a node before it started, or at one that is no more, is so no longer: in all
 * tenants, one after the other. */
#include <string.h>

#include "db/queries.h"
#include "domain/agent_writer_private.h"

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
	team = agent_team_take(writer, tenant);
	if (team) {
		team->confirm = true;
		agent_team_due(writer, team);
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
enum behind_result agent_writer_walk(struct agent_writer *writer)
{
	struct walk *walk = &writer->walk;
	enum error_code code;

	if (!walk_begins(writer))
		return BEHIND_IDLE;
	if (!walk->tenants) {
		code = list_tenants(writer);
	} else if (walk->at < walk->n) {
		code = walk_tenant(writer, &walk->tenants[walk->at]);
		walk->at += !agent_writer_is_away(code);
	} else {
		walk_ends(writer);
		code = ERROR_OK;
	}
	return agent_writer_is_away(code) ? BEHIND_AWAY : BEHIND_MORE;
}
