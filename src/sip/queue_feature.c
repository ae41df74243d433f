/* Feature codes of agents: in, out, on break; a tone tells that it is done, or cannot be. */
#include "base/log.h"
#include "sip/queues_private.h"

static const struct {
	bool ours;
	enum agent_status status;
	enum audio_tone tone;
} features[ROUTE_FEATURE_COUNT] = {
	[ROUTE_LOGIN] = {true, AGENT_AVAILABLE,  TONE_DONE  },
	[ROUTE_LOGOUT] = {true, AGENT_LOGGED_OUT, TONE_UNDONE},
	[ROUTE_BREAK] = {true, AGENT_ON_BREAK,   TONE_PAUSED},
};

bool queues_has_feature(enum route_feature feature)
{
	return features[feature].ours;
}

/* False: who calls answers no queue. */
static bool perform(struct call *call, const struct route_plan *plan)
{
	struct queues *queues = call->calls->engine->queues;
	struct queue_tenant *tenant = queues_take(queues, call->snapshot);
	const enum agent_status status = features[plan->feature].status;

	if (!tenant || !call->from || !queue_tenant_agent(tenant, &call->from->id))
		return false;
	log_event(LOG_INFO, "queue", "an agent's status is set by phone",
	          LOG_TEXT("tenant", call->snapshot->domain),
	          LOG_TEXT("extension", call->from->number),
	          LOG_TEXT("status", agent_status_slug(status)), LOG_TEXT("reason", plan->reason));
	return queue_agent_set(tenant, &call->from->id, status, plan->reason);
}

void queues_feature(struct call *call, const struct route_plan *plan)
{
	struct voice_sound sound = {.kind = VOICE_TONE, .tone = TONE_REFUSED};

	if (perform(call, plan))
		sound.tone = features[plan->feature].tone;
	if (call_answer(call))
		call_play(call, &sound, true);
}
