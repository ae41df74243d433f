/*
 * Whose a call record is. What it says of its tenant (exported variables, the queue's domain, the
 * context, the user that logged in) is asked of the directory; names that are nobody's here say
 * nothing. All that is somebody's must be the same tenant's: a record in the wrong tenant shows one
 * customer another's calls, so none of them outweighs another, not the password that was proven and
 * not the variable of our own dialplan (docs/adr/0072).
 */
#ifndef CENTREX_FREESWITCH_INTAKE_PLACE_H
#define CENTREX_FREESWITCH_INTAKE_PLACE_H

#include "domain/directory.h"
#include "freeswitch/record.h"

struct place {
	struct uuid tenant;
	struct uuid queue; /* nil: none, or none of that name any more */
	bool inside;       /* the caller is an extension of the tenant */
};

enum place_answer {
	PLACE_FOUND,
	PLACE_NOWHERE,  /* err: it names no tenant there is */
	PLACE_DISAGREE, /* err: it names several */
	PLACE_ASK,      /* not without asking the database, which may_load did not allow */
	PLACE_FAILED,   /* err: the database is away */
};

/* may_load: blocks; without, any thread. */
enum place_answer place_record(struct directory *directory, const struct record *record,
                               bool may_load, struct place *ret_place, struct error *err);

#endif
