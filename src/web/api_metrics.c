#include "web/api_metrics.h"

#include <string.h>

#include "domain/directory.h"
#include "domain/node.h"
#include "freeswitch/intake.h"
#include "web/gate.h"
#include "web/hub.h"
#include "web/metrics.h"
#include "web/switches.h"
#include "web/workers.h"

static void write_directory(const struct web *web, struct text *out)
{
	struct directory_counts counts;

	directory_counts(web->directory, &counts);
	metric_one(out, "centrex_snapshots", METRIC_GAUGE, "Tenants in memory.",
	           (double)counts.tenants);
	metric_one(out, "centrex_snapshot_bytes", METRIC_GAUGE, "Memory of the tenants.",
	           (double)counts.bytes);
	metric_one(out, "centrex_snapshots_stale", METRIC_GAUGE,
	           "Tenants in memory that are known to be behind the database.",
	           (double)counts.stale);
	metric_one(out, "centrex_snapshot_loads_total", METRIC_COUNTER, "Tenants loaded.",
	           (double)counts.loads);
	metric_one(out, "centrex_snapshot_failures_total", METRIC_COUNTER,
	           "Tenants that could not be loaded.", (double)counts.failures);
	metric_one(out, "centrex_listening", METRIC_GAUGE,
	           "1: changes in the database are heard of.", counts.listening);
}

static void write_database(const struct web *web, struct text *out)
{
	struct db_counts counts;

	db_counts(web->db, &counts);
	metric_one(out, "centrex_db_connections", METRIC_GAUGE, "Connections to the database.",
	           counts.open);
	metric_one(out, "centrex_db_connections_idle", METRIC_GAUGE,
	           "Connections that nobody uses.", counts.idle);
	metric_one(out, "centrex_db_connections_most", METRIC_GAUGE,
	           "Connections that there may be.", counts.most);
	metric_one(out, "centrex_db_taken_total", METRIC_COUNTER,
	           "How often a connection was asked for.", (double)counts.taken);
	metric_one(out, "centrex_db_waited_total", METRIC_COUNTER,
	           "How often none was free at once.", (double)counts.waited);
	metric_one(out, "centrex_db_timeouts_total", METRIC_COUNTER,
	           "How often none became free in time.", (double)counts.timed_out);
	metric_one(out, "centrex_db_connects_total", METRIC_COUNTER, "Connections opened.",
	           (double)counts.opened);
	metric_one(out, "centrex_db_connect_failures_total", METRIC_COUNTER,
	           "Connections that could not be opened.", (double)counts.failed);
}

static void write_streams(const struct web *web, struct text *out)
{
	struct hub_counts counts;

	hub_counts(web->hub, &counts);
	metric_one(out, "centrex_streams", METRIC_GAUGE, "Event streams open.",
	           (double)counts.streams);
	metric_one(out, "centrex_stream_tenants", METRIC_GAUGE, "Tenants that somebody listens to.",
	           (double)counts.tenants);
	metric_one(out, "centrex_streams_joined_total", METRIC_COUNTER, "Event streams begun.",
	           (double)counts.joined);
	metric_one(out, "centrex_streams_cut_off_total", METRIC_COUNTER,
	           "Event streams cut off: the client was too slow.", (double)counts.cut_off);
	metric_one(out, "centrex_stream_events_total", METRIC_COUNTER, "Events sent, to each once.",
	           (double)counts.sent);
	metric_one(out, "centrex_stream_reads_total", METRIC_COUNTER,
	           "Looks into a tenant's event log.", (double)counts.reads);
}

static void write_switches(const struct web *web, struct text *out)
{
	static const char *const sections[LOOKUP_SECTION_COUNT] = {
		[LOOKUP_DIRECTORY] = "directory",
		[LOOKUP_DIALPLAN] = "dialplan",
		[LOOKUP_CONFIGURATION] = "configuration",
	};
	static const char *const results[] = {
		[LOOKUP_FOUND] = "found",
		[LOOKUP_NOT_FOUND] = "not_found",
		[LOOKUP_ASK] = "asked",
		[LOOKUP_UNAVAILABLE] = "unavailable",
	};

	metric_head(out, "centrex_lookups_total", METRIC_COUNTER,
	            "Questions of FreeSWITCH; asked: was not in memory, and is counted again.");
	for (int section = 0; section < LOOKUP_SECTION_COUNT; section++)
		for (size_t result = 0; result < COUNT_OF(results); result++) {
			text_addf(out, "centrex_lookups_total{section=\"%s\",result=\"%s\"}",
			          sections[section], results[result]);
			metric_value(out, (double)switches_counted(web->switches,
			                                           (enum lookup_section)section,
			                                           (enum lookup_result)result));
		}
	metric_one(
		out, "centrex_switch_requests_refused_total", METRIC_COUNTER,
		"Requests for FreeSWITCH's paths from a wrong address, or with wrong credentials.",
		(double)switches_refused(web->switches));
}

static void write_records(const struct web *web, struct text *out)
{
	struct intake_counts counts;

	intake_counts(web->records, &counts);

	const struct {
		const char *result;
		uint64_t n;
	} results[] = {
		{"stored",   counts.stored  },
                {"repeated", counts.repeated},
		{"dead",     counts.dead    },
                {"spooled",  counts.spooled },
		{"replayed", counts.replayed},
                {"refused",  counts.refused },
	};

	metric_head(
		out, "centrex_records_total", METRIC_COUNTER,
		"Call records of FreeSWITCH; spooled: kept until the database is back; replayed: "
		"left the spool, and is counted again; dead: has no place.");
	for (size_t i = 0; i < COUNT_OF(results); i++) {
		text_addf(out, "centrex_records_total{result=\"%s\"}", results[i].result);
		metric_value(out, (double)results[i].n);
	}
	metric_one(out, "centrex_records_waiting", METRIC_GAUGE,
	           "Call records of FreeSWITCH in the spool.", (double)counts.waiting);
}

static const char *const classes[WORKER_CLASS_COUNT] = {
	[WORKER_DATABASE] = "database",
	[WORKER_LONG] = "long",
	[WORKER_HASHES] = "hashes",
	[WORKER_RECORDS] = "records",
};

static void write_workers(const struct web *web, struct text *out)
{
	static const struct {
		const char *name;
		enum metric_type type;
		const char *help;
	} rows[] = {
		{"centrex_workers",               METRIC_GAUGE,   "Threads that work on requests."},
		{"centrex_workers_busy",          METRIC_GAUGE,   "Threads at work."              },
		{"centrex_workers_waiting",       METRIC_GAUGE,   "Requests that wait for one."   },
		{"centrex_workers_done_total",    METRIC_COUNTER, "Requests worked on."           },
		{"centrex_workers_refused_total", METRIC_COUNTER, "Requests with no room to wait."},
	};

	for (size_t row = 0; row < COUNT_OF(rows); row++) {
		metric_head(out, rows[row].name, rows[row].type, rows[row].help);
		for (int class = 0; class < WORKER_CLASS_COUNT; class ++) {
			struct workers_counts counts;

			if (class == WORKER_RECORDS && !web->switch_workers)
				continue;
			workers_counts(class == WORKER_RECORDS ? web->switch_workers : web->workers,
			               (enum worker_class) class, &counts);
			const double values[] = {counts.threads, counts.busy, counts.waiting,
			                         (double)counts.done, (double)counts.refused};

			text_addf(out, "%s{class=\"%s\"}", rows[row].name, classes[class]);
			metric_value(out, values[row]);
		}
	}
}

void metrics_write(const struct web *web, struct text *out)
{
	struct node_list nodes = {0};
	bool up = node_read(web->db, &nodes, NULL) == ERROR_OK;

	metrics_write_requests(web->metrics, out);
	write_workers(web, out);
	write_database(web, out);
	metric_one(out, "centrex_db_up", METRIC_GAUGE, "1: the database answers.", up);
	write_directory(web, out);
	write_streams(web, out);
	if (web->switches)
		write_switches(web, out);
	if (web->records)
		write_records(web, out);
	metric_one(out, "centrex_memory_bytes", METRIC_GAUGE, "Resident memory of this process.",
	           (double)node_memory_bytes());
	metrics_write_nodes(&nodes, out);
	node_list_clear(&nodes);
}

/* A proxy on this machine asks for people elsewhere, and says so. */
static bool is_local(const struct request *request)
{
	static const char *const forwarded[] = {"X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"};

	for (size_t i = 0; i < COUNT_OF(forwarded); i++)
		if (request_header(request, forwarded[i]))
			return false;
	return strncmp(request->address, "127.", 4) == 0 || strcmp(request->address, "::1") == 0;
}

static enum error_code get_metrics(struct request *request, struct reply *reply, struct error *err)
{
	enum error_code code = ERROR_OK;

	if (!is_local(request) || request_header(request, "Authorization"))
		code = gate_demand(request, reply, ACCESS_OPERATOR, err);
	if (code != ERROR_OK)
		return code;
	reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_write(request->web, &reply->body);
	return ERROR_OK;
}

static const struct route rows[] = {
	{.method = WEB_GET,
         .path = "/metrics",
         .handle = get_metrics,
         .flags = ROUTE_SNAPSHOT | ROUTE_DEMANDS,
         .summary = "Counters for Prometheus: from this machine, or with an operator's token",
         .tag = "operation",
         .answer_type = "text/plain",
         .status = 200},
};

const struct route_table api_metrics_routes = {rows, COUNT_OF(rows)};
