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

/* What a digest of something secret may be compared by, without telling how much of it fits. */
struct digest {
	unsigned char bytes[crypto_generichash_BYTES];
};

struct switches {
	struct lookup lookup;
	struct rates *rates;
	struct networks from;
	unsigned char key[crypto_generichash_KEYBYTES];
	struct digest right;
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
	switches->right = digest_of(switches, credentials, strlen(credentials));
	switches->rates = rates;
	lookup_init(config, directory, &switches->lookup);
	*ret_switches = switches;
	return ERROR_OK;
}

void switches_close(struct switches *switches)
{
	if (!switches)
		return;
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

/* RFC 7617: "Basic" and base64 of name:password. Always one digest, also of nothing. */
static bool has_credentials(const struct switches *switches, const struct request *request)
{
	static const char scheme[] = "Basic ";
	const char *field = request_header(request, "Authorization");
	unsigned char plain[CREDENTIALS_MAX];
	struct digest digest;
	size_t n = 0;

	if (field && strncasecmp(field, scheme, sizeof(scheme) - 1) == 0) {
		field += sizeof(scheme) - 1;
		field += strspn(field, " ");
		if (sodium_base642bin(plain, sizeof(plain), field, strlen(field), "", &n, NULL,
		                      sodium_base64_VARIANT_ORIGINAL) != 0)
			n = 0;
	}
	digest = digest_of(switches, (const char *)plain, n);
	sodium_memzero(plain, sizeof(plain));
	return sodium_memcmp(digest.bytes, switches->right.bytes, sizeof(digest.bytes)) == 0;
}

/* Where the address is remembered, and as what. */
static _Atomic uint64_t *trust_of(struct switches *switches, const char *address,
                                  uint64_t *ret_hash)
{
	const struct digest digest = digest_of(switches, address, strlen(address));

	memcpy(ret_hash, digest.bytes, sizeof(*ret_hash));
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

	if (!wait_s && has_credentials(switches, request)) {
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
