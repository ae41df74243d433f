#include "sip/digest.h"

#include <sodium.h>

#include "sip/address.h"

enum { HASH_MAX = 32, HEX_MAX = 2 * HASH_MAX + 1 };

static const struct {
	const char *name;
	size_t bytes;
} algorithms[DIGEST_ALGORITHMS] = {
	[DIGEST_SHA256] = {"SHA-256", 32},
	[DIGEST_MD5] = {"MD5",     16},
};

const char *digest_algorithm_name(enum digest_algorithm algorithm)
{
	return algorithms[algorithm].name;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* RFC 7230 section 3.2.6: a little more than SIP's own. */
static bool is_token(char c)
{
	return address_is_token(c) || (c && strchr("#$&^|", c));
}

static void skip_space(struct pl *rest)
{
	while (rest->l && is_space(*rest->p)) {
		rest->p++;
		rest->l--;
	}
}

static bool take_char(struct pl *rest, char c)
{
	if (!rest->l || *rest->p != c)
		return false;
	rest->p++;
	rest->l--;
	return true;
}

static bool take_token(struct pl *rest, struct pl *ret_token)
{
	ret_token->p = rest->p;
	while (rest->l && is_token(*rest->p)) {
		rest->p++;
		rest->l--;
	}
	ret_token->l = (size_t)(rest->p - ret_token->p);
	return ret_token->l > 0;
}

/* Without the quotes. A backslash is refused: what it means to the hash, senders disagree on. */
static bool take_quoted(struct pl *rest, struct pl *ret_text)
{
	if (!take_char(rest, '"'))
		return false;
	ret_text->p = rest->p;
	while (rest->l && *rest->p != '"') {
		if (*rest->p == '\\' || (unsigned char)*rest->p < ' ' || *rest->p == 0x7f)
			return false;
		rest->p++;
		rest->l--;
	}
	ret_text->l = (size_t)(rest->p - ret_text->p);
	return take_char(rest, '"');
}

/* The parts we read; others (opaque, auth-param) are skipped. */
static const struct {
	const char *name;
	size_t offset; /* of a struct pl in struct digest */
} parts[] = {
	{"username", offsetof(struct digest, username)},
	{"realm",    offsetof(struct digest, realm)   },
	{"nonce",    offsetof(struct digest, nonce)   },
	{"uri",      offsetof(struct digest, uri)     },
	{"response", offsetof(struct digest, response)},
	{"cnonce",   offsetof(struct digest, cnonce)  },
	{"nc",       offsetof(struct digest, nc)      },
	{"qop",      offsetof(struct digest, qop)     },
};

/* False: the part was there already. */
static bool keep_part(struct digest *digest, struct pl *algorithm, const struct pl *name,
                      const struct pl *value)
{
	struct pl *place = NULL;

	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (pl_strcasecmp(name, parts[i].name) == 0)
			place = (struct pl *)((char *)digest + parts[i].offset);
	if (pl_strcasecmp(name, "algorithm") == 0)
		place = algorithm;
	if (!place)
		return true;
	if (place->p)
		return false;
	*place = *value;
	return true;
}

static bool take_parts(struct pl rest, struct digest *digest, struct pl *algorithm)
{
	for (;;) {
		struct pl name, value;

		skip_space(&rest);
		if (!take_token(&rest, &name))
			return false;
		skip_space(&rest);
		if (!take_char(&rest, '='))
			return false;
		skip_space(&rest);
		if (!take_quoted(&rest, &value) && !take_token(&rest, &value))
			return false;
		if (!keep_part(digest, algorithm, &name, &value))
			return false;
		skip_space(&rest);
		if (!rest.l)
			return true;
		if (!take_char(&rest, ','))
			return false;
	}
}

static bool is_hex(const struct pl *pl, size_t length)
{
	if (pl->l != length)
		return false;
	for (size_t i = 0; i < pl->l; i++)
		if (!strchr("0123456789abcdefABCDEF", pl->p[i]) || !pl->p[i])
			return false;
	return true;
}

static bool algorithm_of(const struct pl *name, enum digest_algorithm *ret_algorithm)
{
	*ret_algorithm = DIGEST_MD5; /* RFC 7616: when it is not given */
	if (!name->p)
		return true;
	for (int i = 0; i < DIGEST_ALGORITHMS; i++)
		if (pl_strcasecmp(name, algorithms[i].name) == 0) {
			*ret_algorithm = (enum digest_algorithm)i;
			return true;
		}
	return false;
}

bool digest_parse(const struct pl *value, struct digest *ret_digest)
{
	struct digest digest = {0};
	struct pl rest = *value, scheme, algorithm = {0};

	if (value->l > DIGEST_VALUE_MAX)
		return false;
	skip_space(&rest);
	if (!take_token(&rest, &scheme) || pl_strcasecmp(&scheme, "Digest") != 0 || !rest.l ||
	    !is_space(*rest.p) || !take_parts(rest, &digest, &algorithm))
		return false;
	if (!algorithm_of(&algorithm, &digest.algorithm) || !pl_isset(&digest.username) ||
	    !pl_isset(&digest.realm) || !pl_isset(&digest.nonce) || !pl_isset(&digest.uri) ||
	    !pl_isset(&digest.cnonce) || pl_strcasecmp(&digest.qop, "auth") != 0 ||
	    !is_hex(&digest.nc, 8) ||
	    !is_hex(&digest.response, 2 * algorithms[digest.algorithm].bytes))
		return false;
	digest.count = pl_x32(&digest.nc);
	*ret_digest = digest;
	return true;
}

/* Either hash, fed in parts joined by colons. */
struct hash_text {
	size_t n;
	char bytes[DIGEST_VALUE_MAX * 2];
	bool full;
};

static void add(struct hash_text *text, const char *bytes, size_t n)
{
	if (n > sizeof(text->bytes) - text->n) {
		text->full = true;
		return;
	}
	memcpy(text->bytes + text->n, bytes, n);
	text->n += n;
}

static void add_pl(struct hash_text *text, const struct pl *pl)
{
	add(text, pl->p, pl->l);
}

static void hash_hex(const struct hash_text *text, enum digest_algorithm algorithm,
                     char ret_hex[static HEX_MAX])
{
	uint8_t hash[HASH_MAX];

	if (algorithm == DIGEST_SHA256)
		crypto_hash_sha256(hash, (const uint8_t *)text->bytes, text->n);
	else
		md5((const uint8_t *)text->bytes, text->n, hash);
	sodium_bin2hex(ret_hex, HEX_MAX, hash, algorithms[algorithm].bytes);
}

bool digest_check(const struct digest *digest, const struct pl *method, const char *password)
{
	struct hash_text text;
	char user[HEX_MAX], request[HEX_MAX], expected[HEX_MAX], given[HEX_MAX];
	size_t hex = 2 * algorithms[digest->algorithm].bytes;

	text.n = 0;
	text.full = false;
	add_pl(&text, &digest->username);
	add(&text, ":", 1);
	add_pl(&text, &digest->realm);
	add(&text, ":", 1);
	add(&text, password, strlen(password));
	hash_hex(&text, digest->algorithm, user);
	sodium_memzero(text.bytes, text.n);

	text.n = 0;
	add_pl(&text, method);
	add(&text, ":", 1);
	add_pl(&text, &digest->uri);
	hash_hex(&text, digest->algorithm, request);

	text.n = 0;
	add(&text, user, hex);
	add(&text, ":", 1);
	add_pl(&text, &digest->nonce);
	add(&text, ":", 1);
	add_pl(&text, &digest->nc);
	add(&text, ":", 1);
	add_pl(&text, &digest->cnonce);
	add(&text, ":", 1);
	add_pl(&text, &digest->qop);
	add(&text, ":", 1);
	add(&text, request, hex);
	hash_hex(&text, digest->algorithm, expected);

	for (size_t i = 0; i < hex; i++) {
		char c = digest->response.p[i];

		given[i] = c >= 'A' && c <= 'F' ? (char)(c + 32) : c;
	}
	return !text.full && sodium_memcmp(given, expected, hex) == 0;
}
