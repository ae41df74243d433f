/* The caller: from when he enters a queue until he and the agent have parted. */
#include "base/clock.h"
#include "sip/queues_private.h"

struct queue_call *queue_call_find(const struct queues *queues, const struct uuid *call)
{
	struct le *le = list_head(hash_list(queues->calls, queue_key_of(call)));

	for (; le; le = le->next) {
		struct queue_call *found = le->data;

		if (uuid_equal(&found->call->id, call))
			return found;
	}
	return NULL;
}

static struct queue_call *of_call(const struct call *call)
{
	return call->service == &queue_service ? call->service_data : NULL;
}

const struct queue *queue_of_call(const struct call *call)
{
	const struct queue_call *queued = of_call(call);

	if (!queued || queued->stage == QUEUE_OUT)
		return NULL;
	return queue_tenant_queue(queued->tenant, &queued->queue);
}

/* ---- in and out ---- */

static struct queue_call *queue_call_new(struct queue_tenant *tenant, struct call *call)
{
	struct queue_call *queued = calloc(1, sizeof(*queued));

	if (!queued)
		return NULL;
	queued->tenant = tenant;
	queued->call = call;
	queued->stage = QUEUE_OUT;
	queued->cause = cause_of(CAUSE_INTERNAL);
	tmr_init(&queued->ring);
	queued->deadline = (struct queue_deadline){.due = queue_offer_on_due, .arg = queued};
	if (queue_clock_add(&tenant->queues->clock, &queued->deadline)) {
		free(queued);
		return NULL;
	}
	list_append(&tenant->calls, &queued->le, queued);
	hash_append(tenant->queues->calls, queue_key_of(&call->id), &queued->he, queued);
	return queued;
}

/* What happened goes into the call's record; the caller is in no queue any more. */
static void queue_call_free(struct queue_call *queued)
{
	struct queue_tenant *tenant = queued->tenant;

	tmr_cancel(&queued->ring);
	queue_clock_remove(&tenant->queues->clock, &queued->deadline);
	queue_history_json(&queued->history, &queued->call->queue_calls);
	queue_history_clear(&queued->history);
	list_unlink(&queued->le);
	hash_unlink(&queued->he);
	free(queued);
	queues_wake(tenant);
}

/* The call ends, or goes on without the queue. */
static void on_ended(struct call *call, const struct cause *cause, const char *by)
{
	struct queue_call *queued = call->service_data;
	struct queue_tenant *tenant = queued->tenant;
	struct queues *queues = tenant->queues;
	const int64_t now_us = clock_monotonic_us();
	const char *reason = cause ? cause->slug : "transferred";

	(void)by;
	switch (queued->stage) {
	case QUEUE_WAITS:
		queue_caller_left(tenant->machine, &call->id, now_us);
		queues->figures.waiting--;
		break;
	case QUEUE_TALKS:
		queue_call_ended(tenant->machine, &call->id, now_us);
		queues->figures.connected--;
		break;
	case QUEUE_HELD:
		queues->figures.waiting--;
		break;
	case QUEUE_OUT:
		break;
	}
	queues->figures.abandoned += queued->history.open && queued->stage != QUEUE_TALKS;
	if (queued->stage == QUEUE_TALKS)
		queue_history_end(&queued->history, reason, now_us);
	else
		queue_history_leave(&queued->history, "abandoned", reason, now_us);
	if (!cause && call->callee && !queues->closing) /* he talks on, with nobody of a queue */
		queues_busy(call, call->callee);
	queue_call_free(queued);
}

void queue_call_left(struct call *call)
{
	if (of_call(call))
		call_serve(call, NULL, NULL);
}

/* The caller and what he hears are there, the agents are known. */
static void join(struct queue_call *queued)
{
	struct call *call = queued->call;
	const struct uuid *from = call->from ? &call->from->id : NULL;
	struct queue_tenant *tenant = queued->tenant;
	enum error_code code;

	code = queue_caller_join(tenant->machine, &queued->queue, &call->id, from,
	                         clock_monotonic_us());
	if (!code) {
		queued->stage = QUEUE_WAITS;
		queues_wake(tenant);
		return;
	}
	call_end(call, cause_of(code == ERROR_NOT_FOUND ? CAUSE_QUEUE_GONE : CAUSE_INTERNAL),
	         "engine");
}

static void on_offer(const struct cdr_queue_offer *offer, void *arg)
{
	const struct queue_call *queued = arg;

	record_offer(queued->call, offer);
}

/* Of a struct queue of the call's own snapshot or of the machine's. */
static void begin_stay(struct queue_call *queued, const struct queue *queue)
{
	struct call *call = queued->call;
	const struct voice_sound music = voice_of_queue(queue);
	const int64_t now_us = clock_monotonic_us();
	struct cdr_queue record = {.call = call->id, .queue = queue->id, .queue_name = queue->name};

	queued->stage = QUEUE_HELD;
	queued->queue = queue->id;
	queued->joins++;
	queued->history.toldh = on_offer;
	queued->history.arg = queued;
	queue_history_join(&queued->history, queue, now_us);
	queued->tenant->queues->figures.waiting++;
	queued->tenant->queues->figures.entered++;
	record.queue_call = queued->history.id;
	record.joined_us = queued->history.unix_us + now_us;
	record_queued(call, &record);
	call_play(call, &music, false);
}

/* The service of the call, which keeps what it knows of queues the call was in before. */
static struct queue_call *take_service(struct queue_tenant *tenant, struct call *call)
{
	struct queue_call *queued = of_call(call);

	if (queued && queued->stage == QUEUE_OUT)
		return queued;
	queued = queue_call_new(tenant, call);
	if (queued)
		call_serve(call, &queue_service, queued);
	return queued;
}

void queues_enter(struct call *call, const struct queue *queue)
{
	struct queues *queues = call->calls->engine->queues;
	struct queue_tenant *tenant = queues_take(queues, call->snapshot);
	struct queue_call *queued = NULL;

	if (tenant && !of_call(call))
		queues_renew(tenant);
	/* Who comes from another queue is counted already. */
	if (tenant && !of_call(call) && list_count(&tenant->calls) >= QUEUE_CALLERS_MOST) {
		call_end(call, cause_of(CAUSE_QUEUE_FULL), "engine");
		return;
	}
	call->queued = true;
	if (!call_answer(call))
		return;
	if (tenant)
		queued = take_service(tenant, call);
	if (!queued) {
		call_end(call, cause_of(CAUSE_INTERNAL), "engine");
		return;
	}
	begin_stay(queued, queue);
	if (tenant->listed)
		join(queued);
}

void queue_calls_release(struct queue_tenant *tenant)
{
	struct le *le = list_head(&tenant->calls);

	while (le) {
		struct queue_call *queued = le->data;

		le = le->next;
		if (queued->stage == QUEUE_HELD)
			join(queued);
	}
}

void queue_calls_close(struct queue_tenant *tenant)
{
	struct le *le;

	while ((le = list_head(&tenant->calls))) {
		const struct queue_call *queued = le->data;

		call_serve(queued->call, NULL, NULL);
	}
}

/* ---- an agent has answered ---- */

/* The phone that answered the offer; NULL: it is gone. */
static struct leg *answered_branch(const struct call *call, const struct queue_offer *offer)
{
	struct le *le;

	LIST_FOREACH(&call->branches, le)
	{
		struct leg *branch = le->data;

		if (branch->data == offer && branch->answered_us)
			return branch;
	}
	return NULL;
}

static void connected(struct queue_call *queued, struct queue_offer *offer)
{
	struct queues_figures *figures = &queued->tenant->queues->figures;
	struct cdr_queue_left left;

	queued->stage = QUEUE_TALKS;
	queue_history_answered(&queued->history, offer, clock_monotonic_us(), &left);
	left.call = queued->call->id;
	record_unqueued(queued->call, &left);
	figures->waiting--;
	figures->connected++;
	figures->answered++;
}

void queue_call_connect(struct queue_tenant *tenant, const struct queue_command *command)
{
	struct queue_call *queued = queue_call_find(tenant->queues, &command->call);
	struct queue_offer *offer =
		queued ? queue_history_open_offer(&queued->history, &command->agent) : NULL;
	struct leg *branch = offer ? answered_branch(queued->call, offer) : NULL;

	if (branch && call_connect(queued->call, branch)) {
		connected(queued, offer);
		return;
	}
	if (offer) {
		call_stop_ringing(queued->call, offer, false);
		queue_history_offer_end(offer, OFFER_FAILED, clock_monotonic_us());
	}
	queue_connect_failed(tenant->machine, &command->call, &command->agent,
	                     clock_monotonic_us());
}

static void on_failed(struct call *call, struct leg *branch, uint16_t status)
{
	struct queue_call *queued = call->service_data;

	if (queued->stage == QUEUE_OUT)
		queue_overflow_on_failed(queued, status);
	else
		queue_offer_on_failed(queued, branch, status);
}

static void on_answered(struct call *call, struct leg *branch)
{
	struct queue_call *queued = call->service_data;

	if (queued->stage == QUEUE_OUT)
		queue_overflow_on_answered(queued, branch);
	else
		queue_offer_on_answered(queued, branch);
}

/* The announcement that he was led to: nobody has answered him. */
static void on_played(struct call *call, bool whole)
{
	const struct queue_call *queued = call->service_data;

	(void)whole;
	call_end(call, queued->cause, "engine");
}

const struct call_service queue_service = {
	.slug = "queue",
	.failed = on_failed,
	.answered = on_answered,
	.played = on_played,
	.ended = on_ended,
};
