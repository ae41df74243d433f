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
