/*
 * The handlers of every resource: one for each verb, none for an entity. What differs between
 * entities stands in the resource table.
 *
 * The rows that use them are made by routes_resource.c. The parameters of a path behind {tenant}
 * are the resource's keys, in their order; a tenant's own row is /tenants/{tenant}.
 *
 *   GET    tenants/{tenant}/extensions          api_resource_list
 *   POST   tenants/{tenant}/extensions          api_resource_create
 *   GET    tenants/{tenant}/extensions/{id}     api_resource_show
 *   PATCH  tenants/{tenant}/extensions/{id}     api_resource_update
 *   DELETE tenants/{tenant}/extensions/{id}     api_resource_delete
 *   POST   tenants/{tenant}/extensions/{id}/rotate-credentials   api_resource_act
 */
#ifndef CENTREX_WEB_API_RESOURCE_H
#define CENTREX_WEB_API_RESOURCE_H

#include "web/reply.h"
#include "web/request.h"

/* limit, cursor, sort, q, from, to, and every column that a list can be filtered by. */
route_h api_resource_list;
/* ?secrets=yes shows what is masked otherwise; If-None-Match. */
route_h api_resource_show;
/* 201 and Location; Idempotency-Key. */
route_h api_resource_create;
/* If-Match, as the next two. */
route_h api_resource_update;
/* A resource with `confirm` wants ?confirm= with that column's value once more. */
route_h api_resource_delete;
route_h api_resource_act;

/* For POSTs that make a row otherwise. The Idempotency-Key of a request whose body means content;
 * once is valid as long as the request. ret_given false: it has none. */
MUST_CHECK enum error_code api_resource_once(const struct request *request, const char *content,
                                             size_t n, struct store_once *once, bool *ret_given,
                                             struct error *err);
/* The rest of the answer, where its body is the new row: 201, Location, ETag (of call->ret_etag).
 */
MUST_CHECK enum error_code api_resource_created(const struct request *request,
                                                const struct store_call *call, struct reply *reply,
                                                struct error *err);

#endif
