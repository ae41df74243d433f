#include "sip/sdp_codecs.h"

#include <sodium.h>
#include <string.h>

/* RFC 3551 table 4: these need no rtpmap. */
static const struct {
	unsigned number;
	const char *name;
} well_known[] = {
	{0,  "PCMU/8000"},
        {3,  "GSM/8000" },
        {4,  "G723/8000"},
        {8,  "PCMA/8000"},
	{9,  "G722/8000"},
        {13, "CN/8000"  },
        {15, "G728/8000"},
        {18, "G729/8000"},
};

static bool next_number(struct pl *formats, struct pl *ret_word)
{
	while (formats->l > 0 && *formats->p == ' ')
		pl_advance(formats, 1);
	*ret_word = (struct pl){formats->p, 0};
	while (formats->l > 0 && *formats->p != ' ') {
		pl_advance(formats, 1);
		ret_word->l++;
	}
	return ret_word->l > 0;
}

/* The number that an attribute "rtpmap:8 ..." or "fmtp:8 ..." is about; rest: what follows it. */
static bool about(const struct pl *attribute, const char *name, unsigned *ret_number,
                  struct pl *ret_rest)
{
	const size_t n = strlen(name);
	struct pl digits = {attribute->p + n, 0};

	if (attribute->l <= n || memcmp(attribute->p, name, n) != 0)
		return false;
	while (n + digits.l < attribute->l && digits.p[digits.l] >= '0' &&
	       digits.p[digits.l] <= '9')
		digits.l++;
	if (digits.l == 0 || digits.l > 3)
		return false;
	*ret_number = pl_u32(&digits);
	*ret_rest = (struct pl){digits.p + digits.l, attribute->l - n - digits.l};
	while (ret_rest->l > 0 && *ret_rest->p == ' ')
		pl_advance(ret_rest, 1);
	return true;
}

static struct pl name_of(const struct sdp *sdp, unsigned number)
{
	struct pl name = pl_null;
	unsigned of;

	for (size_t i = 0; i < sdp->n_attributes; i++) {
		if (about(&sdp->attributes[i], "rtpmap:", &of, &name) && of == number)
			return name;
	}
	for (size_t i = 0; i < COUNT_OF(well_known); i++) {
		if (well_known[i].number == number) {
			pl_set_str(&name, well_known[i].name);
			return name;
		}
	}
	return pl_null;
}

size_t sdp_codecs(const struct sdp *sdp, struct sdp_codec ret_codecs[static SDP_FORMATS_MAX])
{
	struct pl formats = sdp->streams[sdp->audio].formats, word;
	size_t n = 0;

	while (n < SDP_FORMATS_MAX && next_number(&formats, &word)) {
		ret_codecs[n].number = pl_u32(&word);
		ret_codecs[n].name = name_of(sdp, ret_codecs[n].number);
		n++;
	}
	return n;
}

/* Without the channels where there is one, which is what leaving them out means. */
static struct pl canonical(struct pl name)
{
	if (name.l > 2 && name.p[name.l - 2] == '/' && name.p[name.l - 1] == '1')
		name.l -= 2;
	return name;
}

bool sdp_codec_same(const struct sdp_codec *a, const struct sdp_codec *b)
{
	const struct pl one = canonical(a->name), two = canonical(b->name);

	if (!pl_isset(&one) || !pl_isset(&two))
		return !pl_isset(&one) && !pl_isset(&two) && a->number == b->number;
	return pl_casecmp(&one, &two) == 0;
}

const struct sdp_codec *sdp_codec_find(const struct sdp_codec *codecs, size_t n,
                                       const struct sdp_codec *wanted)
{
	for (size_t i = 0; i < n; i++) {
		if (sdp_codec_same(&codecs[i], wanted))
			return &codecs[i];
	}
	return NULL;
}

static bool begins(const struct sdp_codec *codec, const char *name)
{
	const size_t n = strlen(name);
	const struct pl start = {codec->name.p, n};

	return codec->name.l >= n && !pl_strcasecmp(&start, name);
}

bool sdp_codec_is_events(const struct sdp_codec *codec)
{
	return begins(codec, "telephone-event/");
}

bool sdp_codec_is_auxiliary(const struct sdp_codec *codec)
{
	return sdp_codec_is_events(codec) || begins(codec, "CN/") || begins(codec, "red/");
}

/* ---- do they fit? ---- */

struct formats {
	struct sdp_codec codecs[SDP_FORMATS_MAX];
	size_t n;
};

static void formats_of(const struct sdp *sdp, struct formats *ret_formats)
{
	ret_formats->n = sdp_codecs(sdp, ret_formats->codecs);
}

static const struct sdp_codec *speech(const struct formats *formats)
{
	for (size_t i = 0; i < formats->n; i++) {
		if (!sdp_codec_is_auxiliary(&formats->codecs[i]))
			return &formats->codecs[i];
	}
	return NULL;
}

static const struct sdp_codec *events(const struct formats *formats)
{
	for (size_t i = 0; i < formats->n; i++) {
		if (sdp_codec_is_events(&formats->codecs[i]))
			return &formats->codecs[i];
	}
	return NULL;
}

/* What `from` sends (its number is the one it was told) against what `to` has said it takes. */
static bool carried(const struct sdp_agreed *from, const struct sdp_agreed *to)
{
	struct formats from_phone, from_told, to_phone, to_told;
	const struct sdp_codec *agreed, *sent, *taken;

	formats_of(from->phone, &from_phone);
	formats_of(from->told, &from_told);
	formats_of(to->phone, &to_phone);
	formats_of(to->told, &to_told);
	agreed = speech(from->phone_answered ? &from_phone : &from_told);
	sent = agreed ? sdp_codec_find(from_told.codecs, from_told.n, agreed) : NULL;
	taken = sent ? sdp_codec_find(to_phone.codecs, to_phone.n, sent) : NULL;
	if (!taken || taken->number != sent->number ||
	    !sdp_codec_find(to_told.codecs, to_told.n, sent))
		return false;
	/* Keys pressed: where both can, the number must be the same. */
	sent = events(&from_told);
	taken = events(&to_phone);
	return !sent || !taken || !events(&from_phone) || sent->number == taken->number;
}

bool sdp_fit(const struct sdp_agreed *a, const struct sdp_agreed *b)
{
	if (!a->phone || !a->told || !b->phone || !b->told)
		return false;
	return a->told->direction == SDP_SENDRECV && b->told->direction == SDP_SENDRECV &&
	       carried(a, b) && carried(b, a);
}

/* ---- copies ---- */

static void destructor(void *arg)
{
	struct sdp *sdp = arg;

	sodium_memzero(sdp, sizeof(*sdp) + sdp->n);
}

static struct pl moved(const struct sdp *from, const struct sdp *to, struct pl pl)
{
	return (struct pl){to->body + (pl.p - from->body), pl.l};
}

static bool has(const struct formats *formats, const struct sdp_codec *codec)
{
	return sdp_codec_find(formats->codecs, formats->n, codec) != NULL;
}

static void pick(const struct sdp *sdp, enum sdp_pick how, const struct sdp *wanted,
                 struct formats *ret_picked)
{
	struct formats all, other = {.n = 0};

	formats_of(sdp, &all);
	if (wanted)
		formats_of(wanted, &other);
	ret_picked->n = 0;
	for (size_t i = 0; i < all.n; i++) {
		if (how == SDP_PICK_ALL || has(&other, &all.codecs[i]))
			ret_picked->codecs[ret_picked->n++] = all.codecs[i];
	}
	for (size_t i = 0; how == SDP_PICK_FIRST && i < all.n; i++) {
		if (!has(&other, &all.codecs[i]))
			ret_picked->codecs[ret_picked->n++] = all.codecs[i];
	}
}

static bool is_of(const struct formats *formats, const struct pl *attribute)
{
	struct pl rest;
	unsigned number;

	if (!about(attribute, "rtpmap:", &number, &rest) &&
	    !about(attribute, "fmtp:", &number, &rest))
		return true; /* of the stream, not of a format */
	for (size_t i = 0; i < formats->n; i++) {
		if (formats->codecs[i].number == number)
			return true;
	}
	return false;
}

enum error_code sdp_pick(const struct sdp *sdp, enum sdp_pick how, const struct sdp *wanted,
                         enum sdp_dir direction, struct sdp **ret_sdp)
{
	enum { ROOM = SDP_FORMATS_MAX * 4 };
	struct formats picked;
	struct sdp *copy;
	char *at;

	pick(sdp, how, wanted, &picked);
	if (!speech(&picked))
		return ERROR_NOT_FOUND;
	copy = mem_zalloc(sizeof(*copy) + sdp->n + ROOM, destructor);
	if (!copy)
		return ERROR_MEMORY;
	memcpy(copy, sdp, sizeof(*copy) + sdp->n);
	copy->direction = direction;
	for (size_t i = 0; i < copy->n_streams; i++) {
		copy->streams[i].type = moved(sdp, copy, sdp->streams[i].type);
		copy->streams[i].transport = moved(sdp, copy, sdp->streams[i].transport);
		copy->streams[i].formats = moved(sdp, copy, sdp->streams[i].formats);
	}
	copy->n_attributes = 0;
	for (size_t i = 0; i < sdp->n_attributes; i++) {
		if (is_of(&picked, &sdp->attributes[i]))
			copy->attributes[copy->n_attributes++] =
				moved(sdp, copy, sdp->attributes[i]);
	}
	/* The new list of formats stands behind the body. */
	at = copy->body + sdp->n;
	copy->n = sdp->n + ROOM;
	for (size_t i = 0; i < picked.n; i++)
		at += re_snprintf(at, (size_t)(copy->body + copy->n - at), "%s%u", i ? " " : "",
		                  picked.codecs[i].number);
	copy->streams[copy->audio].formats =
		(struct pl){copy->body + sdp->n, (size_t)(at - copy->body) - sdp->n};
	*ret_sdp = copy;
	return ERROR_OK;
}

enum sdp_dir sdp_mirrored(enum sdp_dir direction)
{
	return (direction & SDP_SENDONLY ? SDP_RECVONLY : 0) |
	       (direction & SDP_RECVONLY ? SDP_SENDONLY : 0);
}
