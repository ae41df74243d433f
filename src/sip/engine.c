#include "sip/engine.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "sip/auth.h"
#include "sip/call.h"
#include "sip/connections.h"
#include "sip/dispatch.h"
#include "sip/filter.h"
#include "sip/guard.h"
#include "sip/listen.h"
#include "sip/media.h"
#include "sip/queues.h"
#include "sip/recorder.h"
#include "sip/registrar.h"
#include "sip/voice.h"
#include "sip/work.h"

enum {
	TRANSACTIONS_HASH = 16384, /* buckets of libre's tables */
	CONNECTIONS_HASH = 16384,
	FILES_MAX = 65536,
	GREET_MS = 200,
	GREET_TRIES = 25, /* five seconds */
	TICK_MS = 250,
	COUNTS_EVERY_S = 60,
	GOODBYE_S = 2, /* for the answers to our BYEs */
};

/* The figures of the last tick, for other threads. */
struct engine_told {
	pthread_mutex_t lock;
	struct engine_figures figures;
};

/* What only the running loop needs. */
struct run {
	struct engine *engine;
	struct tmr greet, tick;
	int greet_tries;
	int signals; /* signalfd */
	int64_t drain_until_us;
	int64_t counts_at_us;
	uint64_t counted[SIP_COUNT_N];
	enum error_code code;
	struct error *err;
};

const char *engine_count_slug(enum sip_count count)
{
	static const char *const slugs[SIP_COUNT_N] = {
#define X(id, slug) [SIP_COUNT_##id] = slug,
		SIP_COUNT_LIST(X)
#undef X
	};

	return slugs[count];
}

/* libre holds a table of so many file descriptors; connections take one each. */
static enum error_code size_tables(struct error *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return error_errno(err, "read the limit of open files");
	rlim_t wanted = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;

	if (limit.rlim_cur < wanted) {
		limit.rlim_cur = wanted;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	/* Connections, which anybody may open, get three of four; the rest is for media, files and
	 * the database, which libre does not watch. libre keeps the first size it hears of, and
	 * poll_method_set names one of its own (1,024). */
	if (fd_setsize((int)(wanted - wanted / 4)) != 0 || poll_method_set(METHOD_EPOLL) != 0)
		return error_set(err, ERROR_IO, NULL, "cannot set up epoll");
	return ERROR_OK;
}

static struct guard_config guard_settings(const struct config *config)
{
	return (struct guard_config){
		.failures = (unsigned)config_number(config, CONFIG_SIP_BAN_FAILURES),
		.ban_s = (unsigned)config_number(config, CONFIG_SIP_BAN_S),
	};
}

static enum error_code open_media(struct engine *engine, struct error *err)
{
	const struct config *config = engine->config;
	struct media_config media = {
		.port_least = (uint16_t)config_number(config, CONFIG_RTP_PORT_LEAST),
		.port_most = (uint16_t)config_number(config, CONFIG_RTP_PORT_MOST),
		.threads = (unsigned)config_number(config, CONFIG_MEDIA_THREADS),
		.silence_s = (unsigned)config_number(config, CONFIG_MEDIA_SILENCE_S),
	};

	if (sa_set_str(&media.address, config_text(config, CONFIG_SIP_ADDRESS), 0) != 0)
		return error_set(err, ERROR_INVALID, config_name(CONFIG_SIP_ADDRESS),
		                 "not an IP address");
	return media_open(&media, &engine->media, err);
}

static enum error_code open_parts(struct engine *engine, struct error *err)
{
	struct guard_config guard = guard_settings(engine->config);
	unsigned workers = (unsigned)config_number(engine->config, CONFIG_SIP_WORKERS);
	enum error_code code = size_tables(err);

	if (code == ERROR_OK)
		code = guard_open(&guard, &engine->guard, err);
	if (code == ERROR_OK)
		code = work_open(workers, 0, &engine->work, err);
	if (code == ERROR_OK)
		code = auth_open(engine, &engine->auth, err);
	if (code == ERROR_OK)
		code = registrar_open(engine, &engine->registrar, err);
	if (code == ERROR_OK && sip_alloc(&engine->sip, NULL, TRANSACTIONS_HASH, TRANSACTIONS_HASH,
	                                  CONNECTIONS_HASH, "Centrex", NULL, NULL) != 0)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code == ERROR_OK)
		code = open_media(engine, err);
	if (code == ERROR_OK)
		code = voices_open(engine, &engine->voices, err);
	if (code == ERROR_OK)
		code = recorder_open(engine, &engine->recorder, err);
	if (code == ERROR_OK)
		code = calls_open(engine, &engine->calls, err);
	if (code == ERROR_OK)
		code = queues_open(engine, &engine->queues, err);
	if (code == ERROR_OK)
		code = dispatch_open(engine, err);
	if (code == ERROR_OK)
		code = connections_open(engine, &engine->connections, err);
	if (code == ERROR_OK)
		code = listen_all(engine, err);
	if (code == ERROR_OK)
		code = filter_open(engine, &engine->filter, err);
	return code;
}

static struct engine *engine_new(void)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->told = calloc(1, sizeof(*engine->told));
	if (!engine->told) {
		free(engine);
		return NULL;
	}
	pthread_mutex_init(&engine->told->lock, NULL);
	return engine;
}

enum error_code engine_open(const struct engine_config *config, struct engine **ret_engine,
                            struct error *err)
{
	struct engine *engine = engine_new();

	if (!engine)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	engine->config = config->config;
	engine->db = config->db;
	engine->directory = config->directory;
	engine->cdr = config->cdr;
	engine->live = config->live;
	engine->agents = config->agents;
	engine->tenants = config->tenants;
	engine->queue_log = config->queue_log;
	engine->node = config->node;

	enum error_code code = open_parts(engine, err);

	if (code != ERROR_OK) {
		engine_close(engine);
		return code;
	}
	*ret_engine = engine;
	return ERROR_OK;
}

void engine_close(struct engine *engine)
{
	if (!engine)
		return;
	work_close(engine->work);
	if (engine->registrar)
		registrar_flush(engine->registrar);
	auth_close(engine->auth);
	filter_close(engine->filter);
	queues_close(TAKE(engine->queues));
	calls_close(engine->calls);
	recorder_close(engine->recorder);
	media_close(engine->media);
	voices_close(engine->voices);
	sip_close(engine->sip, true);
	mem_deref(engine->sip);
	connections_close(engine->connections);
	registrar_close(engine->registrar);
	guard_close(engine->guard);
	config_free(engine->reloaded);
	pthread_mutex_destroy(&engine->told->lock);
	free(engine->told);
	free(engine);
}

void engine_figures(const struct engine *engine, struct engine_figures *ret_figures)
{
	pthread_mutex_lock(&engine->told->lock);
	*ret_figures = engine->told->figures;
	pthread_mutex_unlock(&engine->told->lock);
}

static void tell_figures(struct engine *engine)
{
	struct registrar_figures phones;
	struct tracks_figures sounds;
	struct recorder_figures recorder;
	struct engine_figures figures = {.calls = calls_under_way(engine->calls)};

	registrar_figures(engine->registrar, &phones);
	figures.extensions = phones.extensions;
	figures.registrations = phones.bindings;
	figures.unwritten = phones.unwritten;
	queues_figures(engine->queues, &figures.queues);
	recorder_figures(engine->recorder, &recorder);
	figures.recordings = recorder.recording;
	figures.recordings_written = recorder.written;
	figures.recordings_failed = recorder.failed;
	figures.recording_packets_lost = recorder.lost_packets;
	figures.recording_failing = recorder.failing;
	voices_figures(engine->voices, &sounds);
	figures.sounds = sounds.tracks;
	figures.sound_bytes = sounds.bytes;
	figures.sounds_encoded = sounds.encoded;
	figures.sounds_failed = sounds.failed;
	memcpy(figures.counts, engine->counts, sizeof(figures.counts));
	pthread_mutex_lock(&engine->told->lock);
	engine->told->figures = figures;
	pthread_mutex_unlock(&engine->told->lock);
}

static void log_counts(struct run *run, const char *message)
{
	struct engine *engine = run->engine;
	struct log_field fields[SIP_COUNT_N];
	size_t n = 0;

	for (int i = 0; i < SIP_COUNT_N; i++)
		if (engine->counts[i])
			fields[n++] =
				LOG_NUMBER(engine_count_slug((enum sip_count)i), engine->counts[i]);
	memcpy(run->counted, engine->counts, sizeof(run->counted));
	log_write(LOG_INFO, "sip", message, fields, n);
}

static void on_greet(void *arg)
{
	struct run *run = arg;
	size_t waiting = filter_greet(run->engine->filter);

	if (waiting == 0) {
		struct engine *engine = run->engine;

		run->code = listen_publish(engine, run->err);
		if (run->code != ERROR_OK) {
			re_cancel();
			return;
		}
		log_event(LOG_INFO, "sip", "ready",
		          LOG_TEXT("address", config_text(engine->config, CONFIG_SIP_ADDRESS)),
		          LOG_NUMBER("udp", engine->ports.udp),
		          LOG_NUMBER("tcp", engine->ports.tcp),
		          LOG_NUMBER("tls", engine->ports.tls));
	} else if (++run->greet_tries > GREET_TRIES) {
		run->code = error_set(run->err, ERROR_IO, config_name(CONFIG_SIP_ADDRESS),
		                      "the engine does not hear itself on UDP port %u",
		                      run->engine->ports.udp);
		re_cancel();
	} else {
		tmr_start(&run->greet, run->greet_tries == 1 ? 1 : GREET_MS, on_greet, run);
	}
}

static void begin_draining(struct run *run)
{
	struct engine *engine = run->engine;
	int64_t drain_us = config_number(engine->config, CONFIG_DRAIN_S) * 1000000;

	if (engine->draining) { /* asked twice: at once */
		run->drain_until_us = clock_monotonic_us();
		return;
	}
	engine->draining = true;
	run->drain_until_us = clock_monotonic_us() + drain_us;
	log_event(LOG_INFO, "sip", "draining", LOG_NUMBER("drain_s", drain_us / 1000000));
}

/* SIGHUP: limits, times and the public address hold for what comes next; the addresses we listen
 * on, ports and threads change with the next start. */
static void reload(struct run *run)
{
	struct engine *engine = run->engine;
	struct config *config = NULL;
	struct error err;

	if (config_reload(engine->config, &config, &err) != ERROR_OK) {
		log_error("sip", "settings not re-read, the old ones stay", &err);
		return;
	}
	config_free(engine->reloaded);
	engine->config = engine->reloaded = config;
	log_settings(config);

	struct guard_config guard = guard_settings(config);

	guard_configure(engine->guard, &guard);
	log_write(LOG_INFO, "sip", "settings re-read", NULL, 0);
}

static void on_signal(int flags, void *arg)
{
	struct run *run = arg;
	struct signalfd_siginfo info;

	(void)flags;
	if (read(run->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGHUP)
		reload(run);
	else
		begin_draining(run);
}

/* Nothing is left to wait for. When the time is over the phones are told, and given a moment. */
static bool drained(struct run *run, int64_t now_us)
{
	struct engine *engine = run->engine;

	if (calls_count(engine->calls) == 0)
		return true;
	/* Only goodbyes are left: a phone that no longer answers them is not waited for. */
	if (calls_under_way(engine->calls) == 0 && run->drain_until_us > now_us)
		run->drain_until_us = now_us;
	if (now_us >= run->drain_until_us) {
		engine->ending = true;
		calls_end(engine->calls);
	}
	return now_us >= run->drain_until_us + GOODBYE_S * 1000000LL;
}

static void on_tick(void *arg)
{
	struct run *run = arg;
	struct engine *engine = run->engine;
	int64_t now_us = clock_monotonic_us();

	registrar_tick(engine->registrar, clock_unix_us() / 1000000);
	connections_tick(engine->connections, now_us / 1000000);
	tell_figures(engine);
	if (now_us >= run->counts_at_us) {
		run->counts_at_us = now_us + COUNTS_EVERY_S * 1000000LL;
		if (memcmp(run->counted, engine->counts, sizeof(run->counted)) != 0)
			log_counts(run, "counts");
	}
	if (engine->draining && drained(run, now_us)) {
		re_cancel();
		return;
	}
	tmr_start(&run->tick, TICK_MS, on_tick, run);
}

static enum error_code listen_signals(struct run *run)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	run->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (run->signals < 0 || pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 ||
	    fd_listen(run->signals, FD_READ, on_signal, run) != 0)
		return error_errno(run->err, "listen to signals");
	return ERROR_OK;
}

enum error_code engine_run(struct engine *engine, struct error *err)
{
	struct run run = {.engine = engine, .signals = -1, .err = err};

	tmr_init(&run.greet);
	tmr_init(&run.tick);
	run.code = listen_signals(&run);
	if (run.code == ERROR_OK) {
		run.counts_at_us = clock_monotonic_us() + COUNTS_EVERY_S * 1000000LL;
		tmr_start(&run.greet, 1, on_greet, &run);
		tmr_start(&run.tick, TICK_MS, on_tick, &run);
		(void)re_main(NULL);
		log_counts(&run, "stopped");
		listen_unpublish(engine);
	}
	tmr_cancel(&run.greet);
	tmr_cancel(&run.tick);
	if (run.signals >= 0) {
		fd_close(run.signals);
		(void)close(run.signals);
	}
	return run.code;
}
