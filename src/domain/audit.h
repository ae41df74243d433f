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

/* What was done, by whom. Texts are the caller's and stay valid as long as a statement made of it,
 * as does the entry itself. */
struct audit_entry {
	const struct actor *actor;
	const char *action;       /* create, update, delete, import, rotate-credentials, ... */
	const char *resource;     /* a resource's name: "extension" */
	const char *resource_id;  /* NULL: none */
	const char *before;       /* JSON; NULL: it was not there */
	const char *after;        /* JSON; NULL: it is gone */
	char user[UUID_TEXT_MAX]; /* filled by the functions below */
};

/* Into the tenant's log, behind TX_TENANT. Take event_lock first, and tell with event_change. */
struct tx_statement audit_tenant(struct audit_entry *entry);

/* Into the installation's (users, tenants, log-ins), behind TX_PUBLIC or TX_OWNER. */
struct tx_statement audit_installation(struct audit_entry *entry);

/* Behind TX_PUBLIC, of a row that belongs to a tenant (an id, as text): into the tenant's log, with
 * its event. Take event_lock first. */
struct tx_statement audit_change(struct audit_entry *entry, const char *tenant);

#endif
