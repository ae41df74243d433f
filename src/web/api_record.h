/* Call records of the FreeSWITCHes (mod_xml_cdr, mod_json_cdr), and what takes them in. */
#ifndef CENTREX_WEB_API_RECORD_H
#define CENTREX_WEB_API_RECORD_H

#include "web/route.h"

struct intake;
struct web;

extern const struct route_table api_record_routes;

/* The intake of this process, with its spool in the state directory; it logs what an operator has
 * to know. web has its database and its directory. */
MUST_CHECK enum error_code records_open(const struct web *web, struct intake **ret_intake,
                                        struct error *err);

#endif
