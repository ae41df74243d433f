/*
 * A 2xx to an INVITE of ours that belongs to no leg any more, or to none of those its INVITE made:
 * a proxy has forked it and two phones have answered, or an answer is so late that everything is
 * forgotten. Each must be acknowledged and hung up (RFC 3261 section 13.2.2.4): until then the
 * phone believes that it is in a call, and sends sound to a port that may be another call's.
 */
#ifndef CENTREX_SIP_STRAY_ANSWER_H
#define CENTREX_SIP_STRAY_ANSWER_H

#include "sip/engine.h"

/* Without state, and only to an address a phone has registered from: a stranger gets nothing out of
 * us. False: nothing was sent. */
bool stray_answer(struct engine *engine, const struct sip_msg *msg);

/* The same for a phone that rings for an INVITE that was given up before it had said anything: a
 * CANCEL may only be sent then (section 9.1), and it would ring on for nobody. */
bool stray_progress(struct engine *engine, const struct sip_msg *msg);

#endif
