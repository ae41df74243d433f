/* Between leg.c, leg_uas.c and leg_uac.c, and for what sends requests of its own in a leg's dialog.
 */
#ifndef CENTREX_SIP_LEG_PRIVATE_H
#define CENTREX_SIP_LEG_PRIVATE_H

#include "sip/leg.h"

/* The address that the leg's phone knows us by, with the transport's port. */
void leg_own_address(const struct leg *leg, struct sa *ret_address);
void leg_contact_text(const struct leg *leg, struct text *out);
/* For requests that need no more than the right Via; arg is the leg. */
sip_send_h leg_send_plain;
struct leg *leg_new(struct leg_table *table, const struct leg_events *events, void *owner);
void leg_insert(struct leg *leg);
void leg_end(struct leg *leg);    /* OVER; frees it when it is on its own */
void leg_bye(struct leg *leg);    /* sends BYE, waits for its end */
void leg_cancel(struct leg *leg); /* sends CANCEL now or as soon as it may */
void leg_on_ack(struct leg *leg, const struct sip_msg *msg);
void leg_on_modify(struct leg *leg, const struct sip_msg *msg);
void leg_session(struct leg *leg, const struct session_timer *session);
void leg_note_allow(struct leg *leg, const struct sip_msg *msg);
void leg_refuse(struct leg *leg, const struct sip_msg *msg, uint16_t status, const char *headers);
void leg_repeat(struct leg *leg, tmr_h *handler);      /* starts repeats from SIP_T1 */
bool leg_repeat_next(struct leg *leg, tmr_h *handler); /* false: 64*T1 are over */
/* The description in a message: ERROR_OK and NULL when there is none. */
MUST_CHECK enum error_code leg_description(const struct leg *leg, const struct sip_msg *msg,
                                           struct sdp **ret_sdp);

#define LEG_ALLOW     "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY\r\n"
#define LEG_SUPPORTED "Supported: timer, replaces, norefersub\r\n"

#endif
