/*
 * sip_msg_decode, in place of libre's: the program's own definition comes first for libre too.
 *
 * libre calls it for every message of every transport, before anybody has proven anything. Its own
 * is built on regular expressions that are tried again from every position of the text (a start
 * line, From or Via without the character it looks for takes seconds at 64 KB), gives a header
 * whatever meaning its name's 12-bit hash has, and takes lone CRs and NULs as they come. This one
 * goes over the text once, bounds everything, allocates once, and leaves what a request lacks to
 * dispatch_check, which can answer it. docs/adr has the reasons.
 */
#include "sip/decode.h"

#include <re.h>
#include <string.h>

#include "sip/address.h"

enum { HASH_BUCKETS = 32, HEADERS_MAX = 256 };

enum header_flag {
	LIST = 1,   /* values separated by commas */
	SINGLE = 2, /* twice is an error */
	EACH = 4,   /* libre wants each value in the list of headers, not the line */
};

/* The headers that mean something to us or to libre. */
static const struct header_kind {
	enum sip_hdrid id;
	const char *name;
	size_t length;
	char compact;
	unsigned flags;
} kinds[] = {
#define NAME(name) name, sizeof(name) - 1
	{SIP_HDR_VIA,                 NAME("Via"),                 'v', LIST | EACH},
	{SIP_HDR_FROM,                NAME("From"),                'f', SINGLE     },
	{SIP_HDR_TO,                  NAME("To"),                  't', SINGLE     },
	{SIP_HDR_CALL_ID,             NAME("Call-ID"),             'i', SINGLE     },
	{SIP_HDR_CSEQ,                NAME("CSeq"),                0,   SINGLE     },
	{SIP_HDR_CONTACT,             NAME("Contact"),             'm', LIST       },
	{SIP_HDR_MAX_FORWARDS,        NAME("Max-Forwards"),        0,   SINGLE     },
	{SIP_HDR_CONTENT_LENGTH,      NAME("Content-Length"),      'l', SINGLE     },
	{SIP_HDR_CONTENT_TYPE,        NAME("Content-Type"),        'c', SINGLE     },
	{SIP_HDR_EXPIRES,             NAME("Expires"),             0,   SINGLE     },
	{SIP_HDR_USER_AGENT,          NAME("User-Agent"),          0,   0          },
	{SIP_HDR_AUTHORIZATION,       NAME("Authorization"),       0,   0          },
	{SIP_HDR_PROXY_AUTHORIZATION, NAME("Proxy-Authorization"), 0,   0          },
	{SIP_HDR_WWW_AUTHENTICATE,    NAME("WWW-Authenticate"),    0,   0          },
	{SIP_HDR_PROXY_AUTHENTICATE,  NAME("Proxy-Authenticate"),  0,   0          },
	{SIP_HDR_ALLOW,               NAME("Allow"),               0,   LIST       },
	{SIP_HDR_SUPPORTED,           NAME("Supported"),           'k', LIST       },
	{SIP_HDR_REQUIRE,             NAME("Require"),             0,   LIST       },
	{SIP_HDR_PROXY_REQUIRE,       NAME("Proxy-Require"),       0,   LIST       },
	{SIP_HDR_UNSUPPORTED,         NAME("Unsupported"),         0,   LIST       },
	{SIP_HDR_ROUTE,               NAME("Route"),               0,   LIST | EACH},
	{SIP_HDR_RECORD_ROUTE,        NAME("Record-Route"),        0,   LIST       },
	{SIP_HDR_PATH,                NAME("Path"),                0,   LIST       },
	{SIP_HDR_ACCEPT,              NAME("Accept"),              0,   LIST       },
	{SIP_HDR_CONTENT_ENCODING,    NAME("Content-Encoding"),    'e', LIST       },
	{SIP_HDR_CONTENT_DISPOSITION, NAME("Content-Disposition"), 0,   0          },
	{SIP_HDR_SESSION_EXPIRES,     NAME("Session-Expires"),     'x', SINGLE     },
	{SIP_HDR_MIN_SE,              NAME("Min-SE"),              0,   SINGLE     },
	{SIP_HDR_MIN_EXPIRES,         NAME("Min-Expires"),         0,   SINGLE     },
	{SIP_HDR_RACK,                NAME("RAck"),                0,   SINGLE     },
	{SIP_HDR_RSEQ,                NAME("RSeq"),                0,   SINGLE     },
	{SIP_HDR_REFER_TO,            NAME("Refer-To"),            'r', SINGLE     },
	{SIP_HDR_REFERRED_BY,         NAME("Referred-By"),         'b', SINGLE     },
	{SIP_HDR_REPLACES,            NAME("Replaces"),            0,   SINGLE     },
	{SIP_HDR_EVENT,               NAME("Event"),               'o', SINGLE     },
	{SIP_HDR_REASON,              NAME("Reason"),              0,   LIST       },
	{SIP_HDR_RETRY_AFTER,         NAME("Retry-After"),         0,   0          },
	{SIP_HDR_WARNING,             NAME("Warning"),             0,   LIST       },
	{SIP_HDR_SUBJECT,             NAME("Subject"),             's', 0          },
	{SIP_HDR_P_ASSERTED_IDENTITY, NAME("P-Asserted-Identity"), 0,   LIST       },
#undef NAME
};

struct reader {
	const char *p, *end; /* what is left of the message */
	struct sip_msg *msg;
	struct sip_hdr *next; /* unused ones, behind msg in its memory */
	size_t left;
};

static void destructor(void *arg)
{
	struct sip_msg *msg = arg;

	/* The headers are part of the message's own memory. */
	if (msg->hdrht)
		hash_clear(msg->hdrht);
	list_clear(&msg->hdrl);
	mem_deref(msg->hdrht);
	mem_deref(msg->sock);
	mem_deref(msg->mb);
}

static const struct header_kind *kind_of(const struct pl *name)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		const struct header_kind *kind = &kinds[i];

		if (name->l == 1 ? kind->compact && (*name->p | 0x20) == kind->compact
		                 : name->l == kind->length &&
		                           strncasecmp(name->p, kind->name, name->l) == 0)
			return kind;
	}
	return NULL;
}

/* What libre knows a name by, for sip_msg_xhdr; never one of ours, whatever the hash. */
static enum sip_hdrid other_id(const struct pl *name)
{
	uint32_t hash = hash_joaat_ci(name->p, name->l) & 0xfff;

	if (name->l < 2 || ((*name->p == 'X' || *name->p == 'x') && name->p[1] == '-'))
		return SIP_HDR_NONE;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if ((uint32_t)kinds[i].id == hash)
			return SIP_HDR_NONE;
	return (enum sip_hdrid)hash;
}

/* CSeq: 1*DIGIT LWS Method, below 2^31 (RFC 3261 section 8.1.1.5). */
static void read_cseq(struct sip_cseq *cseq, const struct pl *value)
{
	uint64_t number = 0;
	size_t i = 0;

	for (; i < value->l && i < 10 && value->p[i] >= '0' && value->p[i] <= '9'; i++)
		number = number * 10 + (uint64_t)(value->p[i] - '0');
	struct pl method = address_trim((struct pl){.p = value->p + i, .l = value->l - i});

	if (i == 0 || method.p == value->p + i || number > INT32_MAX)
		return;
	cseq->num = (uint32_t)number;
	cseq->met = method;
}

static void read_taddr(struct sip_taddr *address, const struct pl *value)
{
	if (!address_read(value, (struct sip_addr *)address))
		return;
	(void)address_param(&address->params, "tag", &address->tag);
	address->val = *value;
}

/* Content-Type: type "/" subtype, parameters. */
static void read_type(struct msg_ctype *type, const struct pl *value)
{
	const char *slash = pl_strchr(value, '/');

	if (!slash)
		return;
	struct pl left = {.p = value->p, .l = (size_t)(slash - value->p)};
	struct pl right = {.p = slash + 1, .l = value->l - left.l - 1};
	const char *params = pl_strchr(&right, ';');

	if (params) {
		type->params = (struct pl){.p = params, .l = right.l - (size_t)(params - right.p)};
		right.l = (size_t)(params - right.p);
	}
	type->type = address_trim(left);
	type->subtype = address_trim(right);
}

/* The parts libre keeps ready. What cannot be read stays unset: dispatch_check sees it. */
static void read_known(struct sip_msg *msg, enum sip_hdrid id, const struct pl *value)
{
	switch (id) {
	case SIP_HDR_VIA:
		if (!pl_isset(&msg->via.sentby))
			(void)!address_via(value, &msg->via);
		break;
	case SIP_HDR_TO:
		read_taddr(&msg->to, value);
		break;
	case SIP_HDR_FROM:
		read_taddr(&msg->from, value);
		break;
	case SIP_HDR_CALL_ID:
		msg->callid = *value;
		break;
	case SIP_HDR_CSEQ:
		read_cseq(&msg->cseq, value);
		break;
	case SIP_HDR_MAX_FORWARDS:
		msg->maxfwd = *value;
		break;
	case SIP_HDR_CONTENT_TYPE:
		read_type(&msg->ctyp, value);
		break;
	case SIP_HDR_CONTENT_LENGTH:
		msg->clen = *value;
		break;
	case SIP_HDR_EXPIRES:
		msg->expires = *value;
		break;
	default:
		break;
	}
}

static int add_header(struct reader *reader, const struct pl *name, enum sip_hdrid id,
                      struct pl value, bool hashed, bool listed)
{
	if (reader->left == 0)
		return EOVERFLOW;
	struct sip_hdr *header = reader->next++;

	reader->left--;
	header->name = *name;
	header->val = value;
	header->id = id;
	if (hashed)
		hash_append(reader->msg->hdrht, (uint32_t)id, &header->he, header);
	if (listed)
		list_append(&reader->msg->hdrl, &header->le, header);
	if (hashed)
		read_known(reader->msg, id, &value);
	return 0;
}

/* One value of a list from the front: up to a comma outside quotes and angle brackets. */
static struct pl take_value(struct pl *rest)
{
	bool quoted = false, bracket = false;
	size_t i = 0;

	for (; i < rest->l; i++) {
		char c = rest->p[i];

		if (quoted && c == '\\' && i + 1 < rest->l)
			i++;
		else if (c == '"' && !bracket)
			quoted = !quoted;
		else if (!quoted && (c == '<' || c == '>'))
			bracket = c == '<';
		else if (!quoted && !bracket && c == ',')
			break;
	}
	struct pl value = {.p = rest->p, .l = i};

	rest->p += i < rest->l ? i + 1 : i;
	rest->l -= i < rest->l ? i + 1 : i;
	return address_trim(value);
}

static int add_list(struct reader *reader, const struct pl *name, const struct header_kind *kind,
                    struct pl line)
{
	bool each = kind->flags & EACH;
	struct pl rest = line, first = take_value(&rest);
	int err = 0;

	if (!rest.l)
		return add_header(reader, name, kind->id, first, true, true);
	err = add_header(reader, name, kind->id, first, true, each);
	while (!err && rest.l) {
		struct pl value = take_value(&rest);

		if (value.l)
			err = add_header(reader, name, kind->id, value, true, each);
	}
	return err || each ? err : add_header(reader, name, kind->id, line, false, true);
}

static int add_line(struct reader *reader, struct pl name, struct pl value)
{
	const struct header_kind *kind = kind_of(&name);

	if (!kind)
		return add_header(reader, &name, other_id(&name), value, true, true);
	if (kind->flags & LIST)
		return add_list(reader, &name, kind, value);
	return add_header(reader, &name, kind->id, value, true, true);
}

/* The next line with its folded ones, without its end; p stands behind it. */
static struct pl take_line(struct reader *reader, bool folding)
{
	struct pl line = {.p = reader->p};
	const char *feed;

	do {
		feed = memchr(reader->p, '\n', (size_t)(reader->end - reader->p));
		reader->p = feed + 1; /* head_length has seen to it that there is one */
	} while (folding && reader->p < reader->end && (*reader->p == ' ' || *reader->p == '\t'));
	line.l = (size_t)(feed - line.p);
	if (line.l && line.p[line.l - 1] == '\r')
		line.l--;
	return line;
}

static int read_headers(struct reader *reader)
{
	int err = 0;

	while (!err) {
		struct pl line, name, value;

		if (reader->p < reader->end && (*reader->p == ' ' || *reader->p == '\t'))
			return EBADMSG;
		line = take_line(reader, true);
		if (!line.l)
			return 0;
		name = (struct pl){.p = line.p};
		while (name.l < line.l && address_is_token(line.p[name.l]))
			name.l++;
		value = (struct pl){.p = line.p + name.l, .l = line.l - name.l};
		value = address_trim(value);
		if (!name.l || !value.l || *value.p != ':')
			return EBADMSG;
		value = (struct pl){.p = value.p + 1, .l = value.l - 1};
		err = add_line(reader, name, address_trim(value));
	}
	return err;
}

static struct pl take_word(struct pl *rest)
{
	const char *space = pl_strchr(rest, ' ');
	size_t n = space ? (size_t)(space - rest->p) : rest->l;
	struct pl word = {.p = rest->p, .l = n};

	rest->p += space ? n + 1 : n;
	rest->l -= space ? n + 1 : n;
	return word;
}

static int read_start(struct reader *reader)
{
	struct sip_msg *msg = reader->msg;
	struct pl rest = take_line(reader, false), first = take_word(&rest),
		  second = take_word(&rest);

	if (first.l >= 4 && strncasecmp(first.p, "SIP/", 4) == 0) {
		msg->ver = first;
		msg->reason = rest;
		if (second.l != 3 || second.p[0] < '1' || second.p[0] > '6')
			return EBADMSG;
		msg->scode = (uint16_t)pl_u32(&second);
		return msg->scode >= 100 ? 0 : EBADMSG;
	}
	msg->req = true;
	msg->met = first;
	msg->ruri = second;
	msg->ver = rest;
	for (size_t i = 0; i < first.l; i++)
		if (!address_is_token(first.p[i]))
			return EBADMSG;
	if (!first.l || rest.l < 4 || strncasecmp(rest.p, "SIP/", 4) != 0 || pl_strchr(&rest, ' '))
		return EBADMSG;
	return address_uri(&second, &msg->uri) ? 0 : EBADMSG;
}

/* Length of the head with its empty line; 0: it is not all here; -1: no SIP message has such a
 * head. Counts what may become headers. */
static ssize_t head_length(const char *p, size_t n, size_t *ret_values)
{
	size_t values = 1, line = 0; /* line: where the present one begins */

	for (size_t i = 0; i < n; i++) {
		if (i >= DECODE_HEAD_MAX || !p[i])
			return -1;
		if (p[i] == ',')
			values++;
		if (p[i] == '\r' && i + 1 < n && p[i + 1] != '\n')
			return -1;
		if (p[i] != '\n')
			continue;
		if (i == line || (i == line + 1 && p[line] == '\r')) {
			*ret_values = values;
			return (ssize_t)(i + 1);
		}
		line = i + 1;
		values += 2;
	}
	return n >= DECODE_HEAD_MAX ? -1 : 0;
}

/* A response is for transactions, which look at these parts without asking. */
static bool is_usable(const struct sip_msg *msg)
{
	static const enum sip_hdrid single[] = {SIP_HDR_TO, SIP_HDR_FROM, SIP_HDR_CALL_ID,
	                                        SIP_HDR_CSEQ};

	if (!pl_isset(&msg->via.sentby))
		return false;
	for (size_t i = 0; i < COUNT_OF(single) && !msg->req; i++)
		if (sip_msg_hdr_count(msg, single[i]) != 1)
			return false;
	return msg->req || (pl_isset(&msg->to.auri) && pl_isset(&msg->from.auri) &&
	                    pl_isset(&msg->callid) && pl_isset(&msg->cseq.met));
}

int sip_msg_decode(struct sip_msg **msgp, struct mbuf *mb)
{
	struct reader reader;
	size_t values = 0;

	if (!msgp || !mb)
		return EINVAL;
	/* RFC 3261 section 7.5: empty lines before the start line are no fault. */
	while (mbuf_get_left(mb) >= 2 && memcmp(mbuf_buf(mb), "\r\n", 2) == 0)
		mb->pos += 2;
	reader.p = (const char *)mbuf_buf(mb);
	ssize_t head = head_length(reader.p, mbuf_get_left(mb), &values);

	if (head <= 0)
		return head < 0 ? EBADMSG : ENODATA;
	if (values > HEADERS_MAX)
		return EBADMSG;
	reader.end = reader.p + head;
	reader.left = values;
	reader.msg = mem_zalloc(sizeof(*reader.msg) + values * sizeof(*reader.next), destructor);
	if (!reader.msg)
		return ENOMEM;
	reader.next = (struct sip_hdr *)(reader.msg + 1);
	reader.msg->mb = mem_ref(mb);
	reader.msg->tag = rand_u64();
	int err = hash_alloc(&reader.msg->hdrht, HASH_BUCKETS);

	if (!err)
		err = read_start(&reader);
	if (!err)
		err = read_headers(&reader);
	if (!err && !is_usable(reader.msg))
		err = EBADMSG;
	if (err) {
		mem_deref(reader.msg);
		return err;
	}
	mb->pos += (size_t)head;
	*msgp = reader.msg;
	return 0;
}
