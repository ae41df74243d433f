/*
 * What Refer-To (RFC 3515), Replaces (RFC 3891) and Refer-Sub (RFC 4488) say: read strictly, and
 * nothing done. Referred-By (RFC 3892) is not read: who refers is who the dialog is with.
 */
#ifndef CENTREX_SIP_REFER_H
#define CENTREX_SIP_REFER_H

#include "sip/dialog.h"

enum { REFER_USER_MAX = 65 };

/* A dialog, as the one who gets this names it: to_tag is ours, from_tag the phone's. */
struct replaces {
	char call_id[DIALOG_CALL_ID_MAX];
	char to_tag[DIALOG_TAG_MAX];
	char from_tag[DIALOG_TAG_MAX];
	bool early_only; /* only while it rings (section 3) */
};

struct refer {
	char user[REFER_USER_MAX]; /* without escapes; "": none */
	struct pl host;            /* inside the value that was read */
	int af;                    /* of the host, where it is an address; else AF_UNSPEC */
	bool has_replaces;
	struct replaces replaces;
};

/* call-id;to-tag=...;from-tag=...[;early-only], each once. */
MUST_CHECK bool replaces_read(const struct pl *value, struct replaces *ret_replaces);

/* name-addr or addr-spec. A SIP status: 0 when ret_refer is filled; 400: ill-formed; 416: another
 * scheme than sip and sips; 403: a method other than INVITE, or the INVITE shall bring headers that
 * the phone has no business to choose (all but Replaces, Require: replaces and Referred-By). */
MUST_CHECK uint16_t refer_read(const struct pl *value, struct refer *ret_refer);

/* Refer-Sub: whether its sender wants to hear what becomes of it. False: ill-formed. */
MUST_CHECK bool refer_sub_read(const struct pl *value, bool *ret_wanted);

#endif
