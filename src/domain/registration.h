/*
 * The stored picture of who is registered where (the tenant's table registrations). The engine's
 * memory is the truth; these rows are for the engine's next start and for people.
 */
#ifndef CENTREX_DOMAIN_REGISTRATION_H
#define CENTREX_DOMAIN_REGISTRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"

struct registration {
	struct uuid extension;
	struct uuid auth_username; /* read only: as the extension has it now */
	const char *contact;       /* ASCII, as all texts here */
	const char *received_address;
	unsigned received_port;
	const char *transport; /* "udp", "tcp", "tls" */
	const char *call_id;
	uint32_t cseq;
	const char *user_agent;
	int64_t registered_at, expires_at; /* unix seconds */
	bool removed;                      /* written only: this binding is gone */
};

/* One statement for all rows; rows of extensions that no longer exist are left out. A row that
 * comes or goes is an event (domain/event.h), a refresh is none. */
MUST_CHECK enum error_code registration_write(struct db *db, const struct uuid *tenant,
                                              const char *node, const struct registration *rows,
                                              size_t n, struct error *err);

/* What this node held and has not expired; what has goes, with events. Texts belong to the list. */
struct registration_list {
	size_t n;
	struct registration *rows;
	void *texts; /* for registration_list_clear */
};

MUST_CHECK enum error_code registration_read(struct db *db, const struct uuid *tenant,
                                             const char *node, struct registration_list *ret_list,
                                             struct error *err);
void registration_list_clear(struct registration_list *list);

#endif
