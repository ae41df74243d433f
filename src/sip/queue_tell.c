/* Why a machine did what it did: into the tenant's table (domain/queue_log.h), with the numbers
 * people know agents by. */
#include "base/clock.h"
#include "domain/queue_log.h"
#include "sip/queues_private.h"

/* Agents named in one entry; of larger queues the rest is counted. */
enum { CONSIDERED_MOST = 100 };

/* How an offer ended that the machine itself ended. */
static const enum offer_outcome outcomes[QUEUE_DECISION_COUNT] = {
	[QUEUE_DECISION_NO_ANSWER] = OFFER_NO_ANSWER,
	[QUEUE_DECISION_LOST] = OFFER_FAILED,
};

static void add_extension(const struct queue_tenant *tenant, const struct uuid *agent,
                          struct text *out)
{
	text_addf(out, "\"extension\":\"%s\"", queue_tenant_number(tenant, agent));
}

static void add_considered(const struct queue_tenant *tenant, const struct queue_decision *decision,
                           struct text *out)
{
	const int64_t to_unix_us = clock_unix_us() - clock_monotonic_us();
	char until[CLOCK_RFC3339_MAX];
	size_t n = decision->n_considered;

	text_add(out, "\"considered\":[");
	for (size_t i = 0; i < n && i < CONSIDERED_MOST; i++) {
		const struct queue_considered *agent = &decision->considered[i];

		text_add(out, i ? ",{" : "{");
		add_extension(tenant, &agent->agent, out);
		text_addf(out, ",\"tier\":%u,\"level\":%u,\"verdict\":\"%s\"", agent->tier,
		          agent->position, queue_verdict_slug(agent->verdict));
		if (agent->until_us)
			text_addf(out, ",\"until\":\"%s\"",
			          clock_rfc3339(agent->until_us + to_unix_us, until));
		text_add_char(out, '}');
	}
	text_add_char(out, ']');
	if (n > CONSIDERED_MOST)
		text_addf(out, ",\"more\":%zu", n - CONSIDERED_MOST);
}

static void write_data(const struct queue_tenant *tenant, const struct queue_decision *decision,
                       struct text *out)
{
	text_add_char(out, '{');
	if (decision->agent)
		add_extension(tenant, decision->agent, out);
	else if (decision->kind == QUEUE_DECISION_CONSIDERED)
		add_considered(tenant, decision, out);
	else if (decision->kind == QUEUE_DECISION_TIER_OPENED)
		text_addf(out, "\"tier\":%u", decision->tier);
	text_add_char(out, '}');
}

static void note_outcome(const struct queue_tenant *tenant, const struct queue_decision *decision)
{
	struct queue_call *queued;
	struct queue_offer *offer;

	if (!decision->call || !decision->agent || !outcomes[decision->kind])
		return;
	queued = queue_call_find(tenant->queues, decision->call);
	offer = queued ? queue_history_open_offer(&queued->history, decision->agent) : NULL;
	if (offer)
		offer->outcome = outcomes[decision->kind];
}

void queue_tell(const struct queue_decision *decision, void *arg)
{
	const struct queue_tenant *tenant = arg;
	AUTO(text_clear) struct text data = {0};
	struct queue_log_entry entry = {
		.tenant = tenant->id,
		.queue = decision->queue,
		.at_us = clock_unix_us(),
		.decision = queue_decision_slug(decision->kind),
	};

	note_outcome(tenant, decision);
	if (!tenant->queues->engine->queue_log)
		return;
	if (decision->call)
		entry.call = *decision->call;
	write_data(tenant, decision, &data);
	entry.data_json = data.failed ? "{}" : data.data;
	queue_log_add(tenant->queues->engine->queue_log, &entry);
}
