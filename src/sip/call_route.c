/* Where a call leads, as the tenant is now. */
#include "sip/announcement.h"
#include "sip/call_recording.h"
#include "sip/call_state.h"
#include "sip/park.h"
#include "sip/pickup.h"
#include "sip/queues.h"
#include "sip/registrar.h"
#include "sip/work.h"

enum {
	LOOKS_MOST = 2, /* at once: the other workers are for phones that wait */
	LOOK_MS = 2000,
};

/* A number that is looked up afresh, on a worker. */
struct call_look {
	struct call *call; /* NULL: nobody waits any more */
	struct calls *calls;
	struct directory *directory;
	struct uuid tenant;
	struct snapshot *snapshot; /* NULL: it could not be had */
};

static void on_fate(enum bridge_fate fate, struct leg *leg, void *arg)
{
	call_fated(arg, leg, fate);
}

void call_bridge(struct call *call)
{
	const struct voice_sound hold = voice_of_hold(call->snapshot);

	/* Without music a hold is passed on to the other phone, which makes of it what it likes. */
	bridge_init(&call->bridge, hold.kind == VOICE_SILENCE ? NULL : &hold, on_fate,
	            call_recording_talks, call);
}

static void plan_for(struct call *call, bool own_domain, struct route_plan *plan)
{
	struct engine *engine = call->calls->engine;
	struct registrar_phones phones = {.registrar = engine->registrar,
	                                  .tenant = &call->snapshot->tenant};
	const struct route_call ask = {
		.caller = call->from,
		.dialled = call->dialled,
		.ring_s = (unsigned)config_number(engine->config, CONFIG_SIP_RING_S),
		.phones = registrar_phones,
		.phones_arg = &phones,
		.features = true,
	};

	*plan = (struct route_plan){.action = ROUTE_REJECT, .cause = ROUTE_UNKNOWN_NUMBER};
	if (own_domain)
		route_call(call->snapshot, &ask, plan);
}

static void follow(struct call *call, struct route_plan *plan)
{
	if (plan->action == ROUTE_RING)
		fork_start(call, plan);
	else if (plan->action == ROUTE_PLAY)
		announcement_start(call, plan->sound);
	else if (plan->action == ROUTE_QUEUE)
		queues_enter(call, plan->queue);
	else if (plan->action == ROUTE_FEATURE && queues_has_feature(plan->feature))
		queues_feature(call, plan);
	else if (plan->action == ROUTE_REJECT)
		call_end(call, cause_of_route(plan->cause), "engine");
	else if (plan->feature == ROUTE_PICKUP)
		pickup_dialled(call, plan->targets[0]);
	else
		park_dialled(call, plan);
	route_plan_clear(plan);
}

/* ---- an unknown number ---- */

static void run_look(void *arg)
{
	struct call_look *look = arg;

	if (directory_renew_tenant(look->directory, &look->tenant, &look->snapshot, NULL))
		look->snapshot = NULL;
}

void call_look_end(struct call *call)
{
	struct call_look *look = TAKE(call->look);

	if (look)
		look->call = NULL;
}

/* The call as a newer picture has it; one whose caller is there no more keeps the old one. */
static void renew(struct call *call, struct snapshot *snapshot)
{
	const struct extension *from =
		snapshot_by_auth_username(snapshot, &call->from->auth_username);

	if (!from || !uuid_equal(&from->id, &call->from->id))
		return;
	call->from = from;
	bridge_clear(&call->bridge);
	snapshot_unref(call->snapshot);
	call->snapshot = snapshot_ref(snapshot);
	call_bridge(call);
}

static void done_look(void *arg, bool ran)
{
	struct call_look *look = arg;
	struct call *call = look->call;
	struct route_plan plan;

	look->calls->looks--;
	if (call && ran) {
		call_look_end(call);
		tmr_cancel(&call->ring);
		if (look->snapshot)
			renew(call, look->snapshot);
		plan_for(call, true, &plan);
		follow(call, &plan);
	} else if (call) { /* the engine ends, and with it the call */
		call_look_end(call);
	}
	snapshot_unref(look->snapshot);
	free(look);
}

static void on_look_late(void *arg)
{
	struct call *call = arg;

	call_look_end(call);
	call_end(call, cause_of_route(ROUTE_UNKNOWN_NUMBER), "engine");
}

/* False: it would not help, or cannot be done now. */
static bool look_afresh(struct call *call)
{
	struct engine *engine = call->calls->engine;
	struct call_look *look;
	struct work_job job = {.run = run_look, .done = done_look};

	if (call->calls->looks >= LOOKS_MOST ||
	    !directory_is_behind(engine->directory, &call->snapshot->tenant))
		return false;
	look = calloc(1, sizeof(*look));
	if (!look)
		return false;
	*look = (struct call_look){.call = call,
	                           .calls = call->calls,
	                           .directory = engine->directory,
	                           .tenant = call->snapshot->tenant};
	job.arg = look;
	if (work_submit(engine->work, &job)) {
		free(look);
		return false;
	}
	call->look = look;
	call->calls->looks++;
	tmr_start(&call->ring, LOOK_MS, on_look_late, call);
	return true;
}

void call_route(struct call *call, bool own_domain)
{
	struct route_plan plan;

	plan_for(call, own_domain, &plan);
	if (own_domain && plan.action == ROUTE_REJECT && plan.cause == ROUTE_UNKNOWN_NUMBER &&
	    look_afresh(call))
		route_plan_clear(&plan);
	else
		follow(call, &plan);
}
