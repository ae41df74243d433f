/*
 * A leg: one phone in a call. Its dialog, its INVITE, its media, its clocks.
 *
 * A leg has an owner (a call) that hears what happens to it. leg_leave parts them: from then on
 * the leg ends its dialog by itself (CANCEL, ACK and BYE, or waiting for an ACK that is due) and
 * frees itself. Legs are found by their local tag, which is ours and random.
 *
 * | state    | caller's leg (we are UAS)         | callee's leg (we are UAC)                 |
 * | -------- | --------------------------------- | ----------------------------------------- |
 * | INVITED  | INVITE came, not answered         | INVITE sent, nothing final yet            |
 * | ANSWERED | 2xx sent, repeated until the ACK  | 2xx came, ACK held for the caller's answer |
 * | UP       | ACK came                          | ACK sent                                  |
 * | LEAVING  | ending by itself                  | ending by itself                          |
 * | OVER     | only memory is left               | only memory is left                       |
 */
#ifndef CENTREX_SIP_LEG_H
#define CENTREX_SIP_LEG_H

#include "sip/dialog.h"
#include "sip/engine.h"
#include "sip/media.h"
#include "sip/sdp.h"
#include "sip/session_timer.h"

struct leg;

enum leg_state { LEG_INVITED, LEG_ANSWERED, LEG_UP, LEG_LEAVING, LEG_OVER };

/* What an owner hears. Any of them may let the leg go. */
struct leg_events {
	/* Callee: 101-199, and whether it brought a first session description (leg->remote). */
	void (*progress)(struct leg *leg, uint16_t status, bool described);
	/* Callee: the first 2xx. leg->remote is what it said, if anything. */
	void (*answered)(struct leg *leg);
	/* Callee: a final response from 300 up, or none at all (408). The leg is OVER. */
	void (*failed)(struct leg *leg, uint16_t status);
	/* Caller: CANCEL before the answer; the 487 is sent. The leg is OVER. */
	void (*cancelled)(struct leg *leg);
	/* The ACK of a 2xx came, with its description when we had offered (else NULL). */
	void (*acked)(struct leg *leg, struct sdp *answer);
	/* re-INVITE or UPDATE; offer NULL: it wants ours. Answer with leg_reply. */
	void (*modify)(struct leg *leg, const struct sip_msg *msg, struct sdp *offer);
	/* Its modification was withdrawn (CANCEL). */
	void (*withdrawn)(struct leg *leg);
	/* The final response to leg_modify; 408 when there was none. answer may be NULL. */
	void (*modified)(struct leg *leg, uint16_t status, struct sdp *description);
	/* INFO inside the dialog. */
	void (*info)(struct leg *leg, const struct sip_msg *msg);
	/* REFER; NULL: none is taken. */
	void (*refer)(struct leg *leg, const struct sip_msg *msg);
	/* BYE came (answered), or the phone is taken for dead. The leg is LEAVING or OVER. */
	void (*gone)(struct leg *leg, const char *cause);
	/* The session timer's refresh is over: what waited for leg_settled may go on. */
	void (*settled)(struct leg *leg);
	/* Nothing is heard of it (sip/media.h); both: nor of the leg it is bridged with. */
	void (*silent)(struct leg *leg, bool both);
};

struct leg {
	struct le le; /* of the owner's list */
	struct le he; /* of legs by local tag */
	struct leg_table *table;
	const struct leg_events *events; /* NULL: on its own */
	void *owner;
	void *data; /* of whoever made the owner ring it (sip/call_service.h) */
	enum leg_state state;
	bool caller;
	struct dialog dialog;

	/* What the phone asked of us: its INVITE or UPDATE, until answered. */
	struct sip_strans *transaction;
	struct sip_msg *request;
	struct mbuf *reply; /* the 2xx, until its ACK */
	uint32_t reply_cseq;
	bool reply_offered; /* that 2xx held an offer: the ACK brings the answer */
	/* What we asked of the phone. */
	struct sip_request *asked;
	bool asked_offer; /* with a description */
	bool asked_update;
	uint32_t invite_cseq;
	bool refreshing;  /* it is the session timer's, not the owner's */
	struct text head; /* of our INVITE: URI and Via, for its CANCEL */
	struct sa sent_to;
	enum sip_transp sent_by;
	bool provisional; /* something came: CANCEL may go out */
	bool cancelling;
	char reason[128]; /* a Reason line for CANCEL, BYE or a refusal, or "" */
	struct mbuf *ack; /* sent again for every 2xx that comes again */
	uint32_t ack_cseq;
	bool ack_held;
	struct sip_request *bye;
	struct sip_request *probe;

	struct media_leg *media; /* NULL: not opened */
	struct {
		void (*done)(bool played, void *arg);
		void *arg;
		bool once;
		bool replaced; /* by the default music: it could not be played */
	} voice;               /* sip/voice.c: who is told when what it hears is over */
	struct sdp_local local;
	struct sdp *remote; /* the phone's description that holds now */
	/* What it was told in the exchange that made `remote` hold: whose codecs (NULL: not agreed
	 * yet), and who of the two answered. */
	struct sdp *told;
	bool phone_answered;
	bool holding;         /* it wants to hear nothing */
	struct sdp *proposed; /* what we have offered, its answer being due */

	struct tmr timer;  /* repeats of 2xx and CANCEL, waiting for ACK */
	unsigned sent;     /* how often */
	uint64_t began_ms; /* when that started */
	struct tmr refresh;
	struct session_timer session;
	bool allows_update;
	bool referring;    /* what its phone asked with REFER is under way */
	unsigned refers;   /* how often it did */
	struct list infos; /* sip/bridge_info.c: its, that the other phone has not answered yet */

	struct queue_line *line; /* its extension is in a call of its own; NULL: not so */

	/* For records. */
	char number[EXTENSION_NUMBER_MAX];
	uint16_t status; /* final, of its INVITE */
	int64_t ringing_us, answered_us;
	struct media_counters counters; /* as they were when the media was closed */
	bool secured, had_media;
};

/* All legs of the engine, by local tag. */
struct leg_table {
	struct engine *engine;
	struct hash *legs;
	struct list alone;         /* legs that end by themselves */
	struct list subscriptions; /* sip/subscription.h */
	unsigned n;
};

MUST_CHECK enum error_code leg_table_init(struct leg_table *table, struct engine *engine);
void leg_table_clear(struct leg_table *table);

/* The leg a request or response belongs to: Call-ID and both tags; NULL: none. */
struct leg *leg_find(struct leg_table *table, const struct sip_msg *msg);
/* The same by name, as the other side sees it: our tag is its remote one. */
struct leg *leg_named(struct leg_table *table, const char *call_id, const char *local_tag,
                      const char *remote_tag);

/* A request inside a leg's dialog. */
void leg_request(struct leg *leg, const struct sip_msg *msg);
/* A 2xx to an INVITE that libre's transactions no longer know. */
void leg_stray_answer(struct leg *leg, const struct sip_msg *msg);

/* From an INVITE outside a dialog; sends 100. */
MUST_CHECK enum error_code leg_accept(struct leg_table *table, const struct sip_msg *msg,
                                      const struct leg_events *events, void *owner,
                                      struct leg **ret_leg);

/* For a phone to be called; its media is opened beside `like`. Invite it with leg_invite. */
MUST_CHECK enum error_code leg_call(struct leg_table *table, const struct dialog_start *start,
                                    const struct leg_events *events, void *owner,
                                    struct leg **ret_leg);
/* offer NULL: the phone shall offer. hops: Max-Forwards. */
MUST_CHECK enum error_code leg_invite(struct leg *leg, const struct sdp *offer, unsigned hops);
/* Sends CANCEL and stays with its owner, who hears how it ends: an answer may have crossed it.
 * False: the phone has said nothing yet, or its last. */
bool leg_ask_back(struct leg *leg);

/* A response to what the phone asked (INVITE, re-INVITE, UPDATE). body: NULL for none; offered:
 * it is our offer. headers: further lines or NULL. */
MUST_CHECK enum error_code leg_reply(struct leg *leg, uint16_t status, const char *body,
                                     bool offered, const char *headers);

/* The same without a body; when it cannot be sent there is nothing better to do. */
void leg_tell(struct leg *leg, uint16_t status);

/* ACK for the 2xx that was held; body NULL: none. */
void leg_ack(struct leg *leg, const char *body);

/* re-INVITE, or UPDATE where both want it; body NULL asks for an offer (re-INVITE only).
 * ERROR_BUSY: something is under way already. */
MUST_CHECK enum error_code leg_modify(struct leg *leg, bool update, const char *body);
/* Asks a phone of which nothing is heard whether it is still there; it is gone ("media_silence")
 * when it knows nothing of the dialog or does not answer (RFC 3261 section 12.2.1.2). */
void leg_probe(struct leg *leg);
/* Another tag for the answer than for the early media before it: to the caller a second phone has
 * answered, whose description may differ (RFC 3261 section 13.2.2.4). */
void leg_retag(struct leg *leg);

/* True when nothing is under way that a modification would cross. */
bool leg_settled(const struct leg *leg);

/* Parts with the owner and ends the dialog as its state demands. status: for an INVITE that is not
 * answered; reason: a Reason line with CRLF or NULL. NULL-safe; sets the pointer to NULL. */
void leg_leave(struct leg **leg, uint16_t status, const char *reason);

#endif
