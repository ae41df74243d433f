#include "sip/auth.h"

#include <sodium.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "sip/address.h"
#include "sip/connections.h"
#include "sip/digest.h"
#include "sip/dispatch.h"
#include "sip/emergency.h"
#include "sip/guard.h"
#include "sip/nonce.h"
#include "sip/refusal.h"
#include "sip/registrar.h"
#include "sip/reply.h"
#include "sip/work.h"

enum {
	PENDING_BUCKETS = 1024,
	HEADERS_MAX = 4, /* Authorization headers looked at */
	FOLLOWERS_MAX = 8192,
	RETRY_AFTER_S = 5,
};

struct auth {
	struct engine *engine;
	struct nonces *nonces;
	struct hash *pending;  /* struct pending, by Via branch */
	struct list restoring; /* struct pending: the one of each tenant that a worker has */
	size_t followers;
	struct refusals *refusals;
	char dummy[33]; /* the password of whoever does not exist */
};

/* The claim of one request, read and not yet checked. */
struct claim {
	const struct sip_msg *msg;
	const struct uri *aor;
	char domain[DOMAIN_MAX]; /* the AOR's, lower case; also the realm */
	bool is_address;         /* the domain is an IP address */
	struct digest digest;
	struct uuid username; /* nil: the digest user name is no UUID */
	uint64_t arrived_ms;
	auth_granted_h *granted;
	void *arg;
};

/* A request that waits for a worker. Texts of the claim point into msg. */
struct pending {
	struct le le;
	struct engine *engine;
	struct sip_msg *msg;
	struct claim claim;
	bool restoring; /* second wait: the tenant's registrations */
	/* After a start every phone of a tenant waits for the same rows: one asks, the others
	 * follow it. */
	struct le leader;      /* in auth's restoring */
	struct list followers; /* struct pending */
	struct le follower;
	struct snapshot *snapshot;
	struct registration_list list;
	enum error_code code;
	struct error err;
};

enum error_code auth_open(struct engine *engine, struct auth **ret_auth, struct error *err)
{
	struct auth *auth = calloc(1, sizeof(*auth));

	if (!auth)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	auth->engine = engine;
	enum error_code code = nonces_open(&auth->nonces, err);

	if (code == ERROR_OK)
		code = refusals_open(engine, &auth->refusals, err);
	if (code == ERROR_OK && hash_alloc(&auth->pending, PENDING_BUCKETS) != 0)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code != ERROR_OK) {
		auth_close(auth);
		return code;
	}
	uint8_t bytes[16];

	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(auth->dummy, sizeof(auth->dummy), bytes, sizeof(bytes));
	*ret_auth = auth;
	return ERROR_OK;
}

void auth_close(struct auth *auth)
{
	if (!auth)
		return;
	nonces_close(auth->nonces);
	refusals_close(auth->refusals);
	mem_deref(auth->pending);
	free(auth);
}

/* Host names and addresses only: it is written back as the realm. False: no such thing. */
static bool read_domain(const struct pl *host, struct claim *claim)
{
	struct sa address;

	if (!host->l || host->l >= sizeof(claim->domain))
		return false;
	for (size_t i = 0; i < host->l; i++) {
		char c = host->p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' && c != '-' &&
		    c != ':' && c != '_')
			return false;
		claim->domain[i] = c;
	}
	claim->domain[host->l] = '\0';
	claim->is_address = sa_set(&address, host, 0) == 0;
	return true;
}

/* Phones of which is known that they give up at a challenge they cannot answer, although RFC 8760
 * lets the next one follow. None that speaks SHA-256 hides its name, so the nameless are among
 * them. */
static bool stops_at_sha256(const struct sip_msg *msg)
{
	static const char *const names[] = {"baresip v0", "baresip v1", "baresip/0", "baresip/1",
	                                    "SIPp"};
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);

	if (!header)
		return true;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (header->val.l >= strlen(names[i]) &&
		    strncasecmp(header->val.p, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static bool is_offered(const struct engine *engine, enum digest_algorithm algorithm)
{
	const char *offered = config_text(engine->config, CONFIG_SIP_DIGEST);

	return strcmp(offered, "both") == 0 ||
	       strcmp(offered, algorithm == DIGEST_MD5 ? "md5" : "sha-256") == 0;
}

/* only: of this algorithm alone (what the phone answered with before); NULL: all we offer. */
static void challenge(struct engine *engine, const struct claim *claim,
                      const enum digest_algorithm *only, bool stale)
{
	AUTO(text_clear) struct text headers = {0};
	char nonce[NONCE_LENGTH + 1];
	bool both = strcmp(config_text(engine->config, CONFIG_SIP_DIGEST), "both") == 0;
	bool md5_alone = !only && both && stops_at_sha256(claim->msg);

	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		enum digest_algorithm algorithm = (enum digest_algorithm)i;

		if (!is_offered(engine, algorithm) || (only && *only != algorithm) ||
		    (md5_alone && algorithm != DIGEST_MD5))
			continue;
		nonce_make(engine->auth->nonces, &claim->msg->src, clock_unix_us() / 1000000,
		           nonce);
		text_addf(&headers,
		          "WWW-Authenticate: Digest realm=\"%s\", nonce=\"%s\", algorithm=%s, "
		          "qop=\"auth\"%s\r\n",
		          claim->domain, nonce, digest_algorithm_name(algorithm),
		          stale ? ", stale=true" : "");
	}
	if (headers.failed)
		return;
	engine_count(engine, SIP_COUNT_CHALLENGED);
	reply_headers(engine, claim->msg, 401, headers.data);
}

static void unavailable(struct engine *engine, const struct sip_msg *msg, enum sip_count count)
{
	char headers[32];

	engine_count(engine, count);
	(void)re_snprintf(headers, sizeof(headers), "Retry-After: %d\r\n", RETRY_AFTER_S);
	reply_headers(engine, msg, 503, headers);
}

struct header_search {
	struct claim *claim;
	const struct engine *engine;
	unsigned seen;
};

/* The first credentials for our realm that can be read (a phone may hold others, for others). */
static bool on_authorization(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct header_search *search = arg;
	struct digest digest;

	(void)msg;
	if (++search->seen > HEADERS_MAX)
		return true;
	if (!digest_parse(&header->val, &digest) || !is_offered(search->engine, digest.algorithm) ||
	    pl_strcasecmp(&digest.realm, search->claim->domain) != 0)
		return false;
	search->claim->digest = digest;
	return true;
}

static bool find_credentials(const struct engine *engine, struct claim *claim)
{
	struct header_search search = {.claim = claim, .engine = engine};
	char username[UUID_TEXT_MAX];

	claim->digest = (struct digest){0};
	(void)sip_msg_hdr_apply(claim->msg, true, SIP_HDR_AUTHORIZATION, on_authorization, &search);
	if (!claim->digest.nonce.p)
		return false;
	claim->username = (struct uuid){0};
	if (claim->digest.username.l == UUID_TEXT_MAX - 1 &&
	    pl_strcpy(&claim->digest.username, username, sizeof(username)) == 0)
		(void)!uuid_parse(username, &claim->username);
	return true;
}

/* RFC 7616 section 3.4.6: what was signed must be what was asked for. The host may differ: phones
 * sign the address they send to (sipp), and proxies rewrite. Whom it names may not; where the
 * signed URI names nobody, the phone signed its server. */
static bool uri_matches(const struct claim *claim)
{
	struct uri signed_uri;

	if (pl_cmp(&claim->digest.uri, &claim->msg->ruri) == 0)
		return true;
	return address_uri(&claim->digest.uri, &signed_uri) &&
	       (!signed_uri.user.l || pl_cmp(&signed_uri.user, &claim->msg->uri.user) == 0);
}

static bool knows_user(const struct snapshot *snapshot, const struct claim *claim)
{
	return uuid_is_nil(&claim->username) ||
	       snapshot_by_auth_username(snapshot, &claim->username);
}

/* A domain's snapshot without the user, and one that was found by the user: the latter counts when
 * it is of the same tenant (the phone was added a moment ago). */
static void choose(struct snapshot **chosen, struct snapshot *by_user)
{
	if (!*chosen || uuid_equal(&(*chosen)->tenant, &by_user->tenant)) {
		snapshot_unref(*chosen);
		*chosen = by_user;
	} else {
		snapshot_unref(by_user);
	}
}

/* What memory knows. HIT may have no such extension. */
static enum directory_answer peek(struct engine *engine, const struct claim *claim,
                                  struct snapshot **ret_snapshot)
{
	enum directory_answer answer = DIRECTORY_ABSENT;
	struct snapshot *by_user = NULL;

	if (!claim->is_address)
		answer = directory_peek_domain(engine->directory, claim->domain, ret_snapshot);
	if (answer == DIRECTORY_ASK || uuid_is_nil(&claim->username) ||
	    (answer == DIRECTORY_HIT && knows_user(*ret_snapshot, claim)))
		return answer;
	switch (directory_peek_auth_username(engine->directory, &claim->username, &by_user)) {
	case DIRECTORY_ASK:
		return DIRECTORY_ASK;
	case DIRECTORY_ABSENT:
		return answer;
	case DIRECTORY_HIT:
		break;
	}
	choose(ret_snapshot, by_user);
	return DIRECTORY_HIT;
}

/* The same on a worker, from the database where need be. */
static enum error_code find(struct directory *directory, const struct claim *claim,
                            struct snapshot **ret_snapshot, struct error *err)
{
	enum error_code code = ERROR_NOT_FOUND;
	struct snapshot *by_user = NULL;

	if (!claim->is_address)
		code = directory_find_domain(directory, claim->domain, ret_snapshot, err);
	if ((code != ERROR_OK && code != ERROR_NOT_FOUND) || uuid_is_nil(&claim->username) ||
	    (code == ERROR_OK && knows_user(*ret_snapshot, claim)))
		return code;
	code = directory_find_auth_username(directory, &claim->username, &by_user, err);
	if (code == ERROR_OK)
		choose(ret_snapshot, by_user);
	return code;
}

static void run_pending(void *arg)
{
	struct pending *pending = arg;
	struct engine *engine = pending->engine;

	if (!pending->restoring)
		pending->code =
			find(engine->directory, &pending->claim, &pending->snapshot, &pending->err);
	else
		pending->code = registration_read(engine->db, &pending->snapshot->tenant,
		                                  registrar_node(engine->registrar), &pending->list,
		                                  &pending->err);
}

static void pending_free(struct pending *pending)
{
	hash_unlink(&pending->le);
	list_unlink(&pending->leader);
	registration_list_clear(&pending->list);
	snapshot_unref(pending->snapshot);
	mem_deref(pending->msg);
	free(pending);
}

static void decide(struct engine *engine, const struct claim *claim, struct snapshot *snapshot);
static void grant(struct engine *engine, const struct claim *claim, struct snapshot *snapshot);

/* The rows have come (or could not): whoever waited goes on. */
static void end_followers(struct engine *engine, struct pending *leader, bool ran)
{
	list_unlink(&leader->leader);
	while (!list_isempty(&leader->followers)) {
		struct pending *pending = list_head(&leader->followers)->data;

		list_unlink(&pending->follower);
		hash_unlink(&pending->le);
		engine->auth->followers--;
		if (ran)
			grant(engine, &pending->claim, pending->snapshot);
		pending_free(pending);
	}
}

static void done_pending(void *arg, bool ran)
{
	struct pending *pending = arg;
	struct engine *engine = pending->engine;

	/* From here on the same request may be worked on again. */
	hash_unlink(&pending->le);
	if (!ran) {
		; /* the engine ends: the phone asks the next one */
	} else if (pending->restoring) {
		bool read = pending->code == ERROR_OK;

		if (!read)
			log_error("sip", "stored registrations not read", &pending->err);
		registrar_restore(engine->registrar, &pending->snapshot->tenant,
		                  read ? &pending->list : NULL);
		grant(engine, &pending->claim, pending->snapshot);
	} else if (pending->code == ERROR_OK || pending->code == ERROR_NOT_FOUND) {
		decide(engine, &pending->claim, pending->snapshot);
	} else {
		unavailable(engine, pending->msg, SIP_COUNT_UNAVAILABLE);
	}
	end_followers(engine, pending, ran);
	pending_free(pending);
}

static bool is_same_request(struct le *le, void *arg)
{
	const struct pending *pending = le->data;
	const struct sip_msg *msg = arg;

	return pl_cmp(&pending->msg->via.branch, &msg->via.branch) == 0 &&
	       pl_cmp(&pending->msg->callid, &msg->callid) == 0 &&
	       pl_cmp(&pending->msg->cseq.met, &msg->cseq.met) == 0 &&
	       pending->msg->cseq.num == msg->cseq.num &&
	       sa_cmp(&pending->msg->src, &msg->src, SA_ALL);
}

static struct pending *leader_of(struct auth *auth, const struct snapshot *snapshot)
{
	for (struct le *le = list_head(&auth->restoring); le; le = le->next) {
		struct pending *leader = le->data;

		if (uuid_equal(&leader->snapshot->tenant, &snapshot->tenant))
			return leader;
	}
	return NULL;
}

/* False: there is no room for more work. */
static bool submit(struct engine *engine, struct pending *pending)
{
	struct auth *auth = engine->auth;
	struct work_job job = {.run = run_pending, .done = done_pending, .arg = pending};
	struct pending *leader = pending->restoring ? leader_of(auth, pending->snapshot) : NULL;

	if (leader) {
		if (auth->followers >= FOLLOWERS_MAX)
			return false;
		auth->followers++;
		list_append(&leader->followers, &pending->follower, pending);
		return true;
	}
	if (work_submit(engine->work, &job) != ERROR_OK)
		return false;
	if (pending->restoring)
		list_append(&auth->restoring, &pending->leader, pending);
	return true;
}

/* Hands the claim to a worker; with a snapshot: to read the tenant's registrations. */
static void ask(struct engine *engine, const struct claim *claim, struct snapshot *snapshot)
{
	struct auth *auth = engine->auth;
	uint32_t key = hash_joaat_pl(&claim->msg->via.branch);

	if (hash_lookup(auth->pending, key, is_same_request, (void *)claim->msg))
		return; /* sent again while we are at it */
	struct pending *pending = calloc(1, sizeof(*pending));

	if (!pending) {
		unavailable(engine, claim->msg, SIP_COUNT_OVERLOAD);
		return;
	}
	pending->engine = engine;
	pending->msg = mem_ref((void *)claim->msg);
	pending->claim = *claim;
	pending->restoring = snapshot != NULL;
	pending->snapshot = snapshot ? snapshot_ref(snapshot) : NULL;
	hash_append(auth->pending, key, &pending->le, pending);

	if (!submit(engine, pending)) {
		unavailable(engine, claim->msg, SIP_COUNT_OVERLOAD);
		pending_free(pending);
	}
}

static void log_refused(const struct claim *claim, const char *why)
{
	char source[64] = "";

	(void)re_snprintf(source, sizeof(source), "%J", &claim->msg->src);
	log_event(LOG_INFO, "sip", "log-in refused", LOG_TEXT("domain", claim->domain),
	          LOG_TEXT("source", source), LOG_TEXT("because", why));
}

static void refuse(struct engine *engine, const struct claim *claim)
{
	const struct sa *source = &claim->msg->src;
	bool holds = registrar_holds_address(engine->registrar, source);

	engine_count(engine, SIP_COUNT_REFUSED);
	log_refused(claim, "credentials");
	if (guard_failure(engine->guard, source, holds, clock_monotonic_us() / 1000000) ==
	    GUARD_BAN)
		dispatch_log_ban(source, "failed log-ins");
	refusals_add(engine->auth->refusals, claim->msg, claim->arrived_ms);
}

/* The AOR's user is the extension's own: its number, or its auth_username. */
static bool owns_aor(const struct claim *claim, const struct extension *extension)
{
	struct uuid user;
	char text[UUID_TEXT_MAX];

	if (pl_strcmp(&claim->aor->user, extension->number) == 0)
		return true;
	return claim->aor->user.l == UUID_TEXT_MAX - 1 &&
	       pl_strcpy(&claim->aor->user, text, sizeof(text)) == 0 && uuid_parse(text, &user) &&
	       uuid_equal(&user, &extension->auth_username);
}

/* Credentials cover the method and the Request-URI, not whom a Contact names or what a body says: a
 * count is good for one text from one place. A REGISTER may come again byte for byte (RFC 3261
 * section 17.1.2); for an INVITE that comes again there is a transaction. 0: it may not come. */
static uint64_t request_hash(const struct sip_msg *msg)
{
	const char *end = (const char *)msg->mb->buf + msg->mb->end;
	const uint16_t port = sa_port(&msg->src);
	uint8_t hash[crypto_generichash_BYTES_MIN];
	crypto_generichash_state state;
	uint64_t number;

	if (pl_strcmp(&msg->met, "REGISTER") != 0)
		return 0;
	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	crypto_generichash_update(&state, (const uint8_t *)&port, sizeof(port));
	crypto_generichash_update(&state, (const uint8_t *)msg->met.p, (size_t)(end - msg->met.p));
	crypto_generichash_final(&state, hash, sizeof(hash));
	memcpy(&number, hash, sizeof(number));
	return number;
}

/* snapshot NULL: there is no such tenant. Everything that is wrong costs the same. */
static void decide(struct engine *engine, const struct claim *claim, struct snapshot *snapshot)
{
	const struct extension *extension =
		snapshot ? snapshot_by_auth_username(snapshot, &claim->username) : NULL;
	const char *password = extension ? extension->auth_password : engine->auth->dummy;
	bool right = digest_check(&claim->digest, &claim->msg->met, password);

	if (!right || !extension) {
		refuse(engine, claim);
		return;
	}
	if (!nonce_count(engine->auth->nonces, &claim->digest.nonce, claim->digest.count,
	                 request_hash(claim->msg))) {
		challenge(engine, claim, &claim->digest.algorithm, true);
		return;
	}
	guard_success(engine->guard, &claim->msg->src, clock_monotonic_us() / 1000000);
	connections_prove(engine->connections, claim->msg);
	if (!owns_aor(claim, extension)) {
		engine_count(engine, SIP_COUNT_REFUSED);
		log_refused(claim, "the address belongs to another extension");
		reply_status(engine, claim->msg, 403);
		return;
	}
	if (registrar_restored(engine->registrar, &snapshot->tenant))
		grant(engine, claim, snapshot);
	else
		ask(engine, claim, snapshot);
}

static void grant(struct engine *engine, const struct claim *claim, struct snapshot *snapshot)
{
	struct auth_identity who = {
		.snapshot = snapshot,
		.extension = snapshot_by_auth_username(snapshot, &claim->username),
	};

	claim->granted(engine, claim->msg, &who, claim->arg);
}

/* A phone that is at home is not slowed for what others behind its NAT do. */
static bool is_slowed(struct engine *engine, const struct claim *claim,
                      const struct snapshot *snapshot)
{
	const struct extension *extension =
		snapshot ? snapshot_by_auth_username(snapshot, &claim->username) : NULL;

	if (extension &&
	    registrar_holds(engine->registrar, &snapshot->tenant, extension, claim->msg))
		return false;
	switch (guard_try(engine->guard, &claim->msg->src, clock_monotonic_us() / 1000000)) {
	case GUARD_SLOW:
		engine_count(engine, SIP_COUNT_SLOWED);
		return true;
	case GUARD_BANNED:
		if (emergency_invite(claim->msg)) /* it took its try when it came */
			return false;
		engine_count(engine, SIP_COUNT_BANNED);
		return true;
	case GUARD_PASS:
		break;
	}
	return false;
}

void auth_request(struct engine *engine, const struct sip_msg *msg, const struct uri *aor,
                  auth_granted_h *granted, void *arg)
{
	struct claim claim = {.msg = msg,
	                      .aor = aor,
	                      .arrived_ms = tmr_jiffies(),
	                      .granted = granted,
	                      .arg = arg};
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;

	bool is_sip =
		pl_strcasecmp(&aor->scheme, "sip") == 0 || pl_strcasecmp(&aor->scheme, "sips") == 0;

	if (!is_sip || !read_domain(&aor->host, &claim)) {
		reply_status(engine, msg, 400);
		return;
	}
	if (!find_credentials(engine, &claim)) {
		challenge(engine, &claim, NULL, false);
		return;
	}
	if (!nonce_valid(engine->auth->nonces, &claim.digest.nonce, &msg->src,
	                 clock_unix_us() / 1000000)) {
		challenge(engine, &claim, &claim.digest.algorithm, true);
		return;
	}
	if (!uri_matches(&claim)) {
		reply_status(engine, msg, 400);
		return;
	}
	enum directory_answer answer = peek(engine, &claim, &snapshot);

	if (is_slowed(engine, &claim, snapshot))
		return;
	if (answer == DIRECTORY_ASK)
		ask(engine, &claim, NULL);
	else
		decide(engine, &claim, snapshot);
}
