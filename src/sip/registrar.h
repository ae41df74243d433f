/*
 * REGISTER (RFC 3261 section 10) and the bindings: which phones an extension has, and where.
 *
 * Memory is the truth; rows of the tenant's table `registrations` are written behind (at most one
 * second late) and read back before the tenant's first authenticated request after a start.
 * Bindings are keyed by tenant and extension; one whose auth_username has changed since (rotated
 * credentials) or whose extension is gone is dropped when seen, and by a sweep.
 */
#ifndef CENTREX_SIP_REGISTRAR_H
#define CENTREX_SIP_REGISTRAR_H

#include "domain/registration.h"
#include "sip/engine.h"

enum { REGISTRAR_CONTACTS_MAX = 10, REGISTRAR_URI_MAX = 256 };

/* A copy of one binding: nothing in it points into the registrar. */
struct binding {
	char uri[REGISTRAR_URI_MAX]; /* the Contact URI as registered: the Request-URI to use */
	struct sa target; /* where requests go: the phone's source address (NAT) or flow */
	struct sa own;    /* the address of ours it registered at; not set: not known any more */
	enum sip_transp transport;
	unsigned q;         /* 0..1000, RFC 3261 section 20.10; 1000 when not given */
	bool connected;     /* TCP and TLS: the connection it registered on is open */
	int64_t expires_at; /* unix seconds */
};

MUST_CHECK enum error_code registrar_open(struct engine *engine, struct registrar **ret_registrar,
                                          struct error *err);
/* Writes out what is waiting, on the caller's thread; after work_close. */
void registrar_flush(struct registrar *registrar);
void registrar_close(struct registrar *registrar);

/* A few times a second: expiry, what waits to be written, the sweep. */
void registrar_tick(struct registrar *registrar, int64_t now_s);

/* A REGISTER with its mandatory headers in order. Always answers. */
void registrar_request(struct engine *engine, const struct sip_msg *msg);

/* Live bindings, highest q first, at most max (REGISTRAR_CONTACTS_MAX is always enough). */
size_t registrar_bindings(struct registrar *registrar, const struct uuid *tenant,
                          const struct extension *extension, struct binding *ret_bindings,
                          size_t max);

/* For struct route_call: arg is a struct registrar_phones. */
struct registrar_phones {
	struct registrar *registrar;
	const struct uuid *tenant;
};
unsigned registrar_phones(const struct extension *extension, void *arg);

/* True when a live binding of the extension was registered from this address, whatever the port: a
 * phone may open a second connection, and a NAT may give it another port. */
bool registrar_holds(struct registrar *registrar, const struct uuid *tenant,
                     const struct extension *extension, const struct sip_msg *msg);

/* True when any live binding came from this IP address (of any tenant). */
bool registrar_holds_address(const struct registrar *registrar, const struct sa *address);

/* Whether the tenant's stored registrations are in memory; auth sees to it (registration_read by a
 * worker, with this node's name). list NULL: they could not be read; what is in memory counts, and
 * the next request tries again. */
bool registrar_restored(const struct registrar *registrar, const struct uuid *tenant);
const char *registrar_node(const struct registrar *registrar);
void registrar_restore(struct registrar *registrar, const struct uuid *tenant,
                       const struct registration_list *list);

struct registrar_figures {
	size_t extensions, bindings, addresses, unwritten;
};
void registrar_figures(const struct registrar *registrar, struct registrar_figures *ret_figures);

#endif
