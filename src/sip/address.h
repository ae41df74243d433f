/*
 * URIs, addresses, parameters and Via, read strictly and in one pass.
 *
 * libre's own readers are regular expressions that are tried again from every position: a header
 * of a few kilobytes without the character they look for costs tens of milliseconds of the loop.
 * These fill the same structs (parts point into the text), and refuse what RFC 3261 does not allow.
 */
#ifndef CENTREX_SIP_ADDRESS_H
#define CENTREX_SIP_ADDRESS_H

#include <re.h>

#include "base/base.h"

/* Longest that is read; RFC 4475's long request fits. */
enum { ADDRESS_URI_MAX = 1024, ADDRESS_VALUE_MAX = 4096 };

/* sip: and sips: in full; of another scheme, only what follows the colon, as host. */
MUST_CHECK bool address_uri(const struct pl *text, struct uri *ret_uri);

/* name-addr or addr-spec with its parameters; a quoted display name comes without its quotes. */
MUST_CHECK bool address_read(const struct pl *text, struct sip_addr *ret_address);

/* One Via value. A missing branch is no fault here (branch stays unset). */
MUST_CHECK bool address_via(const struct pl *text, struct sip_via *ret_via);

/* ";a=1;b" holds a and b. ret_value (may be NULL): empty without "="; a quoted one comes without
 * its quotes. */
bool address_param(const struct pl *params, const char *name, struct pl *ret_value);

/* The whole of the parameter, from its ";" to its end; empty: not there. */
struct pl address_param_span(const struct pl *params, const char *name);

/* Parameters are ";" token [ "=" token or quoted string or host ], nothing else. */
MUST_CHECK bool address_params_valid(const struct pl *params);

/* RFC 3261 section 25.1, token: names of headers, methods and parameters. */
bool address_is_token(char c);

/* Without white space (folding included) at both ends. */
struct pl address_trim(struct pl text);

#endif
