/* From a UUID to the thing that holds the node. Inserting never fails: when there is no memory for
 * more buckets the chains grow longer. Identifiers are made by us, so nobody can aim at a chain. */
#ifndef CENTREX_QUEUE_MAP_H
#define CENTREX_QUEUE_MAP_H

#include <stddef.h>

#include "base/error.h"
#include "base/uuid.h"

struct map_node {
	struct map_node *next;
	struct uuid id;
};

struct map {
	struct map_node **buckets;
	size_t n_buckets, n; /* n_buckets: a power of two */
};

MUST_CHECK enum error_code map_init(struct map *map);
void map_clear(struct map *map); /* the things stay their owner's */
struct map_node *map_find(const struct map *map, const struct uuid *id); /* NULL: none */
/* node->id is set, and not in the map. */
void map_insert(struct map *map, struct map_node *node);
void map_remove(struct map *map, struct map_node *node);

#endif
