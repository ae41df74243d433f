/*
 * What the built-in engine says of agents, written to the tenants' tables (domain/agent.h) by a
 * thread of its own, in batches of one tenant. No step blocks: they may come from the SIP loop.
 * While the database is away the newest of each agent waits.
 *
 * At the start whoever was busy at this node is made waiting, in all tenants; so is whoever was
 * busy at a node that is no more (agent_writer_forget_node).
 *
 * The engine acts on the table of agents, so what was asked for there (agents.requested_at) is
 * confirmed at once, unless a FreeSWITCH is watched: then that confirms it.
 */
#ifndef CENTREX_DOMAIN_AGENT_WRITER_H
#define CENTREX_DOMAIN_AGENT_WRITER_H

#include "db/listen.h"
#include "domain/agent.h"

struct agent_writer;

/* node: agents.node of what is written; copied. */
MUST_CHECK enum error_code agent_writer_open(struct db *db, const char *node,
                                             struct agent_writer **ret_writer, struct error *err);
/* Writes what waits, for two seconds at most. NULL is allowed, here and below. */
void agent_writer_close(struct agent_writer *writer);

struct agent_doing {
	enum agent_state state;
	/* What it is about, or was; nil or NULL: as before, or none. */
	const struct uuid *queue, *call;
	int64_t wrap_up_until_us; /* unix time, in AGENT_WRAP_UP */
	unsigned missed;          /* offers not answered, one after the other */
};
void agent_writer_state(struct agent_writer *writer, const struct uuid *tenant,
                        const struct uuid *extension, const struct agent_doing *doing);
/* Set at his phone, or by the queue. reason: as in agent_report_status; cut to what the table
 * takes. Loses against what was asked for in the table and is not confirmed yet. */
void agent_writer_status(struct agent_writer *writer, const struct uuid *tenant,
                         const struct uuid *extension, enum agent_status status,
                         const char *reason);

/* True while a status that was said of him is not written: what the table has is older. */
bool agent_writer_waits(struct agent_writer *writer, const struct uuid *tenant,
                        const struct uuid *extension);

/* A listen_h: "agent <tenant>"; arg is the struct agent_writer. */
void agent_writer_hear(enum listen_event event, const char *payload, void *arg);
/* Another node is no more. */
void agent_writer_forget_node(struct agent_writer *writer, const char *node);

struct agent_writer_counts {
	uint64_t written; /* agents in batches that were taken */
	uint64_t dropped; /* steps: no memory, or refused by the database */
	size_t waiting;   /* agents with something to write */
	bool away;        /* the database takes nothing at present */
};
void agent_writer_counts(struct agent_writer *writer, struct agent_writer_counts *ret_counts);

#endif
