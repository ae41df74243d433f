/*
 * A call from inside: shared by call.c (its life), fork.c (the phones that ring) and
 * call_record.c (its record and log lines).
 *
 * | state    | caller's leg | callees                       | ends by | | -------- | ------------ |
 * ----------------------------- | ------------------------------------ | | RINGING  | INVITED |
 * branches, INVITED             | CANCEL, timeout, every branch failed | | ANSWERED | ANSWERED, UP
 * | `callee`, bridged; none else  | BYE, silence, a phone that is gone   | | over     | parted |
 * parted                        | freed at once                        |
 */
#ifndef CENTREX_SIP_CALL_STATE_H
#define CENTREX_SIP_CALL_STATE_H

#include "sip/bridge.h"
#include "sip/call.h"
#include "sip/cause.h"
#include "sip/name.h"

enum { DIALLED_MAX = 65 };

struct calls {
	struct engine *engine;
	struct hang_ups *hang_ups;
	struct leg_table legs;
	struct list list;
	size_t n;
};

struct call {
	struct le le;
	struct calls *calls;
	struct uuid id;
	struct snapshot *snapshot;
	const struct extension *from; /* of the snapshot */
	char name[NAME_MAX_BYTES];    /* as the caller gives it; "": none */
	char dialled[DIALLED_MAX];
	unsigned hops; /* Max-Forwards left for the callees */

	struct leg *caller;
	struct list branches; /* of struct leg: ringing */
	struct leg *callee;   /* that answered */
	struct bridge bridge;
	const struct leg *early; /* the branch whose early media is heard */
	bool rang;               /* 180 is told */
	uint16_t best;           /* the final status that says most, of the branches that failed */

	struct tmr ring;
	int64_t ring_until_us; /* monotonic */

	int64_t start_us, answer_us;
	struct text legs; /* JSON objects of the legs that are done */
	bool begun;       /* the record is */
};

/* Calls begin and end. call_end frees the call: nothing of it may be touched afterwards. status and
 * slug of the cause; by: "caller", "callee" or "engine". */
void call_end(struct call *call, const struct cause *cause, const char *by);
extern const struct leg_events call_leg_events;
void call_on_silence(void *arg);

/* fork.c: the phones of the extensions of a plan, and what they say. */
void fork_start(struct call *call, const struct route_plan *plan);
void fork_progress(struct call *call, struct leg *leg, uint16_t status, bool described);
void fork_answered(struct call *call, struct leg *leg);
void fork_failed(struct call *call, struct leg *leg, uint16_t status);

/* call_record.c */
void record_begin(struct call *call, const struct sip_msg *msg);
void record_answer(struct call *call);
void record_leg(struct call *call, struct leg *leg, const char *outcome);
void record_end(struct call *call, const struct cause *cause, const char *by);
void record_ringing(const struct call *call);
/* Phones are being called: from here on the call is seen by others (domain/live.h). */
void record_calling(const struct call *call);

#endif
