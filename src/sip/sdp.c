#include "sip/sdp.h"

#include <sodium.h>
#include <string.h>

/* What is remembered while reading, besides the result. */
struct reader {
	struct sdp *sdp;
	struct error *err;
	bool prefer_secure;
	const char *at, *end;
	bool has_origin, has_name;
	struct sa session_address, address; /* of the session; of the stream being read */
	bool session_set, stream_set;
	enum sdp_dir session_direction;
	/* The stream being read, taken over when it is the audio to use. */
	bool any;
	uint16_t rtcp_port;
	struct sdp stream; /* only the members of one stream are used */
};

static enum error_code invalid(struct reader *reader, const char *what)
{
	return error_set(reader->err, ERROR_INVALID, "sdp", "%s", what);
}

/* One line without its end; false at the end of the body. */
static bool next_line(struct reader *reader, struct pl *line)
{
	const char *at = reader->at;

	if (at >= reader->end)
		return false;
	const char *newline = memchr(at, '\n', (size_t)(reader->end - at));
	const char *stop = newline ? newline : reader->end;

	reader->at = newline ? newline + 1 : reader->end;
	line->p = at;
	line->l = (size_t)(stop - at);
	if (line->l > 0 && line->p[line->l - 1] == '\r')
		line->l--;
	return true;
}

/* The next word of text, which loses it; false when there is none. Exactly one space between. */
static bool next_word(struct pl *text, struct pl *word)
{
	const char *space = text->l ? memchr(text->p, ' ', text->l) : NULL;

	*word = *text;
	if (space)
		word->l = (size_t)(space - text->p);
	pl_advance(text, (ssize_t)(word->l + (space ? 1 : 0)));
	return word->l > 0;
}

static bool read_number(const struct pl *text, uint32_t most, uint32_t *ret_number)
{
	uint64_t number = 0;

	if (text->l == 0 || text->l > 10)
		return false;
	for (size_t i = 0; i < text->l; i++) {
		if (text->p[i] < '0' || text->p[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(text->p[i] - '0');
	}
	if (number > most)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

static bool starts(const struct pl *text, const char *with, struct pl *ret_rest)
{
	const size_t n = strlen(with);

	if (text->l < n || memcmp(text->p, with, n) != 0)
		return false;
	*ret_rest = *text;
	pl_advance(ret_rest, (ssize_t)n);
	return true;
}

/* "IN IP4 192.0.2.1[/ttl]"; names and multicast are not taken. */
static bool read_address(struct pl text, struct sa *ret_address)
{
	struct pl network, kind, host;
	struct sa address;

	if (!next_word(&text, &network) || !next_word(&text, &kind) || !next_word(&text, &host) ||
	    pl_strcmp(&network, "IN") || sa_set(&address, &host, 0))
		return false;
	if (sa_af(&address) != (pl_strcmp(&kind, "IP6") ? AF_INET : AF_INET6) ||
	    (pl_strcmp(&kind, "IP4") && pl_strcmp(&kind, "IP6")))
		return false;
	*ret_address = address;
	return true;
}

static const struct {
	const char *name;
	enum sdp_dir direction;
} directions[] = {
	{"sendrecv", SDP_SENDRECV},
	{"sendonly", SDP_SENDONLY},
	{"recvonly", SDP_RECVONLY},
	{"inactive", SDP_INACTIVE},
};

static bool read_direction(const struct pl *attribute, enum sdp_dir *ret_direction)
{
	for (size_t i = 0; i < COUNT_OF(directions); i++) {
		if (!pl_strcmp(attribute, directions[i].name)) {
			*ret_direction = directions[i].direction;
			return true;
		}
	}
	return false;
}

/* RFC 4568 section 9.1. A line with a suite, session parameter or key form that we cannot do is
 * passed over, as its section 5.1.2 asks: another may do. */
static void read_crypto(struct sdp *stream, struct pl text)
{
	struct pl tag, suite, key, rest;
	struct sdp_crypto crypto = {0};
	uint32_t number;
	size_t n = sizeof(crypto.key) + 3; /* room for what base64 rounds up */
	uint8_t bytes[sizeof(crypto.key) + 3];

	if (stream->n_crypto >= SDP_CRYPTO_MAX || !next_word(&text, &tag) ||
	    !next_word(&text, &suite) || !next_word(&text, &key) || text.l > 0 ||
	    !read_number(&tag, 999999999, &number) || !starts(&key, "inline:", &rest))
		return;
	crypto.tag = number;
	if (!pl_strcmp(&suite, "AES_CM_128_HMAC_SHA1_80"))
		crypto.suite = SRTP_AES_CM_128_HMAC_SHA1_80;
	else if (!pl_strcmp(&suite, "AES_CM_128_HMAC_SHA1_32"))
		crypto.suite = SRTP_AES_CM_128_HMAC_SHA1_32;
	else
		return;

	const char *bar = memchr(rest.p, '|', rest.l);
	if (bar) { /* a lifetime is taken; a master key index (with a colon) is not */
		if (memchr(bar, ':', rest.l - (size_t)(bar - rest.p)) ||
		    memchr(rest.p, ';', rest.l))
			return;
		rest.l = (size_t)(bar - rest.p);
	}
	if (rest.l != 40 || base64_decode(rest.p, rest.l, bytes, &n) || n != sizeof(crypto.key))
		return;
	memcpy(crypto.key, bytes, sizeof(crypto.key));
	stream->crypto[stream->n_crypto++] = crypto;
	sodium_memzero(bytes, sizeof(bytes));
	sodium_memzero(&crypto, sizeof(crypto));
}

/* "53020" or "53020 IN IP4 126.16.64.4" (RFC 3605) */
static void read_rtcp(struct reader *reader, struct pl text)
{
	struct pl word;
	uint32_t port;
	struct sa address;

	if (!next_word(&text, &word) || !read_number(&word, 65535, &port) || port == 0)
		return;
	reader->rtcp_port = (uint16_t)port;
	sa_init(&reader->stream.rtcp, AF_UNSPEC);
	if (text.l > 0 && read_address(text, &address)) {
		reader->stream.rtcp = address;
		sa_set_port(&reader->stream.rtcp, (uint16_t)port);
	}
}

static enum error_code read_attribute(struct reader *reader, const struct pl *text)
{
	static const char *const passed[] = {"rtpmap:", "fmtp:", "ptime:", "maxptime:"};
	struct sdp *stream = &reader->stream;
	struct pl rest;

	if (read_direction(text, reader->any ? &stream->direction : &reader->session_direction) ||
	    !reader->any)
		return ERROR_OK;
	if (!pl_strcmp(text, "rtcp-mux"))
		stream->mux = true;
	else if (starts(text, "crypto:", &rest))
		read_crypto(stream, rest);
	else if (starts(text, "rtcp:", &rest))
		read_rtcp(reader, rest);
	for (size_t i = 0; i < COUNT_OF(passed); i++) {
		if (!starts(text, passed[i], &rest))
			continue;
		if (stream->n_attributes >= SDP_ATTRIBUTES_MAX)
			return invalid(reader, "too many attributes");
		stream->attributes[stream->n_attributes++] = *text;
	}
	return ERROR_OK;
}

static bool formats_valid(struct pl formats)
{
	struct pl word;
	uint32_t number;
	size_t n = 0;

	do {
		if (!next_word(&formats, &word) || !read_number(&word, 127, &number) ||
		    ++n > SDP_FORMATS_MAX)
			return false;
	} while (formats.l > 0);
	return true;
}

static bool transport_plain(const struct pl *transport)
{
	return !pl_strcmp(transport, "RTP/AVP") || !pl_strcmp(transport, "RTP/AVPF");
}

static bool transport_secure(const struct pl *transport)
{
	return !pl_strcmp(transport, "RTP/SAVP") || !pl_strcmp(transport, "RTP/SAVPF");
}

static void take_stream(struct reader *reader)
{
	struct sdp *sdp = reader->sdp, *stream = &reader->stream;
	const size_t audio = sdp->n_streams - 1;

	sdp->audio = audio;
	sdp->rtp = reader->stream_set ? reader->address : reader->session_address;
	sdp->family = sa_af(&sdp->rtp);
	sa_set_port(&sdp->rtp, sdp->streams[audio].port);
	sdp->rtcp = stream->rtcp;
	if (reader->rtcp_port != 0 && !sa_isset(&stream->rtcp, SA_ADDR)) {
		sdp->rtcp = sdp->rtp;
		sa_set_port(&sdp->rtcp, reader->rtcp_port);
	}
	sdp->mux = stream->mux;
	sdp->secure = transport_secure(&sdp->streams[audio].transport);
	sdp->direction = stream->direction;
	sdp->n_crypto = stream->n_crypto;
	memcpy(sdp->crypto, stream->crypto, sizeof(sdp->crypto));
	sdp->n_attributes = stream->n_attributes;
	memcpy(sdp->attributes, stream->attributes, sizeof(sdp->attributes));
	if (sa_is_any(&sdp->rtp)) {
		sa_init(&sdp->rtp, AF_UNSPEC);
		sa_init(&sdp->rtcp, AF_UNSPEC);
		sdp->direction &= SDP_SENDONLY;
	}
}

/* The stream that was being read is complete: is it the audio to use? */
static enum error_code end_stream(struct reader *reader)
{
	struct sdp *sdp = reader->sdp;

	if (!reader->any)
		return ERROR_OK;
	const struct sdp_stream *stream = &sdp->streams[sdp->n_streams - 1];
	const bool secure = transport_secure(&stream->transport);

	if (pl_strcmp(&stream->type, "audio") || stream->port == 0 ||
	    !(transport_plain(&stream->transport) || (secure && reader->stream.n_crypto > 0)))
		return ERROR_OK;
	if (!formats_valid(stream->formats))
		return invalid(reader, "m=audio has a format that is no RTP payload type");
	if (!reader->stream_set && !reader->session_set)
		return invalid(reader, "c= is missing");
	if (sdp->audio < SDP_STREAMS_MAX && !(reader->prefer_secure && secure && !sdp->secure))
		return ERROR_OK;
	take_stream(reader);
	return ERROR_OK;
}

static enum error_code begin_stream(struct reader *reader, struct pl text)
{
	struct sdp *sdp = reader->sdp;
	struct sdp_stream stream = {0};
	struct pl port;
	uint32_t number;

	if (!next_word(&text, &stream.type) || !next_word(&text, &port) ||
	    !next_word(&text, &stream.transport) || text.l == 0)
		return invalid(reader, "m= is not complete");
	stream.formats = text;
	const char *slash = memchr(port.p, '/', port.l);
	if (slash)
		port.l = (size_t)(slash - port.p);
	if (!read_number(&port, 65535, &number))
		return invalid(reader, "m= has a port that is no number from 0 to 65535");
	stream.port = (uint16_t)number;
	if (sdp->n_streams >= SDP_STREAMS_MAX)
		return error_set(reader->err, ERROR_TOO_LARGE, "sdp", "more than %d streams",
		                 SDP_STREAMS_MAX);
	sdp->streams[sdp->n_streams++] = stream;

	sodium_memzero(&reader->stream, sizeof(reader->stream));
	reader->stream.direction = reader->session_direction;
	reader->stream_set = false;
	reader->rtcp_port = 0;
	reader->any = true;
	return ERROR_OK;
}

static enum error_code read_line(struct reader *reader, const struct pl *line)
{
	struct pl value = *line;

	if (line->l < 2 || line->p[1] != '=' || line->p[0] < 'a' || line->p[0] > 'z')
		return invalid(reader, "a line is not of the form x=...");
	pl_advance(&value, 2);
	switch (line->p[0]) {
	case 'o':
		reader->has_origin = true;
		return ERROR_OK;
	case 's':
		reader->has_name = true;
		return ERROR_OK;
	case 'c':
		if (!read_address(value, reader->any ? &reader->address : &reader->session_address))
			return invalid(reader, "c= is no IPv4 or IPv6 address");
		*(reader->any ? &reader->stream_set : &reader->session_set) = true;
		return ERROR_OK;
	case 'a':
		return read_attribute(reader, &value);
	case 'm': {
		const enum error_code code = end_stream(reader);

		return code ? code : begin_stream(reader, value);
	}
	default:
		return ERROR_OK;
	}
}

/* No control character but the ends of lines: what is passed on cannot smuggle a line. */
static bool characters_valid(const char *body, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)body[i];

		if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' &&
		                  !(c == '\r' && i + 1 < n && body[i + 1] == '\n')))
			return false;
	}
	return text_is_utf8(body, n);
}

static enum error_code read_all(struct reader *reader)
{
	struct pl line;
	enum error_code code = ERROR_OK;

	if (!next_line(reader, &line) || pl_strcmp(&line, "v=0"))
		return invalid(reader, "it does not begin with v=0");
	while (!code && next_line(reader, &line))
		code = read_line(reader, &line);
	if (code)
		return code;
	if (!reader->has_origin || !reader->has_name)
		return invalid(reader, "o= or s= is missing");
	code = end_stream(reader);
	if (!code && reader->sdp->audio >= SDP_STREAMS_MAX)
		return error_set(reader->err, ERROR_NOT_FOUND, "sdp",
		                 "no audio stream that can be used");
	return code;
}

static void destructor(void *arg)
{
	struct sdp *sdp = arg;

	sodium_memzero(sdp, sizeof(*sdp) + sdp->n);
}

enum error_code sdp_read(const char *body, size_t n, bool prefer_secure, struct sdp **ret_sdp,
                         struct error *err)
{
	struct reader reader = {
		.err = err, .prefer_secure = prefer_secure, .session_direction = SDP_SENDRECV};
	enum error_code code;

	if (n > SDP_BODY_MAX)
		return error_set(err, ERROR_TOO_LARGE, "sdp", "longer than %d bytes", SDP_BODY_MAX);
	if (!characters_valid(body, n))
		return invalid(&reader, "it holds control characters or is not UTF-8");
	struct sdp *sdp = mem_zalloc(sizeof(*sdp) + n, destructor);
	if (!sdp)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	sdp->n = n;
	memcpy(sdp->body, body, n);
	sdp->audio = SDP_STREAMS_MAX;
	reader.sdp = sdp;
	reader.at = sdp->body;
	reader.end = sdp->body + n;

	code = read_all(&reader);
	sodium_memzero(&reader.stream, sizeof(reader.stream));
	if (code)
		mem_deref(sdp);
	else
		*ret_sdp = sdp;
	return code;
}
