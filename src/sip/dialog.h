/*
 * A dialog (RFC 3261 section 12): who it is with, where its requests go, and their numbering.
 *
 * libre's sip_dialog is not used: it always sends to the Contact a phone wrote into its message,
 * which is a private address behind NAT, and its header block cannot be written without
 * sip_drequestf. Here requests carry the phone's Contact and route set, and leave for the address
 * (and connection) the phone's own messages come from.
 */
#ifndef CENTREX_SIP_DIALOG_H
#define CENTREX_SIP_DIALOG_H

#include <re.h>

#include "base/error.h"
#include "base/text.h"

/* Longer ones come from no phone; such an INVITE is refused. */
enum {
	DIALOG_CALL_ID_MAX = 256,
	DIALOG_TAG_MAX = 128,
	DIALOG_URI_MAX = 512,
	DIALOG_ROUTE_MAX = 1024,
	DIALOG_LOCAL_MAX = 1024, /* with the longest name, number and domain of ours */
};

struct dialog {
	char call_id[DIALOG_CALL_ID_MAX];
	char local_tag[DIALOG_TAG_MAX];
	char remote_tag[DIALOG_TAG_MAX]; /* "" until the other side has answered */
	char local[DIALOG_LOCAL_MAX];    /* From of our requests, without the tag */
	char remote[DIALOG_URI_MAX];     /* To of our requests, without the tag */
	char target[DIALOG_URI_MAX];     /* Request-URI: the other side's Contact */
	char route[DIALOG_ROUTE_MAX];    /* whole Route lines, or "" */
	struct sa hop;                   /* where requests go */
	struct sa own; /* the address of ours that the other side knows; not set: not known */
	enum sip_transp transport;
	uint32_t local_cseq; /* of our last request */
	uint32_t remote_cseq;
	bool remote_cseq_set;
};

/* From an INVITE that came: we are its callee. ERROR_INVALID: no usable Contact, or too long. */
MUST_CHECK enum error_code dialog_accept(struct dialog *dialog, const struct sip_msg *msg);

struct dialog_start {
	const char *local;  /* "\"101\" <sip:101@domain>" */
	const char *remote; /* "<sip:102@domain>" */
	const char *target;
	struct sa hop;
	struct sa own;
	enum sip_transp transport;
};

/* For an INVITE of ours. ERROR_INVALID: too long. */
MUST_CHECK enum error_code dialog_start(struct dialog *dialog, const struct dialog_start *start);

/* A 101-299 response to our INVITE: tag, target and routes of the other side. */
MUST_CHECK enum error_code dialog_progress(struct dialog *dialog, const struct sip_msg *msg);

/* A target refresh (re-INVITE, UPDATE, or a 2xx to one): the new Contact, and for a request the
 * address it came from. Without a Contact nothing changes. */
void dialog_refresh(struct dialog *dialog, const struct sip_msg *msg);

/* Call-ID and both tags are this dialog's (RFC 3261 section 12.2.2). */
bool dialog_matches(const struct dialog *dialog, const struct sip_msg *msg);

/* True when a request is newer than the last; remembers it. ACK and CANCEL are not asked. */
bool dialog_in_order(struct dialog *dialog, const struct sip_msg *msg);

struct dialog_request {
	const char *method;
	uint32_t cseq;        /* ACK, CANCEL: that of the INVITE; else 0: the next */
	const unsigned *hops; /* Max-Forwards; NULL: 70 */
	const char *headers;  /* further lines, each with CRLF; NULL: none */
	const char *type;     /* of the body */
	const char *body;     /* NULL: none */
	size_t n;             /* of the body */
	sip_send_h *sendh;    /* adds Contact where one is due; may be NULL */
	sip_resp_h *resph;    /* NULL: stateless (ACK) */
	void *arg;
};

/* Sends a request inside the dialog; ret_request (may be NULL when stateless) as sip_request. */
MUST_CHECK enum error_code dialog_send(struct dialog *dialog, struct sip *sip,
                                       const struct dialog_request *request,
                                       struct sip_request **ret_request);

/* For a sip_send_h: writes `address` into the Via that ends at mb->pos. libre puts the address of
 * its first listener there, whichever way the other side is reached. */
MUST_CHECK int dialog_via(struct mbuf *mb, const struct sa *address);

/* The lines from Max-Forwards to the body, for what sip_request cannot send (CANCEL). */
void dialog_write(const struct dialog *dialog, const struct dialog_request *request, uint32_t cseq,
                  struct text *out);

#endif
