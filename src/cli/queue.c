#include "cli/queue.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/exit.h"
#include "cli/extra.h"
#include "cli/open_database.h"
#include "cli/output.h"
#include "cli/queue_story.h"
#include "cli/request.h"
#include "domain/cdr_search.h"
#include "domain/queue_report.h"
#include "domain/store.h"
#include "domain/tenant.h"

#define COMMON_FLAGS                                                                               \
	"  --tenant              the tenant: domain or id (required)\n"                            \
	"  --json                print JSON; an error is JSON too\n"
#define SPAN_FLAGS                                                                                 \
	"  --from                what began at this time or later, a quarter of an hour, like "    \
	"2026-01-31T10:00:00Z\n"                                                                   \
	"  --to                  what began before this time; now when not given\n"                \
	"  --queue               of this queue only: id or name\n"

const char queue_explain_usage[] =
	"centrex queue explain --tenant TENANT [--queue QUEUE] [--call CALL] [FLAGS]\n"
	"  says what queues decided: which agents were considered for a caller, who was passed "
	"over, and why\n"
	"  --queue               this queue: id or name\n"
	"  --call                this call: its id, as the call record has it\n"
	"  --limit               at most so many decisions, 1 to 500; the newest 100 when not "
	"given\n" COMMON_FLAGS;

const char queue_statistics_usage[] =
	"centrex queue statistics --tenant TENANT [FLAGS]\n"
	"  adds up the callers of queues; of the last 30 days when no time is given\n"
	"  --by                  by what: queue, day or hour; queue when not given\n"
	"  --tz                  the time zone of days and hours: utc or tenant; utc when not "
	"given\n" SPAN_FLAGS COMMON_FLAGS;

const char agent_statistics_usage[] =
	"centrex agent statistics --tenant TENANT [FLAGS]\n"
	"  adds up what was offered to agents, and their times; of the last 30 days when no time "
	"is given\n"
	"  --extension           of this agent only: an extension's id or number\n" SPAN_FLAGS
		COMMON_FLAGS;

struct arguments {
	const char *tenant, *queue, *extension, *call, *limit, *by, *from, *to, *tz;
	bool json;
};

struct run {
	struct db *db;
	struct arguments arguments;
	struct tenant tenant;
	struct uuid queue, extension;
	char zone[CDR_ZONE_MAX];
};

typedef enum error_code run_h(struct run *run, struct text *out, struct error *err);

/* ---- what is asked for ---- */

/* ret_id NULL: not asked for. */
static enum error_code find(struct run *run, const char *resource, const char *name,
                            struct uuid *id, const struct uuid **ret_id, struct error *err)
{
	char text[UUID_TEXT_MAX];
	enum error_code code;

	*ret_id = NULL;
	if (!name)
		return ERROR_OK;
	code = store_find(run->db, resource_find(resource), &run->tenant.id, resource, name, text,
	                  err);
	if (!code && !uuid_parse(text, id))
		code = error_set(err, ERROR_INTERNAL, resource, NULL);
	if (!code)
		*ret_id = id;
	return code;
}

static enum error_code read_time(const char *name, const char *text, int64_t *ret_us,
                                 struct error *err)
{
	*ret_us = INT64_MIN;
	if (text && !clock_parse(text, ret_us))
		return error_set(err, ERROR_INVALID, name, "must be a time like %s",
		                 "2026-01-31T10:00:00Z");
	return ERROR_OK;
}

static enum error_code read_by(const char *name, enum queue_by *ret_by, struct error *err)
{
	static const char *const names[] = {
		[QUEUE_BY_QUEUE] = "queue", [QUEUE_BY_DAY] = "day", [QUEUE_BY_HOUR] = "hour"};

	for (unsigned i = 0; i < COUNT_OF(names); i++)
		if (names[i] && strcmp(names[i], name) == 0) {
			*ret_by = (enum queue_by)i;
			return ERROR_OK;
		}
	return error_set(err, ERROR_INVALID, "by", "must be queue, day or hour");
}

static enum error_code read_zone(struct run *run, const char **ret_zone, struct error *err)
{
	const char *name = run->arguments.tz;

	*ret_zone = NULL;
	if (!name || strcmp(name, "utc") == 0)
		return ERROR_OK;
	if (strcmp(name, "tenant") != 0)
		return error_set(err, ERROR_INVALID, "tz", "must be utc or tenant");
	*ret_zone = run->zone;
	return cdr_tenant_zone(run->db, &run->tenant.id, run->zone, err);
}

/* ---- what is done ---- */

static enum error_code print_history(struct run *run, const struct queue_statistics *wanted,
                                     const struct resource *shape, struct text *out,
                                     struct error *err)
{
	AUTO(text_clear) struct text rows = {0};
	enum error_code code =
		queue_statistics_history(run->db, &run->tenant.id, wanted, &rows, err);

	if (code)
		return code;
	if (!run->arguments.json)
		return output_table(shape, text_string(&rows), out, err);
	text_addf(out, "%s\n", text_string(&rows));
	return out->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static enum error_code statistics(struct run *run, enum queue_by by, const struct resource *shape,
                                  struct text *out, struct error *err)
{
	const struct arguments *arguments = &run->arguments;
	struct queue_statistics wanted = {.by = by};
	enum error_code code = read_time("from", arguments->from, &wanted.from_us, err);

	if (!code)
		code = read_time("to", arguments->to, &wanted.to_us, err);
	if (!code)
		code = queue_report_span(by, &wanted.from_us, &wanted.to_us, err);
	if (!code)
		code = read_zone(run, &wanted.zone, err);
	if (!code)
		code = find(run, "queue", arguments->queue, &run->queue, &wanted.queue, err);
	if (!code)
		code = find(run, "extension", arguments->extension, &run->extension, &wanted.agent,
		            err);
	return code ? code : print_history(run, &wanted, shape, out, err);
}

static enum error_code run_queue_statistics(struct run *run, struct text *out, struct error *err)
{
	static const struct resource shape = {.fields = queue_history_fields,
	                                      .n_fields = QUEUE_HISTORY_FIELDS};
	enum queue_by by = QUEUE_BY_QUEUE;
	enum error_code code = run->arguments.by ? read_by(run->arguments.by, &by, err) : ERROR_OK;

	return code ? code : statistics(run, by, &shape, out, err);
}

static enum error_code run_agent_statistics(struct run *run, struct text *out, struct error *err)
{
	static const struct resource shape = {.fields = agent_history_fields,
	                                      .n_fields = AGENT_HISTORY_FIELDS};

	return statistics(run, QUEUE_BY_AGENT, &shape, out, err);
}

static enum error_code run_explain(struct run *run, struct text *out, struct error *err)
{
	const struct arguments *arguments = &run->arguments;
	AUTO(json_auto_unref) json_t *explained = NULL;
	AUTO(auto_free) char *json = NULL;
	struct queue_explain wanted = {0};
	struct uuid call;
	enum error_code code = request_limit(arguments->limit, QUEUE_EXPLAIN_MOST,
	                                     QUEUE_EXPLAIN_USUAL, &wanted.limit, err);

	if (!code && arguments->call && !uuid_parse(arguments->call, &call))
		code = error_set(err, ERROR_INVALID, "call", "must be a UUID: the id of a call");
	if (!code)
		code = find(run, "queue", arguments->queue, &run->queue, &wanted.queue, err);
	if (code)
		return code;
	wanted.call = arguments->call ? &call : NULL;
	code = queue_report_explain(run->db, &run->tenant.id, &wanted, &explained, err);
	if (code)
		return code;
	if (arguments->json) {
		json = json_dumps(explained, RESOURCE_JSON);
		text_addf(out, "%s\n", json ? json : "");
	} else {
		queue_story(explained, out);
	}
	return out->failed || (arguments->json && !json) ? error_set(err, ERROR_MEMORY, NULL, NULL)
	                                                 : ERROR_OK;
}

/* ---- commands ---- */

/* The first of known is the tenant. */
static int command(const struct config *config, int argc, char **argv, struct run *run,
                   const struct extra_argument *known, size_t n, run_h *h)
{
	AUTO(text_clear) struct text out = {0};
	struct database database;
	struct error err;
	enum error_code code = extra_parse(argc, argv, known, n, &run->arguments.json, &err);

	if (!code)
		code = database_open(config, &database, &err);
	if (code)
		return exit_report(&err, run->arguments.json);
	run->db = database.db;
	code = tenant_find(run->db, run->arguments.tenant, &run->tenant, &err);
	if (!code)
		code = h(run, &out, &err);
	if (code)
		code = database_explain(config, code, &err);
	database_close(&database);
	if (code)
		return exit_report(&err, run->arguments.json);
	fputs(text_string(&out), stdout);
	return exit_flushed();
}

#define TENANT(run)                                                                                \
	{                                                                                          \
		"--tenant", &(run).arguments.tenant, "is required: a domain or an id"              \
	}
#define OPTIONAL(run, name)                                                                        \
	{                                                                                          \
		"--" #name, &(run).arguments.name, NULL                                            \
	}

int queue_explain_command(const struct config *config, int argc, char **argv)
{
	struct run run = {0};
	const struct extra_argument known[] = {
		TENANT(run),
		OPTIONAL(run, queue),
		OPTIONAL(run, call),
		OPTIONAL(run, limit),
	};

	return command(config, argc, argv, &run, known, COUNT_OF(known), run_explain);
}

int queue_statistics_command(const struct config *config, int argc, char **argv)
{
	struct run run = {0};
	const struct extra_argument known[] = {
		TENANT(run),         OPTIONAL(run, queue), OPTIONAL(run, by),
		OPTIONAL(run, from), OPTIONAL(run, to),    OPTIONAL(run, tz),
	};

	return command(config, argc, argv, &run, known, COUNT_OF(known), run_queue_statistics);
}

int agent_statistics_command(const struct config *config, int argc, char **argv)
{
	struct run run = {0};
	const struct extra_argument known[] = {
		TENANT(run),         OPTIONAL(run, queue), OPTIONAL(run, extension),
		OPTIONAL(run, from), OPTIONAL(run, to),
	};

	return command(config, argc, argv, &run, known, COUNT_OF(known), run_agent_statistics);
}
