/*
 * The event log of a tenant (its table events): what changed, in the order in which it became
 * visible, so that a client that was away reads on from the last id it saw.
 *
 * An event stands in the transaction of the change it tells of. Ids are drawn under the tenant's
 * lock (event_lock), which the transaction keeps until it ends: a reader never sees an id before a
 * smaller one.
 */
#ifndef CENTREX_DOMAIN_EVENT_H
#define CENTREX_DOMAIN_EVENT_H

#include "db/tx.h"

/* X(enum, kind): the `event:` of server-sent events. */
#define EVENT_LIST(X)                                                                              \
	X(CHANGE, "change") /* {"resource","id","action"}: create, update, delete, ... */          \
	X(REGISTRATION, "registration") /* {"extension_id","extension","registered",...} */        \
	X(CALL,                                                                                    \
	  "call") /* {"id","state","from","to",...}: ringing waiting answered parked ended */      \
	X(AGENT, "agent") /* {"extension_id","extension","status","state","requested",...} */      \
	X(QUEUE, "queue") /* {"id","call","queue","outcome",...}: what became of a caller */

enum event_kind {
#define X(id, slug) EVENT_##id,
	EVENT_LIST(X)
#undef X
		EVENT_KIND_COUNT
};

const char *event_kind_slug(enum event_kind kind);

/* First statement of a unit of work of the tenant that writes events or is ordered by rules. tenant
 * as text, valid as long as the statement. */
struct tx_statement event_lock(const char *tenant);

/* One event, behind TX_TENANT after event_lock; data is a JSON object, valid as long as the
 * statement. Takes old events with it: a day and the last 10,000 are kept. */
struct tx_statement event_add(enum event_kind kind, const char *data);
/* EVENT_CHANGE of code that does not write through domain/store. */
struct tx_statement event_change(const char *resource, const char *id, const char *action);

#endif
