/* Callers whom the queue sends on: where to, and what they hear on the way. */
#include "base/clock.h"
#include "base/log.h"
#include "sip/queues_private.h"
#include "sip/registrar.h"

static const enum call_cause causes[QUEUE_DECISION_COUNT] = {
	[QUEUE_DECISION_MAX_WAIT] = CAUSE_QUEUE_MAX_WAIT,
	[QUEUE_DECISION_NO_AGENTS] = CAUSE_QUEUE_NO_AGENTS,
	[QUEUE_DECISION_QUEUE_GONE] = CAUSE_QUEUE_GONE,
};

/* ---- an extension rings, and the caller hears that it does ---- */

static void on_ring_end(void *arg)
{
	const struct queue_call *queued = arg;
	struct call *call = queued->call;
	const struct cause *cause = cause_of_status(call->best);
	const bool said = cause->disposition == CDR_BUSY || cause->disposition == CDR_DECLINED;

	call_end(call, said ? cause : cause_of(CAUSE_NO_ANSWER), said ? "callee" : "engine");
}

void queue_overflow_on_failed(struct queue_call *queued, uint16_t status)
{
	struct call *call = queued->call;

	call->best = cause_better(call->best, status);
	if (cause_is_global(status) || !list_head(&call->branches))
		tmr_start(&queued->ring, 0, on_ring_end, queued);
}

void queue_overflow_on_answered(struct queue_call *queued, struct leg *branch)
{
	struct call *call = queued->call;

	if (call_connect(call, branch))
		call_serve(call, NULL, NULL);
	else if (!list_head(&call->branches))
		tmr_start(&queued->ring, 0, on_ring_end, queued);
}

static void ring(struct queue_call *queued, const struct route_plan *plan)
{
	static const struct voice_sound ringback = {.kind = VOICE_TONE, .tone = TONE_RINGBACK};
	struct call *call = queued->call;
	size_t n = 0;

	call->best = 0;
	for (size_t i = 0; i < plan->n_targets; i++)
		n += call_ring(call, plan->targets[i], NULL, NULL);
	if (n == 0) {
		call_end(call, queued->cause, "engine");
		return;
	}
	record_calling(call);
	call_play(call, &ringback, false);
	tmr_start(&queued->ring, plan->ring_s * UINT64_C(1000), on_ring_end, queued);
}

/* ---- where it leads ---- */

static const struct queue *find_queue(const struct snapshot *snapshot, const struct uuid *id)
{
	for (size_t i = 0; snapshot && i < snapshot->n_queues; i++)
		if (uuid_equal(&snapshot->queues[i].id, id))
			return &snapshot->queues[i];
	return NULL;
}

/* Of a queue that is gone: as it was last. */
static const char *overflow_number(const struct queue_call *queued)
{
	const struct queue_tenant *tenant = queued->tenant;
	const struct snapshot *pictures[] = {tenant->snapshot, tenant->before,
	                                     queued->call->snapshot};

	for (size_t i = 0; i < COUNT_OF(pictures); i++) {
		const struct queue *queue = find_queue(pictures[i], &queued->queue);

		if (queue)
			return queue->settings.overflow_number;
	}
	return NULL;
}

static void follow(struct queue_call *queued, const struct route_plan *plan)
{
	struct call *call = queued->call;

	if (plan->action == ROUTE_RING) {
		ring(queued, plan);
	} else if (plan->action == ROUTE_QUEUE && queued->joins < QUEUE_JOINS_MOST) {
		queues_enter(call, plan->queue);
	} else if (plan->action == ROUTE_PLAY) {
		const struct voice_sound sound = voice_of_sound(plan->sound);

		call_play(call, &sound, true);
	} else {
		log_event(LOG_WARNING, "queue", "a queue's overflow number leads nowhere",
		          LOG_TEXT("tenant", call->snapshot->domain),
		          LOG_TEXT("cause", plan->action == ROUTE_QUEUE
		                                    ? "too many queues"
		                                    : route_cause_slug(plan->cause)));
		call_end(call, queued->cause, "engine");
	}
}

static void lead(struct queue_call *queued, const char *number)
{
	const struct queue_tenant *tenant = queued->tenant;
	const struct engine *engine = tenant->queues->engine;
	struct registrar_phones phones = {.registrar = engine->registrar, .tenant = &tenant->id};
	const struct route_call ask = {
		.caller = queued->call->from,
		.dialled = number,
		.ring_s = (unsigned)config_number(engine->config, CONFIG_SIP_RING_S),
		.phones = registrar_phones,
		.phones_arg = &phones,
	};
	struct route_plan plan = {.action = ROUTE_REJECT};

	route_call(tenant->snapshot, &ask, &plan);
	follow(queued, &plan);
	route_plan_clear(&plan);
}

void queue_overflow(struct queue_tenant *tenant, const struct queue_command *command)
{
	struct queue_call *queued = queue_call_find(tenant->queues, &command->call);
	struct cdr_queue_left left = {.call = command->call,
	                              .outcome = CDR_QUEUE_OVERFLOWED,
	                              .reason = queue_decision_slug(command->reason)};
	const char *number;

	if (!queued || queued->stage != QUEUE_WAITS)
		return;
	queued->stage = QUEUE_OUT;
	queued->cause = cause_of(causes[command->reason]);
	tenant->queues->figures.waiting--;
	tenant->queues->figures.overflowed++;
	call_stop_ringing(queued->call, NULL, false);
	left.queue_call = queued->history.id;
	left.left_us = clock_unix_us();
	record_unqueued(queued->call, &left);
	queue_history_leave(&queued->history, "overflowed", left.reason, clock_monotonic_us());
	number = overflow_number(queued);
	if (number)
		lead(queued, number);
	else
		call_end(queued->call, queued->cause, "engine");
}
