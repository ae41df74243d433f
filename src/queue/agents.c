#include <string.h>

#include "queue/queue_private.h"

/* ---- the table of an agent's states ---- */

/* How long the state lasts that a row leads to. */
enum lasting {
	LASTS, /* until an event */
	KEEPS, /* as it was */
	LASTS_RING,
	LASTS_SETTLE,
	LASTS_NO_ANSWER,
	LASTS_BUSY,
	LASTS_DECLINED,
	LASTS_UNREACHABLE,
	LASTS_WRAP_UP
};

enum missed { MISSED_KEPT, MISSED_ONE_MORE, MISSED_NONE };

enum { NO_COMMAND = -1, NO_DECISION = -1 };

struct agent_row {
	enum agent_state from;
	enum agent_event event;
	enum agent_state to;
	enum lasting lasting;
	enum missed missed;
	int command, decision;
};

/* What has no row is passed over. DELAYED or WRAP_UP for no time is IDLE. */
/* clang-format off */
static const struct agent_row agent_rows[] = {
	{AGENT_IDLE,    AGENT_OFFER,          AGENT_OFFERED, LASTS_RING,        MISSED_KEPT,     QUEUE_OFFER,    NO_DECISION},
	{AGENT_OFFERED, AGENT_ANSWER,         AGENT_TALKING, LASTS,             MISSED_NONE,     QUEUE_CONNECT,  QUEUE_DECISION_ANSWERED},
	{AGENT_OFFERED, AGENT_ELSEWHERE,      AGENT_DELAYED, LASTS_SETTLE,      MISSED_KEPT,     QUEUE_WITHDRAW, QUEUE_DECISION_WITHDRAWN},
	{AGENT_OFFERED, AGENT_WITHDRAW,       AGENT_DELAYED, LASTS_SETTLE,      MISSED_KEPT,     QUEUE_WITHDRAW, QUEUE_DECISION_WITHDRAWN},
	{AGENT_OFFERED, AGENT_NO_ANSWER,      AGENT_DELAYED, LASTS_NO_ANSWER,   MISSED_ONE_MORE, NO_COMMAND,     QUEUE_DECISION_NO_ANSWER},
	{AGENT_OFFERED, AGENT_BUSY,           AGENT_DELAYED, LASTS_BUSY,        MISSED_KEPT,     NO_COMMAND,     QUEUE_DECISION_BUSY},
	{AGENT_OFFERED, AGENT_DECLINED,       AGENT_DELAYED, LASTS_DECLINED,    MISSED_KEPT,     NO_COMMAND,     QUEUE_DECISION_DECLINED},
	{AGENT_OFFERED, AGENT_UNREACHABLE,    AGENT_DELAYED, LASTS_UNREACHABLE, MISSED_KEPT,     NO_COMMAND,     QUEUE_DECISION_UNREACHABLE},
	{AGENT_OFFERED, AGENT_DUE,            AGENT_DELAYED, LASTS_NO_ANSWER,   MISSED_KEPT,     QUEUE_WITHDRAW, QUEUE_DECISION_LOST},
	{AGENT_OFFERED, AGENT_READY,          AGENT_OFFERED, KEEPS,             MISSED_NONE,     NO_COMMAND,     NO_DECISION},
	{AGENT_TALKING, AGENT_ENDED,          AGENT_WRAP_UP, LASTS_WRAP_UP,     MISSED_KEPT,     NO_COMMAND,     QUEUE_DECISION_ENDED},
	{AGENT_TALKING, AGENT_CONNECT_FAILED, AGENT_DELAYED, LASTS_UNREACHABLE, MISSED_KEPT,     NO_COMMAND,     QUEUE_DECISION_CONNECT_FAILED},
	{AGENT_TALKING, AGENT_READY,          AGENT_TALKING, KEEPS,             MISSED_NONE,     NO_COMMAND,     NO_DECISION},
	{AGENT_DELAYED, AGENT_DUE,            AGENT_IDLE,    LASTS,             MISSED_KEPT,     NO_COMMAND,     NO_DECISION},
	{AGENT_DELAYED, AGENT_READY,          AGENT_IDLE,    LASTS,             MISSED_NONE,     NO_COMMAND,     NO_DECISION},
	{AGENT_WRAP_UP, AGENT_DUE,            AGENT_IDLE,    LASTS,             MISSED_KEPT,     NO_COMMAND,     NO_DECISION},
	{AGENT_WRAP_UP, AGENT_READY,          AGENT_IDLE,    LASTS,             MISSED_NONE,     NO_COMMAND,     NO_DECISION},
	{AGENT_IDLE,    AGENT_READY,          AGENT_IDLE,    LASTS,             MISSED_NONE,     NO_COMMAND,     NO_DECISION},
};
/* clang-format on */

static int64_t at_least(unsigned seconds, unsigned least)
{
	return (int64_t)(seconds > least ? seconds : least) * SECOND_US;
}

static int64_t lasting_us(enum lasting lasting, const struct caller *caller)
{
	const struct queue_rules *rules;

	if (lasting == LASTS || lasting == KEEPS)
		return 0;
	rules = caller_rules(caller); /* rows that last lead from or to a caller */
	switch (lasting) {
	case LASTS_RING:
		return at_least(rules->agent_ring_time, 1) + (int64_t)OFFER_GRACE_S * SECOND_US;
	case LASTS_SETTLE:
		return SETTLE_US;
	case LASTS_NO_ANSWER:
		return at_least(rules->no_answer_delay_time, FAILURE_DELAY_S);
	case LASTS_BUSY:
		return at_least(rules->busy_delay_time, FAILURE_DELAY_S);
	case LASTS_DECLINED:
		return at_least(rules->reject_delay_time, FAILURE_DELAY_S);
	case LASTS_UNREACHABLE:
		return at_least(rules->no_answer_delay_time, UNREACHABLE_DELAY_S);
	case LASTS_WRAP_UP:
		return (int64_t)rules->wrap_up_time * SECOND_US;
	case LASTS:
	case KEEPS:
		break;
	}
	return 0;
}

static const struct agent_row *find_row(enum agent_state from, enum agent_event event)
{
	for (size_t i = 0; i < COUNT_OF(agent_rows); i++)
		if (agent_rows[i].from == from && agent_rows[i].event == event)
			return &agent_rows[i];
	return NULL;
}

/* The offer is the caller's, or he is, by what the agent does now. */
static void set_caller(struct agent *agent, struct caller *caller)
{
	if (list_has(&agent->offer)) {
		list_remove(&agent->offer);
		agent->caller->n_offers--;
	}
	agent->caller =
		agent->state == AGENT_OFFERED || agent->state == AGENT_TALKING ? caller : NULL;
	if (agent->state == AGENT_OFFERED) {
		list_append(&caller->offers, &agent->offer);
		caller->n_offers++;
	}
}

static void set_state(struct queue_machine *machine, struct agent *agent,
                      const struct agent_row *row, struct caller *caller)
{
	int64_t lasts_us = lasting_us(row->lasting, caller);

	agent->state = row->to;
	if ((row->to == AGENT_DELAYED || row->to == AGENT_WRAP_UP) && lasts_us == 0)
		agent->state = AGENT_IDLE;
	agent->until_us = lasts_us > 0 ? machine->now_us + lasts_us : NEVER;
	if (lasts_us > 0)
		heap_move(&machine->due, &agent->due, agent->until_us, agent->serial);
	else
		heap_remove(&machine->due, &agent->due);
}

/* He missed so many offers that he is not there, whatever he said. */
static void auto_break(struct queue_machine *machine, struct agent *agent, struct caller *caller)
{
	unsigned most = caller_rules(caller)->max_no_answer;

	if (most == 0 || agent->missed < most || agent->status != QUEUE_AGENT_AVAILABLE)
		return;
	agent->status = QUEUE_AGENT_ON_BREAK;
	machine_command(machine, QUEUE_BREAK, caller, agent);
	machine_tell(machine, QUEUE_DECISION_AUTO_BREAK, caller, agent);
}

static void mark_telling(struct queue_machine *machine, struct agent *agent)
{
	if (!list_has(&agent->telling))
		list_append(&machine->telling, &agent->telling);
}

static void step(struct queue_machine *machine, struct agent *agent, const struct agent_row *row,
                 struct caller *caller)
{
	if (row->missed == MISSED_NONE)
		agent->missed = 0;
	else if (row->missed == MISSED_ONE_MORE)
		agent->missed++;
	if (row->lasting != KEEPS) {
		set_state(machine, agent, row, caller);
		set_caller(agent, caller);
	}
	if (row->command != NO_COMMAND) {
		struct queue_command *command = machine_command(
			machine, (enum queue_command_kind)row->command, caller, agent);

		command->elsewhere = row->event == AGENT_ELSEWHERE;
		if (command->kind == QUEUE_OFFER)
			command->ring_us = at_least(caller_rules(caller)->agent_ring_time, 1);
	}
	if (row->decision != NO_DECISION)
		machine_tell(machine, (enum queue_decision_kind)row->decision, caller, agent);
	if (row->missed == MISSED_ONE_MORE)
		auto_break(machine, agent, caller);
	mark_telling(machine, agent);
	agent_finished(machine, agent);
	agent_refresh(machine, agent);
	/* A caller whose offer failed is looked after again. */
	if (row->from == AGENT_OFFERED && agent->state == AGENT_DELAYED &&
	    row->event != AGENT_ELSEWHERE) {
		caller_refresh(machine, caller);
		caller_look(machine, caller);
	}
}

void agent_step(struct queue_machine *machine, struct agent *agent, enum agent_event event)
{
	const struct agent_row *row = find_row(agent->state, event);

	if (row)
		step(machine, agent, row, agent->caller);
}

void agent_offer(struct queue_machine *machine, struct agent *agent, struct caller *caller)
{
	const struct agent_row *row = find_row(agent->state, AGENT_OFFER);

	if (!row)
		return;
	agent->offered_event = machine->n_events;
	step(machine, agent, row, caller);
}

/* ---- who he is, and whether he is ready ---- */

struct agent *agent_new(const struct uuid *id)
{
	struct agent *agent = calloc(1, sizeof(*agent));

	if (!agent)
		return NULL;
	agent->node.id = *id;
	agent->status = QUEUE_AGENT_LOGGED_OUT;
	agent->until_us = NEVER;
	return agent;
}

bool agent_present(const struct agent *agent)
{
	return agent->status == QUEUE_AGENT_AVAILABLE && agent->registered;
}

/* Whether the queue of this membership may offer him a call. */
bool member_ready(const struct member *member)
{
	const struct agent *agent = member->agent;

	return agent_present(agent) && agent->state == AGENT_IDLE &&
	       !(agent->in_call && member->queue->shape->rules.skip_agents_with_external_calls);
}

static void set_present(struct queue_machine *machine, struct member *member, bool present)
{
	struct queue *queue = member->queue;
	struct shape *shape = queue->shape;
	struct tier *tier = &shape->tiers[member->tier];

	if (member->present == present)
		return;
	member->present = present;
	tier->present += present ? 1 : (size_t)-1;
	shape->n_present += present ? 1 : (size_t)-1;
	if (shape->n_present == 0)
		queue->nobody_since_us = machine->now_us;
	if ((shape->rules.max_wait_time_with_no_agent > 0 &&
	     shape->n_present == (present ? 1 : 0)) ||
	    (shape->rules.tier_rules_apply && shape->rules.tier_rule_no_agent_no_wait &&
	     tier->present == (present ? 1 : 0)))
		queue_review(machine, queue);
}

static void set_ready(struct queue_machine *machine, struct member *member, bool ready)
{
	struct shape *shape = member->queue->shape;
	uint64_t *word = &shape->ready[member->index / 64], bit = 1UL << member->index % 64;

	if (ready == !!(*word & bit))
		return;
	*word ^= bit;
	shape->n_ready += ready ? 1 : (size_t)-1;
	if (ready)
		queue_mark(machine, member->queue);
}

void agent_refresh(struct queue_machine *machine, struct agent *agent)
{
	for (struct member *member = agent->memberships; member; member = member->next_of_agent) {
		set_present(machine, member, agent_present(agent));
		set_ready(machine, member, member_ready(member));
	}
}

void agent_status_set(struct queue_machine *machine, struct agent *agent,
                      enum queue_agent_status status)
{
	if (agent->status == status)
		return;
	agent->status = status;
	if (status == QUEUE_AGENT_AVAILABLE)
		agent_step(machine, agent, AGENT_READY);
	else if (agent->state == AGENT_OFFERED)
		agent_step(machine, agent, AGENT_WITHDRAW);
	agent_refresh(machine, agent);
}

/* ---- what others see ---- */

static struct queue_command visible(const struct agent *agent)
{
	static const enum queue_agent_state states[] = {
		[AGENT_IDLE] = QUEUE_STATE_WAITING,    [AGENT_DELAYED] = QUEUE_STATE_WAITING,
		[AGENT_OFFERED] = QUEUE_STATE_RINGING, [AGENT_TALKING] = QUEUE_STATE_TALKING,
		[AGENT_WRAP_UP] = QUEUE_STATE_WRAP_UP,
	};
	struct queue_command told = {
		.kind = QUEUE_STATE,
		.agent = agent->node.id,
		.state = states[agent->state],
		.until_us = agent->state == AGENT_WRAP_UP ? agent->until_us : 0,
		.missed = agent->missed,
	};

	if (agent->caller) {
		told.queue = agent->caller->queue_id;
		told.call = agent->caller->node.id;
	}
	return told;
}

static bool same(const struct queue_command *a, const struct queue_command *b)
{
	return a->state == b->state && a->until_us == b->until_us && a->missed == b->missed &&
	       uuid_equal(&a->call, &b->call);
}

bool agent_told(struct queue_machine *machine, struct queue_command *ret_command)
{
	struct link *link;
	bool found = false;

	while (!found && (link = list_take(&machine->telling))) {
		struct agent *agent = HOLDER(link, struct agent, telling);
		struct queue_command now = visible(agent);

		agent_finished(machine, agent);
		if (same(&now, &agent->told))
			continue;
		*ret_command = agent->told = now;
		found = true;
	}
	agents_sweep(machine);
	return found;
}

/* ---- who is a member nowhere any more ---- */

void agent_finished(struct queue_machine *machine, struct agent *agent)
{
	if (!agent->memberships && !list_has(&agent->finished))
		list_append(&machine->finished, &agent->finished);
}

/* Goes when he has finished and everybody knows. */
void agents_sweep(struct queue_machine *machine)
{
	struct link *link;

	while ((link = list_take(&machine->finished))) {
		struct agent *agent = HOLDER(link, struct agent, finished);

		if (agent->memberships || agent->caller || agent->state == AGENT_WRAP_UP ||
		    list_has(&agent->telling))
			continue;
		heap_remove(&machine->due, &agent->due);
		map_remove(&machine->agents, &agent->node);
		list_remove(&agent->in_machine);
		free(agent);
	}
}
