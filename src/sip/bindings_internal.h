/* The shapes of the store, for bindings.c and bindings_write.c alone. */
#ifndef CENTREX_SIP_BINDINGS_INTERNAL_H
#define CENTREX_SIP_BINDINGS_INTERNAL_H

#include "sip/bindings.h"

struct bindings {
	struct wheel wheel;
	struct hash *extensions; /* struct holder, by extension id */
	struct hash *sources;    /* struct source, by IP address */
	struct hash *tenants;    /* struct tenant_rows, by tenant id */
	struct list sweep;       /* every struct holder, the next to look at first */
	struct list waiting;     /* struct tenant_rows with rows to write and no batch under way */
	struct registrar_figures figures;
	bindings_reach_h *reach;
	void *reach_arg;
	struct node_tenants *counted_in;
};

/* A tenant, as far as its rows in the database go. */
struct tenant_rows {
	struct le le; /* in tenants */
	struct le waiting;
	struct uuid id;
	struct list unwritten; /* struct contact */
	bool restored;
	bool writing;
};

/* An IP address and how many bindings came from it. */
struct source {
	struct le le;
	struct sa address;
	size_t n;
};

/* An extension with at least one binding. */
struct holder {
	struct le le; /* in extensions */
	struct le sweep;
	struct tenant_rows *tenant;
	struct uuid extension, auth_username;
	struct list contacts;
};

struct contact {
	struct le le; /* in the holder's contacts */
	struct le unwritten;
	struct wheel_entry deadline;
	struct bindings *bindings;
	struct holder *holder; /* NULL: removed, only its row has to go */
	struct tenant_rows *tenant;
	struct source *source;
	struct sip_keepalive *watch;
	struct uuid extension;
	struct sa received, target, own;
	int64_t registered_at, expires_at;
	int64_t stored_until; /* expires_at of its row as far as we know; 0: to be written */
	uint64_t instance;
	uint32_t cseq;
	uint16_t q;
	int8_t transport;
	bool connected;
	bool has_row;                     /* or may have */
	const char *call_id, *user_agent; /* behind uri in texts */
	char texts[];                     /* uri, call_id, user_agent, each with its NUL */
};

void contact_free(struct contact *contact);

/* One more (1) or fewer (-1) of its tenant's. */
void contact_count(const struct contact *contact, int change);

/* Its row has to be written (or deleted, once it has no holder). */
void contact_unwritten(struct contact *contact);

struct tenant_rows *tenant_rows_find(const struct bindings *bindings, const struct uuid *id);
struct tenant_rows *tenant_rows_take(struct bindings *bindings, const struct uuid *id);
struct holder *holder_find(const struct bindings *bindings, const struct uuid *tenant,
                           const struct uuid *extension);
/* By its very text. */
struct contact *contact_find(const struct holder *holder, const char *uri);

#endif
