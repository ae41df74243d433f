/*
 * A bridge: two legs that talk. It carries media between them, and what one asks (other codecs,
 * INFO) to the other. It belongs to a call, and knows nothing of it.
 *
 * A phone's hold is answered by us where there is music for the other (bridge_hold.c), and two legs
 * that come together with different codecs are asked again until what one sends is what the other
 * understands (bridge_couple.c); media is never transcoded.
 */
#ifndef CENTREX_SIP_BRIDGE_H
#define CENTREX_SIP_BRIDGE_H

#include "sip/leg.h"
#include "sip/voice.h"

/* What became of the call by an event. */
enum bridge_fate { BRIDGE_HOLDS, BRIDGE_NO_AUDIO, BRIDGE_LEG_GONE };

struct bridge;
/* What became of it with no event of a leg at hand. */
typedef void bridge_fate_h(enum bridge_fate fate, struct leg *leg, void *arg);

/* Both hear each other from now on, or what they have agreed on is another. */
typedef void bridge_talks_h(void *arg);

/* Our own exchange with the legs of a bridge, to bring them to one codec. */
enum bridge_step {
	BRIDGE_DONE,    /* none is under way */
	BRIDGE_WAITING, /* until both are settled, or for a while after two requests crossed */
	BRIDGE_OFFERED, /* `asked` has an offer of ours */
	BRIDGE_ASKED,   /* `asked` shall offer */
};

struct bridge {
	struct leg *one, *two; /* both NULL: not joined */
	struct leg *asking;    /* whose modification is on its way to the other; NULL: none */
	struct sdp *offer;     /* its; NULL: it wants an offer */
	bool restore;          /* the modification was withdrawn after it had gone out */

	enum bridge_step step;
	struct leg *asked;
	bool without; /* the next is asked without an offer */
	unsigned tries, refusals;
	struct tmr again;

	bridge_fate_h *fateh;
	bridge_talks_h *talksh;
	void *arg;
	bool music; /* a hold is answered by us, and the other hears `hold` */
	struct voice_sound hold;
};

/* fateh: for what a timer finds. hold: what is heard while on hold; NULL: a hold is passed on. */
void bridge_init(struct bridge *bridge, const struct voice_sound *hold, bridge_fate_h *fateh,
                 bridge_talks_h *talksh, void *arg);
void bridge_join(struct bridge *bridge, struct leg *one, struct leg *two);
void bridge_clear(struct bridge *bridge);
struct leg *bridge_other(const struct bridge *bridge, const struct leg *leg);

/* Each is the leg event of the same name. */
void bridge_modify(struct bridge *bridge, struct leg *leg, const struct sip_msg *msg,
                   struct sdp *offer);
MUST_CHECK enum bridge_fate bridge_modified(struct bridge *bridge, struct leg *leg, uint16_t status,
                                            struct sdp *description);
MUST_CHECK enum bridge_fate bridge_acked(struct bridge *bridge, struct leg *leg,
                                         struct sdp *answer);
MUST_CHECK enum bridge_fate bridge_settled(struct bridge *bridge);
/* The leg has answered an offer that was our own: do they still fit? */
MUST_CHECK enum bridge_fate bridge_proposed(struct bridge *bridge, struct leg *leg);
/* The leg's phone said what could not be taken: it is asked to go on as it was. */
MUST_CHECK enum bridge_fate bridge_again(struct bridge *bridge, struct leg *leg);
void bridge_withdrawn(struct bridge *bridge, struct leg *leg);
void bridge_info(struct bridge *bridge, struct leg *leg, const struct sip_msg *msg);

/* Completes an exchange in which `answering` answered `offering`: both descriptions hold, both
 * media follow, and offering->local.last is the answer to send. */
MUST_CHECK enum error_code bridge_agree(struct leg *offering, struct sdp *offer,
                                        struct leg *answering, struct sdp *answer);

/* ---- between bridge.c, bridge_couple.c and bridge_hold.c ---- */

/* Who hears whom, as the holds are. */
MUST_CHECK enum error_code bridge_media(struct bridge *bridge);
MUST_CHECK enum bridge_fate couple_modified(struct bridge *bridge, struct leg *leg, uint16_t status,
                                            struct sdp *description);
/* True: it was a hold, a resume or the same again, and is answered. */
MUST_CHECK bool hold_modify(struct bridge *bridge, struct leg *leg, struct sdp *offer);

#endif
