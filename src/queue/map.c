#include "queue/map.h"

#include <string.h>

enum { BUCKETS_FIRST = 16 };

static size_t bucket_of(const struct uuid *id, size_t n_buckets)
{
	uint64_t a, b;

	memcpy(&a, id->bytes, sizeof(a));
	memcpy(&b, id->bytes + sizeof(a), sizeof(b));
	a = (a ^ (b * 0x9e3779b97f4a7c15U)) * 0xff51afd7ed558ccdU;
	return (size_t)(a >> 32) & (n_buckets - 1);
}

enum error_code map_init(struct map *map)
{
	map->buckets = calloc(BUCKETS_FIRST, sizeof(struct map_node *));
	if (!map->buckets)
		return ERROR_MEMORY;
	map->n_buckets = BUCKETS_FIRST;
	map->n = 0;
	return ERROR_OK;
}

void map_clear(struct map *map)
{
	free(map->buckets);
	*map = (struct map){.buckets = NULL};
}

struct map_node *map_find(const struct map *map, const struct uuid *id)
{
	struct map_node *node = map->buckets[bucket_of(id, map->n_buckets)];

	while (node && !uuid_equal(&node->id, id))
		node = node->next;
	return node;
}

static void grow(struct map *map)
{
	size_t n = map->n_buckets * 2;
	struct map_node **buckets = calloc(n, sizeof(struct map_node *));

	if (!buckets)
		return;
	for (size_t i = 0; i < map->n_buckets; i++) {
		struct map_node *node = map->buckets[i];

		while (node) {
			struct map_node *next = node->next,
					**bucket = &buckets[bucket_of(&node->id, n)];

			node->next = *bucket;
			*bucket = node;
			node = next;
		}
	}
	free(map->buckets);
	map->buckets = buckets;
	map->n_buckets = n;
}

void map_insert(struct map *map, struct map_node *node)
{
	struct map_node **bucket;

	if (map->n >= map->n_buckets)
		grow(map);
	bucket = &map->buckets[bucket_of(&node->id, map->n_buckets)];
	node->next = *bucket;
	*bucket = node;
	map->n++;
}

void map_remove(struct map *map, struct map_node *node)
{
	struct map_node **at = &map->buckets[bucket_of(&node->id, map->n_buckets)];

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	map->n--;
}
