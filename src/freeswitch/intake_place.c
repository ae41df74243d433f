#include "freeswitch/intake_place.h"

#include <string.h>

/* What one hint says. */
struct hint {
	const char *name;        /* the variable's */
	const char *domain;      /* "": not said */
	const struct uuid *user; /* instead of a domain */
};

static enum place_answer of_code(enum error_code code)
{
	if (code == ERROR_OK)
		return PLACE_FOUND;
	return code == ERROR_NOT_FOUND ? PLACE_NOWHERE : PLACE_FAILED;
}

static enum place_answer of_peek(enum directory_answer answer)
{
	switch (answer) {
	case DIRECTORY_HIT:
		return PLACE_FOUND;
	case DIRECTORY_ABSENT:
		return PLACE_NOWHERE;
	case DIRECTORY_ASK:
		break;
	}
	return PLACE_ASK;
}

static enum place_answer ask(struct directory *directory, const struct hint *hint, bool may_load,
                             struct snapshot **ret_snapshot, struct error *err)
{
	if (hint->user && may_load)
		return of_code(
			directory_find_auth_username(directory, hint->user, ret_snapshot, err));
	if (hint->user)
		return of_peek(directory_peek_auth_username(directory, hint->user, ret_snapshot));
	/* A tenant's domain has a dot; contexts like "default" need no look-up. */
	if (!strchr(hint->domain, '.'))
		return PLACE_NOWHERE;
	if (may_load)
		return of_code(directory_find_domain(directory, hint->domain, ret_snapshot, err));
	return of_peek(directory_peek_domain(directory, hint->domain, ret_snapshot));
}

static void fill(const struct record *record, const struct snapshot *snapshot,
                 struct place *ret_place)
{
	const struct queue *queue =
		record->queue[0] ? snapshot_queue(snapshot, record->queue) : NULL;

	*ret_place = (struct place){
		.tenant = snapshot->tenant,
		.inside = (!uuid_is_nil(&record->user) &&
	                   snapshot_by_auth_username(snapshot, &record->user)) ||
	                  snapshot_extension(snapshot, record->caller_id_number),
	};
	if (queue)
		ret_place->queue = queue->id;
}

enum place_answer place_record(struct directory *directory, const struct record *record,
                               bool may_load, struct place *ret_place, struct error *err)
{
	const struct hint hints[] = {
		{"tenant",       record->tenant,       NULL         },
                {"domain_name",  record->domain,       NULL         },
		{"cc_queue",     record->queue_domain, NULL         },
                {"user_context", record->context,      NULL         },
		{"user_name",    "",                   &record->user},
	};
	AUTO(snapshot_auto_unref) struct snapshot *found = NULL;
	const char *by = NULL;

	for (size_t i = 0; i < COUNT_OF(hints); i++) {
		AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
		enum place_answer answer;

		if (hints[i].user ? uuid_is_nil(hints[i].user) : !*hints[i].domain)
			continue;
		answer = ask(directory, &hints[i], may_load, &snapshot, err);
		if (answer == PLACE_NOWHERE)
			continue;
		if (answer != PLACE_FOUND)
			return answer;
		if (!found) {
			found = TAKE(snapshot);
			by = hints[i].name;
		} else if (!uuid_equal(&found->tenant, &snapshot->tenant)) {
			error_fill(err, ERROR_CONFLICT, hints[i].name,
			           "%s names tenant %.80s, and %s names %.80s", by, found->domain,
			           hints[i].name, snapshot->domain);
			return PLACE_DISAGREE;
		}
	}
	if (!found) {
		error_fill(err, ERROR_NOT_FOUND, "tenant", "it names no tenant there is");
		return PLACE_NOWHERE;
	}
	fill(record, found, ret_place);
	return PLACE_FOUND;
}
