#include "sip/nonce.h"

#include <sodium.h>

enum { MAC_BYTES = 16, USES = 131072 }; /* 3 MB: a phone each of 100,000 */

struct use {
	uint64_t tag; /* the MAC's first bytes; 0: empty */
	uint64_t request;
	uint32_t nc;
};

struct nonces {
	uint8_t key[crypto_generichash_KEYBYTES];
	uint32_t counter;
	struct use uses[USES];
};

enum error_code nonces_open(struct nonces **ret_nonces, struct error *err)
{
	struct nonces *nonces = calloc(1, sizeof(*nonces));

	if (!nonces)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	randombytes_buf(nonces->key, sizeof(nonces->key));
	nonces->counter = randombytes_random();
	*ret_nonces = nonces;
	return ERROR_OK;
}

void nonces_close(struct nonces *nonces)
{
	if (!nonces)
		return;
	sodium_memzero(nonces->key, sizeof(nonces->key));
	free(nonces);
}

/* The address without its port: a NAT may give the next request another one. */
static void mac(const struct nonces *nonces, uint32_t time, uint32_t counter,
                const struct sa *source, uint8_t ret_mac[static MAC_BYTES])
{
	struct {
		uint32_t time, counter;
		uint8_t address[16];
	} input = {.time = time, .counter = counter};

	if (sa_af(source) == AF_INET6)
		memcpy(input.address, &source->u.in6.sin6_addr, 16);
	else
		memcpy(input.address, &source->u.in.sin_addr, 4);
	crypto_generichash(ret_mac, MAC_BYTES, (const uint8_t *)&input, sizeof(input), nonces->key,
	                   sizeof(nonces->key));
}

static void put_u32(uint8_t *bytes, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

void nonce_make(struct nonces *nonces, const struct sa *source, int64_t now_s,
                char ret_nonce[static NONCE_LENGTH + 1])
{
	uint8_t bytes[8 + MAC_BYTES];
	uint32_t counter = nonces->counter++;

	put_u32(bytes, (uint32_t)now_s);
	put_u32(bytes + 4, counter);
	mac(nonces, (uint32_t)now_s, counter, source, bytes + 8);
	sodium_bin2hex(ret_nonce, NONCE_LENGTH + 1, bytes, sizeof(bytes));
}

static bool decode(const struct pl *nonce, uint8_t ret_bytes[static 8 + MAC_BYTES])
{
	size_t n;

	return nonce->l == NONCE_LENGTH &&
	       sodium_hex2bin(ret_bytes, 8 + MAC_BYTES, nonce->p, nonce->l, NULL, &n, NULL) == 0 &&
	       n == 8 + MAC_BYTES;
}

bool nonce_valid(const struct nonces *nonces, const struct pl *nonce, const struct sa *source,
                 int64_t now_s)
{
	uint8_t bytes[8 + MAC_BYTES], expected[MAC_BYTES];

	if (!decode(nonce, bytes))
		return false;
	uint32_t age_s = (uint32_t)now_s - get_u32(bytes);

	mac(nonces, get_u32(bytes), get_u32(bytes + 4), source, expected);
	return sodium_memcmp(bytes + 8, expected, MAC_BYTES) == 0 && age_s <= NONCE_LIFE_S;
}

bool nonce_count(struct nonces *nonces, const struct pl *nonce, uint32_t nc, uint64_t request)
{
	uint8_t bytes[8 + MAC_BYTES];
	uint64_t tag;

	if (!decode(nonce, bytes))
		return false;
	memcpy(&tag, bytes + 8, sizeof(tag));

	struct use *use = &nonces->uses[tag % USES];

	if (use->tag == tag && nc <= use->nc)
		return nc == use->nc && request != 0 && request == use->request;
	*use = (struct use){.tag = tag, .nc = nc, .request = request};
	return true;
}
