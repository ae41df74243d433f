/* Call records: the list with its filters, the export, the statistics. */
#ifndef CENTREX_WEB_API_CDR_H
#define CENTREX_WEB_API_CDR_H

#include "domain/cdr_search.h"
#include "domain/cdr_statistics.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/route.h"

extern const struct route_table api_cdr_routes;

/* What a request asks for, checked; its texts live in it or in the request. */
struct cdr_asked {
	struct cdr_filter filter;
	struct cdr_page page;
	bool nobody;            /* an agent without an extension: nothing is his */
	int64_t from_us, to_us; /* 0: not given */
	enum cdr_by by;
	bool csv; /* of an export; else NDJSON */
	char from[32], to[32], queue[UUID_TEXT_MAX];
	char own[CDR_NUMBER_MAX], number[256], zone[CDR_ZONE_MAX];
};

/* ERROR_INVALID names the parameter; ERROR_UNKNOWN_FIELD: the route has none of that name. */
MUST_CHECK enum error_code cdr_asked_read(struct request *request, struct cdr_asked *ret_asked,
                                          struct error *err);

/* GET .../cdrs/export */
enum error_code api_cdr_export(struct request *request, struct reply *reply, struct error *err);

#endif
