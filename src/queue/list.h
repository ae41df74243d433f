/* Doubly linked rings through the things they hold: no memory of their own, removal in O(1). */
#ifndef CENTREX_QUEUE_LIST_H
#define CENTREX_QUEUE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* The thing that holds a link, heap node or map node. */
#define HOLDER(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

struct link {
	struct link *next, *previous; /* NULL: in no list */
};

static inline void list_init(struct link *list)
{
	list->next = list->previous = list;
}

static inline bool list_empty(const struct link *list)
{
	return list->next == list;
}

static inline bool list_has(const struct link *link)
{
	return link->next != NULL;
}

static inline void list_insert_before(struct link *place, struct link *link)
{
	link->next = place;
	link->previous = place->previous;
	place->previous->next = link;
	place->previous = link;
}

static inline void list_append(struct link *list, struct link *link)
{
	list_insert_before(list, link);
}

/* What is in no list stays so. */
static inline void list_remove(struct link *link)
{
	if (!link->next)
		return;
	link->previous->next = link->next;
	link->next->previous = link->previous;
	link->next = link->previous = NULL;
}

/* The first, taken out; NULL: there is none. */
static inline struct link *list_take(struct link *list)
{
	struct link *first = list->next;

	if (first == list)
		return NULL;
	list_remove(first);
	return first;
}

#define LIST_EACH(at, list) for (struct link *at = (list)->next; at != (list); at = at->next)
/* at may be removed in the loop. */
#define LIST_EACH_SAFE(at, list)                                                                   \
	for (struct link *at = (list)->next, *at##_next = at->next; at != (list);                  \
	     at = at##_next, at##_next = at->next)

#endif
