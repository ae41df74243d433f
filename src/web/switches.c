#include "web/switches.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/networks.h"

enum {
	CREDENTIALS_MAX = 512, /* decoded; longer ones are wrong ones */
	TRUSTED = 256,
	LOG_US = 1000000,
};

static const char basic[] = "Basic ";

/* What a digest of something secret may be compared by, without telling how much of it fits. */
struct digest {
	unsigned char bytes[crypto_generichash_BYTES];
};

struct switches {
	struct lookup lookup;
	struct rates *rates;
	struct networks from;
	unsigned char key[crypto_generichash_KEYBYTES];
	unsigned char trust_key[crypto_shorthash_siphashx24_KEYBYTES];
	struct digest right, usual; /* of name:password, and of the header field as most write it */
	/* Keyed hashes of addresses that sent the right credentials, each in the place of its own
	 * hash: whoever guesses from elsewhere does not make them wait. */
	_Atomic uint64_t trusted[TRUSTED];
	_Atomic int64_t log_after_us;
	_Atomic uint64_t refused;
	_Atomic uint64_t counts[LOOKUP_SECTION_COUNT][LOOKUP_UNAVAILABLE + 1];
};

static struct digest digest_of(const struct switches *switches, const char *bytes, size_t n)
{
	struct digest digest;

	crypto_generichash(digest.bytes, sizeof(digest.bytes), (const unsigned char *)bytes, n,
	                   switches->key, sizeof(switches->key));
	return digest;
}

static enum error_code set_usual(struct switches *switches, const char *credentials,
                                 struct error *err)
{
	size_t n = strlen(credentials),
	       room = sizeof(basic) + sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
	char *field = malloc(room);

	if (!field)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	memcpy(field, basic, sizeof(basic));
	sodium_bin2base64(field + sizeof(basic) - 1, room - sizeof(basic) + 1,
	                  (const unsigned char *)credentials, n, sodium_base64_VARIANT_ORIGINAL);
	switches->usual = digest_of(switches, field, strlen(field));
	sodium_memzero(field, room);
	free(field);
	return ERROR_OK;
}

enum error_code switches_open(const struct config *config, struct directory *directory,
                              struct rates *rates, struct switches **ret_switches,
                              struct error *err)
{
	const char *credentials = config_text(config, CONFIG_FREESWITCH_CREDENTIALS);
	struct switches *switches;
	struct error why;
	enum error_code code;

	if (!*credentials)
		return ERROR_OK;
	switches = calloc(1, sizeof(*switches));
	if (!switches)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = networks_parse(config_text(config, CONFIG_FREESWITCH_FROM), &switches->from, &why);
	if (code != ERROR_OK) {
		switches_close(switches);
		return error_set(err, code, "freeswitch-from", "%s", why.message);
	}
	randombytes_buf(switches->key, sizeof(switches->key));
	randombytes_buf(switches->trust_key, sizeof(switches->trust_key));
	switches->right = digest_of(switches, credentials, strlen(credentials));
	code = set_usual(switches, credentials, err);
	if (code != ERROR_OK) {
		switches_close(switches);
		return code;
	}
	switches->rates = rates;
	lookup_init(config, directory, &switches->lookup);
	*ret_switches = switches;
	return ERROR_OK;
}

void switches_close(struct switches *switches)
{
	if (!switches)
		return;
	lookup_clear(&switches->lookup);
	sodium_memzero(switches, sizeof(*switches));
	free(switches);
}

/* --- who may ask ----------------------------------------------------------------------------- */

/* Whoever comes through a proxy that is not ours to believe has the proxy's address. */
static bool is_forwarded(const struct request *request)
{
	static const char *const names[] = {"X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"};
	bool believed = *config_text(request->web->config, CONFIG_WEB_PROXY);

	for (size_t i = 0; i < COUNT_OF(names) && !believed; i++)
		if (request_header(request, names[i]))
			return true;
	return false;
}

/* RFC 7617: "Basic" and base64 of name:password, of which there are several ways to write the same.
 * Always one digest, also of nothing. */
static bool has_credentials(const struct switches *switches, const char *field)
{
	unsigned char plain[CREDENTIALS_MAX];
	struct digest digest;
	size_t n = 0;

	if (strncasecmp(field, basic, sizeof(basic) - 1) == 0) {
		field += sizeof(basic) - 1;
		field += strspn(field, " ");
		if (sodium_base642bin(plain, sizeof(plain), field, strlen(field), "", &n, NULL,
		                      sodium_base64_VARIANT_ORIGINAL) != 0)
			n = 0;
	}
	digest = digest_of(switches, (const char *)plain, n);
	sodium_memzero(plain, sizeof(plain));
	return sodium_memcmp(&digest, &switches->right, sizeof(digest)) == 0;
}

/* As libcurl writes it, with less work; another way takes the longer one. */
static bool knows_credentials(const struct switches *switches, const struct request *request)
{
	const char *field = request_header(request, "Authorization");
	const struct digest digest = digest_of(switches, log_text(field), strlen(log_text(field)));

	return sodium_memcmp(&digest, &switches->usual, sizeof(digest)) == 0 ||
	       has_credentials(switches, log_text(field));
}

/* Where the address is remembered, and as what. */
static _Atomic uint64_t *trust_of(struct switches *switches, const char *address,
                                  uint64_t *ret_hash)
{
	unsigned char hash[crypto_shorthash_siphashx24_BYTES];

	crypto_shorthash_siphashx24(hash, (const unsigned char *)address, strlen(address),
	                            switches->trust_key);
	memcpy(ret_hash, hash, sizeof(*ret_hash));
	return &switches->trusted[*ret_hash % TRUSTED];
}

static void log_refused(struct switches *switches, const struct request *request,
                        const struct error *err)
{
	int64_t now_us = clock_monotonic_us(), after_us = atomic_load(&switches->log_after_us);
	uint64_t n = atomic_fetch_add(&switches->refused, 1) + 1;

	if (now_us < after_us ||
	    !atomic_compare_exchange_strong(&switches->log_after_us, &after_us, now_us + LOG_US))
		return;
	log_event(LOG_WARNING, "web", "a switch was refused", LOG_TEXT("request_id", request->id),
	          LOG_TEXT("address", request->address), LOG_TEXT("path", request->route->path),
	          LOG_TEXT("why", err->message), LOG_NUMBER("refused_so_far", (int64_t)n));
}

static enum error_code ask_credentials(struct switches *switches, const struct request *request,
                                       struct reply *reply, struct error *err)
{
	uint64_t hash;
	_Atomic uint64_t *trust = trust_of(switches, request->address, &hash);
	bool trusted = atomic_load(trust) == hash;
	unsigned wait_s = trusted ? 0 : rates_look(switches->rates, RATE_SWITCH, request->address);

	if (!wait_s && knows_credentials(switches, request)) {
		if (!trusted)
			atomic_store(trust, hash);
		return ERROR_OK;
	}
	if (!wait_s)
		wait_s = rates_take(switches->rates, RATE_SWITCH, request->address);
	if (wait_s) {
		reply_header(reply, "Retry-After", "%u", wait_s);
		return error_set(err, ERROR_RATE_LIMITED, NULL,
		                 "too many wrong credentials; wait %u s", wait_s);
	}
	reply_header(reply, "WWW-Authenticate", "Basic realm=\"centrex\"");
	return error_set(err, ERROR_UNAUTHENTICATED, NULL,
	                 "the credentials must be those of freeswitch-credentials");
}

enum error_code switches_check(struct switches *switches, const struct request *request,
                               struct reply *reply, struct error *err)
{
	enum error_code code;

	if (is_forwarded(request) || !networks_match(&switches->from, request->address))
		code = error_set(err, ERROR_FORBIDDEN, NULL,
		                 "FreeSWITCH does not ask from this address");
	else
		code = ask_credentials(switches, request, reply, err);
	if (code != ERROR_OK)
		log_refused(switches, request, err);
	return code;
}

/* --- what it is asked ------------------------------------------------------------------------ */

const struct lookup *switches_lookup(const struct switches *switches)
{
	return &switches->lookup;
}

void switches_count(struct switches *switches, enum lookup_section section,
                    enum lookup_result result)
{
	atomic_fetch_add_explicit(&switches->counts[section][result], 1, memory_order_relaxed);
}

uint64_t switches_counted(const struct switches *switches, enum lookup_section section,
                          enum lookup_result result)
{
	return atomic_load_explicit(&switches->counts[section][result], memory_order_relaxed);
}

uint64_t switches_refused(const struct switches *switches)
{
	return atomic_load(&switches->refused);
}
