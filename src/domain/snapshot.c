#include "domain/snapshot.h"

#include <string.h>

static int compare_extension(const void *key, const void *row)
{
	return strcmp(key, ((const struct extension *)row)->number);
}

static int compare_auth_username(const void *key, const void *row)
{
	const struct extension *const *extension = row;

	return memcmp(key, &(*extension)->auth_username, sizeof(struct uuid));
}

static int compare_number(const void *key, const void *row)
{
	return strcmp(key, ((const struct number *)row)->number);
}

static int compare_queue(const void *key, const void *row)
{
	return strcmp(key, ((const struct queue *)row)->name);
}

static int compare_sound(const void *key, const void *row)
{
	return memcmp(key, &((const struct sound *)row)->id, sizeof(struct uuid));
}

const struct extension *snapshot_extension(const struct snapshot *snapshot, const char *number)
{
	if (!snapshot->n_extensions)
		return NULL;
	return bsearch(number, snapshot->extensions, snapshot->n_extensions,
	               sizeof(snapshot->extensions[0]), compare_extension);
}

const struct extension *snapshot_by_auth_username(const struct snapshot *snapshot,
                                                  const struct uuid *auth_username)
{
	const struct extension *const *found;

	if (!snapshot->n_extensions)
		return NULL;
	found = bsearch(auth_username, snapshot->by_auth_username, snapshot->n_extensions,
	                sizeof(found[0]), compare_auth_username);
	return found ? *found : NULL;
}

const struct number *snapshot_number(const struct snapshot *snapshot, const char *number)
{
	if (!snapshot->n_numbers)
		return NULL;
	return bsearch(number, snapshot->numbers, snapshot->n_numbers, sizeof(snapshot->numbers[0]),
	               compare_number);
}

const struct queue *snapshot_queue(const struct snapshot *snapshot, const char *name)
{
	const struct queue *found;

	if (!snapshot->n_queues)
		return NULL;
	found = bsearch(name, snapshot->queues, snapshot->n_queues, sizeof(snapshot->queues[0]),
	                compare_queue);
	while (found && found > snapshot->queues && strcmp(found[-1].name, name) == 0)
		found--;
	return found;
}

const struct sound *snapshot_sound(const struct snapshot *snapshot, const struct uuid *id)
{
	if (!snapshot->n_sounds)
		return NULL;
	return bsearch(id, snapshot->sounds, snapshot->n_sounds, sizeof(snapshot->sounds[0]),
	               compare_sound);
}
