#include "sip/command.h"

#include <errno.h>
#include <re.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/daemon.h"
#include "cli/exit.h"
#include "db/login.h"
#include "domain/agent_writer.h"
#include "domain/directory.h"
#include "domain/node.h"
#include "domain/node_tenants.h"
#include "sip/engine.h"

/* re_dbg.h wants to know whose messages it would print; we only want it to print none. */
#define DEBUG_MODULE "centrex"
#define DEBUG_LEVEL  0
#include <re_dbg.h>

const char sip_usage[] = "Usage: centrex sip [--SETTING VALUE ...]\n"
			 "\n"
			 "Runs the SIP engine alone, on a database that is there already.\n"
			 "`centrex serve` starts it by itself. It writes its ports to\n"
			 "<state>/run/sip.json once it serves; SIGTERM lets calls end first,\n"
			 "SIGHUP re-reads the settings.\n";

struct parts {
	struct db_login login;
	struct db *db;
	struct directory *directory;
	char node[NODE_NAME_MAX];
	struct node_tenants *tenants;
	struct live *live;
	struct agent_writer *agents;
	struct queue_log *queue_log;
	struct cdr_store *cdr;
	struct engine *engine;
	struct node *self;
};

/* On a thread of the call records'. */
static void log_records(enum cdr_notice notice, const struct uuid *call, const struct uuid *tenant,
                        const struct error *err, void *arg)
{
	char call_id[UUID_TEXT_MAX], tenant_id[UUID_TEXT_MAX];

	(void)arg;
	switch (notice) {
	case CDR_REJECTED:
		log_event(LOG_ERROR, "cdr", "call record refused, set aside in spool/rejected",
		          LOG_TEXT("call", uuid_format(call, call_id)),
		          LOG_TEXT("tenant_id", uuid_format(tenant, tenant_id)),
		          LOG_TEXT("code", error_slug(err->code)),
		          LOG_TEXT("message", err->message), LOG_TEXT("detail", err->detail));
		break;
	case CDR_WAITING:
		log_error("cdr", "call records wait in the spool", err);
		break;
	case CDR_RESUMED:
		log_write(LOG_INFO, "cdr", "call records are stored again", NULL, 0);
		break;
	case CDR_UNWRITTEN:
		log_error("cdr", "the spool cannot be written, call records wait in memory", err);
		break;
	case CDR_WRITTEN:
		log_write(LOG_INFO, "cdr", "the spool is written again", NULL, 0);
		break;
	}
}

static void log_replay(struct cdr_store *cdr)
{
	struct cdr_counts counts;

	cdr_counts(cdr, &counts);
	if (counts.waiting || counts.damaged)
		log_event(LOG_INFO, "cdr", "call records of an earlier run",
		          LOG_NUMBER("waiting", counts.waiting),
		          LOG_NUMBER("closed", counts.closed_at_start),
		          LOG_NUMBER("damaged", counts.damaged));
}

static enum error_code open_records(const struct config *config, struct parts *parts,
                                    struct error *err)
{
	AUTO(text_clear) struct text spool = {0};

	text_addf(&spool, "%s/spool", config_text(config, CONFIG_STATE));
	if (spool.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	/* The supervisor's; alone it may not be there yet. */
	if (mkdir(spool.data, 0700) != 0 && errno != EEXIST)
		return error_errno(err, "make %s", spool.data);
	const struct cdr_config cdr = {
		.spool = spool.data,
		.db = parts->db,
		.node = parts->node,
		.notice = log_records,
	};
	enum error_code code = cdr_open(&cdr, &parts->cdr, err);

	if (code == ERROR_OK)
		log_replay(parts->cdr);
	return code;
}

/* On the thread of the live calls'. */
static void log_live(const struct error *err, void *arg)
{
	(void)arg;
	if (err)
		log_error("sip", "calls under way not shown, they go on", err);
	else
		log_write(LOG_INFO, "sip", "calls under way are shown again", NULL, 0);
}

static enum error_code open_live(struct parts *parts, struct error *err)
{
	const struct live_config live = {.db = parts->db,
	                                 .node = parts->node,
	                                 .notice = log_live,
	                                 .tenants = parts->tenants};

	return live_open(&live, &parts->live, err);
}

/* On the listener's thread. */
static void hear(enum listen_event event, const char *payload, void *arg)
{
	const struct parts *parts = arg;

	live_hear(event, payload, parts->live);
	agent_writer_hear(event, payload, parts->agents);
}

static void add_counter(struct text *json, const char *name, uint64_t value)
{
	text_addf(json, "%s\"%s\":%llu", json->length > 1 ? "," : "", name,
	          (unsigned long long)value);
}

static void write_queues(struct text *json, const struct queues_figures *figures,
                         const struct parts *parts)
{
	struct queue_log_counts decisions;
	struct agent_writer_counts agents;

	queue_log_counts(parts->queue_log, &decisions);
	agent_writer_counts(parts->agents, &agents);
	add_counter(json, "queue_tenants", figures->tenants);
	add_counter(json, "queue_callers_waiting", figures->waiting);
	add_counter(json, "queue_callers_connected", figures->connected);
	add_counter(json, "queue_callers", figures->entered);
	add_counter(json, "queue_answered", figures->answered);
	add_counter(json, "queue_abandoned", figures->abandoned);
	add_counter(json, "queue_overflowed", figures->overflowed);
	add_counter(json, "queue_offers", figures->offers);
	add_counter(json, "queue_decisions_written", decisions.written);
	add_counter(json, "queue_decisions_dropped", decisions.dropped);
	add_counter(json, "agents_written", agents.written);
	add_counter(json, "agents_dropped", agents.dropped);
	add_counter(json, "agents_unwritten", agents.waiting);
}

/* On the node's thread: web/metrics_nodes.c knows these names. */
static void write_counters(struct text *json, void *arg)
{
	const struct parts *parts = arg;
	struct engine_figures engine;
	struct live_counts live;
	struct cdr_counts cdr;
	struct directory_counts directory;

	engine_figures(parts->engine, &engine);
	live_counts(parts->live, &live);
	cdr_counts(parts->cdr, &cdr);
	directory_counts(parts->directory, &directory);
	text_add_char(json, '{');
	add_counter(json, "calls", engine.calls);
	add_counter(json, "calls_shown", live.calls);
	add_counter(json, "live_steps_written", live.written);
	add_counter(json, "live_steps_dropped", live.dropped);
	add_counter(json, "registrations", engine.registrations);
	add_counter(json, "registered_extensions", engine.extensions);
	add_counter(json, "registrations_unwritten", engine.unwritten);
	add_counter(json, "cdrs_begun", cdr.begun);
	add_counter(json, "cdrs_ended", cdr.ended);
	add_counter(json, "cdrs_stored", cdr.stored);
	add_counter(json, "cdrs_waiting", cdr.waiting);
	add_counter(json, "cdrs_rejected", cdr.rejected);
	add_counter(json, "cdrs_dropped", cdr.dropped);
	add_counter(json, "recordings", engine.recordings);
	add_counter(json, "recordings_written", engine.recordings_written);
	add_counter(json, "recordings_failed", engine.recordings_failed);
	add_counter(json, "recording_packets_lost", engine.recording_packets_lost);
	add_counter(json, "recording_failing", engine.recording_failing);
	add_counter(json, "sounds", engine.sounds);
	add_counter(json, "sound_bytes", engine.sound_bytes);
	add_counter(json, "sounds_encoded", engine.sounds_encoded);
	add_counter(json, "sounds_failed", engine.sounds_failed);
	write_queues(json, &engine.queues, parts);
	add_counter(json, "snapshots", directory.tenants);
	add_counter(json, "memory_bytes", (uint64_t)node_memory_bytes());
	for (int i = 0; i < SIP_COUNT_N; i++) {
		char name[64];

		snprintf(name, sizeof(name), "sip_%s", engine_count_slug((enum sip_count)i));
		add_counter(json, name, engine.counts[i]);
	}
	text_add_char(json, '}');
}

/* On the node's thread. */
static void forget_node(const char *name, const char *before, void *arg)
{
	const struct parts *parts = arg;

	log_event(LOG_WARNING, "sip", "an engine is silent, its calls are taken for ended",
	          LOG_TEXT("node", name));
	live_forget_node(parts->live, name, before);
	agent_writer_forget_node(parts->agents, name);
}

static enum error_code open_parts(const struct config *config, struct parts *parts,
                                  struct error *err)
{
	enum error_code code = db_login_load(config, "centrex sip", &parts->login, err);

	node_name(config, parts->node);
	if (code == ERROR_OK)
		code = db_open(&parts->login.config, &parts->db, err);
	if (code == ERROR_OK)
		code = node_tenants_open(parts->db, "sip", parts->node, &parts->tenants, err);
	if (code == ERROR_OK)
		code = open_live(parts, err);
	if (code == ERROR_OK)
		code = agent_writer_open(parts->db, parts->node, &parts->agents, err);
	if (code == ERROR_OK)
		code = queue_log_open(parts->db, &parts->queue_log, err);
	if (code == ERROR_OK) {
		struct directory_config directory = {.db = parts->db,
		                                     .db_config = &parts->login.config,
		                                     .also = hear,
		                                     .also_arg = parts};

		code = directory_open(&directory, &parts->directory, err);
	}
	if (code == ERROR_OK)
		code = open_records(config, parts, err);
	if (code == ERROR_OK) {
		struct engine_config engine = {.config = config,
		                               .db = parts->db,
		                               .directory = parts->directory,
		                               .cdr = parts->cdr,
		                               .live = parts->live,
		                               .agents = parts->agents,
		                               .queue_log = parts->queue_log,
		                               .node = parts->node,
		                               .tenants = parts->tenants};

		code = engine_open(&engine, &parts->engine, err);
	}
	if (code == ERROR_OK) {
		struct node_config node = {.db = parts->db,
		                           .kind = "sip",
		                           .name = parts->node,
		                           .counters = write_counters,
		                           .silent = forget_node,
		                           .arg = parts};

		code = node_open(&node, &parts->self, err);
	}
	return code;
}

static void close_parts(struct parts *parts)
{
	node_close(parts->self);
	engine_close(parts->engine);
	cdr_close(parts->cdr);
	if (parts->directory)
		directory_close(parts->directory);
	queue_log_close(parts->queue_log);
	agent_writer_close(parts->agents);
	live_close(parts->live);
	node_tenants_close(parts->tenants);
	db_close(parts->db);
	db_login_clear(&parts->login);
}

int sip_command(const struct config *config, int argc, char **argv)
{
	struct parts parts = {0};
	struct error err;

	/* The engine's loop reads the signals from a signalfd. */
	if (daemon_begin("sip", argc, argv, &err))
		return exit_report(&err, false);
	if (libre_init() != 0) {
		error_set(&err, ERROR_INTERNAL, NULL, "cannot start libre");
		return exit_report(&err, false);
	}
	/* What fails is said once, by us: libre would print its own line, in red, on top. */
	dbg_init(DBG_EMERG, DBG_NONE);

	enum error_code code = open_parts(config, &parts, &err);

	if (code == ERROR_OK)
		code = engine_run(parts.engine, &err);
	close_parts(&parts);
	libre_close();
	return code == ERROR_OK ? EXIT_DONE : exit_report(&err, false);
}
