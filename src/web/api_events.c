#include "web/api_events.h"

#include <string.h>

#include "web/hub.h"
#include "web/operator_events.h"
#include "web/reply.h"
#include "web/request.h"

static const char header[] = "Last-Event-ID";
static const char parameter[] = "last_event_id";

/* What a browser sends by itself when it resumes comes before the URL, which stays as it was. */
static enum error_code read_last(const struct request *request, struct hub_join *join,
                                 struct error *err)
{
	const char *text = request_header(request, header);
	const char *field = text && *text ? header : parameter;
	size_t n;

	if (!text || !*text)
		text = request_query(request, parameter);
	if (!text || !*text)
		return ERROR_OK;
	n = strlen(text);
	if (n > 18 || strspn(text, "0123456789") != n)
		return error_set(err, ERROR_INVALID, field, "must be the id of an event");
	join->resumes = true;
	join->last = strtoll(text, NULL, 10);
	return ERROR_OK;
}

static enum error_code get_events(struct request *request, struct reply *reply, struct error *err)
{
	struct hub_join join = {.tenant = request->tenant, .who = request->who};
	enum error_code code = read_last(request, &join, err);

	if (code == ERROR_OK)
		code = hub_join(request->web->hub, &join, &reply->stream, err);
	if (code != ERROR_OK)
		return code;
	/* nginx gathers an answer otherwise. */
	reply_header(reply, "X-Accel-Buffering", "no");
	return ERROR_OK;
}

static enum error_code get_operator_events(struct request *request, struct reply *reply,
                                           struct error *err)
{
	enum error_code code = operator_events_join(request->web->operator_events, request->who,
	                                            &reply->stream, err);

	if (code == ERROR_OK)
		reply_header(reply, "X-Accel-Buffering", "no");
	return code;
}

static const struct route_parameter parameters[] = {
	{.name = parameter,
         .type = FIELD_TEXT,
         .description =
                 "the id of the last event seen, for a client that cannot send Last-Event-ID"},
};

static const struct route rows[] = {
	{.method = WEB_GET,
         .path = "/api/v1/tenants/{tenant}/events",
         .access = ACCESS_BOARD,
         .flags = ROUTE_STREAM,
         .handle = get_events,
         .summary = "Hear of changes, registrations and calls as they happen",
         .tag = "events",
         .parameters = parameters,
         .n_parameters = COUNT_OF(parameters),
         .answer_type = "text/event-stream",
         .status = 200},
	{.method = WEB_GET,
         .path = "/api/v1/events",
         .id = "getInstallationEvents", /* getEvents is a tenant's */
         .access = ACCESS_OPERATOR,
         .flags = ROUTE_STREAM,
         .handle = get_operator_events,
         .summary = "Hear of nodes, and of tenants and users that change, as it happens",
         .tag = "events",
         .answer_type = "text/event-stream",
         .status = 200},
};

const struct route_table api_events_routes = {rows, COUNT_OF(rows)};
