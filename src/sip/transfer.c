#include "sip/transfer.h"

#include <string.h>

#include "sip/announcement.h"
#include "sip/leg_idle.h"
#include "sip/leg_private.h"
#include "sip/park.h"
#include "sip/queues.h"
#include "sip/registrar.h"

/* ---- the transferor, until it is known how it went ---- */

static void on_gone(struct leg *leg, const char *cause)
{
	struct transfer *transfer = leg->owner;

	(void)cause;
	record_leg_moved(transfer->call, leg, "transferred");
	leg_leave(&transfer->from, 0, NULL);
}

static const struct leg_events transferor_events = {LEG_IDLE_EVENTS, .gone = on_gone};

struct transfer *transfer_begin(struct call *call, struct leg *from, struct snapshot *snapshot,
                                const char *to, struct subscription *subscription)
{
	static const struct voice_sound ringback = {.kind = VOICE_TONE, .tone = TONE_RINGBACK};
	struct transfer *transfer = calloc(1, sizeof(*transfer));

	if (!transfer)
		return NULL;
	if (from->transaction) /* a hold that the other phone has not answered yet */
		leg_tell(from, 491);
	queue_call_left(call);
	transfer->call = call;
	transfer->subscription = subscription;
	transfer->snapshot = snapshot_ref(snapshot);
	transfer->by = snapshot_extension(snapshot, from->number);
	(void)re_snprintf(transfer->to, sizeof(transfer->to), "%s", to);
	tmr_init(&transfer->ring);
	transfer->from = call_release(call, from, NULL);
	from->events = &transferor_events;
	from->owner = transfer;
	call_serve(call, &transfer_service, transfer);
	call_play(call, &ringback, false);
	return transfer;
}

/* ---- it fails ---- */

/* Both talk again, as if nothing had been asked. */
static void give_back(struct transfer *transfer, uint16_t status)
{
	struct call *call = transfer->call;
	struct leg *from = TAKE(transfer->from);

	subscription_close(&transfer->subscription, status, NULL, NULL);
	call_adopt(call, &call->callee, from);
	call_serve(call, NULL, NULL);
	if (bridge_couple(&call->bridge, call->caller, call->callee))
		call_end(call, cause_of(CAUSE_NO_AUDIO), "engine");
}

/* False: nobody is there who could take the call back. */
static bool recall(struct transfer *transfer)
{
	struct call *call = transfer->call;
	char display[DIALLED_MAX + 16];

	if (transfer->recalling || !transfer->by)
		return false;
	transfer->recalling = true;
	transfer->best = 0;
	(void)re_snprintf(display, sizeof(display), "Back from %s", transfer->to);
	if (call_ring(call, transfer->by, display, NULL) == 0)
		return false;
	transfer_wait(transfer, call->snapshot->ring_s);
	return true;
}

void transfer_fail(struct transfer *transfer, uint16_t status)
{
	struct call *call = transfer->call;

	tmr_cancel(&transfer->ring);
	call_stop_ringing(call, NULL, false);
	if (transfer->from) {
		give_back(transfer, status);
		return;
	}
	subscription_close(&transfer->subscription, status, NULL, NULL);
	if (!recall(transfer))
		call_end(call, cause_of(CAUSE_TRANSFER_FAILED), "engine");
}

static void on_time(void *arg)
{
	struct transfer *transfer = arg;

	transfer_fail(transfer, cause_of_status(cause_better(transfer->best, 480))->status);
}

void transfer_wait(struct transfer *transfer, unsigned ring_s)
{
	const struct engine *engine = transfer->call->calls->engine;
	const uint64_t s =
		ring_s ? ring_s : (uint64_t)config_number(engine->config, CONFIG_SIP_RING_S);

	if (list_head(&transfer->call->branches))
		tmr_start(&transfer->ring, 1000 * s, on_time, transfer);
	else
		transfer_fail(transfer, 480);
}

/* ---- the call is served ---- */

static void on_failed(struct call *call, struct leg *branch, uint16_t status)
{
	struct transfer *transfer = call->service_data;

	(void)branch;
	transfer->best = cause_better(transfer->best, status);
	if (cause_is_global(status) || !list_head(&call->branches))
		transfer_fail(transfer, cause_of_status(transfer->best)->status);
}

static void on_answered(struct call *call, struct leg *branch)
{
	if (call_connect(call, branch))
		call_serve(call, NULL, NULL);
	else if (!list_head(&call->branches))
		transfer_fail(call->service_data, 488);
}

/* The transferee talks with somebody (cause NULL), or has hung up. */
static void on_ended(struct call *call, const struct cause *cause, const char *by)
{
	struct transfer *transfer = call->service_data;

	(void)by;
	tmr_cancel(&transfer->ring);
	if (transfer->from)
		record_leg_moved(call, transfer->from, "transferred");
	subscription_close(&transfer->subscription, cause ? 487 : 200, NULL, &transfer->from);
	snapshot_unref(transfer->snapshot);
	free(transfer);
}

const struct call_service transfer_service = {
	.slug = "transfer",
	.failed = on_failed,
	.answered = on_answered,
	.ended = on_ended,
};

/* ---- blind ---- */

/* What the transferor would reach if he called that number himself. */
static void plan_for(const struct engine *engine, const struct snapshot *snapshot,
                     const struct route_call *wanted, struct route_plan *ret_plan)
{
	struct registrar_phones phones = {.registrar = engine->registrar,
	                                  .tenant = &snapshot->tenant};
	struct route_call ask = *wanted;

	ask.ring_s = (unsigned)config_number(engine->config, CONFIG_SIP_RING_S);
	ask.phones = registrar_phones;
	ask.phones_arg = &phones;
	ask.features = true;
	route_call(snapshot, &ask, ret_plan);
}

/* Why a transfer cannot go there, before anything is done; 0: it can. */
static uint16_t obstacle(const struct call *call, const struct leg *other,
                         const struct route_plan *plan, char ret_slot[static PARK_SLOT_MAX])
{
	switch (plan->action) {
	case ROUTE_RING:
		/* Nobody can be given to himself, as nobody can call himself. */
		return strcmp(plan->targets[0]->number, other->number)
		               ? 0
		               : cause_of_route(ROUTE_OWN_NUMBER)->status;
	case ROUTE_PLAY:
		return 0;
	case ROUTE_QUEUE:
		/* It will be the call's own, which lives as long as the call. */
		return snapshot_queue(call->snapshot, plan->queue->name) ? 0 : 404;
	case ROUTE_FEATURE:
		if (plan->feature != ROUTE_PARK && plan->feature != ROUTE_SLOT)
			return 403;
		return park_slot_free(call, plan, ret_slot) ? 0 : 486;
	case ROUTE_REJECT:
		break;
	}
	return cause_of_route(plan->cause)->status;
}

static void ring(struct transfer *transfer, const struct route_plan *plan)
{
	for (size_t i = 0; i < plan->n_targets; i++)
		(void)call_ring(transfer->call, plan->targets[i], NULL, NULL);
	transfer_wait(transfer, plan->ring_s);
}

/* Where nobody need answer: it is done at once. */
static void send_there(struct call *call, struct leg *from, const struct route_plan *plan,
                       const char *slot, struct subscription *subscription)
{
	char phrase[32], by[EXTENSION_NUMBER_MAX];

	(void)re_snprintf(by, sizeof(by), "%s", from->number);
	(void)re_snprintf(phrase, sizeof(phrase), "Parked on %s", slot);
	queue_call_left(call);
	from = call_release(call, from, "transferred");
	subscription_close(&subscription, 200, slot[0] ? phrase : NULL, &from);
	call_serve(call, NULL, NULL);
	if (plan->action == ROUTE_PLAY)
		announcement_start(call, plan->sound);
	else if (plan->action == ROUTE_QUEUE)
		queues_enter(call, snapshot_queue(call->snapshot, plan->queue->name));
	else
		park_call(call, slot, by);
}

static void blind(struct call *call, struct leg *from, const struct sip_msg *msg,
                  struct snapshot *snapshot, const struct refer *refer)
{
	const struct route_call wanted = {.caller = snapshot_extension(snapshot, from->number),
	                                  .dialled = refer->user};
	struct subscription *subscription;
	struct transfer *transfer;
	struct route_plan plan;
	char slot[PARK_SLOT_MAX] = "";
	uint16_t status;

	if (subscription_open(from, msg, &subscription)) {
		leg_refuse(from, msg, 500, NULL);
		return;
	}
	plan_for(call->calls->engine, snapshot, &wanted, &plan);
	status = obstacle(call, bridge_other(&call->bridge, from), &plan, slot);
	if (status) {
		subscription_close(&subscription, status, NULL, NULL);
	} else if (plan.action != ROUTE_RING) {
		send_there(call, from, &plan, slot, subscription);
	} else {
		transfer = transfer_begin(call, from, snapshot, refer->user, subscription);
		if (transfer)
			ring(transfer, &plan);
		else
			subscription_close(&subscription, 500, NULL, NULL);
	}
	route_plan_clear(&plan);
}

/* ---- REFER ---- */

/* A number of another domain is none of this tenant's; an address must be ours. */
static bool is_own_host(const struct leg *leg, const struct snapshot *snapshot,
                        const struct refer *refer)
{
	struct sa own, host;

	if (refer->af == AF_UNSPEC)
		return !pl_strcasecmp(&refer->host, snapshot->domain);
	leg_own_address(leg, &own);
	return sa_set(&host, &refer->host, 0) == 0 &&
	       (sa_cmp(&host, &own, SA_ADDR) || sa_cmp(&host, &leg->dialog.own, SA_ADDR));
}

/* The tenant as it is now: the call may be old. */
static struct snapshot *newest(const struct call *call)
{
	struct snapshot *snapshot = NULL;

	if (directory_peek_tenant(call->calls->engine->directory, &call->snapshot->tenant,
	                          &snapshot) == DIRECTORY_HIT)
		return snapshot;
	return snapshot_ref(call->snapshot);
}

void transfer_refer(struct leg *leg, const struct sip_msg *msg)
{
	struct call *call = leg->owner;
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_REFER_TO);
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = newest(call);
	struct refer refer;
	uint16_t status = header && sip_msg_hdr_count(msg, SIP_HDR_REFER_TO) == 1
	                          ? refer_read(&header->val, &refer)
	                          : 400;

	if (!status && !snapshot_extension(snapshot, leg->number))
		status = 403;
	if (!status && !refer.has_replaces && !is_own_host(leg, snapshot, &refer))
		status = 403;
	/* Who talks with nobody has nobody to give away. */
	if (!status && !refer.has_replaces && !call->callee)
		status = 403;
	if (status)
		leg_refuse(leg, msg, status, NULL);
	else if (refer.has_replaces)
		transfer_attended(call, leg, msg, snapshot, &refer.replaces);
	else
		blind(call, leg, msg, snapshot, &refer);
}
