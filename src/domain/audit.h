/*
 * The audit log, for code that does not write through domain/store: statements to put into the unit
 * of work of the change they tell of. Secrets are never part of one: mask before and after first
 * (AUDIT_MASK). What is too long for the log is cut.
 */
#ifndef CENTREX_DOMAIN_AUDIT_H
#define CENTREX_DOMAIN_AUDIT_H

#include "db/tx.h"
#include "domain/access.h"

#define AUDIT_MASK "********" /* stands for a secret */

/* An actor as the log's columns have it. */
struct audit_actor {
	const char *kind, *user /* NULL: nobody's */, *name, *address, *request_id;
	char buffer[UUID_TEXT_MAX];
};

/* ret_actor points into itself and at actor's texts. */
void audit_actor(const struct actor *actor, struct audit_actor *ret_actor);

/* What was done, by whom. Texts are the caller's and stay valid as long as a statement made of it,
 * as does the entry itself. */
struct audit_entry {
	const struct actor *actor;
	const char *action;       /* create, update, delete, import, rotate-credentials, ... */
	const char *resource;     /* a resource's name: "extension" */
	const char *resource_id;  /* NULL: none */
	const char *before;       /* JSON; NULL: it was not there */
	const char *after;        /* JSON; NULL: it is gone */
	struct audit_actor texts; /* filled by the functions below */
};

/* Into the tenant's log, behind TX_TENANT. Take event_lock first, and tell with event_change. */
struct tx_statement audit_tenant(struct audit_entry *entry);

/* Into the installation's (users, tenants, log-ins), behind TX_PUBLIC or TX_OWNER. */
struct tx_statement audit_installation(struct audit_entry *entry);

/* Behind TX_PUBLIC, of a row that belongs to a tenant (an id, as text): into the tenant's log, with
 * its event. Take event_lock first. */
struct tx_statement audit_change(struct audit_entry *entry, const char *tenant);

/* Behind TX_OWNER: a tenant's row (id as text) as it is now, as action "create" or "delete", into
 * the installation's log. version: what the row must be (see store_etag); NULL: any. Affects no row
 * where there is none such. The texts of actor and the others stay valid as long as the statement.
 */
struct tx_statement audit_tenant_row(const struct audit_actor *actor, const char *action,
                                     const char *tenant, const char *version);

#endif
