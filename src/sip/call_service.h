/*
 * What may become of a call, for the parts that make something of it: queues, transfers, parking,
 * pick-up, announcements, feature codes. call.c keeps its life, these steer it.
 *
 * A call has one leg that is there for good (`caller`: who waits or talks), perhaps another it
 * talks with (`callee`), and branches that ring. With caller->state:
 *
 * | stage   | caller             | callee | branches | the caller hears          |
 * | ------- | ------------------ | ------ | -------- | ------------------------- |
 * | RINGING | INVITED            | none   | ring     | 180, or early media       |
 * | ALONE   | ANSWERED, UP       | none   | may ring | a voice (sip/voice.h)     |
 * | TALKING | ANSWERED, UP       | is UP  | none     | the callee, or hold music |
 *
 * A service is asked first; where it has no handler (NULL) the usual happens.
 */
#ifndef CENTREX_SIP_CALL_SERVICE_H
#define CENTREX_SIP_CALL_SERVICE_H

#include "sip/call_state.h"
#include "sip/voice.h"

struct call_service {
	const char *slug;
	/* A branch has ended without an answer; it is out of the list already, and freed
	 * afterwards. Usual: fork_failed's rules. */
	void (*failed)(struct call *call, struct leg *branch, uint16_t status);
	/* A branch has answered. Usual: call_connect. */
	void (*answered)(struct call *call, struct leg *branch);
	/* One of two who talk has hung up or is gone (cause: why, NULL: BYE); the other is there,
	 * and both have their places still. Usual (false): call_end. True: it is done with:
	 * call_drop, call_release, or call_end. */
	bool (*parted)(struct call *call, struct leg *gone, const char *cause);
	/* What was played once has ended. Usual: call_end, "normal". */
	void (*played)(struct call *call, bool whole);
	/* The call ends, however: forget it. Called once, before anything is freed. */
	void (*ended)(struct call *call, const struct cause *cause, const char *by);
};

/* service NULL: none. The one before is told ended (cause NULL) first. */
void call_serve(struct call *call, const struct call_service *service, void *data);

/* 200 to the caller, as voice_describe has it; ALONE from now on. Ends the call where that cannot
 * be (its cause is told to the phone); false: it did, and `call` is freed. */
MUST_CHECK bool call_answer(struct call *call);
/* ALONE. A sound that cannot be played is silence. */
void call_play(struct call *call, const struct voice_sound *sound, bool once);
/* Rings the phones of an extension (RINGING and ALONE); how many ring. display: the name shown,
 * NULL: the caller's. data: leg->data of each branch. */
size_t call_ring(struct call *call, const struct extension *extension, const char *display,
                 void *data);
/* Takes back the branches with this data (NULL: all); elsewhere: somebody else has answered. */
void call_stop_ringing(struct call *call, const void *data, bool elsewhere);
/* Asks the branches with this data to stop ringing and listens to what they say: one that has just
 * answered has done so, the others fail (487). How many were asked: a phone that has said nothing
 * yet cannot be. */
size_t call_ask_back(struct call *call, const void *data);
/* A branch that has answered is the callee: both talk; other branches are taken back. A caller that
 * is UP and whose codec is another is asked (re-INVITE). False: it could not be: the branch is hung
 * up; the call is as before (ALONE), or over (RINGING). */
MUST_CHECK bool call_connect(struct call *call, struct leg *branch);

/* Two legs that are UP, of whatever calls: they talk from now on. Their media come onto one thread,
 * and where the codec of one is not the other's, `one` is asked again (re-INVITE). */
MUST_CHECK enum error_code bridge_couple(struct bridge *bridge, struct leg *one, struct leg *two);

/* Takes a leg out of its call, so that another may have it (call_adopt); what is left is RINGING,
 * ALONE or without legs. outcome: in the record; NULL: it may come back. NULL-safe. */
struct leg *call_release(struct call *call, struct leg *leg, const char *outcome);
/* The same for one who goes: it is recorded, and hung up where it is still there. The other is the
 * caller from then on, and hears nothing until call_play. */
void call_drop(struct call *call, struct leg *leg, const char *outcome);
/* `leg` (UP, of no call) takes the place of the caller or the callee of this call; who was
 * there is hung up. bridge_couple(&call->bridge, ...) comes next. */
void call_adopt(struct call *call, struct leg **place, struct leg *leg);

#endif
