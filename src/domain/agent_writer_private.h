/* Shared by agent_writer.c (what is said, tenant by tenant) and agent_writer_walk.c (rows that are
 * to be put right in all tenants). */
#ifndef CENTREX_DOMAIN_AGENT_WRITER_PRIVATE_H
#define CENTREX_DOMAIN_AGENT_WRITER_PRIVATE_H

#include <pthread.h>
#include <sys/queue.h>

#include "base/behind.h"
#include "domain/agent_writer.h"
#include "domain/node.h"

enum {
	LISTS = 1024,
	AGENTS_MAX = 200000, /* that wait; more are dropped */
	DEAD_MAX = 16,
	SWITCHES_S = 10, /* so long an answer about FreeSWITCHes holds */
};

/* What is said of one agent and not written yet. */
struct saying {
	LIST_ENTRY(saying) in_tenant;
	struct uuid extension;
	bool does, wants; /* which of the two are said */
	enum agent_state state;
	struct uuid queue, call; /* nil: not said */
	int64_t wrap_up_until_us;
	unsigned missed;
	enum agent_status status;
	char reason[AGENT_REASON_MAX];
};

LIST_HEAD(sayings, saying);

/* A tenant of which something was ever said. */
struct team {
	LIST_ENTRY(team) in_list;
	TAILQ_ENTRY(team) in_due;
	struct uuid id;
	struct sayings sayings;
	bool due;
	bool writing; /* a batch of it is under way */
	bool confirm; /* what was asked for */
	bool forget;  /* who was busy here before the start */
};

LIST_HEAD(team_list, team);
TAILQ_HEAD(team_queue, team);

/* All tenants, one after the other: where rows are to be put right. */
struct walk {
	char node[NODE_NAME_MAX]; /* whose agents; "": no walk is under way */
	struct uuid *tenants;     /* NULL: not listed yet */
	size_t n, at;
};

struct agent_writer {
	struct db *db;
	char node[NODE_NAME_MAX];
	struct behind *behind;

	pthread_mutex_t mutex;
	/* Under the mutex. */
	struct team_list teams[LISTS];
	struct team_queue due;
	struct agent_writer_counts counts;
	char dead[DEAD_MAX][NODE_NAME_MAX];
	size_t n_dead;
	bool look;      /* everywhere: at the start, and when something may have been missed */
	bool forgotten; /* nobody is busy any more who was so before the start */

	/* The thread's own. */
	struct walk walk;
	bool switches;          /* a FreeSWITCH is watched */
	int64_t switches_at_us; /* monotonic; 0: not asked yet */
};

/* With the mutex; NULL: no memory. */
struct team *agent_team_take(struct agent_writer *writer, const struct uuid *id);
/* With the mutex: something of it is to be written. */
void agent_team_due(struct agent_writer *writer, struct team *team);

/* The database takes nothing at present. */
static inline bool agent_writer_is_away(enum error_code code)
{
	return code == ERROR_UNAVAILABLE || code == ERROR_MEMORY || code == ERROR_IO ||
	       code == ERROR_TIMEOUT;
}

/* One tenant of a walk through all, where there is reason for one. */
enum behind_result agent_writer_walk(struct agent_writer *writer);

#endif
