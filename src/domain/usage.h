/* How much a tenant has, beside what it may have (resource "limits"). */
#ifndef CENTREX_DOMAIN_USAGE_H
#define CENTREX_DOMAIN_USAGE_H

#include "domain/resource.h"

/* What there is more of is counted as so many. */
enum { USAGE_FIELDS = 17, USAGE_COUNTED_MAX = 100000 };

extern const struct field usage_fields[USAGE_FIELDS];

/* A JSON object of usage_fields. media: directory of the tenants' media. */
MUST_CHECK enum error_code usage_show(struct db *db, const char *media, const struct uuid *tenant,
                                      struct text *ret_json, struct error *err);

#endif
