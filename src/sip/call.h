/*
 * Calls: one leg to the phone that calls, one for every phone that rings, and a bridge between the
 * two that talk. Everything a phone sees is a dialog with us (B2BUA): numbers, not user names; our
 * address, not the other phone's.
 */
#ifndef CENTREX_SIP_CALL_H
#define CENTREX_SIP_CALL_H

#include "sip/engine.h"

/* engine->sip, ->registrar, ->auth and ->media are there. */
MUST_CHECK enum error_code calls_open(struct engine *engine, struct calls **ret_calls,
                                      struct error *err);
/* Before sip_close and media_close. Calls that are still there end without a word to the phones. */
void calls_close(struct calls *calls);

/* INVITE, ACK, BYE, UPDATE, INFO and PRACK, with their mandatory headers in order. */
void calls_request(struct engine *engine, const struct sip_msg *msg);

/* A response that no transaction of libre knows; false: nothing of ours. */
bool calls_response(struct engine *engine, const struct sip_msg *msg);

/* Calls that ring or talk. */
size_t calls_under_way(const struct calls *calls);

/* Calls, and legs that are still saying goodbye. */
size_t calls_count(const struct calls *calls);

/* Ends every call: BYE to both sides, records closed with the cause "engine_stop". */
void calls_end(struct calls *calls);

#endif
