#include "sip/wheel.h"

void wheel_init(struct wheel *wheel, int64_t now_s)
{
	wheel->now_s = now_s;
	for (int i = 0; i < WHEEL_SLOTS; i++)
		wheel->slots[i].next = wheel->slots[i].before = &wheel->slots[i];
}

static void link_before(struct wheel_entry *entry, struct wheel_entry *place)
{
	entry->next = place;
	entry->before = place->before;
	place->before->next = entry;
	place->before = entry;
}

static struct wheel_entry *slot_of(struct wheel *wheel, int64_t at_s)
{
	return &wheel->slots[(uint64_t)at_s % WHEEL_SLOTS];
}

void wheel_set(struct wheel *wheel, struct wheel_entry *entry, int64_t at_s)
{
	wheel_remove(entry);
	entry->at_s = at_s;
	link_before(entry, slot_of(wheel, at_s > wheel->now_s ? at_s : wheel->now_s + 1));
}

void wheel_remove(struct wheel_entry *entry)
{
	if (!entry->next)
		return;
	entry->next->before = entry->before;
	entry->before->next = entry->next;
	entry->next = entry->before = NULL;
}

/* The slot is moved to a list of its own first: what expired() adds is not seen again. */
static void empty_slot(struct wheel *wheel, struct wheel_entry *slot, int64_t now_s,
                       wheel_expired_h *expired, void *arg)
{
	struct wheel_entry due = {.next = &due, .before = &due};

	if (slot->next == slot)
		return;
	due.next = slot->next;
	due.before = slot->before;
	due.next->before = due.before->next = &due;
	slot->next = slot->before = slot;
	while (due.next != &due) {
		struct wheel_entry *entry = due.next;

		wheel_remove(entry);
		if (entry->at_s <= now_s)
			expired(entry, arg);
		else
			link_before(entry, slot_of(wheel, entry->at_s));
	}
}

void wheel_tick(struct wheel *wheel, int64_t now_s, wheel_expired_h *expired, void *arg)
{
	/* Set back: what is due later stays due later; nothing to hand out until then. */
	if (now_s <= wheel->now_s)
		return;
	int64_t from_s = wheel->now_s + 1;

	if (now_s - from_s >= WHEEL_SLOTS)
		from_s = now_s - WHEEL_SLOTS + 1;
	wheel->now_s = now_s;
	for (int64_t s = from_s; s <= now_s; s++)
		empty_slot(wheel, slot_of(wheel, s), now_s, expired, arg);
}
