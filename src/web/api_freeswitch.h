/* What a FreeSWITCH asks and sends (mod_xml_curl, mod_xml_cdr, mod_json_cdr). */
#ifndef CENTREX_WEB_API_FREESWITCH_H
#define CENTREX_WEB_API_FREESWITCH_H

#include "web/route.h"

extern const struct route_table api_freeswitch_routes;

#endif
