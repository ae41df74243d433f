/* The agents' phones: offers that ring, and how they end. */
#include "base/clock.h"
#include "sip/queues_private.h"

/* After its time an offer is asked back: so long an answer that crosses that still counts. */
static const int64_t LAST_MOMENT_US = 1000 * 1000;

/* How a phone's final response counts; the last row takes all. */
static const struct {
	uint16_t least, most;
	enum queue_offer_failure failure;
	enum offer_outcome outcome;
} failures[] = {
	{486, 486,   QUEUE_OFFER_BUSY,        OFFER_BUSY       },
	{600, 600,   QUEUE_OFFER_BUSY,        OFFER_BUSY       },
	{408, 408,   QUEUE_OFFER_UNREACHABLE, OFFER_UNREACHABLE},
	{480, 480,   QUEUE_OFFER_UNREACHABLE, OFFER_UNREACHABLE},
	{410, 410,   QUEUE_OFFER_UNREACHABLE, OFFER_UNREACHABLE},
	{404, 404,   QUEUE_OFFER_UNREACHABLE, OFFER_UNREACHABLE},
	{481, 481,   QUEUE_OFFER_UNREACHABLE, OFFER_UNREACHABLE},
	{487, 487,   QUEUE_OFFER_NO_ANSWER,   OFFER_NO_ANSWER  },
	{500, 599,   QUEUE_OFFER_UNREACHABLE, OFFER_UNREACHABLE},
	{0,   65535, QUEUE_OFFER_DECLINED,    OFFER_DECLINED   },
};

static void fail(struct queue_call *queued, struct queue_offer *offer, uint16_t status)
{
	const int64_t now_us = clock_monotonic_us();
	const struct uuid agent = offer->agent;
	size_t i = 0;

	while (status < failures[i].least || status > failures[i].most)
		i++;
	queue_history_offer_end(offer, failures[i].outcome, now_us);
	queue_offer_failed(queued->tenant->machine, &queued->call->id, &agent, failures[i].failure,
	                   now_us);
	queues_wake(queued->tenant);
}

/* ---- how long it rings ---- */

static void set_deadline(struct queue_call *queued)
{
	struct queues *queues = queued->tenant->queues;
	int64_t next_us = INT64_MAX;
	struct le *le;

	LIST_FOREACH(&queued->history.offers, le)
	{
		const struct queue_offer *offer = le->data;

		if (!offer->ended && !offer->picked_up && offer->ring_until_us < next_us)
			next_us = offer->ring_until_us;
	}
	queue_clock_set(&queues->clock, &queued->deadline, next_us);
	queues_set_alarm(queues);
}

void queue_offer_on_due(void *arg)
{
	const int64_t now_us = clock_monotonic_us();
	struct queue_call *queued = arg;
	struct le *le;

	LIST_FOREACH(&queued->history.offers, le)
	{
		struct queue_offer *offer = le->data;

		if (offer->ended || offer->picked_up || offer->ring_until_us > now_us)
			continue;
		if (!offer->asked_back && call_ask_back(queued->call, offer) > 0) {
			offer->asked_back = true;
			offer->ring_until_us = now_us + LAST_MOMENT_US;
			continue;
		}
		call_stop_ringing(queued->call, offer, false);
		fail(queued, offer, 487);
	}
	set_deadline(queued);
}

/* ---- it begins and ends ---- */

/* "Support: 102 Anna": the queue, the number, and the name where it says more. */
static void write_display(const struct queue_call *queued, struct text *out)
{
	const struct queue *queue = queue_tenant_queue(queued->tenant, &queued->queue);
	const struct call *call = queued->call;
	const char *number = call->from ? call->from->number : "";

	text_addf(out, "%s: %s", queue ? queue->name : "", number);
	if (call->name[0] && strcmp(call->name, number) != 0)
		text_addf(out, " %s", call->name);
}

void queue_offer_ring(struct queue_tenant *tenant, const struct queue_command *command)
{
	struct queue_call *queued = queue_call_find(tenant->queues, &command->call);
	const struct queue_agent *agent = queue_tenant_agent(tenant, &command->agent);
	AUTO(text_clear) struct text display = {0};
	struct queue_offer *offer = NULL;

	if (queued && agent && queued->stage == QUEUE_WAITS)
		offer = queue_history_offer(&queued->history, &command->agent,
		                            agent->extension->number, clock_monotonic_us());
	if (!offer) {
		queue_offer_failed(tenant->machine, &command->call, &command->agent,
		                   QUEUE_OFFER_UNREACHABLE, clock_monotonic_us());
		return;
	}
	offer->ring_until_us = offer->offered_us + command->ring_us;
	tenant->queues->figures.offers++;
	write_display(queued, &display);
	if (call_ring(queued->call, agent->extension, text_string(&display), offer) == 0)
		fail(queued, offer, 480);
	else
		set_deadline(queued);
}

void queue_offer_withdraw(struct queue_tenant *tenant, const struct queue_command *command)
{
	struct queue_call *queued = queue_call_find(tenant->queues, &command->call);
	const bool elsewhere = command->kind == QUEUE_REFUSE || command->elsewhere;
	struct queue_offer *offer;

	if (!queued)
		return;
	offer = queue_history_open_offer(&queued->history, &command->agent);
	if (!offer)
		return;
	call_stop_ringing(queued->call, offer, elsewhere);
	queue_history_offer_end(offer,
	                        elsewhere                      ? OFFER_ELSEWHERE
	                        : offer->outcome != OFFER_OPEN ? offer->outcome
	                                                       : OFFER_WITHDRAWN,
	                        clock_monotonic_us());
}

static bool rings_still(const struct call *call, const struct queue_offer *offer)
{
	struct le *le;

	LIST_FOREACH(&call->branches, le)
	{
		const struct leg *branch = le->data;

		if (branch->data == offer)
			return true;
	}
	return false;
}

/* Of several phones of one agent the last to fail counts, with the status that says most of him. */
void queue_offer_on_failed(struct queue_call *queued, struct leg *branch, uint16_t status)
{
	struct queue_offer *offer = branch->data;

	if (!offer || offer->ended)
		return;
	offer->best = cause_better(offer->best, status);
	if (cause_is_global(status))
		call_stop_ringing(queued->call, offer, false);
	if (!rings_still(queued->call, offer))
		fail(queued, offer, offer->asked_back ? 487 : offer->best);
}

void queue_offer_on_answered(struct queue_call *queued, struct leg *branch)
{
	struct queue_offer *offer = branch->data;

	if (offer && !offer->ended) {
		offer->picked_up = true;
		queue_offer_answered(queued->tenant->machine, &queued->call->id, &offer->agent,
		                     clock_monotonic_us());
	}
	queues_wake(queued->tenant);
}
