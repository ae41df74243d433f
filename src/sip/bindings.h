/*
 * The store behind the registrar: extensions with their bindings, by tenant; which addresses hold
 * any; what has to be written to the database. No SIP messages and no I/O in here.
 *
 * Memory: about 500 bytes a phone, Contact and Call-ID included (tests/unit/sip/test_bindings.c
 * measures it).
 */
#ifndef CENTREX_SIP_BINDINGS_H
#define CENTREX_SIP_BINDINGS_H

#include "base/text.h"
#include "domain/node_tenants.h"
#include "domain/registration.h"
#include "sip/registrar.h"
#include "sip/wheel.h"

struct bindings;

MUST_CHECK enum error_code bindings_open(int64_t now_s, struct bindings **ret_bindings,
                                         struct error *err);
void bindings_close(struct bindings *bindings);

/* Told when an extension's first binding comes (registered) and when its last has gone, also by
 * expiry. It must not change bindings. NULL: nobody. */
typedef void bindings_reach_h(const struct uuid *tenant, const struct uuid *extension,
                              bool registered, void *arg);
void bindings_on_reach(struct bindings *bindings, bindings_reach_h *h, void *arg);

/* Where each tenant's bindings are counted; NULL: nowhere. */
void bindings_count_in(struct bindings *bindings, struct node_tenants *tenants);

/* Whose bindings: the extension as the tenant's snapshot has it. */
struct bindings_key {
	struct uuid tenant, extension, auth_username;
};

/* What a REGISTER says of one contact; texts are copied. */
struct bindings_contact {
	struct pl uri; /* printable ASCII, shorter than REGISTRAR_URI_MAX */
	struct pl call_id;
	struct pl user_agent;
	uint32_t cseq;
	unsigned q;
	uint64_t instance;  /* hash of +sip.instance and reg-id (RFC 5626); 0: none */
	struct sa received; /* where the request came from */
	struct sa target;   /* where requests to the phone go */
	struct sa own;      /* where it came to; not set: not known */
	enum sip_transp transport;
	bool connected;
	int64_t registered_at, expires_at; /* expires_at <= registered_at: remove */
};

struct contact; /* one binding inside the store */

/* Adds, refreshes or removes. Over REGISTRAR_CONTACTS_MAX, the binding that would expire first
 * gives way. ret_contact (may be NULL): the binding, NULL when removed. ret_new: it was not there
 * before. */
MUST_CHECK enum error_code bindings_put(struct bindings *bindings, const struct bindings_key *key,
                                        const struct bindings_contact *contact,
                                        struct contact **ret_contact, bool *ret_new);

/* Removes all of an extension; returns how many they were. */
size_t bindings_remove_all(struct bindings *bindings, const struct bindings_key *key);

/* RFC 3261 section 10.3, step 6 and 7: may a request with this Call-ID and CSeq change the binding
 * of this URI (NULL: every binding of the extension)? */
enum bindings_order {
	BINDINGS_NEWER,
	BINDINGS_SAME, /* the very request, once more */
	BINDINGS_OLDER,
};
enum bindings_order bindings_order(const struct bindings *bindings, const struct bindings_key *key,
                                   const struct pl *uri, const struct pl *call_id, uint32_t cseq);

/* Live bindings; those of another auth_username are dropped on the way. */
size_t bindings_list(struct bindings *bindings, const struct bindings_key *key, int64_t now_s,
                     struct binding *ret_list, size_t max);

bool bindings_hold(struct bindings *bindings, const struct bindings_key *key,
                   const struct sa *address, int64_t now_s);
bool bindings_hold_address(const struct bindings *bindings, const struct sa *address);

/* True when the URI's host is the very address the request came from: no NAT is between. */
bool bindings_reachable_at(const char *uri, const struct sa *received, struct sa *ret_target);

/* The connection a binding came over has closed: where a phone can be reached at the address it
 * gave, that is the target from now on; otherwise the binding goes. */
void bindings_disconnected(struct contact *contact);

/* Where the caller keeps libre's watch on the binding's connection; it ends with the binding. */
struct sip_keepalive **bindings_watch(struct contact *contact);

/* Expires what is due; calls gone for each (for a log line) unless NULL. */
typedef void bindings_gone_h(const struct uuid *tenant, const struct uuid *extension,
                             const char *uri, void *arg);
void bindings_tick(struct bindings *bindings, int64_t now_s, bindings_gone_h *gone, void *arg);

/* Looks at the next n extensions, round and round; keep answers whether one may stay. */
typedef bool bindings_keep_h(const struct bindings_key *key, void *arg);
void bindings_sweep(struct bindings *bindings, size_t n, bindings_keep_h *keep, void *arg);

/* --- the database --- */

/* The binding's row is there already, as it is (it was read from there). */
void bindings_set_stored(struct contact *contact);

/* Whether the tenant's stored rows have been read; and that they have. */
bool bindings_restored(const struct bindings *bindings, const struct uuid *tenant);
void bindings_set_restored(struct bindings *bindings, const struct uuid *tenant);

/* Rows to write of one tenant, copied: valid until bindings_batch_clear. */
struct bindings_batch {
	struct uuid tenant;
	size_t n;
	struct registration *rows;
	struct text texts;
};

/* The next tenant with something to write that is not being written; n 0: none. Marks the tenant
 * as being written until bindings_written. */
MUST_CHECK enum error_code bindings_next_batch(struct bindings *bindings, size_t max,
                                               struct bindings_batch *ret_batch);
/* ok false: they are to be written again. */
void bindings_written(struct bindings *bindings, const struct bindings_batch *batch, bool ok);
void bindings_batch_clear(struct bindings_batch *batch);

void bindings_figures(const struct bindings *bindings, struct registrar_figures *ret_figures);

#endif
