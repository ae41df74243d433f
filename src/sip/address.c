#include "sip/address.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_one_of(char c, const char *characters)
{
	for (; *characters; characters++)
		if (*characters == c)
			return true;
	return false;
}

/* Every character of every header passes here: bit c of the 128 is set for a token's. */
bool address_is_token(char c)
{
	static const uint64_t token[2] = {
		/* ! % ' * + - . and digits */
		(1ULL << '!') | (1ULL << '%') | (1ULL << '\'') | (1ULL << '*') | (1ULL << '+') |
			(1ULL << '-') | (1ULL << '.') | (0x3ffULL << '0'),
		/* letters, _ ` ~ */
		(0x3ffffffULL << ('A' - 64)) | (0x3ffffffULL << ('a' - 64)) | (1ULL << ('_' - 64)) |
			(1ULL << ('`' - 64)) | (1ULL << ('~' - 64)),
	};

	return c > 0 && token[c >> 6] >> (c & 63) & 1;
}

struct pl address_trim(struct pl text)
{
	while (text.l && is_space(*text.p)) {
		text.p++;
		text.l--;
	}
	while (text.l && is_space(text.p[text.l - 1]))
		text.l--;
	return text;
}

/* The first n characters, and what follows them. */
static struct pl take(struct pl *rest, size_t n)
{
	struct pl taken = {.p = rest->p, .l = n};

	rest->p += n;
	rest->l -= n;
	return taken;
}

static void skip_space(struct pl *rest)
{
	while (rest->l && is_space(*rest->p))
		(void)take(rest, 1);
}

static struct pl take_token(struct pl *rest)
{
	size_t n = 0;

	while (n < rest->l && address_is_token(rest->p[n]))
		n++;
	return take(rest, n);
}

/* Index of the first of these characters, or l. */
static size_t find_any(const struct pl *text, const char *characters)
{
	size_t i = 0;

	while (i < text->l && !is_one_of(text->p[i], characters))
		i++;
	return i;
}

/* Length of a quoted string with its quotes; 0: none, or not closed. */
static size_t quoted_length(const struct pl *text)
{
	if (!text->l || *text->p != '"')
		return 0;
	for (size_t i = 1; i < text->l; i++) {
		if (text->p[i] == '\\')
			i++;
		else if (text->p[i] == '"')
			return i + 1;
	}
	return 0;
}

static bool is_printable(const struct pl *text)
{
	for (size_t i = 0; i < text->l; i++)
		if (text->p[i] <= ' ' || text->p[i] >= 0x7f || is_one_of(text->p[i], "<>\""))
			return false;
	return text->l > 0;
}

static bool read_port(const struct pl *text, uint16_t *ret_port)
{
	uint32_t port = 0;

	if (text->l < 1 || text->l > 5)
		return false;
	for (size_t i = 0; i < text->l; i++) {
		if (!is_digit(text->p[i]))
			return false;
		port = port * 10 + (uint32_t)(text->p[i] - '0');
	}
	if (port > UINT16_MAX)
		return false;
	*ret_port = (uint16_t)port;
	return true;
}

static bool is_host(const struct pl *host)
{
	for (size_t i = 0; i < host->l; i++)
		if (!is_alpha(host->p[i]) && !is_digit(host->p[i]) && !is_one_of(host->p[i], ".-_"))
			return false;
	return host->l > 0;
}

/* host [":" port]; an IPv6 address stands in brackets and comes without them. */
static bool read_hostport(struct pl text, struct pl *ret_host, struct sa *ret_address,
                          uint16_t *ret_port)
{
	uint16_t port = 0;
	struct pl host;

	sa_init(ret_address, AF_UNSPEC);
	if (text.l && *text.p == '[') {
		size_t end = find_any(&text, "]");

		if (end == text.l)
			return false;
		host = (struct pl){.p = text.p + 1, .l = end - 1};
		(void)take(&text, end + 1);
		if (sa_set(ret_address, &host, 0) != 0 || sa_af(ret_address) != AF_INET6)
			return false;
	} else {
		host = take(&text, find_any(&text, ":"));
		if (!is_host(&host))
			return false;
		/* Only what begins with a digit can be an address: a look-up saved. */
		if (is_digit(*host.p))
			(void)sa_set(ret_address, &host, 0);
	}
	if (text.l) {
		(void)take(&text, 1); /* the colon */
		if (!read_port(&text, &port))
			return false;
	}
	*ret_host = host;
	*ret_port = port;
	return true;
}

/* user [":" password] "@", where there is one: up to the last "@" before the host. */
static void take_userinfo(struct pl *rest, struct uri *uri)
{
	size_t at = find_any(rest, "@");

	if (at == rest->l)
		return;
	struct pl user = take(rest, at);

	(void)take(rest, 1);
	uri->user = take(&user, find_any(&user, ":"));
	if (user.l)
		uri->password = (struct pl){.p = user.p + 1, .l = user.l - 1};
}

bool address_uri(const struct pl *text, struct uri *ret_uri)
{
	struct uri uri = {0};
	struct pl rest = *text, hostport;
	struct sa address;

	if (text->l > ADDRESS_URI_MAX || !is_printable(text))
		return false;
	uri.scheme = take(&rest, find_any(&rest, ":"));
	if (!rest.l || !uri.scheme.l || !is_alpha(*uri.scheme.p))
		return false;
	(void)take(&rest, 1);
	bool is_sip =
		pl_strcasecmp(&uri.scheme, "sip") == 0 || pl_strcasecmp(&uri.scheme, "sips") == 0;

	if (is_sip)
		take_userinfo(&rest, &uri);
	hostport = take(&rest, find_any(&rest, ";?"));
	uri.params = take(&rest, find_any(&rest, "?"));
	uri.headers = rest;
	sa_init(&address, AF_UNSPEC);
	if (!is_sip)
		uri.host = hostport;
	else if (!read_hostport(hostport, &uri.host, &address, &uri.port))
		return false;
	uri.af = sa_af(&address);
	*ret_uri = uri;
	return uri.host.l > 0;
}

bool address_read(const struct pl *text, struct sip_addr *ret_address)
{
	struct sip_addr address = {0};
	struct pl rest = address_trim(*text);
	size_t quoted = quoted_length(&rest);

	if (text->l > ADDRESS_VALUE_MAX || (!quoted && rest.l && *rest.p == '"'))
		return false;
	if (quoted) {
		struct pl name = take(&rest, quoted);

		address.dname = (struct pl){.p = name.p + 1, .l = name.l - 2};
		skip_space(&rest);
		if (!rest.l || *rest.p != '<')
			return false;
	}
	size_t open = find_any(&rest, "<");

	if (open < rest.l) {
		struct pl name = address_trim(take(&rest, open));

		if (!quoted && name.l)
			address.dname = name;
		(void)take(&rest, 1);
		address.auri = take(&rest, find_any(&rest, ">"));
		if (!rest.l)
			return false;
		(void)take(&rest, 1);
	} else {
		/* RFC 3261 section 20.10: without brackets, parameters are the header's. */
		address.auri = take(&rest, find_any(&rest, "; \t\r\n"));
	}
	address.params = address_trim(rest);
	if (!address.params.l)
		address.params.p = NULL;
	if (!address_params_valid(&address.params) || !address_uri(&address.auri, &address.uri))
		return false;
	*ret_address = address;
	return true;
}

/* One parameter from the front; false: none, or ill-formed (rest is not empty then). */
static bool take_param(struct pl *rest, struct pl *ret_name, struct pl *ret_value)
{
	*ret_value = (struct pl){.p = rest->p, .l = 0};
	skip_space(rest);
	if (!rest->l || *rest->p != ';')
		return false;
	(void)take(rest, 1);
	skip_space(rest);
	*ret_name = take_token(rest);
	if (!ret_name->l)
		return false;
	skip_space(rest);
	if (!rest->l || *rest->p != '=')
		return true;
	(void)take(rest, 1);
	skip_space(rest);
	size_t quoted = quoted_length(rest);

	if (quoted) {
		struct pl value = take(rest, quoted);

		*ret_value = (struct pl){.p = value.p + 1, .l = value.l - 2};
		return true;
	}
	*ret_value = take(rest, find_any(rest, "; \t\r\n\""));
	return ret_value->l > 0;
}

bool address_param(const struct pl *params, const char *name, struct pl *ret_value)
{
	struct pl rest = *params, found, value;

	while (take_param(&rest, &found, &value)) {
		if (pl_strcasecmp(&found, name) != 0)
			continue;
		if (ret_value)
			*ret_value = value;
		return true;
	}
	return false;
}

struct pl address_param_span(const struct pl *params, const char *name)
{
	struct pl rest = *params, found, value;
	const char *from = rest.p;

	for (; take_param(&rest, &found, &value); from = rest.p)
		if (pl_strcasecmp(&found, name) == 0)
			return (struct pl){.p = from, .l = (size_t)(rest.p - from)};
	return (struct pl){0};
}

bool address_params_valid(const struct pl *params)
{
	struct pl rest = *params, name, value;

	while (take_param(&rest, &name, &value))
		;
	return address_trim(rest).l == 0;
}

static enum sip_transp transport_of(const struct pl *name)
{
	static const enum sip_transp known[] = {SIP_TRANSP_UDP, SIP_TRANSP_TCP, SIP_TRANSP_TLS};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (pl_strcasecmp(name, sip_transp_name(known[i])) == 0)
			return known[i];
	return SIP_TRANSP_NONE;
}

/* sent-protocol: "SIP" / "2.0" / transport, with white space where RFC 3261 allows it. */
static bool take_protocol(struct pl *rest, enum sip_transp *ret_transport)
{
	struct pl parts[3];

	for (int i = 0; i < 3; i++) {
		skip_space(rest);
		parts[i] = take_token(rest);
		if (i == 2)
			break;
		skip_space(rest);
		if (!rest->l || *rest->p != '/')
			return false;
		(void)take(rest, 1);
	}
	*ret_transport = transport_of(&parts[2]);
	return pl_strcasecmp(&parts[0], "SIP") == 0 && pl_strcmp(&parts[1], "2.0") == 0 &&
	       parts[2].l > 0;
}

bool address_via(const struct pl *text, struct sip_via *ret_via)
{
	struct sip_via via = {.val = *text};
	struct pl rest = *text, host;
	struct sa address;
	uint16_t port;

	if (text->l > ADDRESS_VALUE_MAX || !take_protocol(&rest, &via.tp) || !rest.l ||
	    !is_space(*rest.p))
		return false;
	skip_space(&rest);
	via.sentby = take(&rest, find_any(&rest, "; \t\r\n"));
	via.params = address_trim(rest);
	if (!read_hostport(via.sentby, &host, &address, &port) ||
	    !address_params_valid(&via.params))
		return false;
	/* libre answers to this address's port; a name is never looked up for that. */
	sa_init(&via.addr, AF_INET);
	if (sa_af(&address) != AF_UNSPEC)
		via.addr = address;
	sa_set_port(&via.addr, port);
	(void)address_param(&via.params, "branch", &via.branch);
	*ret_via = via;
	return true;
}
