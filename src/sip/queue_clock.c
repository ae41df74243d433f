#include "sip/queue_clock.h"

#include <stdlib.h>

enum { ROOM_LEAST = 64 };

static void put(struct queue_clock *clock, size_t place, struct queue_deadline *deadline)
{
	clock->heap[place - 1] = deadline;
	deadline->place = place;
}

static void rise(struct queue_clock *clock, struct queue_deadline *deadline)
{
	size_t place = deadline->place;

	while (place > 1 && clock->heap[place / 2 - 1]->at_us > deadline->at_us) {
		put(clock, place, clock->heap[place / 2 - 1]);
		place /= 2;
	}
	put(clock, place, deadline);
}

static void sink(struct queue_clock *clock, struct queue_deadline *deadline)
{
	size_t place = deadline->place;

	for (;;) {
		size_t child = place * 2;

		if (child < clock->n && clock->heap[child]->at_us < clock->heap[child - 1]->at_us)
			child++;
		if (child > clock->n || clock->heap[child - 1]->at_us >= deadline->at_us)
			break;
		put(clock, place, clock->heap[child - 1]);
		place = child;
	}
	put(clock, place, deadline);
}

enum error_code queue_clock_add(struct queue_clock *clock, struct queue_deadline *deadline)
{
	if (clock->n == clock->room) {
		const size_t room = clock->room ? clock->room * 2 : ROOM_LEAST;
		struct queue_deadline **heap =
			realloc(clock->heap, room * sizeof(struct queue_deadline *));

		if (!heap)
			return ERROR_MEMORY;
		clock->heap = heap;
		clock->room = room;
	}
	deadline->at_us = INT64_MAX;
	put(clock, ++clock->n, deadline);
	return ERROR_OK;
}

void queue_clock_remove(struct queue_clock *clock, struct queue_deadline *deadline)
{
	struct queue_deadline *last;

	if (!deadline->place)
		return;
	last = clock->heap[--clock->n];
	if (last != deadline) {
		put(clock, deadline->place, last);
		rise(clock, last);
		sink(clock, last);
	}
	deadline->place = 0;
}

void queue_clock_set(struct queue_clock *clock, struct queue_deadline *deadline, int64_t at_us)
{
	const int64_t before = deadline->at_us;

	deadline->at_us = at_us;
	if (at_us < before)
		rise(clock, deadline);
	else
		sink(clock, deadline);
}

struct queue_deadline *queue_clock_first(const struct queue_clock *clock)
{
	return clock->n ? clock->heap[0] : NULL;
}

void queue_clock_clear(struct queue_clock *clock)
{
	free(clock->heap);
	*clock = (struct queue_clock){0};
}
