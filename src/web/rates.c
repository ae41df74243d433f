#include "web/rates.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum {
	WAYS = 8, /* rows a key may stand in */
	SETS = 8192,
	KEY_MAX = 320, /* an address and an e-mail address */
	SECOND_US = 1000000,
	FORGIVEN_US = 60 * SECOND_US, /* a failure */
};

/* One key. A bucket keeps the time at which it is full again (GCRA); failures keep their number and
 * the time from which the next is allowed. */
struct row {
	uint8_t hash[crypto_shorthash_siphashx24_BYTES];
	int64_t used_us;
	int64_t until_us;
	unsigned failures;
};

struct table {
	pthread_mutex_t mutex;
	int64_t interval_us; /* of a bucket; 0: no limit */
	int64_t burst_us;
	unsigned free, wait_most_s; /* of failures */
	struct row (*sets)[WAYS];
};

enum { KNOWN = RATE_CLASS_COUNT, TABLE_COUNT }; /* who signed in from where */

struct rates {
	uint8_t key[crypto_shorthash_siphashx24_KEYBYTES];
	struct table tables[TABLE_COUNT];
};

static bool counts_failures(const struct table *table)
{
	return table->wait_most_s > 0;
}

/* Twice the rate may come at once. */
static void set_bucket(struct table *table, int64_t a_second)
{
	table->interval_us = a_second ? SECOND_US / a_second : 0;
	table->interval_us += a_second && !table->interval_us;
	table->burst_us = 2 * SECOND_US;
}

enum error_code rates_open(const struct config *config, struct rates **ret_rates, struct error *err)
{
	struct rates *rates = calloc(1, sizeof(*rates));
	bool failed = !rates;

	for (size_t i = 0; !failed && i < TABLE_COUNT; i++) {
		/* calloc: pages nobody has written to cost nothing. */
		rates->tables[i].sets = calloc(SETS, sizeof(*rates->tables[i].sets));
		failed = !rates->tables[i].sets;
		pthread_mutex_init(&rates->tables[i].mutex, NULL);
	}
	if (failed) {
		rates_close(rates);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	randombytes_buf(rates->key, sizeof(rates->key));
	set_bucket(&rates->tables[RATE_ADDRESS], config_number(config, CONFIG_WEB_RATE_ADDRESS));
	set_bucket(&rates->tables[RATE_CREDENTIAL],
	           config_number(config, CONFIG_WEB_RATE_CREDENTIAL));
	set_bucket(&rates->tables[RATE_TENANT], config_number(config, CONFIG_WEB_RATE_TENANT));
	rates->tables[RATE_LOGIN_ADDRESS].free = 10;
	rates->tables[RATE_LOGIN_ADDRESS].wait_most_s = 60;
	rates->tables[RATE_LOGIN_ACCOUNT].free = 5;
	rates->tables[RATE_LOGIN_ACCOUNT].wait_most_s = 30;
	rates->tables[RATE_SWITCH].free = 20;
	rates->tables[RATE_SWITCH].wait_most_s = 60;
	rates->tables[RATE_MAIL].interval_us = INT64_C(600) * SECOND_US;
	rates->tables[RATE_MAIL].burst_us = 3 * rates->tables[RATE_MAIL].interval_us;
	*ret_rates = rates;
	return ERROR_OK;
}

void rates_close(struct rates *rates)
{
	if (!rates)
		return;
	for (size_t i = 0; i < TABLE_COUNT && rates->tables[i].sets; i++) {
		pthread_mutex_destroy(&rates->tables[i].mutex);
		free(rates->tables[i].sets);
	}
	free(rates);
}

/* --- keys ------------------------------------------------------------------------------------ */

/* An IPv6 address by its /64, one that stands for an IPv4 address as that; anything else folded. */
static size_t normalise(const char *key, char ret_key[static KEY_MAX])
{
	struct in6_addr address;
	size_t n = 0;

	if (inet_pton(AF_INET6, key, &address) == 1) {
		if (IN6_IS_ADDR_V4MAPPED(&address)) {
			inet_ntop(AF_INET, address.s6_addr + 12, ret_key, KEY_MAX);
			return strlen(ret_key);
		}
		memcpy(ret_key, address.s6_addr, 8);
		return 8;
	}
	for (; key[n] && n < KEY_MAX - 1; n++)
		ret_key[n] = key[n] >= 'A' && key[n] <= 'Z' ? (char)(key[n] - 'A' + 'a') : key[n];
	return n;
}

/* With the table's mutex: the key's row; where there is none and make is set, the one that gives
 * way to it, empty. */
static struct row *find_row(const struct rates *rates, struct table *table, const char *key,
                            size_t n, int64_t now, bool make)
{
	uint8_t hash[crypto_shorthash_siphashx24_BYTES];
	struct row *set, *oldest;
	uint64_t number;

	crypto_shorthash_siphashx24(hash, (const uint8_t *)key, n, rates->key);
	memcpy(&number, hash, sizeof(number));
	set = oldest = table->sets[number % SETS];
	for (struct row *row = set; row < set + WAYS; row++) {
		if (memcmp(row->hash, hash, sizeof(hash)) == 0) {
			row->used_us = now;
			return row;
		}
		if (row->used_us < oldest->used_us)
			oldest = row;
	}
	if (!make)
		return NULL;
	*oldest = (struct row){.used_us = now};
	memcpy(oldest->hash, hash, sizeof(hash));
	return oldest;
}

/* --- the two kinds --------------------------------------------------------------------------- */

static unsigned seconds_up(int64_t us)
{
	return us <= 0 ? 0 : (unsigned)((us + SECOND_US - 1) / SECOND_US);
}

static unsigned bucket(const struct table *table, struct row *row, int64_t now, bool take)
{
	int64_t full = row->until_us > now ? row->until_us : now;

	if (full + table->interval_us - now > table->burst_us)
		return seconds_up(full + table->interval_us - now - table->burst_us);
	if (take)
		row->until_us = full + table->interval_us;
	return 0;
}

/* What time has forgiven by now. */
static void forgive(struct row *row, int64_t now, int64_t last_us)
{
	int64_t n = last_us ? (now - last_us) / FORGIVEN_US : 0;

	row->failures = n >= row->failures ? 0 : row->failures - (unsigned)n;
}

static unsigned failure(const struct table *table, struct row *row, int64_t now, bool take)
{
	unsigned wait_s = 0;

	if (row->until_us > now)
		return seconds_up(row->until_us - now);
	/* until_us is not before the last failure. */
	forgive(row, now, row->until_us);
	if (!take)
		return 0;
	row->failures++;
	if (row->failures >= table->free) {
		unsigned shift = row->failures - table->free;

		wait_s = shift > 6 || 1U << shift > table->wait_most_s ? table->wait_most_s
		                                                       : 1U << shift;
	}
	row->until_us = now + wait_s * INT64_C(1000000);
	return 0;
}

static unsigned ask(struct rates *rates, enum rate_class class, const char *key, bool take)
{
	struct table *table = &rates->tables[class];
	int64_t now = clock_monotonic_us();
	char normal[KEY_MAX];
	size_t n = normalise(key, normal);
	struct row *row;
	unsigned wait_s = 0;

	if (!counts_failures(table) && !table->interval_us)
		return 0;
	pthread_mutex_lock(&table->mutex);
	row = find_row(rates, table, normal, n, now, take);
	if (row)
		wait_s = counts_failures(table) ? failure(table, row, now, take)
		                                : bucket(table, row, now, take);
	pthread_mutex_unlock(&table->mutex);
	return wait_s;
}

unsigned rates_take(struct rates *rates, enum rate_class class, const char *key)
{
	return ask(rates, class, key, true);
}

unsigned rates_look(struct rates *rates, enum rate_class class, const char *key)
{
	return ask(rates, class, key, false);
}

/* --- log-ins --------------------------------------------------------------------------------- */

static size_t pair(const char *address, const char *email, char ret_key[static KEY_MAX])
{
	char first[KEY_MAX], second[KEY_MAX];
	size_t n = normalise(address, first), m = normalise(email, second);

	if (n > 64)
		n = 64;
	if (m > KEY_MAX - 64)
		m = KEY_MAX - 64;
	memcpy(ret_key, first, n);
	memcpy(ret_key + n, second, m);
	return n + m;
}

/* Whether somebody has signed in to it from there; now: remember that. */
static bool known(struct rates *rates, const char *address, const char *email, bool now)
{
	struct table *table = &rates->tables[KNOWN];
	char key[KEY_MAX];
	size_t n = pair(address, email, key);
	struct row *row;
	bool is;

	pthread_mutex_lock(&table->mutex);
	row = find_row(rates, table, key, n, clock_monotonic_us(), now);
	is = row && row->failures; /* here: once or more */
	if (now && row)
		row->failures = 1;
	pthread_mutex_unlock(&table->mutex);
	return is;
}

static void give_back(struct rates *rates, enum rate_class class, const char *key)
{
	struct table *table = &rates->tables[class];
	int64_t now = clock_monotonic_us();
	char normal[KEY_MAX];
	size_t n = normalise(key, normal);
	struct row *row;

	pthread_mutex_lock(&table->mutex);
	row = find_row(rates, table, normal, n, now, false);
	if (row && row->failures)
		row->failures--;
	if (row)
		row->until_us = now;
	pthread_mutex_unlock(&table->mutex);
}

unsigned rates_sign_in(struct rates *rates, const char *address, const char *email)
{
	bool stranger = !known(rates, address, email, false);
	unsigned wait_s = stranger ? rates_look(rates, RATE_LOGIN_ACCOUNT, email) : 0;

	if (!wait_s)
		wait_s = rates_take(rates, RATE_LOGIN_ADDRESS, address);
	if (!wait_s && stranger)
		wait_s = rates_take(rates, RATE_LOGIN_ACCOUNT, email);
	return wait_s;
}

void rates_not_failed(struct rates *rates, const char *address, const char *email)
{
	give_back(rates, RATE_LOGIN_ADDRESS, address);
	if (!known(rates, address, email, false))
		give_back(rates, RATE_LOGIN_ACCOUNT, email);
}

void rates_signed_in(struct rates *rates, const char *address, const char *email)
{
	rates_not_failed(rates, address, email);
	known(rates, address, email, true);
}
