/* The phones of the called extension ring together; the first to answer has the call. */
#include <string.h>

#include "base/clock.h"
#include "sip/call_recording.h"
#include "sip/call_service.h"
#include "sip/leg_media.h"
#include "sip/queues.h"
#include "sip/registrar.h"
#include "sip/sdp_codecs.h"

enum { RING_AGAIN_S = 60 }; /* section 13.3.1.1: an INVITE must not look forgotten */

static const char completed_elsewhere[] =
	"Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n";

static void on_ring(void *arg)
{
	struct call *call = arg;
	const int64_t left_us = call->ring_until_us - clock_monotonic_us();

	if (left_us <= 0) {
		const uint16_t best = call->best;

		call_end(call,
		         cause_of_status(best)->disposition == CDR_BUSY ? cause_of_status(best)
		                                                        : cause_of(CAUSE_NO_ANSWER),
		         "engine");
		return;
	}
	if (call->rang && !call->early)
		leg_tell(call->caller, 180);
	tmr_start(&call->ring,
	          left_us > RING_AGAIN_S * 1000000LL ? RING_AGAIN_S * 1000
	                                             : (uint64_t)(left_us / 1000 + 1),
	          on_ring, call);
}

/* What the phones are offered: the caller's codecs, with those that he was answered with first;
 * NULL: he wants an offer himself, and gets the phone's. */
static enum error_code make_offer(const struct call *call, struct sdp **ret_offer)
{
	const struct leg *caller = call->caller;

	*ret_offer = NULL;
	if (!call_is_alone(call)) {
		*ret_offer = mem_ref(caller->remote);
		return ERROR_OK;
	}
	if (!caller->remote) /* his answer is on its way: it is to an offer of ours */
		return voice_describe(NULL, ret_offer);
	return sdp_pick(caller->remote, SDP_PICK_FIRST, caller->told, SDP_SENDRECV, ret_offer);
}

/* Who calls is the extension as this tenant knows it, whatever its phone wrote; only the name is
 * the phone's, or of whoever makes it ring. A call that was transferred may have another in the
 * caller's place, whose name we do not know. */
static enum error_code open_branch(struct call *call, const struct extension *extension,
                                   const char *display, const struct binding *binding,
                                   struct leg **ret_leg)
{
	AUTO(text_clear) struct text local = {0};
	const char *number = call->caller->number;
	const char *name =
		call->name[0] && !strcmp(number, call->from->number) ? call->name : number;
	char remote[DIALOG_URI_MAX];
	enum error_code code;

	name_write(display ? display : name, &local);
	text_addf(&local, " <sip:%s@%s>", number, call->snapshot->domain);
	if (local.failed)
		return ERROR_MEMORY;
	const struct dialog_start start = {.local = local.data,
	                                   .remote = remote,
	                                   .target = binding->uri,
	                                   .hop = binding->target,
	                                   .own = binding->own,
	                                   .transport = binding->transport};

	(void)re_snprintf(remote, sizeof(remote), "<sip:%s@%s>", extension->number,
	                  call->snapshot->domain);
	code = leg_call(&call->calls->legs, &start, &call_leg_events, call, ret_leg);
	if (!code)
		(void)re_snprintf((*ret_leg)->number, sizeof((*ret_leg)->number), "%s",
		                  extension->number);
	return code;
}

static enum error_code ring_phone(struct call *call, const struct extension *extension,
                                  const char *display, void *data, const struct binding *binding,
                                  struct sdp *offer)
{
	struct leg *leg = NULL;
	enum error_code code = open_branch(call, extension, display, binding, &leg);

	if (code)
		return code;
	leg->data = data;
	code = leg_media_open(leg, call->caller->media, binding->transport == SIP_TRANSP_TLS,
	                      call->help);
	if (!code)
		code = leg_invite(leg, offer, call->hops);
	if (code) {
		mem_deref(leg);
		return code;
	}
	leg->proposed = mem_ref(offer);
	if (!queue_of_call(call))
		queues_busy(call, leg);
	list_append(&call->branches, &leg->le, leg);
	return ERROR_OK;
}

enum error_code fork_ring(struct call *call, const struct extension *extension, const char *display,
                          void *data, size_t *ret_n)
{
	struct binding bindings[REGISTRAR_CONTACTS_MAX];
	const size_t n = registrar_bindings(call->calls->engine->registrar, &call->snapshot->tenant,
	                                    extension, bindings, COUNT_OF(bindings));
	struct sdp *offer = NULL;
	enum error_code code = make_offer(call, &offer);

	*ret_n = 0;
	for (size_t i = 0; i < n && (!code || i > 0); i++) {
		/* One whose connection has closed is still there only when it can be reached at the
		 * address it gave. */
		const enum error_code failed =
			ring_phone(call, extension, display, data, &bindings[i], offer);

		code = failed ? failed : code;
		*ret_n += !failed;
	}
	mem_deref(offer);
	return code;
}

void fork_start(struct call *call, const struct route_plan *plan)
{
	enum error_code code = ERROR_OK;

	for (size_t i = 0; i < plan->n_targets; i++) {
		size_t n;
		const enum error_code failed = fork_ring(call, plan->targets[i], NULL, NULL, &n);

		code = failed ? failed : code;
	}
	if (!list_head(&call->branches)) {
		call_end(call,
		         code == ERROR_BUSY ? cause_of(CAUSE_NO_MEDIA)
		         : code             ? cause_of(CAUSE_INTERNAL)
		                            : cause_of_route(ROUTE_UNREGISTERED),
		         "engine");
		return;
	}
	record_calling(call);
	call->ring_until_us = clock_monotonic_us() + plan->ring_s * 1000000LL;
	on_ring(call);
}

static enum error_code early_media(struct call *call, struct leg *leg)
{
	struct leg *caller = call->caller;
	enum error_code code = bridge_agree(caller, caller->remote, leg, leg->remote);

	if (!code)
		code = leg_reply(caller, 183, caller->local.last.data, false, NULL);
	if (!code)
		call->early = leg;
	return code;
}

void fork_progress(struct call *call, struct leg *leg, uint16_t status, bool described)
{
	if (!call->rang && status == 180)
		record_ringing(call);
	if (call_is_alone(call)) { /* he goes on hearing what he hears */
		call->rang |= status == 180;
		return;
	}
	/* Early media that cannot be connected is not worth the call. */
	if (described && !call->early && call->caller->remote &&
	    early_media(call, leg) == ERROR_OK) {
		call->rang = true;
		return;
	}
	if (status != 180 || call->rang)
		return;
	call->rang = true;
	leg_tell(call->caller, 180);
}

/* Nobody is left that could answer, or somebody spoke for all. */
static void fork_over(struct call *call)
{
	const struct cause *cause = cause_of_status(call->best);

	call_end(call, cause, cause->disposition == CDR_NO_ANSWER ? "engine" : "callee");
}

void fork_failed(struct call *call, struct leg *leg, uint16_t status)
{
	const struct call_service *service = call->service;

	if (!leg->cancelling) /* else it is we who have asked for it */
		call->best = cause_better(call->best, status);
	if (call->early == leg)
		call->early = NULL;
	record_leg(call, leg, leg->cancelling ? "cancelled" : cause_of_status(status)->slug);
	list_unlink(&leg->le);
	if (service && service->failed)
		service->failed(call, leg, status);
	else if (cause_is_global(status) || !list_head(&call->branches))
		fork_over(call);
	leg_leave(&leg, 0, NULL);
}

void fork_cancel(struct call *call, const void *data, bool elsewhere)
{
	struct le *le = list_head(&call->branches);

	while (le) {
		struct leg *loser = le->data;

		le = le->next;
		if (data && loser->data != data)
			continue;
		if (call->early == loser)
			call->early = NULL;
		record_leg(call, loser, elsewhere ? "answered_elsewhere" : "cancelled");
		leg_leave(&loser, 0, elsewhere ? completed_elsewhere : NULL);
	}
}

/* The caller offered, the phone answered: both are told and hear each other. */
static enum error_code connect_answered(struct call *call, struct leg *leg)
{
	struct leg *caller = call->caller;
	enum error_code code;

	leg_ack(leg, NULL);
	if (!leg->remote)
		return ERROR_NOT_FOUND;
	code = bridge_agree(caller, caller->remote, leg, leg->remote);
	if (!code)
		code = leg_reply(caller, 200, caller->local.last.data, false, NULL);
	return code;
}

/* The caller wanted an offer: it gets the phone's, and the phone waits for its answer. */
static enum error_code connect_offered(struct call *call, struct leg *leg)
{
	struct leg *caller = call->caller;
	enum error_code code;

	if (!leg->remote) {
		leg_ack(leg, NULL);
		return ERROR_NOT_FOUND;
	}
	leg->ack_held = true;
	code = leg_propose(caller, leg->remote);
	if (code)
		return code;
	call->bridge.asking = caller;
	call->bridge.offer = mem_ref(leg->remote);
	return ERROR_OK;
}

bool fork_connect(struct call *call, struct leg *leg)
{
	const bool other_early = call->early && call->early != leg;
	enum error_code code;

	tmr_cancel(&call->ring);
	list_unlink(&leg->le);
	call->callee = leg;
	fork_cancel(call, NULL, true);
	if (other_early)
		leg_retag(call->caller);
	bridge_join(&call->bridge, call->caller, leg);
	call->answer_us = clock_unix_us();
	code = call->caller->remote ? connect_answered(call, leg) : connect_offered(call, leg);
	if (code) {
		call->answer_us = 0;
		call_end(call, cause_of(code == ERROR_MEMORY ? CAUSE_INTERNAL : CAUSE_NO_AUDIO),
		         "engine");
		return false;
	}
	record_answer(call);
	record_connected(call, call->answer_us);
	if (!call->bridge.asking) /* else once the caller has answered */
		call_recording_talks(call);
	return true;
}
