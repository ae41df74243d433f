/*
 * Whose is it: the tenant of a domain, or of a phone's user name, on the event socket's thread,
 * which waits for nobody. What is not in memory is looked for behind it; the connection is woken
 * (esl_wake) when it has been found, and the part asks again.
 */
#ifndef CENTREX_FREESWITCH_WHOSE_H
#define CENTREX_FREESWITCH_WHOSE_H

#include "domain/directory.h"
#include "freeswitch/parts.h"

struct whose;

MUST_CHECK enum error_code whose_open(const struct fs_node *node, struct whose **ret_whose,
                                      struct error *err);
void whose_close(struct whose *whose); /* NULL is allowed */

/* DIRECTORY_ASK: it is being looked for. ret_snapshot as directory_peek_domain. */
enum directory_answer whose_domain(struct whose *whose, const char *domain,
                                   struct snapshot **ret_snapshot);
/* The extension whose auth_username it is; its tenant by domain where that is one of ours. */
enum directory_answer whose_phone(struct whose *whose, const struct uuid *auth_username,
                                  const char *domain, struct snapshot **ret_snapshot);

#endif
