/*
 * Text of tenants must never become code in FreeSWITCH: ${api(...)} in any dialplan data,
 * dial-string or agent contact is executed, {}, [] and commas begin channel variables and further
 * legs, ^^ names another separator. There is no escape for ${, so such
 * text is refused where people type it (domain/refused.h has the characters) and
 * again where XML or a command of the event socket is written.
 */
#ifndef CENTREX_FREESWITCH_INERT_H
#define CENTREX_FREESWITCH_INERT_H

#include <stdbool.h>

#include "domain/refused.h"
#include "domain/snapshot.h"

/* The characters nothing of a tenant's may have in FreeSWITCH; control characters are refused too.
 */
#define INERT_REFUSED REFUSED_CHARACTERS

/* True when FreeSWITCH takes it as text: not empty, at most 255 bytes of UTF-8, and without
 * "X-PRE-PROCESS" in it: FreeSWITCH drops each line of an answer in which it reads that
 * (switch_xml.c, preprocess). */
bool inert(const char *text);

enum { INERT_NAME_MAX = 100 * 4 + 1 + DOMAIN_MAX };

/* "<name>@<domain>", as queues and agents are called there. False: it cannot be said. */
bool inert_name(const char *name, const char *domain, char ret_name[static INERT_NAME_MAX]);
/* Back again: the domain behind the last @. False: it is none of these. */
bool inert_split(const char *full, char ret_name[static INERT_NAME_MAX],
                 char ret_domain[static DOMAIN_MAX]);

#endif
