#include "queue/heap.h"

#include <stddef.h>

static bool before(const struct heap_node *a, const struct heap_node *b)
{
	return a->key != b->key ? a->key < b->key : a->tie < b->tie;
}

/* Both are roots without siblings; either may be NULL. */
static struct heap_node *meld(struct heap_node *a, struct heap_node *b)
{
	if (!a || !b)
		return a ? a : b;
	if (before(b, a)) {
		struct heap_node *first = b;

		b = a;
		a = first;
	}
	b->previous = a;
	b->next = a->child;
	if (a->child)
		a->child->previous = b;
	a->child = b;
	return a;
}

/* The children of what was removed become one: by pairs, then from the last pair to the first. */
static struct heap_node *combine(struct heap_node *first)
{
	struct heap_node *pairs = NULL, *root = NULL;

	while (first) {
		struct heap_node *a = first, *b = a->next;

		first = b ? b->next : NULL;
		a->next = a->previous = NULL;
		if (b)
			b->next = b->previous = NULL;
		a = meld(a, b);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct heap_node *next = pairs->next;

		pairs->next = NULL;
		root = meld(root, pairs);
		pairs = next;
	}
	return root;
}

void heap_insert(struct heap *heap, struct heap_node *node, int64_t key, uint64_t tie)
{
	*node = (struct heap_node){.key = key, .tie = tie, .in = true};
	heap->root = meld(heap->root, node);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_node *rest;

	if (!node->in)
		return;
	rest = combine(node->child);
	if (node == heap->root) {
		heap->root = rest;
	} else {
		if (node->previous->child == node)
			node->previous->child = node->next;
		else
			node->previous->next = node->next;
		if (node->next)
			node->next->previous = node->previous;
		heap->root = meld(heap->root, rest);
	}
	*node = (struct heap_node){.in = false};
}

void heap_move(struct heap *heap, struct heap_node *node, int64_t key, uint64_t tie)
{
	if (node->in && node->key == key && node->tie == tie)
		return;
	heap_remove(heap, node);
	heap_insert(heap, node, key, tie);
}
