/* Agents' states and the database, on the thread behind the connection. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "freeswitch/agents_private.h"

/* One report, copied out. */
struct report {
	char number[EXTENSION_NUMBER_MAX];
	bool is_status;
	enum agent_status status;
	enum agent_state state;
	bool no_answer;
};

static bool is_away(enum error_code code)
{
	return code == ERROR_UNAVAILABLE || code == ERROR_MEMORY || code == ERROR_IO ||
	       code == ERROR_TIMEOUT;
}

/* An agent or a tenant nobody knows here is not worth a word in the log. */
static void fault(struct agents *agents, enum error_code code, const struct error *err)
{
	atomic_fetch_add(&agents->figure_faults, 1);
	if (code != ERROR_NOT_FOUND)
		log_error("freeswitch", "an agent's state was not stored", err);
}

/* ---- whose it is ---- */

/* False: nobody's; *ret_code says whether it was found out. */
static bool find_tenant(struct agents *agents, struct agents_team *team, enum error_code *ret_code)
{
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;

	*ret_code = ERROR_OK;
	if (!uuid_is_nil(&team->tenant))
		return true;
	*ret_code = directory_find_domain(agents->node->directory, team->domain, &snapshot, NULL);
	if (*ret_code != ERROR_OK)
		return false;
	pthread_mutex_lock(&agents->mutex);
	team->tenant = snapshot->tenant;
	team->load = true;
	pthread_mutex_unlock(&agents->mutex);
	return true;
}

/* ---- comparison with the table ---- */

/* Nobody has ever asked for anything, no switch has told anything: what the switch has counts. */
static bool is_untouched(const struct agent *row)
{
	return !row->requested && !*row->node && row->status == AGENT_LOGGED_OUT;
}

/* With the mutex. What is to be reported is newer than the row. */
static bool compare_one(struct agents *agents, struct agents_one *one, const struct agent *row)
{
	bool here = strcmp(row->node, agents->node->name) == 0;

	if (!one->state_due && one->state == AGENT_WAITING)
		one->state_due = here && row->state != AGENT_WAITING;
	else if (!one->state_due)
		one->state_due = !here || row->state != one->state;
	if (one->status_due)
		return false;
	if (one->status == row->status || is_untouched(row)) {
		one->status_due = row->requested || one->status != row->status;
		return false;
	}
	if (one->asked && one->set == row->status)
		return false;
	one->set = row->status;
	one->to_set = true;
	return true;
}

/* Of agents the switch does not have, and who are busy there in the table. */
static enum error_code end_busy(struct agents *agents, const struct agents_team *team,
                                const struct agent *row, struct error *err)
{
	enum error_code code;

	if (row->state == AGENT_WAITING || strcmp(row->node, agents->node->name) != 0)
		return ERROR_OK;
	code = agent_report_state(agents->node->db, &team->tenant, row->number, AGENT_WAITING,
	                          agents->node->name, NULL, err);
	return code == ERROR_NOT_FOUND ? ERROR_OK : code;
}

static enum error_code load(struct agents *agents, struct agents_team *team, struct error *err)
{
	AUTO(auto_free) struct agent *rows = NULL;
	bool any = false;
	size_t n = 0;
	enum error_code code = agent_list(agents->node->db, &team->tenant, &rows, &n, err);

	for (size_t i = 0; code == ERROR_OK && i < n; i++) {
		struct agents_one *one;
		bool unknown;

		pthread_mutex_lock(&agents->mutex);
		one = agents_find(agents, rows[i].number, team->domain);
		if (one)
			any = compare_one(agents, one, &rows[i]) || any;
		unknown = !one && agents->up;
		pthread_mutex_unlock(&agents->mutex);
		if (unknown)
			code = end_busy(agents, team, &rows[i], err);
	}
	if (any)
		esl_wake(agents->node->esl);
	return code;
}

/* ---- reports ---- */

/* With the mutex: the next of the team, whose mark is taken away. */
static bool take_report(struct agents_team *team, struct report *ret_report)
{
	struct agents_one *one;

	LIST_FOREACH(one, &team->ones, in_team)
	{
		if (!one->status_due && !one->state_due)
			continue;
		*ret_report = (struct report){
			.is_status = one->status_due,
			.status = one->status,
			.state = one->state,
			.no_answer = one->no_answer,
		};
		memcpy(ret_report->number, one->number, sizeof(one->number));
		if (one->status_due)
			one->status_due = one->no_answer = false;
		else
			one->state_due = false;
		return true;
	}
	return false;
}

static enum error_code write_report(struct agents *agents, struct agents_team *team,
                                    const struct report *report, struct error *err)
{
	enum agent_outcome outcome = AGENT_SAME;
	enum error_code code;

	if (!report->is_status)
		return agent_report_state(agents->node->db, &team->tenant, report->number,
		                          report->state, agents->node->name, &outcome, err);
	code = agent_report_status(agents->node->db, &team->tenant, report->number, report->status,
	                           report->no_answer ? "no_answer" : "", &outcome, err);
	/* Another status is wanted: the switch is told. */
	if (code == ERROR_OK && outcome == AGENT_REFUSED) {
		pthread_mutex_lock(&agents->mutex);
		team->load = true;
		pthread_mutex_unlock(&agents->mutex);
	}
	return code;
}

/* With the mutex: it was not stored; what is newer counts. */
static void put_back(struct agents *agents, struct agents_team *team, const struct report *report)
{
	struct agents_one *one = agents_find(agents, report->number, team->domain);

	if (one && report->is_status) {
		one->no_answer = one->no_answer || (report->no_answer && !one->status_due);
		one->status_due = true;
	} else if (one) {
		one->state_due = true;
	}
}

static enum error_code write_reports(struct agents *agents, struct agents_team *team,
                                     struct error *err)
{
	enum error_code code = ERROR_OK;

	while (!is_away(code)) {
		struct report report;
		bool any;

		pthread_mutex_lock(&agents->mutex);
		any = take_report(team, &report);
		pthread_mutex_unlock(&agents->mutex);
		if (!any)
			return ERROR_OK;
		code = write_report(agents, team, &report, err);
		if (is_away(code)) {
			pthread_mutex_lock(&agents->mutex);
			put_back(agents, team, &report);
			pthread_mutex_unlock(&agents->mutex);
		} else if (code != ERROR_OK) {
			fault(agents, code, err);
		}
	}
	return code;
}

/* ---- the thread ---- */

/* With the mutex: a switch that is out of reach for long. */
static void look_at_clock(struct agents *agents)
{
	struct agents_team *team;

	if (agents->up || !agents->away_since_us ||
	    clock_monotonic_us() - agents->away_since_us < AGENTS_LOST_S * INT64_C(1000000))
		return;
	agents->away_since_us = 0;
	for (size_t i = 0; i < AGENTS_LISTS; i++)
		LIST_FOREACH(team, &agents->teams[i], in_list)
		{
			team->forget = true;
			agents_due(agents, team);
		}
}

/* Reports first: what is loaded then is what the switch told last. */
static enum error_code work_on(struct agents *agents, struct agents_team *team, bool loads,
                               bool forgets, struct error *err)
{
	enum error_code code = ERROR_OK;

	if (forgets)
		code = agent_forget_node(agents->node->db, &team->tenant, agents->node->name, err);
	if (!is_away(code))
		code = write_reports(agents, team, err);
	if (code == ERROR_OK && loads) {
		code = load(agents, team, err);
		if (code == ERROR_OK)
			code = write_reports(agents, team, err);
	}
	return code;
}

/* A tenant that is gone, or was never ours, is looked for again when its agents are heard of. */
static enum behind_result finish(struct agents *agents, struct agents_team *team, bool loads,
                                 bool forgets, enum error_code code)
{
	pthread_mutex_lock(&agents->mutex);
	if (is_away(code)) {
		team->load = team->load || loads;
		team->forget = team->forget || forgets;
		agents_due(agents, team);
	} else if (code == ERROR_NOT_FOUND) {
		team->tenant = (struct uuid){0};
		team->load = false;
	} else if (team->load) {
		agents_due(agents, team);
	}
	pthread_mutex_unlock(&agents->mutex);
	return is_away(code) ? BEHIND_AWAY : BEHIND_MORE;
}

enum behind_result agents_write(void *arg)
{
	struct agents *agents = arg;
	struct agents_team *team;
	struct error err = {0};
	enum error_code code;
	bool loads = false, forgets = false;

	pthread_mutex_lock(&agents->mutex);
	look_at_clock(agents);
	team = TAILQ_FIRST(&agents->queue);
	if (team) {
		TAILQ_REMOVE(&agents->queue, team, in_due);
		team->due = false;
	}
	pthread_mutex_unlock(&agents->mutex);
	if (!team)
		return BEHIND_IDLE;
	if (find_tenant(agents, team, &code)) {
		pthread_mutex_lock(&agents->mutex);
		loads = team->load;
		forgets = team->forget;
		team->load = team->forget = false;
		pthread_mutex_unlock(&agents->mutex);
		code = work_on(agents, team, loads, forgets, &err);
	}
	return finish(agents, team, loads, forgets, code);
}
