#include "domain/names.h"

#include <sodium.h>
#include <string.h>

enum { WAYS = 8 }; /* rows a name may stand in */

struct row {
	uint8_t hash[crypto_shorthash_siphashx24_BYTES];
	struct uuid tenant;
	int64_t expires_us;
	uint64_t epoch; /* counts only while it is the table's */
};

struct names {
	uint8_t key[crypto_shorthash_siphashx24_KEYBYTES];
	uint64_t epoch; /* rows of an earlier one are forgotten */
	size_t n_sets;  /* a power of two, WAYS rows each */
	struct row rows[];
};

struct names *names_new(size_t n)
{
	struct names *names;
	size_t sets = 1;

	while (sets * WAYS < n)
		sets *= 2;
	/* calloc: pages nobody has written to cost nothing. */
	names = calloc(1, sizeof(*names) + sets * WAYS * sizeof(struct row));
	if (!names)
		return NULL;
	randombytes_buf(names->key, sizeof(names->key));
	names->n_sets = sets;
	names->epoch = 1;
	return names;
}

void names_free(struct names *names)
{
	free(names);
}

void names_clear(struct names *names)
{
	names->epoch++;
}

/* The rows a name may stand in. */
static const struct row *find_set(const struct names *names, const void *name, size_t n,
                                  uint8_t hash[static crypto_shorthash_siphashx24_BYTES])
{
	uint64_t number;

	crypto_shorthash_siphashx24(hash, name, n, names->key);
	memcpy(&number, hash, sizeof(number));
	return names->rows + (number & (names->n_sets - 1)) * WAYS;
}

static bool alive(const struct names *names, const struct row *row, int64_t now_us)
{
	return row->epoch == names->epoch && row->expires_us > now_us;
}

void names_put(struct names *names, const void *name, size_t n, const struct uuid *tenant,
               int64_t now_us, int64_t expires_us)
{
	uint8_t hash[crypto_shorthash_siphashx24_BYTES];
	struct row *set = (struct row *)find_set(names, name, n, hash);
	struct row *best = set;

	/* Its own row, else one that is dead, else the one that would die first. */
	for (struct row *row = set; row < set + WAYS; row++) {
		if (!memcmp(row->hash, hash, sizeof(hash))) {
			best = row;
			break;
		}
		if (!alive(names, best, now_us))
			continue;
		if (!alive(names, row, now_us) || row->expires_us < best->expires_us)
			best = row;
	}
	memcpy(best->hash, hash, sizeof(hash));
	best->tenant = *tenant;
	best->expires_us = expires_us;
	best->epoch = names->epoch;
}

bool names_get(const struct names *names, const void *name, size_t n, int64_t now_us,
               struct uuid *ret_tenant)
{
	uint8_t hash[crypto_shorthash_siphashx24_BYTES];
	const struct row *set = find_set(names, name, n, hash);

	for (const struct row *row = set; row < set + WAYS; row++) {
		if (memcmp(row->hash, hash, sizeof(hash)) || !alive(names, row, now_us))
			continue;
		*ret_tenant = row->tenant;
		return true;
	}
	return false;
}
