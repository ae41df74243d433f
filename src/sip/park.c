#include "sip/park.h"

#include <string.h>

#include "sip/takeover.h"

enum { SLOTS = 9 };

struct parking {
	struct call *call;
	char slot[PARK_SLOT_MAX];
	char by[EXTENSION_NUMBER_MAX];
	struct tmr timer;
	bool ringing; /* where it was parked from */
};

/* Who waits in that slot; NULL: nobody. */
static struct call *find(const struct call *call, const char *slot)
{
	struct le *le;

	LIST_FOREACH(&call->calls->list, le)
	{
		struct call *other = le->data;
		const struct parking *parking = other->service_data;

		if (other->service == &park_service && !strcmp(parking->slot, slot) &&
		    uuid_equal(&other->snapshot->tenant, &call->snapshot->tenant))
			return other;
	}
	return NULL;
}

bool park_slot_free(const struct call *call, const struct route_plan *plan,
                    char ret_slot[static PARK_SLOT_MAX])
{
	if (plan->feature == ROUTE_SLOT) {
		(void)re_snprintf(ret_slot, PARK_SLOT_MAX, "%s", plan->slot);
		return !find(call, ret_slot);
	}
	for (int i = 1; i <= SLOTS; i++) {
		(void)re_snprintf(ret_slot, PARK_SLOT_MAX, "%s%d", call->snapshot->park_prefix, i);
		/* Who dials an extension's or a number's digits does not mean the slot. */
		if (!snapshot_extension(call->snapshot, ret_slot) &&
		    !snapshot_number(call->snapshot, ret_slot) && !find(call, ret_slot))
			return true;
	}
	return false;
}

static void on_time(void *arg);

static void wait(struct parking *parking)
{
	parking->ringing = false;
	tmr_start(&parking->timer, 1000ULL * parking->call->snapshot->park_s, on_time, parking);
}

static void on_time(void *arg)
{
	struct parking *parking = arg;
	struct call *call = parking->call;
	const struct extension *by = snapshot_extension(call->snapshot, parking->by);
	const struct engine *engine = call->calls->engine;
	char display[PARK_SLOT_MAX + 8];

	if (parking->ringing)
		call_stop_ringing(call, NULL, false);
	(void)re_snprintf(display, sizeof(display), "Park %s", parking->slot);
	if (parking->ringing || !by || call_ring(call, by, display, NULL) == 0) {
		wait(parking);
		return;
	}
	parking->ringing = true;
	tmr_start(&parking->timer,
	          1000ULL * (call->snapshot->ring_s
	                             ? call->snapshot->ring_s
	                             : (uint64_t)config_number(engine->config, CONFIG_SIP_RING_S)),
	          on_time, parking);
}

static void on_failed(struct call *call, struct leg *branch, uint16_t status)
{
	(void)branch;
	if (cause_is_global(status))
		call_stop_ringing(call, NULL, false);
	if (!list_head(&call->branches))
		wait(call->service_data);
}

static void on_answered(struct call *call, struct leg *branch)
{
	if (call_connect(call, branch))
		call_serve(call, NULL, NULL);
	else if (!list_head(&call->branches))
		wait(call->service_data);
}

static void on_ended(struct call *call, const struct cause *cause, const char *by)
{
	struct parking *parking = call->service_data;

	(void)cause;
	(void)by;
	tmr_cancel(&parking->timer);
	free(parking);
}

const struct call_service park_service = {
	.slug = "park",
	.failed = on_failed,
	.answered = on_answered,
	.ended = on_ended,
};

void park_call(struct call *call, const char *slot, const char *by)
{
	struct parking *parking = calloc(1, sizeof(*parking));
	/* "silence" as hold music is silence here, too. */
	const struct voice_sound music = call->bridge.music
	                                         ? call->bridge.hold
	                                         : (struct voice_sound){.kind = VOICE_SILENCE};

	if (!parking) {
		call_end(call, cause_of(CAUSE_INTERNAL), "engine");
		return;
	}
	parking->call = call;
	(void)re_snprintf(parking->slot, sizeof(parking->slot), "%s", slot);
	(void)re_snprintf(parking->by, sizeof(parking->by), "%s", by);
	tmr_init(&parking->timer);
	call_serve(call, &park_service, parking);
	call_play(call, &music, false);
	record_parked(call, parking->slot);
	wait(parking);
}

/* ---- dialled ---- */

static void on_refused(struct call *call, bool whole)
{
	(void)whole;
	call_end(call, cause_of(CAUSE_NOTHING_TO_PARK), "engine");
}

static const struct call_service refusing_service = {.slug = "park", .played = on_refused};

void park_dialled(struct call *by, const struct route_plan *plan)
{
	static const struct voice_sound refused = {.kind = VOICE_TONE, .tone = TONE_REFUSED};
	struct call *parked = plan->feature == ROUTE_SLOT ? find(by, plan->slot) : NULL;

	if (parked) {
		takeover(by, parked, NULL);
	} else if (plan->feature == ROUTE_SLOT) {
		call_end(by, cause_of(CAUSE_SLOT_EMPTY), "engine");
	} else if (call_answer(by)) {
		call_serve(by, &refusing_service, NULL);
		call_play(by, &refused, true);
	}
}
