#include <sodium.h>
#include <string.h>

#include "sip/sdp.h"

static const char *const suite_names[] = {
	[SRTP_AES_CM_128_HMAC_SHA1_32] = "AES_CM_128_HMAC_SHA1_32",
	[SRTP_AES_CM_128_HMAC_SHA1_80] = "AES_CM_128_HMAC_SHA1_80",
};

void sdp_local_init(struct sdp_local *local, const struct sa *address, bool secure)
{
	*local = (struct sdp_local){.address = *address, .secure = secure};
	/* RFC 4566 section 5.2: a number that fits 63 bits, unique here. */
	randombytes_buf(&local->id, sizeof(local->id));
	local->id >>= 16;
	local->version = 0; /* the first description sent is 1 */
	local->own[0].suite = SRTP_AES_CM_128_HMAC_SHA1_80;
	local->own[1].suite = SRTP_AES_CM_128_HMAC_SHA1_32;
	for (unsigned i = 0; i < COUNT_OF(local->own); i++) {
		local->own[i].tag = i + 1;
		randombytes_buf(local->own[i].key, sizeof(local->own[i].key));
	}
}

/* A description may hold keys. */
static void wipe(struct text *description)
{
	if (description->data)
		sodium_memzero(description->data, description->length);
	text_clear(description);
}

void sdp_local_clear(struct sdp_local *local)
{
	local->shape = mem_deref(local->shape);
	wipe(&local->last);
	sodium_memzero(local->own, sizeof(local->own));
}

static void add_pl(struct text *out, const struct pl *pl)
{
	text_add_n(out, pl->p, pl->l);
}

static void add_crypto(struct text *out, const struct sdp_crypto *own, unsigned tag)
{
	char key[48];
	size_t n = sizeof(key);

	if (base64_encode(own->key, sizeof(own->key), key, &n)) {
		out->failed = true;
		return;
	}
	text_addf(out, "a=crypto:%u %s inline:%.*s\r\n", tag, suite_names[own->suite], (int)n, key);
	sodium_memzero(key, sizeof(key));
}

/* How the audio stream of a description is to look. */
struct audio {
	const struct sdp *other; /* codecs and direction */
	const struct pl *transport;
	bool mux;
	const struct sdp_crypto *crypto[2];
	unsigned tags[2];
	size_t n_crypto;
};

static void add_audio(struct text *out, const struct sdp_local *local, const struct audio *audio)
{
	const struct sdp *other = audio->other;

	text_addf(out, "m=audio %u ", sa_port(&local->address));
	add_pl(out, audio->transport);
	text_add(out, " ");
	add_pl(out, &other->streams[other->audio].formats);
	text_add(out, "\r\n");
	for (size_t i = 0; i < other->n_attributes; i++) {
		text_add(out, "a=");
		add_pl(out, &other->attributes[i]);
		text_add(out, "\r\n");
	}
	for (size_t i = 0; i < audio->n_crypto; i++)
		add_crypto(out, audio->crypto[i], audio->tags[i]);
	if (audio->mux)
		text_add(out, "a=rtcp-mux\r\n");
	text_addf(out, "a=%s\r\n", sdp_dir_name(other->direction));
}

/* Everything after o=. shape NULL: the audio alone. */
static void add_body(struct text *out, const struct sdp_local *local, const struct sdp *shape,
                     const struct audio *audio)
{
	char address[64];
	const size_t n = shape ? shape->n_streams : 1;

	(void)re_snprintf(address, sizeof(address), "%j", &local->address);
	text_addf(out, "s=-\r\nc=IN %s %s\r\nt=0 0\r\n",
	          sa_af(&local->address) == AF_INET6 ? "IP6" : "IP4", address);
	for (size_t i = 0; i < n; i++) {
		const struct sdp_stream *stream = shape ? &shape->streams[i] : NULL;

		if (!stream || i == shape->audio) {
			add_audio(out, local, audio);
			continue;
		}
		text_add(out, "m=");
		add_pl(out, &stream->type);
		text_add(out, " 0 ");
		add_pl(out, &stream->transport);
		text_add(out, " ");
		add_pl(out, &stream->formats);
		text_add(out, "\r\n");
	}
}

/* The part of a body after the o= line. */
static const char *after_origin(const char *body)
{
	const char *name = strstr(body, "\r\ns=");

	return name ? name + 2 : "";
}

static enum error_code write_description(struct sdp_local *local, const struct sdp *shape,
                                         const struct audio *audio)
{
	AUTO(wipe) struct text rest = {0};
	struct text whole = {0};
	char address[64];

	add_body(&rest, local, shape, audio);
	if (rest.failed)
		return ERROR_MEMORY;
	if (local->version > 0 &&
	    strcmp(after_origin(text_string(&local->last)), text_string(&rest)) == 0)
		return ERROR_OK; /* said before: the same version, the same text */

	(void)re_snprintf(address, sizeof(address), "%j", &local->address);
	text_addf(&whole, "v=0\r\no=centrex %llu %llu IN %s %s\r\n", (unsigned long long)local->id,
	          (unsigned long long)local->version + 1,
	          sa_af(&local->address) == AF_INET6 ? "IP6" : "IP4", address);
	text_add(&whole, text_string(&rest));
	if (whole.failed) {
		wipe(&whole);
		return ERROR_MEMORY;
	}
	wipe(&local->last);
	local->last = whole;
	local->version++;
	return ERROR_OK;
}

enum error_code sdp_offer(struct sdp_local *local, const struct sdp *other)
{
	struct pl transport;
	struct audio audio = {.other = other, .transport = &transport};

	pl_set_str(&transport, local->secure ? "RTP/SAVP" : "RTP/AVP");
	for (unsigned i = 0; local->secure && i < COUNT_OF(local->own); i++) {
		audio.crypto[i] = &local->own[i];
		audio.tags[i] = local->own[i].tag;
		audio.n_crypto++;
	}
	return write_description(local, local->shape, &audio);
}

static const struct sdp_crypto *own_of(const struct sdp_local *local, enum srtp_suite suite)
{
	return &local->own[suite == local->own[0].suite ? 0 : 1];
}

enum error_code sdp_answer(struct sdp_local *local, struct sdp *offer, const struct sdp *other)
{
	struct audio audio = {.other = other,
	                      .transport = &offer->streams[offer->audio].transport,
	                      .mux = offer->mux};

	if (offer->secure && offer->n_crypto == 0)
		return ERROR_NOT_FOUND;
	if (offer->secure) {
		audio.crypto[0] = own_of(local, offer->crypto[0].suite);
		audio.tags[0] = offer->crypto[0].tag;
		audio.n_crypto = 1;
	}
	const enum error_code code = write_description(local, offer, &audio);
	if (code)
		return code;
	mem_ref(offer);
	mem_deref(local->shape);
	local->shape = offer;
	local->secure = offer->secure;
	return ERROR_OK;
}

enum error_code sdp_keys(const struct sdp_local *local, const struct sdp *phone,
                         bool phone_answered, struct media_keys *ret_keys, bool *ret_secure)
{
	const struct sdp_crypto *theirs = &phone->crypto[0];
	const struct sdp_crypto *ours;

	*ret_secure = phone->secure;
	if (phone_answered && phone->secure != local->secure)
		return ERROR_INVALID;
	if (!phone->secure)
		return ERROR_OK;
	if (phone->n_crypto == 0)
		return ERROR_INVALID;
	ours = own_of(local, theirs->suite);
	if (phone_answered && ours->tag != theirs->tag)
		return ERROR_INVALID;
	*ret_keys = (struct media_keys){.suite = theirs->suite};
	memcpy(ret_keys->receive, theirs->key, sizeof(ret_keys->receive));
	memcpy(ret_keys->send, ours->key, sizeof(ret_keys->send));
	return ERROR_OK;
}
