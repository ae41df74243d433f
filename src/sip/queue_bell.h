/*
 * News of the database for the tenants that have a queue machine: from the threads that hear them
 * (domain/directory.h) to the loop. What concerns nobody costs one look into a table; a tenant of
 * which much is told before the loop comes to it is told of once.
 */
#ifndef CENTREX_SIP_QUEUE_BELL_H
#define CENTREX_SIP_QUEUE_BELL_H

#include <string.h>

#include "domain/directory.h"

struct queue_bell;

/* For tables by id: version 7 ids begin with the time, their ends differ. */
static inline uint32_t queue_key_of(const struct uuid *id)
{
	uint32_t key;

	memcpy(&key, id->bytes + 12, sizeof(key));
	return key;
}

/* On the loop. news: DIRECTORY_* of what was told since the last time. */
typedef void queue_bell_h(const struct uuid *tenant, unsigned news, void *arg);

MUST_CHECK enum error_code queue_bell_open(queue_bell_h *handler, void *arg,
                                           struct queue_bell **ret_bell);
void queue_bell_close(struct queue_bell *bell); /* NULL is allowed */

/* News of this tenant are wanted. On the loop, as all but queue_bell_hear. */
MUST_CHECK enum error_code queue_bell_want(struct queue_bell *bell, const struct uuid *tenant);
void queue_bell_forget(struct queue_bell *bell, const struct uuid *tenant);

/* A directory_watch_h, from any thread; arg is the bell. Agents' news of other tenants are handed
 * on too, as far as there is room: their machines may have to be made. */
void queue_bell_hear(const struct uuid *tenant, enum directory_news news, void *arg);

#endif
