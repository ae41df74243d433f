#include "sip/pickup.h"

#include <string.h>

#include "sip/park.h"
#include "sip/takeover.h"
#include "sip/transfer.h"

static bool rings_at(const struct call *call, const struct extension *extension)
{
	struct le *le;

	LIST_FOREACH(&call->branches, le)
	{
		const struct leg *branch = le->data;

		if (!strcmp(branch->number, extension->number))
			return true;
	}
	return false;
}

static bool may_take(const struct call *by, const struct call *call)
{
	return call != by && uuid_equal(&call->snapshot->tenant, &by->snapshot->tenant) &&
	       (!call->service || call->service == &transfer_service ||
	        call->service == &park_service) &&
	       call->caller && !call->callee && strcmp(call->caller->number, by->caller->number);
}

void pickup_dialled(struct call *by, const struct extension *extension)
{
	struct le *le;

	LIST_FOREACH(&by->calls->list, le) /* new ones are appended */
	{
		struct call *call = le->data;

		if (may_take(by, call) && rings_at(call, extension)) {
			takeover(by, call, NULL);
			return;
		}
	}
	call_end(by, cause_of(CAUSE_NOTHING_RINGS), "engine");
}
