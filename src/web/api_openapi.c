#include "web/api_openapi.h"

#include "web/etag.h"
#include "web/openapi.h"

static enum error_code api_openapi_get(struct request *request, struct reply *reply,
                                       struct error *err)
{
	const struct openapi *openapi = request->web->openapi;

	etag_answer(request, openapi->etag, reply);
	if (reply->status == 304)
		return ERROR_OK;
	text_add_n(&reply->body, openapi->document.data, openapi->document.length);
	return reply->body.failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static const struct route routes[] = {
	{
         .method = WEB_GET,
         .path = "/api/v1/openapi.json",
         .access = ACCESS_NONE,
         .flags = ROUTE_INLINE,
         .handle = api_openapi_get,
         .summary = "Describe the API (OpenAPI 3.1)",
         .tag = "about",
         .answer_type = "application/json",
	 },
};

const struct route_table api_openapi_routes = {routes, COUNT_OF(routes)};
