#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "web/gate.h"
#include "web/server_internal.h"

/* A parameter the route does not have is a mistake of the caller's that would otherwise show as a
 * list that is not filtered. */
static enum error_code check_parameters(const struct request *request, struct error *err)
{
	const struct url_query *query = &request->connection->query;
	const struct route *route = request->route;

	for (size_t i = 0; i < query->n; i++) {
		bool known = false;

		for (size_t p = 0; p < route->n_parameters && !known; p++)
			known = strcmp(query->parameters[i].name, route->parameters[p].name) == 0;
		if (!known)
			return error_set(err, ERROR_UNKNOWN_FIELD, query->parameters[i].name,
			                 "is no parameter of this path");
	}
	return ERROR_OK;
}

static bool takes_json(const struct route *route)
{
	if (route->flags & (ROUTE_BODY_RAW | ROUTE_BODY_FILE))
		return false;
	if (route->body)
		return true;
	return route->resource && !route->action &&
	       (route->verb == RESOURCE_CREATE || route->verb == RESOURCE_UPDATE);
}

static bool is_json(const char *type)
{
	static const char *const types[] = {"application/json", "application/merge-patch+json"};

	for (size_t i = 0; type && i < COUNT_OF(types); i++) {
		size_t n = strlen(types[i]);

		if (strncasecmp(type, types[i], n) == 0 && (!type[n] || strchr("; \t", type[n])))
			return true;
	}
	return false;
}

static enum error_code parse_body(struct request *request, struct error *err)
{
	const struct route *route = request->route;
	enum error_code code;

	if (!takes_json(route))
		return ERROR_OK;
	if (!is_json(request_header(request, "Content-Type")))
		return error_set(err, ERROR_INVALID, "Content-Type", "must be application/json");
	code = resource_parse(request->body, request->body_bytes, &request->json, err);
	if (code == ERROR_OK && route->body)
		code = fields_check(route->body->fields, route->body->n_fields,
		                    route->method == WEB_PATCH ? RESOURCE_UPDATE : RESOURCE_CREATE,
		                    request->json, err);
	return code;
}

/* The notification that people changed comes a moment later: whoever was told that somebody is out
 * must not see him in. */
static bool changes_people(const struct route *route)
{
	return route->method != WEB_GET && route->resource &&
	       route->resource->write_door == TX_PUBLIC;
}

static enum error_code answer(struct exchange *exchange)
{
	struct request *request = &exchange->request;
	enum error_code code = ERROR_OK;

	/* ROUTE_INLINE: open to all, so that the gate counts requests and asks nobody. */
	if (!exchange->gated) {
		code = gate_check(request, &exchange->reply, &exchange->err);
		exchange->gated = true;
		/* The body is read only once the gate let the request in. */
		if (code == ERROR_OK && request->route->flags & ROUTE_BODY_FILE)
			return ERROR_OK;
	}
	if (code == ERROR_OK && !(request->route->flags & ROUTE_SWITCH))
		code = check_parameters(request, &exchange->err);
	if (code == ERROR_OK)
		code = parse_body(request, &exchange->err);
	if (code == ERROR_OK)
		code = request->route->handle(request, &exchange->reply, &exchange->err);
	if (code == ERROR_OK && changes_people(request->route))
		principals_forget(request->web->principals);
	return code;
}

static void log_fault(const struct exchange *exchange)
{
	/* What passes by itself is no fault of ours. */
	enum log_level level = problem_status(exchange->err.code) == 503 ? LOG_WARNING : LOG_ERROR;

	log_event(level, "web", "request failed", LOG_TEXT("request_id", exchange->request.id),
	          LOG_TEXT("code", error_slug(exchange->err.code)),
	          LOG_TEXT("field", exchange->err.field), LOG_TEXT("error", exchange->err.message),
	          LOG_TEXT("detail", exchange->err.detail));
}

void exchange_problem(struct exchange *exchange)
{
	reply_problem(&exchange->reply, &exchange->err, request_language(&exchange->request),
	              exchange->request.id);
}

void exchange_work(struct exchange *exchange)
{
	enum error_code code = answer(exchange);

	if (code == ERROR_OK)
		return;
	exchange->err.code = code;
	/* A stream that cannot be written: its client left. */
	if (problem_status(code) >= 500 && !(exchange->begun_early && code == ERROR_IO))
		log_fault(exchange);
	if (!exchange->begun_early)
		exchange_problem(exchange);
}
