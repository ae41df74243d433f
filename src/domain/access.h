/*
 * Who may do what (design, section 10): one ladder, lowest first. A row of the route table or of
 * the resource table names the least rung that is needed; each includes those below it.
 *
 * The rung somebody stands on belongs to one tenant: a member stands on his role's, an
 * administrator of the installation (global_role admin) on ACCESS_OPERATOR everywhere, everybody
 * else on ACCESS_NONE, which sees no more than if the tenant did not exist.
 */
#ifndef CENTREX_DOMAIN_ACCESS_H
#define CENTREX_DOMAIN_ACCESS_H

#include "base/uuid.h"

/* X(enum, slug) */
#define ACCESS_LIST(X)                                                                             \
	X(NONE, "none")         /* anybody, signed in or not */                                    \
	X(BOARD, "wallboard")   /* a screen: figures of queues, nothing of people */               \
	X(USER, "user")         /* whoever is signed in; nothing about a tenant */                 \
	X(AGENT, "agent")       /* own extension, own calls, the directory */                      \
	X(ADMIN, "admin")       /* all of the tenant but owners and its deletion */                \
	X(OWNER, "owner")       /* all of the tenant */                                            \
	X(OPERATOR, "operator") /* all of the installation */

enum access {
#define X(id, slug) ACCESS_##id,
	ACCESS_LIST(X)
#undef X
		ACCESS_COUNT
};

/* Who did something, for the audit log and for rows that are somebody's own. Texts are the
 * caller's. A row of the const table "kind": */
enum actor_kind {
	ACTOR_COMMAND, /* the command line; name is the system user */
	ACTOR_SESSION, /* a person in a browser; name is the e-mail address */
	ACTOR_TOKEN,   /* a program; name is the e-mail address of the token's user */
	ACTOR_ENGINE,  /* Centrex itself */
	ACTOR_KIND_COUNT
};

struct actor {
	enum actor_kind kind;
	struct uuid user;       /* nil: none */
	const char *name;       /* NULL: "" */
	const char *address;    /* where from, an IP address; NULL: here */
	const char *request_id; /* NULL: none */
	enum access access;     /* in the tenant at hand */
};

const char *access_slug(enum access access);
const char *actor_kind_slug(enum actor_kind kind);

#endif
