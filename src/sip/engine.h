/*
 * The SIP engine of one process: one libre loop, its listeners, workers and media threads.
 * Everything here runs on the loop's thread unless it says otherwise.
 *
 * A request takes this way: filter.c (datagrams before libre sees them: bans, size, form), libre's
 * server transactions (retransmissions, ACK and CANCEL of what is under way), dispatch.c (mandatory
 * headers, method table), then the part that owns the method.
 */
#ifndef CENTREX_SIP_ENGINE_H
#define CENTREX_SIP_ENGINE_H

#include <re.h>

#include "base/config.h"
#include "domain/agent_writer.h"
#include "domain/cdr.h"
#include "domain/directory.h"
#include "domain/live.h"
#include "domain/queue_log.h"
#include "sip/queues.h"

struct auth;        /* sip/auth.h: who sent a request */
struct registrar;   /* sip/registrar.h: bindings, REGISTER */
struct connections; /* sip/connections.h: TCP and TLS, who may hold how many */
struct guard;       /* sip/guard.h: failures per address, slowing, bans */
struct work;        /* sip/work.h: worker threads, answers by mqueue */
struct calls;       /* sip/call.h: INVITE dialogs, B2BUA */
struct media;       /* sip/media.h: RTP threads */
struct voices;      /* sip/voice.h: music, announcements, tones */
struct recorder;    /* sip/recorder.h: recordings of calls */
struct filter;      /* sip/filter.h: datagrams before they are parsed */

/* X(enum, slug): what happened to messages; logged when it changes, and at the end. */
#define SIP_COUNT_LIST(X)                                                                          \
	X(REQUESTS, "requests")     /* well-formed, of a known method */                           \
	X(REGISTERED, "registered") /* REGISTER answered 200 */                                    \
	X(CHALLENGED, "challenged") /* 401 sent */                                                 \
	X(REFUSED, "refused")       /* credentials or identity wrong: 403 sent */                  \
	X(MALFORMED, "malformed")   /* not SIP, or a mandatory header missing: 400/dropped */      \
	X(TOO_LARGE, "too_large")   /* dropped or 513 */                                           \
	X(UNKNOWN_METHOD, "unknown_method") /* 405, 501 */                                         \
	X(TOO_MANY_HOPS, "too_many_hops")   /* 483 */                                              \
	X(STRAY, "stray")             /* ACK, CANCEL, BYE or response that belongs to nothing */   \
	X(BANNED, "banned")           /* dropped: its address is banned */                         \
	X(SLOWED, "slowed")           /* dropped: its address tries too often */                   \
	X(OVERLOAD, "overload")       /* 503: no room for more work */                             \
	X(UNAVAILABLE, "unavailable") /* 503: the database is away and nothing is known */

enum sip_count {
#define X(id, slug) SIP_COUNT_##id,
	SIP_COUNT_LIST(X)
#undef X
		SIP_COUNT_N
};

struct engine_ports {
	uint16_t udp, tcp, tls; /* as bound; tls 0: none */
};

struct engine {
	const struct config *config; /* another one after SIGHUP: do not keep its texts */
	struct config *reloaded;     /* that other one, ours */
	struct db *db;
	struct directory *directory;
	struct cdr_store *cdr;
	struct live *live;
	struct agent_writer *agents;
	struct node_tenants *tenants;
	struct queue_log *queue_log;
	const char *node; /* name of this process in the tables */
	struct sip *sip;
	struct filter *filter;
	struct connections *connections;
	struct work *work;
	struct guard *guard;
	struct auth *auth;
	struct registrar *registrar;
	struct media *media;
	struct voices *voices;
	struct calls *calls;
	struct queues *queues;
	struct recorder *recorder;
	struct engine_ports ports;
	uint64_t counts[SIP_COUNT_N];
	bool draining; /* SIGTERM seen: no new calls, but those for help */
	bool ending;   /* the time to drain is over: calls are being ended */
	struct engine_told *told;
};

/* What the engine was like at its last tick. */
struct engine_figures {
	uint64_t counts[SIP_COUNT_N];
	size_t calls, extensions, registrations, unwritten;
	size_t recordings; /* under way */
	uint64_t recordings_written, recordings_failed, recording_packets_lost;
	bool recording_failing;
	size_t sounds, sound_bytes; /* in memory, encoded */
	uint64_t sounds_encoded, sounds_failed;
	struct queues_figures queues;
};

static inline void engine_count(struct engine *engine, enum sip_count count)
{
	engine->counts[count]++;
}

struct engine_config {
	const struct config *config; /* outlives the engine */
	struct db *db;               /* these too */
	struct directory *directory;
	struct cdr_store *cdr;
	struct live *live;            /* NULL: nobody sees the calls of this moment */
	struct agent_writer *agents;  /* NULL: nobody is told what agents do */
	struct queue_log *queue_log;  /* NULL: nobody asks why */
	const char *node;             /* calls, registrations, records: whose they are */
	struct node_tenants *tenants; /* where phones are counted; NULL: nowhere */
};

/* Binds and starts everything; ERROR_BUSY names the port that is taken. libre_init() was done. */
MUST_CHECK enum error_code engine_open(const struct engine_config *config,
                                       struct engine **ret_engine, struct error *err);
void engine_close(struct engine *engine);

/* Writes <state>/run/sip.json {"pid":n,"udp":n,"tcp":n,"tls":n|null} once it hears itself, then
 * serves until SIGTERM or SIGINT and, after that, until no call is left or drain-s has passed. */
MUST_CHECK enum error_code engine_run(struct engine *engine, struct error *err);

/* From any thread. */
void engine_figures(const struct engine *engine, struct engine_figures *ret_figures);

const char *engine_count_slug(enum sip_count count);

#endif
