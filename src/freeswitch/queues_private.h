/* What queues.c and queues_work.c share; for nobody else. All on the connection's thread but what
 * is atomic. */
#ifndef CENTREX_FREESWITCH_QUEUES_PRIVATE_H
#define CENTREX_FREESWITCH_QUEUES_PRIVATE_H

#include <stdatomic.h>
#include <sys/queue.h>

#include "freeswitch/parts.h"
#include "freeswitch/tables.h"

enum { PLACE_LISTS = 4096 };

/* A domain: what FreeSWITCH has under it, and the tenant it belongs to. */
struct place {
	LIST_ENTRY(place) by_domain;
	TAILQ_ENTRY(place) in_due;
	bool due; /* to be compared */
	/* Has been a tenant's since this process began: what is there is ours to change and to
	 * remove. What is under other domains, or under none, is somebody else's. */
	bool ours;
	uint64_t seen; /* the look that found its tenant last */
	struct snapshot *snapshot;
	struct tables have; /* once the commands that wait are carried out */
	char domain[DOMAIN_MAX];
};

struct command {
	STAILQ_ENTRY(command) next;
	struct queues *queues;
	bool loads;
	char text[];
};

enum queues_phase {
	QUEUES_DOWN,
	QUEUES_WAITING,  /* until again_us, and for the directory to be warm */
	QUEUES_CHECKING, /* that the modules are loaded */
	QUEUES_LISTING,
	QUEUES_WORKING,
};

struct queues {
	const struct fs_node *node;
	unsigned ring_s;
	char *media;

	enum queues_phase phase;
	unsigned outstanding;     /* answers, while checking and listing */
	bool callcenter, streams; /* mod_callcenter and mod_local_stream are there */
	bool unreadable;          /* a list was */
	int64_t again_us;         /* when everything is to be read anew */
	unsigned rounds;          /* readings in a row that found something wrong */
	/* Since the last reading. */
	size_t errors, streams_refused, told;
	bool loaded; /* a queue was, since the last reading */
	bool announced, swept, idle, pumping;
	int64_t begun_us;

	LIST_HEAD(, place) places[PLACE_LISTS];
	TAILQ_HEAD(, place) due;
	STAILQ_HEAD(, command) commands;
	size_t in_flight;
	uint64_t looks;
	struct directory_counts looked; /* of the directory, at the last look */
	struct rows listed; /* streams that FreeSWITCH has, as the last reading found them */
	struct rows strays; /* of these, those in our directory of media */

	atomic_ullong n_commands, n_errors, n_readings, n_left_out;
	atomic_size_t n_rows[TABLE_COUNT];
};

/* The place of a domain, made where it is not there; NULL: no memory. */
struct place *queues_place(struct queues *queues, const char *domain);

/* Forgets what FreeSWITCH has and what it was to be told; the domains that are ours stay. */
void queues_forget(struct queues *queues);
void queues_free_places(struct queues *queues);

/* After a reading: everything of ours is to be compared. */
void queues_compare_all(struct queues *queues);
/* What the directory has of newer pictures is to be compared. */
void queues_look(struct queues *queues);
/* Before that command is sent: where it unloads a queue, whoever waits there dials anew. */
void queues_move_waiting(struct queues *queues, const char *command);
/* Sends commands as far as the window allows. */
void queues_pump(struct queues *queues, int64_t now_us);

#endif
