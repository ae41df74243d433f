/*
 * A pairing heap through the things it holds: least key first, ties by `tie`, which the owner makes
 * different for each thing, so that the order is always the same. Needs no memory; insert O(1),
 * remove O(log n) amortized.
 */
#ifndef CENTREX_QUEUE_HEAP_H
#define CENTREX_QUEUE_HEAP_H

#include <stdbool.h>
#include <stdint.h>

struct heap_node {
	struct heap_node *child, *next, *previous; /* previous of a first child: its parent */
	int64_t key;
	uint64_t tie;
	bool in;
};

struct heap {
	struct heap_node *root; /* the first; NULL: empty */
};

void heap_insert(struct heap *heap, struct heap_node *node, int64_t key, uint64_t tie);
/* What is in no heap stays so; else it must be this one. */
void heap_remove(struct heap *heap, struct heap_node *node);
/* Inserts, or moves to the new key. */
void heap_move(struct heap *heap, struct heap_node *node, int64_t key, uint64_t tie);

#endif
