/* Refer-To with Replaces: two calls of one extension become one. */
#include "base/clock.h"
#include "sip/leg_private.h"
#include "sip/queues.h"
#include "sip/takeover.h"
#include "sip/transfer.h"

/* A call, and the transferor's leg in it. */
struct half {
	struct call *call;
	struct leg *from;
};

/* The transferor is done with both: he hears of it where he asked, and is hung up. */
static void see_off(struct half *asked, struct half *named, uint16_t status,
                    struct subscription *subscription)
{
	subscription_close(&subscription, status, NULL, &asked->from);
	leg_leave(&named->from, 0, NULL);
}

/* Both talk: the younger call's other leg comes into the older call. */
static void join(struct half *asked, struct half *named, struct subscription *subscription)
{
	const bool older = asked->call->start_us <= named->call->start_us;
	struct half *kept = older ? asked : named, *over = older ? named : asked;
	struct call *call = kept->call;
	struct leg *other = bridge_other(&over->call->bridge, over->from);
	enum error_code code;

	queue_call_left(kept->call);
	other = call_release(over->call, other, "transferred");
	over->from = call_release(over->call, over->from, "transferred");
	kept->from = call_release(kept->call, kept->from, "transferred");
	call_end(over->call, cause_of(CAUSE_TRANSFERRED), "engine");
	call_serve(call, NULL, NULL);
	call_adopt(call, &call->callee, other);
	code = bridge_couple(&call->bridge, call->caller, call->callee);
	see_off(asked, named, code ? 488 : 200, subscription);
	if (code)
		call_end(call, cause_of(CAUSE_NO_AUDIO), "engine");
}

/* `to` waits alone, for an agent perhaps: the other leg of `of` waits there from now on. */
static void enter(struct half *of, struct half *to, struct half *asked,
                  struct subscription *subscription)
{
	struct leg *other = bridge_other(&of->call->bridge, of->from);

	queue_call_left(of->call);
	other = call_release(of->call, other, "transferred");
	of->from = call_release(of->call, of->from, "transferred");
	call_end(of->call, cause_of(CAUSE_TRANSFERRED), "engine");
	to->from = takeover_caller(to->call, other);
	see_off(asked, asked == of ? to : of, 200, subscription);
}

/* What rings for the transferor rings for the other from now on (RFC 5589 section 7.6). */
static void ring_on(struct half *asked, struct half *named, struct snapshot *snapshot,
                    struct subscription *subscription)
{
	const int64_t left_us = named->call->ring_until_us - clock_monotonic_us();
	struct transfer *transfer = transfer_begin(asked->call, asked->from, snapshot,
	                                           named->call->dialled, subscription);
	struct le *le;

	if (!transfer) {
		subscription_close(&subscription, 500, NULL, NULL);
		return;
	}
	while ((le = list_head(&named->call->branches))) {
		struct leg *branch = le->data;

		list_unlink(&branch->le);
		branch->owner = asked->call;
		list_append(&asked->call->branches, &branch->le, branch);
	}
	call_end(named->call, cause_of(CAUSE_TRANSFERRED), "engine");
	transfer_wait(transfer, left_us > 1000000 ? (unsigned)(left_us / 1000000) : 1);
}

/* The dialog that Refer-To names, as a leg of this extension in a call of this tenant. */
static bool find(const struct call *call, const struct leg *from, const struct replaces *replaces,
                 struct half *ret_named)
{
	struct leg *leg = leg_named(&call->calls->legs, replaces->call_id, replaces->to_tag,
	                            replaces->from_tag);

	if (!leg || leg->events != &call_leg_events || leg->owner == call ||
	    str_cmp(leg->number, from->number) != 0)
		return false;
	*ret_named = (struct half){.call = leg->owner, .from = leg};
	return uuid_equal(&ret_named->call->snapshot->tenant, &call->snapshot->tenant);
}

void transfer_attended(struct call *call, struct leg *from, const struct sip_msg *msg,
                       struct snapshot *snapshot, const struct replaces *replaces)
{
	struct half asked = {.call = call, .from = from}, named;
	struct subscription *subscription;

	if (subscription_open(from, msg, &subscription)) {
		leg_refuse(from, msg, 500, NULL);
		return;
	}
	/* Not found and not his: the same to him. 481 to the REFER itself would end this call. */
	if (!find(call, from, replaces, &named))
		subscription_close(&subscription, 481, NULL, NULL);
	else if (replaces->early_only && named.from->state >= LEG_ANSWERED)
		subscription_close(&subscription, 486, NULL, NULL);
	else if (call->callee && named.call->callee)
		join(&asked, &named, subscription);
	else if (call->callee && call_is_alone(named.call) && named.from == named.call->caller)
		enter(&asked, &named, &asked, subscription);
	else if (named.call->callee && call_is_alone(call))
		enter(&named, &asked, &asked, subscription);
	else if (call->callee && named.from == named.call->caller)
		ring_on(&asked, &named, snapshot, subscription);
	else
		subscription_close(&subscription, 481, NULL, NULL);
}
