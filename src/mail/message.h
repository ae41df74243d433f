/*
 * A letter as the text of an e-mail (RFC 5322): plain text in UTF-8, base64 (RFC 2045), so that no
 * line is too long and none begins with a dot.
 */
#ifndef CENTREX_MAIL_MESSAGE_H
#define CENTREX_MAIL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

enum { MAIL_ADDRESS_MAX = 255, MAIL_SUBJECT_MAX = 200 };

struct letter {
	const char *to;      /* an address alone: ann@example.org */
	const char *subject; /* UTF-8, one line */
	const char *body;    /* UTF-8, lines end in \n */
};

/* from: "noreply@example.org" or "Centrex <noreply@example.org>". at_us: unix time; id: what stands
 * left of @ in Message-ID. ERROR_INVALID, field "to", "from" or "subject": it could be more than it
 * says (a control character, a second address); nothing was added to out then. */
MUST_CHECK enum error_code message_write(const struct letter *letter, const char *from,
                                         int64_t at_us, const char *id, struct text *out,
                                         struct error *err);

/* The address alone of from, for the envelope. False: there is none. */
MUST_CHECK bool message_address(const char *from, char ret_address[static MAIL_ADDRESS_MAX]);

#endif
