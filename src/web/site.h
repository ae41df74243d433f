/*
 * The whole HTTP server inside another command, for itself alone: on a free port of the loopback,
 * without TLS, limits of rate and letters, with media in a temporary directory. The database is the
 * installation's.
 */
#ifndef CENTREX_WEB_SITE_H
#define CENTREX_WEB_SITE_H

#include "base/config.h"
#include "web/route.h"

struct site;

/* Changes the environment of the process. The log says errors only until site_close. */
MUST_CHECK enum error_code site_open(const struct config *config, struct site **ret_site,
                                     struct error *err);
void site_close(struct site *site); /* NULL is allowed */

uint16_t site_port(const struct site *site);
const struct routes *site_routes(const struct site *site);

#endif
