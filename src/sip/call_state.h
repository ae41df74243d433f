/*
 * A call from inside: shared by call.c (its life), call_new.c (an INVITE becomes one), fork.c (the
 * phones that ring), call_service.c (what is made of it) and call_record.c (its record and log
 * lines). The stages of a call: sip/call_service.h.
 */
#ifndef CENTREX_SIP_CALL_STATE_H
#define CENTREX_SIP_CALL_STATE_H

#include "domain/route.h"
#include "sip/bridge.h"
#include "sip/call.h"
#include "sip/cause.h"
#include "sip/name.h"
#include "sip/voice.h"

/* A queue's name may be dialled: 100 characters. */
enum { DIALLED_MAX = 4 * 100 + 1, CALL_SOUND_MAX = 256 };

struct call_service;
struct recording;

struct calls {
	struct engine *engine;
	struct hang_ups *hang_ups;
	struct leg_table legs;
	struct list list;
	size_t n;
	struct list looks; /* call_route.c: tenants that are looked up, or wait for it */
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
	bool help;     /* one of those that are kept room for: sip/emergency.h */

	const struct call_service *service; /* NULL: an ordinary call */
	void *service_data;

	struct leg *caller;
	struct list branches; /* of struct leg: ringing */
	struct leg *callee;   /* that answered */
	struct bridge bridge;
	const struct leg *early; /* the branch whose early media is heard */
	bool rang;               /* 180 is told */
	uint16_t best;           /* the final status that says most, of the branches that failed */

	/* ALONE: what the caller hears, also again after a re-INVITE of his. */
	bool sounds;
	struct voice_sound sound;
	char sound_directory[CALL_SOUND_MAX];
	bool sound_once;

	/* Queues (sip/queues.h). */
	bool queued;             /* it is answered when somebody of a queue is there, not before */
	struct uuid queue;       /* the last it was in; nil: none */
	struct text queue_calls; /* JSON objects of what became of it in queues, with commas */

	struct call_look *look; /* call_route.c: its tenant is being looked up; NULL: it is not */
	struct le look_le;

	struct tmr ring;       /* also how long that is waited for */
	int64_t ring_until_us; /* monotonic */

	int64_t start_us, answer_us;
	char answered_by[EXTENSION_NUMBER_MAX]; /* the last it was connected with; "": nobody */
	struct text legs;                       /* JSON objects of the legs that are done */
	bool begun;                             /* the record is */

	/* call_recording.c */
	bool recording_wanted;          /* and begun, if there was memory */
	struct recording *recording;    /* NULL: none */
	const struct leg *announced_to; /* the callee who heard the beep */
	unsigned beeps;                 /* that are heard now */
	struct tmr beep;                /* they should have ended long ago */
};

/* Calls begin and end. call_end frees the call: nothing of it may be touched afterwards. status and
 * slug of the cause; by: "caller", "callee" or "engine". */
void call_end(struct call *call, const struct cause *cause, const char *by);
void call_fated(struct call *call, struct leg *leg, enum bridge_fate fate);
extern const struct leg_events call_leg_events;

/* call_new.c: an INVITE outside a dialog whose sender is known. */
void call_invited(struct engine *engine, const struct sip_msg *msg);

/* call_route.c: where it leads. A number that is not known while the picture of the tenant may be
 * an old one is looked up afresh before it is refused. */
void call_bridge(struct call *call); /* as the tenant of its snapshot wants it */
void call_route(struct call *call, bool own_domain);
void call_look_end(struct call *call); /* nobody waits for it any more */

/* call_service.c */
bool call_is_alone(const struct call *call);
void call_sound(struct call *call); /* plays what is to be heard, if it can be heard now */
void call_serve_end(struct call *call, const struct cause *cause, const char *by);
void alone_modify(struct call *call, struct sdp *offer);
void alone_modified(struct call *call, uint16_t status, struct sdp *description);

/* fork.c: the phones that ring, and what they say. */
void fork_start(struct call *call, const struct route_plan *plan); /* for plan->ring_s at most */
MUST_CHECK enum error_code fork_ring(struct call *call, const struct extension *extension,
                                     const char *display, void *data, size_t *ret_n);
void fork_progress(struct call *call, struct leg *leg, uint16_t status, bool described);
MUST_CHECK bool fork_connect(struct call *call, struct leg *leg);
void fork_failed(struct call *call, struct leg *leg, uint16_t status);
void fork_cancel(struct call *call, const void *data, bool elsewhere);

/* call_record.c */
void record_begin(struct call *call, const struct sip_msg *msg);
void record_answer(struct call *call); /* answer_us is set */
void record_connected(struct call *call,
                      int64_t at_us); /* the callee is there, for the first time or anew */
/* Closes its media. */
void record_leg(struct call *call, struct leg *leg, const char *outcome);
/* It goes on in another call. */
void record_leg_moved(struct call *call, struct leg *leg, const char *outcome);
void record_end(struct call *call, const struct cause *cause, const char *by);
void record_recording(const struct call *call, const char *path);
void record_write(struct engine *engine, const struct cdr_end *end);
void record_ringing(const struct call *call);
void record_parked(const struct call *call, const char *slot);
/* In a queue from now on; it has left it, and goes on. */
void record_queued(struct call *call, const struct cdr_queue *queued);
void record_offer(const struct call *call, const struct cdr_queue_offer *offer);
void record_unqueued(const struct call *call, const struct cdr_queue_left *left);
/* Phones are being called: from here on the call is seen by others (domain/live.h). */
void record_calling(const struct call *call);

#endif
