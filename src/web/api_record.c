#include "web/api_record.h"

#include "base/config.h"
#include "base/log.h"
#include "freeswitch/intake.h"
#include "freeswitch/record.h"
#include "web/reply.h"
#include "web/request.h"

/* On any thread. */
static void log_notice(enum intake_notice notice, const char *leg, const struct error *err,
                       void *arg)
{
	(void)arg;
	switch (notice) {
	case INTAKE_DEAD:
		log_event(LOG_WARNING, "cdr",
		          "a call record has no place: see `centrex cdr dead-letters`",
		          LOG_TEXT("leg", leg), LOG_TEXT("message", err->message));
		break;
	case INTAKE_WAITING:
		log_error("cdr", "call records of FreeSWITCH wait in the spool", err);
		break;
	case INTAKE_RESUMED:
		log_write(LOG_INFO, "cdr", "call records of FreeSWITCH are stored again", NULL, 0);
		break;
	case INTAKE_UNWRITTEN:
		log_error("cdr", "the spool cannot be written, FreeSWITCH keeps its call records",
		          err);
		break;
	case INTAKE_WRITTEN:
		log_write(LOG_INFO, "cdr", "the spool can be written again", NULL, 0);
		break;
	}
}

enum error_code records_open(const struct web *web, struct intake **ret_intake, struct error *err)
{
	AUTO(text_clear) struct text spool = {0};
	struct intake_config config = {
		.db = web->db,
		.directory = web->directory,
		.notice = log_notice,
	};

	text_addf(&spool, "%s/spool-freeswitch", config_text(web->config, CONFIG_STATE));
	if (spool.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	config.spool = spool.data;
	return intake_open(&config, ret_intake, err);
}

/* Answered when the record is safe. Any 2xx ends FreeSWITCH's retries, anything else is tried again
 * and then left in a file over there (mod_xml_cdr.c, mod_json_cdr.c). */
static enum error_code post_record(struct request *request, struct reply *reply, struct error *err)
{
	static const char *const outcomes[] = {
		[INTAKE_STORED] = "stored\n",
		[INTAKE_SPOOLED] = "kept until the database is back\n",
		[INTAKE_IS_DEAD] = "kept as a dead letter\n",
	};
	const char *type = request_header(request, "Content-Type");
	const char *uuid = request_query(request, "uuid");
	const struct intake_letter letter = {type ? type : "", uuid ? uuid : "", request->body,
	                                     request->body_bytes};
	enum intake_outcome outcome;
	enum error_code code = intake_take(request->web->records, &letter, &outcome, err);

	if (code == ERROR_OK)
		text_add(&reply->body, outcomes[outcome]);
	return code;
}

static const struct route_parameter parameters[] = {
	{.name = "uuid",
         .type = FIELD_TEXT,
         .description = "the channel, with a_ before it or not"},
};

static const struct route rows[] = {
	{
         .method = WEB_POST,
         .path = "/freeswitch/cdr",
         .flags = ROUTE_SWITCH | ROUTE_RECORDS | ROUTE_BODY_RAW | ROUTE_SNAPSHOT,
         .handle = post_record,
         .summary = "Hand over a call record, as mod_xml_cdr and mod_json_cdr do",
         .tag = "freeswitch",
         .parameters = parameters,
         .n_parameters = COUNT_OF(parameters),
         .body_type = "text/xml",
         .body_max_bytes = RECORD_BODY_MAX,
         .answer_type = "text/plain",
         .status = 200,
	 },
};

const struct route_table api_record_routes = {rows, COUNT_OF(rows)};
