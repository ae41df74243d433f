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

/*
 * A tenant that is looked up afresh, on a worker, for the calls that wait for it. One at a time of
 * a tenant: a call that comes meanwhile waits for the next, because the picture that is being made
 * may be older than its number. Tenants take turns, so that nobody keeps the places from the
 * others.
 */
struct call_look {
	struct le le;      /* of calls->looks, oldest first */
	struct list waits; /* struct call, by look_le */
	struct calls *calls;
	struct directory *directory;
	struct uuid tenant;
	bool running;
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

static void look_free(struct call_look *look)
{
	list_unlink(&look->le);
	snapshot_unref(look->snapshot);
	free(look);
}

void call_look_end(struct call *call)
{
	struct call_look *look = TAKE(call->look);

	if (!look)
		return;
	list_unlink(&call->look_le);
	if (!look->running && list_isempty(&look->waits))
		look_free(look);
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

/* Its calls go on, with what there is. */
static void resolve(struct call_look *look)
{
	struct le *le;

	look->running = true; /* it is not freed with the last of them */
	while ((le = list_head(&look->waits))) {
		struct call *call = le->data;
		struct route_plan plan;

		call_look_end(call);
		tmr_cancel(&call->ring);
		if (look->snapshot)
			renew(call, look->snapshot);
		plan_for(call, true, &plan);
		follow(call, &plan);
	}
	look_free(look);
}

static void start_looks(struct calls *calls);

static void done_look(void *arg, bool ran)
{
	struct call_look *look = arg;
	struct calls *calls = look->calls;
	struct le *le;

	if (ran) {
		resolve(look);
		start_looks(calls);
		return;
	}
	/* The engine ends, and with it the calls. */
	while ((le = list_head(&look->waits)))
		call_look_end(le->data);
	look_free(look);
}

static void on_look_late(void *arg)
{
	struct call *call = arg;

	call_look_end(call);
	call_end(call, cause_of_route(ROUTE_UNKNOWN_NUMBER), "engine");
}

static struct call_look *look_of(const struct calls *calls, const struct uuid *tenant, bool running)
{
	struct le *le;

	LIST_FOREACH(&calls->looks, le)
	{
		struct call_look *look = le->data;

		if (look->running == running && uuid_equal(&look->tenant, tenant))
			return look;
	}
	return NULL;
}

/* The oldest that may begin; NULL: none may. */
static struct call_look *next_look(const struct calls *calls)
{
	unsigned running = 0;
	struct le *le;

	LIST_FOREACH(&calls->looks, le)
	{
		const struct call_look *look = le->data;

		running += look->running;
	}
	if (running >= LOOKS_MOST)
		return NULL;
	LIST_FOREACH(&calls->looks, le)
	{
		struct call_look *look = le->data;

		if (!look->running && !look_of(calls, &look->tenant, true))
			return look;
	}
	return NULL;
}

static void start_looks(struct calls *calls)
{
	struct call_look *look;

	while ((look = next_look(calls))) {
		const struct work_job job = {.run = run_look, .done = done_look, .arg = look};

		if (work_submit(calls->engine->work, &job))
			resolve(look);
		else
			look->running = true;
	}
}

static struct call_look *look_new(struct calls *calls, const struct uuid *tenant)
{
	struct call_look *look = calloc(1, sizeof(*look));

	if (!look)
		return NULL;
	*look = (struct call_look){
		.calls = calls, .directory = calls->engine->directory, .tenant = *tenant};
	list_append(&calls->looks, &look->le, look);
	return look;
}

/* False: it would not help, or cannot be done now. Else the call may be over already. */
static bool look_afresh(struct call *call)
{
	const struct uuid *tenant = &call->snapshot->tenant;
	struct calls *calls = call->calls;
	struct call_look *look;

	if (!directory_is_behind(calls->engine->directory, tenant))
		return false;
	look = look_of(calls, tenant, false);
	if (!look)
		look = look_new(calls, tenant);
	if (!look)
		return false;
	call->look = look;
	list_append(&look->waits, &call->look_le, call);
	tmr_start(&call->ring, LOOK_MS, on_look_late, call);
	start_looks(calls);
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
