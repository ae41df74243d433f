/*
 * libre's timers, started in the time of a few steps however many there are (docs/adr/0087).
 *
 * libre 1.1.0 keeps one sorted list and looks for a timer's place from its end: past all that are
 * due later. Each transaction leaves one of 32 s behind, so at a hundred calls a second half of the
 * engine's time went into that walk. These are its functions of the same names (src/tmr/tmr.c),
 * which a program that defines them gives to libre too; the list stays sorted as libre has it, and
 * beside it stands, for each quarter of a second of the next minute, a late timer of those due in
 * it.
 */
#include <re.h>
#include <string.h>

#include "base/base.h"

enum {
	SLICE_MS = 250,
	SLICES = 256, /* 64 s */
};

/* libre's own; in none of its headers. */
struct list *tmrl_get(void);

/* What libre 1.1.0 has. */
_Static_assert(sizeof(struct tmr) == sizeof(struct le) + 2 * sizeof(void *) + sizeof(uint64_t),
               "struct tmr is another one");

/* NULL: none is due in that slice. */
static _Thread_local struct tmr *last[SLICES]; /* allowed: goes with libre's list, a thread's */

static uint64_t slice_of(const struct tmr *tmr)
{
	return tmr->jfs / SLICE_MS;
}

/* The timer of that slice; an index stands for one slice a minute, and old ones may linger. */
static struct tmr *last_of(uint64_t slice)
{
	struct tmr *tmr = last[slice % SLICES];

	return tmr && slice_of(tmr) == slice ? tmr : NULL;
}

static void take_out(struct tmr *tmr)
{
	struct tmr **mark = &last[slice_of(tmr) % SLICES];
	struct tmr *before = list_ledata(tmr->le.prev);

	if (*mark == tmr)
		*mark = before && slice_of(before) == slice_of(tmr) ? before : NULL;
	list_unlink(&tmr->le);
}

/* A timer near the place of one that is due then; NULL: the head is near. What stands in `last` is
 * a hint: a timer that was more than a minute away when it was started is not marked. */
static struct tmr *near(const struct list *list, uint64_t slice, uint64_t now)
{
	struct tmr *tmr = NULL;

	if (slice >= now + SLICES)
		return list_ledata(list->tail);
	for (uint64_t i = slice + 1; i-- > now && !tmr;)
		tmr = last_of(i);
	return tmr;
}

static void put(struct list *list, struct tmr *tmr, uint64_t now)
{
	const uint64_t slice = slice_of(tmr);
	struct tmr *before = near(list, slice, now), *next;

	while (before && before->jfs > tmr->jfs)
		before = list_ledata(before->le.prev);
	next = list_ledata(before ? before->le.next : list->head);
	while (next && next->jfs <= tmr->jfs) {
		before = next;
		next = list_ledata(next->le.next);
	}
	if (before)
		list_insert_after(list, &before->le, &tmr->le, tmr);
	else
		list_prepend(list, &tmr->le, tmr);
	if (slice < now + SLICES && (!next || slice_of(next) > slice))
		last[slice % SLICES] = tmr;
}

void tmr_start(struct tmr *tmr, uint64_t delay, tmr_h *th, void *arg)
{
	const uint64_t now = th ? tmr_jiffies() : 0;

	if (!tmr)
		return;
	if (tmr->th)
		take_out(tmr);
	tmr->th = th;
	tmr->arg = arg;
	if (!th)
		return;
	tmr->jfs = now + delay;
	put(tmrl_get(), tmr, now / SLICE_MS);
}

void tmr_cancel(struct tmr *tmr)
{
	tmr_start(tmr, 0, NULL, NULL);
}

void tmr_poll(struct list *list)
{
	const uint64_t now = tmr_jiffies();

	for (;;) {
		struct tmr *tmr = list_ledata(list->head);
		tmr_h *th;
		void *arg;

		if (!tmr || tmr->jfs > now)
			return;
		th = tmr->th;
		arg = tmr->arg;
		take_out(tmr);
		tmr->th = NULL;
		if (th)
			th(arg);
	}
}
