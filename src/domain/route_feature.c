#include "domain/route_feature.h"

#include <string.h>

enum { DIGIT_LEAST = '1', DIGIT_MOST = '9' };

/* What may follow a code. */
enum tail { TAIL_NONE, TAIL_REASON, TAIL_EXTENSION };

static const struct {
	const char *code;
	enum route_feature feature;
	enum tail tail;
} codes[] = {
	{"*45", ROUTE_LOGIN,  TAIL_NONE     },
	{"*46", ROUTE_LOGOUT, TAIL_NONE     },
	{"*47", ROUTE_BREAK,  TAIL_REASON   },
	{"**",  ROUTE_PICKUP, TAIL_EXTENSION},
};

static bool is_digit(const char *tail)
{
	return tail[0] >= DIGIT_LEAST && tail[0] <= DIGIT_MOST && !tail[1];
}

/* The n-th of a list between commas, without the spaces around it; false: there is none. */
static bool reason_take(const char *reasons, int n, char ret_reason[static ROUTE_REASON_MAX])
{
	for (; reasons && n > 1; n--) {
		reasons = strchr(reasons, ',');
		reasons = reasons ? reasons + 1 : NULL;
	}
	if (!reasons)
		return false;
	reasons += strspn(reasons, " ");

	size_t length = strcspn(reasons, ",");
	while (length && reasons[length - 1] == ' ')
		length--;
	if (!length || length >= ROUTE_REASON_MAX)
		return false;
	memcpy(ret_reason, reasons, length);
	ret_reason[length] = '\0';
	return true;
}

static bool tail_take(const struct snapshot *snapshot, enum tail tail, const char *text,
                      struct route_plan *plan)
{
	switch (tail) {
	case TAIL_NONE:
		return !*text;
	case TAIL_REASON:
		plan->reason[0] = '\0';
		return !*text || (is_digit(text) && reason_take(snapshot->break_reasons,
		                                                text[0] - '0', plan->reason));
	case TAIL_EXTENSION:
		plan->targets[0] = snapshot_extension(snapshot, text);
		plan->n_targets = plan->targets[0] != NULL;
		return plan->n_targets > 0;
	}
	return false;
}

/* The prefix and 0: any slot; and 1 to 9: that one. */
static bool slot_take(const struct snapshot *snapshot, const char *dialled, struct route_plan *plan)
{
	const size_t n = snapshot->park_prefix ? strlen(snapshot->park_prefix) : 0;

	if (n == 0 || n + 2 > sizeof(plan->slot) || strncmp(dialled, snapshot->park_prefix, n) != 0)
		return false;
	if (strcmp(dialled + n, "0") == 0) {
		plan->feature = ROUTE_PARK;
		return true;
	}
	if (!is_digit(dialled + n))
		return false;
	plan->feature = ROUTE_SLOT;
	memcpy(plan->slot, dialled, n + 2);
	return true;
}

bool route_feature_find(const struct snapshot *snapshot, const char *dialled,
                        struct route_plan *plan)
{
	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		const size_t n = strlen(codes[i].code);

		if (strncmp(dialled, codes[i].code, n) != 0 ||
		    !tail_take(snapshot, codes[i].tail, dialled + n, plan))
			continue;
		plan->feature = codes[i].feature;
		return true;
	}
	return slot_take(snapshot, dialled, plan);
}
