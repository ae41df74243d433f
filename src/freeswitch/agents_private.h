/* What agents.c (what the switch tells, on the connection's thread) and agents_write.c (the
 * database, behind it) share. */
#ifndef CENTREX_FREESWITCH_AGENTS_PRIVATE_H
#define CENTREX_FREESWITCH_AGENTS_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "base/behind.h"
#include "domain/agent.h"
#include "freeswitch/parts.h"

enum {
	AGENTS_LISTS = 4096,
	AGENTS_MAX = 200000, /* of one switch */
	AGENTS_LOST_S = 60,  /* a switch out of reach for so long: nobody is busy there */
	AGENTS_EVERY_MS = 5000,
	AGENTS_ASK_AGAIN_US = 2000000, /* mod_callcenter may not be loaded yet */
};

/* An agent as the switch has him. */
struct agents_one {
	LIST_ENTRY(agents_one) in_list;
	LIST_ENTRY(agents_one) in_team;
	struct agents_team *team;
	char number[EXTENSION_NUMBER_MAX];
	enum agent_status status;
	enum agent_state state;
	bool status_due, state_due; /* to be reported */
	bool no_answer;             /* he was sent on break by the switch */
	bool to_set;                /* the switch is to have another status: */
	enum agent_status set;
	bool asked;  /* and was told so */
	bool listed; /* during a list */
};

LIST_HEAD(agents_ones, agents_one);

/* The agents of a tenant. Teams stay until the part is closed. */
struct agents_team {
	LIST_ENTRY(agents_team) in_list;
	TAILQ_ENTRY(agents_team) in_due;
	char domain[DOMAIN_MAX];
	struct uuid tenant; /* nil: not looked for yet */
	struct agents_ones ones;
	bool due;    /* in the queue */
	bool load;   /* to be compared with the database */
	bool forget; /* nobody is busy here any more */
};

LIST_HEAD(agents_team_list, agents_team);
TAILQ_HEAD(agents_team_queue, agents_team);

struct agents {
	const struct fs_node *node;
	struct behind *behind;
	int64_t ask_us; /* the connection's thread: list again then; 0: no need */

	pthread_mutex_t mutex; /* over all below */
	struct agents_ones lists[AGENTS_LISTS];
	struct agents_team_list teams[AGENTS_LISTS];
	struct agents_team_queue queue;
	size_t n;
	bool up;
	int64_t away_since_us; /* monotonic; 0: not away, or that was noted */

	atomic_uint_fast64_t figure_events, figure_set, figure_faults;
};

/* With the mutex: the team has something for the thread behind. */
void agents_due(struct agents *agents, struct agents_team *team);

/* With the mutex; NULL: not there. */
struct agents_one *agents_find(struct agents *agents, const char *number, const char *domain);

/* A behind_h; arg is the struct agents. */
enum behind_result agents_write(void *arg);

#endif
