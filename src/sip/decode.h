/* The message decoder (sip_msg_decode of re_sip.h, our own; decode.c says why). */
#ifndef CENTREX_SIP_DECODE_H
#define CENTREX_SIP_DECODE_H

/* The start line and all headers: longer is no SIP message to us, over any transport. */
enum { DECODE_HEAD_MAX = 16384 };

#endif
