/*
 * The queues again, as simply as they can be written: everything is looked at anew after every
 * event, nothing is remembered that can be worked out, and nobody cares how long it takes. What the
 * machine does must be what this does (test_random.c).
 */
#ifndef CENTREX_TESTS_QUEUE_REFERENCE_H
#define CENTREX_TESTS_QUEUE_REFERENCE_H

#include "queue/queue.h"

enum { REF_QUEUES = 6, REF_AGENTS = 12, REF_CALLS = 24, REF_COMMANDS = 1024 };

/* Identifiers are numbers: index 0 is the first. */
struct uuid ref_queue_id(int queue);
struct uuid ref_agent_id(int agent);
struct uuid ref_call_id(int call);

enum ref_state { REF_IDLE, REF_DELAYED, REF_OFFERED, REF_TALKING, REF_WRAP_UP };

struct ref_agent {
	bool known, registered, in_call;
	enum queue_agent_status status;
	enum ref_state state;
	int64_t until_us;
	uint64_t serial;
	unsigned missed;
	int call; /* OFFERED, TALKING */
};

struct ref_call {
	bool used, connected;
	uint64_t serial;
	int queue; /* -1: it is gone */
	int agent; /* connected */
	int from;  /* -1: nobody */
	int64_t joined_us, due_us;
	struct queue_rules last_rules;
};

struct ref_member {
	int agent;
	unsigned tier, position;
};

struct ref_turn {
	unsigned tier;
	struct ref_member last;
};

struct ref_queue {
	bool used;
	enum queue_order order;
	struct queue_rules rules;
	int n_members, n_turns;
	struct ref_member members[REF_AGENTS]; /* in order */
	struct ref_turn turns[REF_AGENTS];     /* round-robin: the last of each tier */
	int64_t nobody_since_us;
	bool somebody;
};

struct ref {
	int64_t now_us;
	uint64_t n_serials;
	struct ref_queue queues[REF_QUEUES];
	struct ref_agent agents[REF_AGENTS];
	struct ref_call calls[REF_CALLS];
	int n_commands;
	struct queue_command commands[REF_COMMANDS]; /* all but QUEUE_STATE */
};

void ref_init(struct ref *ref);
int64_t ref_deadline(const struct ref *ref);

/* Configs as queue_machine_configure takes them, with the identifiers above. */
void ref_configure(struct ref *ref, const struct queue_config *configs, size_t n, int64_t now_us);
enum error_code ref_join(struct ref *ref, int queue, int call, int from, int64_t now_us);
void ref_left(struct ref *ref, int call, int64_t now_us);
void ref_ended(struct ref *ref, int call, int64_t now_us);
void ref_status(struct ref *ref, int agent, enum queue_agent_status status, int64_t now_us);
void ref_phones(struct ref *ref, int agent, bool registered, int64_t now_us);
void ref_in_call(struct ref *ref, int agent, bool in_call, int64_t now_us);
void ref_ready(struct ref *ref, int agent, int64_t now_us);
void ref_failed(struct ref *ref, int call, int agent, enum queue_offer_failure why, int64_t now_us);
void ref_answered(struct ref *ref, int call, int agent, int64_t now_us);
void ref_connect_failed(struct ref *ref, int call, int agent, int64_t now_us);
void ref_tick(struct ref *ref, int64_t now_us);

#endif
