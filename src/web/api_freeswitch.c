#include "web/api_freeswitch.h"

#include "web/reply.h"
#include "web/switches.h"

/* Of a form: FreeSWITCH sends 1 to 8 KB, SDP and all. A larger one asks for nothing. */
enum { FORM_MAX = 4 * 1024 * 1024, DOCUMENT_USUAL = 2000 };

/* From memory on the reactor; only a tenant that nobody asked for yet goes to a worker. Only 200
 * counts for FreeSWITCH (mod_xml_curl.c:314): what is not there is a document, too. */
static enum error_code answer(struct request *request, enum lookup_section section,
                              struct reply *reply, struct error *err)
{
	struct switches *switches = request->web->switches;

	(void)text_reserve(&reply->body, DOCUMENT_USUAL);
	enum lookup_result result =
		lookup_answer(switches_lookup(switches), section, request->body,
	                      request->body_bytes, !request->on_reactor, &reply->body);

	switches_count(switches, section, result);
	request->ask = result == LOOKUP_ASK && request->on_reactor;
	if (request->ask || result == LOOKUP_FOUND || result == LOOKUP_NOT_FOUND)
		return ERROR_OK;
	return error_set(err, ERROR_UNAVAILABLE, "database",
	                 "cannot be reached, and this tenant is not in memory");
}

static enum error_code post_directory(struct request *request, struct reply *reply,
                                      struct error *err)
{
	return answer(request, LOOKUP_DIRECTORY, reply, err);
}

static enum error_code post_dialplan(struct request *request, struct reply *reply,
                                     struct error *err)
{
	return answer(request, LOOKUP_DIALPLAN, reply, err);
}

static enum error_code post_configuration(struct request *request, struct reply *reply,
                                          struct error *err)
{
	return answer(request, LOOKUP_CONFIGURATION, reply, err);
}

#define LOOKUP(p, h, s)                                                                            \
	{                                                                                          \
		.method = WEB_POST, .path = "/freeswitch/" p,                                      \
		.flags = ROUTE_SWITCH | ROUTE_TRY | ROUTE_CUT | ROUTE_BODY_RAW | ROUTE_SNAPSHOT,   \
		.handle = (h), .summary = (s), .tag = "freeswitch",                                \
		.body_type = "application/x-www-form-urlencoded", .body_max_bytes = FORM_MAX,      \
		.answer_type = "text/xml", .status = 200                                           \
	}

static const struct route rows[] = {
	LOOKUP("directory", post_directory, "Ask for a user, as mod_xml_curl does"),
	LOOKUP("dialplan", post_dialplan, "Ask where a call leads, as mod_xml_curl does"),
	LOOKUP("configuration", post_configuration,
               "Ask for the configuration of a module, as mod_xml_curl does"),
};

const struct route_table api_freeswitch_routes = {rows, COUNT_OF(rows)};
