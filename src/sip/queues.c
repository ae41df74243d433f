/* The machines of the tenants, when they are looked at, and their commands. */
#include "sip/queues.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "sip/queues_private.h"

enum {
	TENANT_BUCKETS = 1024,
	CALL_BUCKETS = 4096,
	LINE_BUCKETS = 4096,
	COMMANDS_OF_ONE = 16, /* of a tenant, before it is another's turn */
	COMMANDS_A_TURN = 64, /* before the loop looks at what has come meanwhile */
	TURN_MS = 1,
	RETRY_MS = 1000,
	ALARM_MOST_US = 1800 * 1000000,
};

/* ---- turns ---- */

static void carry_out(struct queue_tenant *tenant, const struct queue_command *command)
{
	switch (command->kind) {
	case QUEUE_OFFER:
		queue_offer_ring(tenant, command);
		break;
	case QUEUE_WITHDRAW:
	case QUEUE_REFUSE:
		queue_offer_withdraw(tenant, command);
		break;
	case QUEUE_CONNECT:
		queue_call_connect(tenant, command);
		break;
	case QUEUE_OVERFLOW:
		queue_overflow(tenant, command);
		break;
	case QUEUE_BREAK:
		(void)queue_agent_set(tenant, &command->agent, AGENT_ON_BREAK, "no_answer");
		break;
	case QUEUE_STATE:
		queue_agent_shown(tenant, command);
		break;
	}
}

static void tenant_free(struct queue_tenant *tenant)
{
	struct queues *queues = tenant->queues;

	hash_unlink(&tenant->le);
	list_unlink(&tenant->ready);
	list_unlink(&tenant->unread);
	queue_clock_remove(&queues->clock, &tenant->deadline);
	queue_bell_forget(queues->bell, &tenant->id);
	queue_machine_free(tenant->machine);
	snapshot_unref(tenant->snapshot);
	snapshot_unref(tenant->before);
	free(tenant->agents);
	free(tenant);
	queues->figures.tenants--;
}

/* A few of its commands; false: there are more. */
static bool take_turn(struct queue_tenant *tenant, unsigned *budget)
{
	struct queue_command command;

	if (tenant->tick) {
		tenant->tick = false;
		queue_machine_tick(tenant->machine, clock_monotonic_us());
	}
	for (unsigned i = 0; i < COMMANDS_OF_ONE; i++) {
		if (!queue_command_next(tenant->machine, &command)) {
			snapshot_unref(TAKE(tenant->before));
			return true;
		}
		carry_out(tenant, &command);
		*budget -= *budget > 0;
	}
	return false;
}

static void on_alarm(void *arg);

void queues_set_alarm(struct queues *queues)
{
	const struct queue_deadline *first = queue_clock_first(&queues->clock);
	int64_t in_us;

	if (!first || first->at_us == INT64_MAX) {
		tmr_cancel(&queues->alarm);
		return;
	}
	in_us = first->at_us - clock_monotonic_us();
	if (in_us < 0)
		in_us = 0;
	if (in_us > ALARM_MOST_US)
		in_us = ALARM_MOST_US;
	tmr_start(&queues->alarm, (uint64_t)(in_us + 999) / 1000, on_alarm, queues);
}

static void on_turn(void *arg)
{
	struct queues *queues = arg;
	unsigned budget = COMMANDS_A_TURN;
	struct le *le;

	while (budget > 0 && (le = list_head(&queues->ready))) {
		struct queue_tenant *tenant = le->data;

		list_unlink(&tenant->ready);
		if (!take_turn(tenant, &budget))
			list_append(&queues->ready, &tenant->ready, tenant);
		else if (tenant->gone && list_isempty(&tenant->calls) && !tenant->reading)
			tenant_free(tenant);
		else
			queue_clock_set(&queues->clock, &tenant->deadline,
			                queue_machine_deadline(tenant->machine));
	}
	if (list_head(&queues->ready))
		tmr_start(&queues->turn, TURN_MS, on_turn, queues);
	queues_set_alarm(queues);
}

void queues_wake(struct queue_tenant *tenant)
{
	struct queues *queues = tenant->queues;

	if (queues->closing)
		return;
	if (!tenant->ready.list)
		list_append(&queues->ready, &tenant->ready, tenant);
	if (!tmr_isrunning(&queues->turn))
		tmr_start(&queues->turn, 0, on_turn, queues);
}

static void on_due(void *arg)
{
	struct queue_tenant *tenant = arg;

	tenant->tick = true;
	queues_wake(tenant);
}

static void on_alarm(void *arg)
{
	struct queues *queues = arg;
	const int64_t now_us = clock_monotonic_us();
	struct queue_deadline *first;

	while ((first = queue_clock_first(&queues->clock)) && first->at_us <= now_us) {
		queue_clock_set(&queues->clock, first, INT64_MAX);
		first->due(first->arg);
	}
	queues_set_alarm(queues);
}

/* What could not be begun for want of a worker, and who has waited long enough. */
static void on_retry(void *arg)
{
	struct queues *queues = arg;

	queue_agents_read_next(queues);
	tmr_start(&queues->retry, RETRY_MS, on_retry, queues);
}

/* ---- tenants ---- */

struct queue_tenant *queues_find(const struct queues *queues, const struct uuid *tenant)
{
	struct le *le = queues ? list_head(hash_list(queues->tenants, queue_key_of(tenant))) : NULL;

	for (; le; le = le->next) {
		struct queue_tenant *found = le->data;

		if (uuid_equal(&found->id, tenant))
			return found;
	}
	return NULL;
}

static struct queue_tenant *tenant_new(struct queues *queues, const struct uuid *id)
{
	struct queue_tenant *tenant = calloc(1, sizeof(*tenant));

	if (!tenant)
		return NULL;
	tenant->queues = queues;
	tenant->id = *id;
	tenant->deadline = (struct queue_deadline){.due = on_due, .arg = tenant};
	if (queue_machine_new(queue_tell, tenant, &tenant->machine) ||
	    queue_clock_add(&queues->clock, &tenant->deadline)) {
		queue_machine_free(tenant->machine);
		free(tenant);
		return NULL;
	}
	if (queue_bell_want(queues->bell, id)) {
		queue_clock_remove(&queues->clock, &tenant->deadline);
		queue_machine_free(tenant->machine);
		free(tenant);
		return NULL;
	}
	hash_append(queues->tenants, queue_key_of(id), &tenant->le, tenant);
	queues->figures.tenants++;
	return tenant;
}

struct queue_tenant *queues_take(struct queues *queues, struct snapshot *snapshot)
{
	struct queue_tenant *tenant = queues_find(queues, &snapshot->tenant);
	AUTO(snapshot_auto_unref) struct snapshot *newest = NULL;

	if (tenant || queues->closing)
		return tenant;
	tenant = tenant_new(queues, &snapshot->tenant);
	if (!tenant)
		return NULL;
	if (directory_peek_tenant(queues->engine->directory, &tenant->id, &newest) != DIRECTORY_HIT)
		newest = snapshot_ref(snapshot);
	queue_tenant_configure(tenant, newest);
	if (!tenant->snapshot) {
		tenant_free(tenant);
		return NULL;
	}
	queue_agents_read(tenant);
	return tenant;
}

/* What led the caller here may be newer than what the machine was told so far. */
void queues_renew(struct queue_tenant *tenant)
{
	AUTO(snapshot_auto_unref) struct snapshot *newest = NULL;

	if (directory_peek_tenant(tenant->queues->engine->directory, &tenant->id, &newest) ==
	    DIRECTORY_HIT)
		queue_tenant_configure(tenant, newest);
}

/* Only of a tenant whose phones come to this process. */
static void begin_machine(struct queues *queues, const struct uuid *id)
{
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;

	if (directory_peek_tenant(queues->engine->directory, id, &snapshot) == DIRECTORY_HIT)
		(void)queues_take(queues, snapshot);
}

static void on_news(const struct uuid *id, unsigned news, void *arg)
{
	struct queues *queues = arg;
	struct queue_tenant *tenant = queues_find(queues, id);
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;

	if (!tenant) {
		begin_machine(queues, id);
		return;
	}
	if (news & (DIRECTORY_SNAPSHOT | DIRECTORY_GONE)) {
		tenant->gone = directory_peek_tenant(queues->engine->directory, id, &snapshot) !=
		               DIRECTORY_HIT;
		if (!tenant->gone)
			queue_tenant_configure(tenant, snapshot);
	}
	if (news & DIRECTORY_AGENTS)
		queue_agents_read(tenant);
	queues_wake(tenant);
}

/* ---- life ---- */

enum error_code queues_open(struct engine *engine, struct queues **ret_queues, struct error *err)
{
	struct queues *queues = calloc(1, sizeof(*queues));

	if (!queues)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	queues->engine = engine;
	tmr_init(&queues->turn);
	tmr_init(&queues->alarm);
	tmr_init(&queues->retry);
	if (hash_alloc(&queues->tenants, TENANT_BUCKETS) != 0 ||
	    hash_alloc(&queues->calls, CALL_BUCKETS) != 0 ||
	    hash_alloc(&queues->lines, LINE_BUCKETS) != 0 ||
	    queue_bell_open(on_news, queues, &queues->bell)) {
		queues_close(queues);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	directory_watch(engine->directory, queue_bell_hear, queues->bell);
	tmr_start(&queues->retry, RETRY_MS, on_retry, queues);
	*ret_queues = queues;
	return ERROR_OK;
}

static bool close_tenant(struct le *le, void *arg)
{
	struct queue_tenant *tenant = le->data;

	(void)arg;
	queue_calls_close(tenant);
	tenant_free(tenant);
	return false;
}

void queues_close(struct queues *queues)
{
	if (!queues)
		return;
	queues->closing = true;
	directory_watch(queues->engine->directory, NULL, NULL);
	(void)hash_apply(queues->tenants, close_tenant, NULL);
	queue_lines_clear(queues);
	tmr_cancel(&queues->turn);
	tmr_cancel(&queues->alarm);
	tmr_cancel(&queues->retry);
	queue_bell_close(queues->bell);
	queue_clock_clear(&queues->clock);
	mem_deref(queues->tenants);
	mem_deref(queues->calls);
	mem_deref(queues->lines);
	free(queues);
}

void queues_figures(const struct queues *queues, struct queues_figures *ret_figures)
{
	*ret_figures = queues->figures;
}
