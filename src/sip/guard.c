#include "sip/guard.h"

#include <sodium.h>

/*
 * A set-associative table: an address belongs to one set of WAYS entries; the one idle longest
 * gives way, a banned one last. Counters decay by halves, so that no list of times is kept.
 */
enum {
	WAYS = 8,
	ENTRIES = 16384,
	WINDOW_S = 600,
	MALFORMED = 300,
	MALFORMED_WINDOW_S = 60,
	TRIES_FREE = 8, /* tries an address may save up */
	SPARED_S = 3600,
};

struct entry {
	uint64_t key; /* 0: empty */
	int64_t seen_s;
	int64_t failures_since_s, malformed_since_s;
	int64_t banned_until_s, spared_until_s;
	int64_t try_s; /* when tries were last counted up */
	uint32_t failures, malformed;
	uint32_t tries; /* left */
};

struct guard {
	struct guard_config config;
	size_t sets; /* a power of two */
	uint8_t secret[crypto_shorthash_KEYBYTES];
	struct entry entries[];
};

static struct guard_config with_defaults(const struct guard_config *config)
{
	struct guard_config full = *config;

	full.window_s = full.window_s ? full.window_s : WINDOW_S;
	full.malformed = full.malformed ? full.malformed : MALFORMED;
	full.entries = full.entries ? full.entries : ENTRIES;
	return full;
}

enum error_code guard_open(const struct guard_config *config, struct guard **ret_guard,
                           struct error *err)
{
	struct guard_config full = with_defaults(config);
	size_t sets = 1;

	while (sets * WAYS < full.entries)
		sets *= 2;
	struct guard *guard = calloc(1, sizeof(*guard) + sets * WAYS * sizeof(struct entry));

	if (!guard)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	guard->config = full;
	guard->sets = sets;
	randombytes_buf(guard->secret, sizeof(guard->secret));
	*ret_guard = guard;
	return ERROR_OK;
}

void guard_close(struct guard *guard)
{
	free(guard);
}

void guard_configure(struct guard *guard, const struct guard_config *config)
{
	guard->config = with_defaults(config);
}

/* Of an IPv4 address, or of the /64 that one customer has; keyed, so that nobody picks a set. */
static uint64_t key_of(const struct guard *guard, const struct sa *source)
{
	uint8_t bytes[9] = {0};
	uint8_t hash[crypto_shorthash_BYTES];
	uint64_t key;

	if (sa_af(source) == AF_INET6) {
		bytes[0] = 6;
		memcpy(bytes + 1, &source->u.in6.sin6_addr, 8);
	} else {
		bytes[0] = 4;
		memcpy(bytes + 1, &source->u.in.sin_addr, 4);
	}
	crypto_shorthash(hash, bytes, sizeof(bytes), guard->secret);
	memcpy(&key, hash, sizeof(key));
	return key ? key : 1;
}

static struct entry *find(const struct guard *guard, uint64_t key)
{
	struct entry *set =
		(struct entry *)guard->entries + (size_t)(key & (guard->sets - 1)) * WAYS;

	for (int i = 0; i < WAYS; i++)
		if (set[i].key == key)
			return &set[i];
	return NULL;
}

/* The address's entry, made if need be. */
static struct entry *take(struct guard *guard, const struct sa *source, int64_t now_s)
{
	uint64_t key = key_of(guard, source);
	struct entry *entry = find(guard, key);

	if (!entry) {
		struct entry *set = guard->entries + (size_t)(key & (guard->sets - 1)) * WAYS;

		entry = set;
		for (int i = 1; i < WAYS; i++) {
			bool banned = set[i].banned_until_s > now_s;
			bool best_banned = entry->banned_until_s > now_s;

			if (banned != best_banned ? best_banned : set[i].seen_s < entry->seen_s)
				entry = &set[i];
		}
		*entry = (struct entry){.key = key,
		                        .failures_since_s = now_s,
		                        .malformed_since_s = now_s,
		                        .try_s = now_s,
		                        .tries = TRIES_FREE};
	}
	entry->seen_s = now_s;
	return entry;
}

/* Halves a counter for every window that has passed. */
static void decay(uint32_t *count, int64_t *since_s, int64_t window_s, int64_t now_s)
{
	while (*count > 0 && now_s - *since_s >= window_s) {
		*count /= 2;
		*since_s += window_s;
	}
	if (*count == 0)
		*since_s = now_s;
}

enum guard_answer guard_check(const struct guard *guard, const struct sa *source, int64_t now_s)
{
	const struct entry *entry = find(guard, key_of(guard, source));

	return entry && entry->banned_until_s > now_s ? GUARD_BANNED : GUARD_PASS;
}

/* From here on an address has one try a second, and what it has saved up. */
static bool is_slowed(const struct guard *guard, const struct entry *entry)
{
	return entry->failures > guard->config.failures / 4;
}

static enum guard_answer take_try(struct entry *entry, int64_t now_s)
{
	const int64_t earned = now_s - entry->try_s;

	entry->try_s = now_s;
	entry->tries = earned > TRIES_FREE - (int64_t)entry->tries
	                       ? TRIES_FREE
	                       : entry->tries + (uint32_t)earned;
	if (entry->tries == 0)
		return GUARD_SLOW;
	entry->tries--;
	return GUARD_PASS;
}

enum guard_answer guard_try(struct guard *guard, const struct sa *source, int64_t now_s)
{
	struct entry *entry = find(guard, key_of(guard, source));

	if (!entry)
		return GUARD_PASS;
	if (entry->banned_until_s > now_s)
		return GUARD_BANNED;
	decay(&entry->failures, &entry->failures_since_s, guard->config.window_s, now_s);
	if (!is_slowed(guard, entry)) {
		entry->tries = TRIES_FREE;
		entry->try_s = now_s;
		return GUARD_PASS;
	}
	return take_try(entry, now_s);
}

enum guard_answer guard_try_banned(struct guard *guard, const struct sa *source, int64_t now_s)
{
	struct entry *entry = find(guard, key_of(guard, source));

	return entry ? take_try(entry, now_s) : GUARD_PASS;
}

/* Unless it is spared. */
static enum guard_event ban(struct guard *guard, struct entry *entry, bool holds, int64_t now_s)
{
	bool already = entry->banned_until_s > now_s;

	if (holds || entry->spared_until_s > now_s)
		return GUARD_NOTHING;
	entry->banned_until_s = now_s + guard->config.ban_s;
	entry->failures = entry->malformed = 0;
	return already ? GUARD_NOTHING : GUARD_BAN;
}

enum guard_event guard_failure(struct guard *guard, const struct sa *source, bool holds,
                               int64_t now_s)
{
	struct entry *entry = take(guard, source, now_s);

	decay(&entry->failures, &entry->failures_since_s, guard->config.window_s, now_s);
	if (entry->failures < UINT32_MAX / 2)
		entry->failures++;
	if (entry->failures < guard->config.failures)
		return GUARD_NOTHING;
	return ban(guard, entry, holds, now_s);
}

enum guard_event guard_malformed(struct guard *guard, const struct sa *source, bool holds,
                                 int64_t now_s)
{
	struct entry *entry = take(guard, source, now_s);

	decay(&entry->malformed, &entry->malformed_since_s, MALFORMED_WINDOW_S, now_s);
	if (entry->malformed < UINT32_MAX / 2)
		entry->malformed++;
	if (entry->malformed < guard->config.malformed)
		return GUARD_NOTHING;
	return ban(guard, entry, holds, now_s);
}

void guard_spare(struct guard *guard, const struct sa *source, int64_t now_s)
{
	take(guard, source, now_s)->spared_until_s = now_s + SPARED_S;
}

void guard_success(struct guard *guard, const struct sa *source, int64_t now_s)
{
	struct entry *entry = find(guard, key_of(guard, source));

	if (!entry)
		return;
	entry->seen_s = now_s;
	entry->failures /= 2;
	entry->banned_until_s = 0;
}
