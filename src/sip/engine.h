/*
 * The SIP engine of one process: one libre loop, its listeners, workers and media threads.
 * Everything here runs on the loop's thread unless it says otherwise.
 */
#ifndef CENTREX_SIP_ENGINE_H
#define CENTREX_SIP_ENGINE_H

#include <re.h>

#include "base/config.h"
#include "domain/cdr.h"
#include "domain/directory.h"

struct registrar; /* sip/registrar.h: bindings, REGISTER */
struct guard;     /* sip/guard.h: failures per address, slowing, bans */
struct work;      /* sip/work.h: worker threads, answers by mqueue */
struct calls;     /* sip/call.h: INVITE dialogs, B2BUA */
struct media;     /* sip/media.h: RTP threads */

struct engine {
	const struct config *config;
	struct sip *sip;
	struct directory *directory;
	struct cdr_store *cdr;
	struct work *work;
	struct guard *guard;
	struct registrar *registrar;
	struct media *media;
	struct calls *calls;
	bool draining; /* SIGTERM seen: no new calls */
};

#endif
