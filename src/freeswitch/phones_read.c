/*
 * What FreeSWITCH tells of registrations. Source: sofia_reg.c (sofia_reg_handle_register_token,
 * sofia_reg_del_callback), sofia.c (nua_i_media_error's neighbour: socket-disconnection),
 * mod_sofia.c (show_reg_callback), 1.11.
 *
 * The list is the text form, not xmlstatus: that one writes Call-IDs as they came, and a Call-ID
 * may have < in it (RFC 3261 section 25.1, word), so one phone could spoil the list of all. No
 * header of SIP holds a line break.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "freeswitch/phones_private.h"

/* Cut, and what is not printable ASCII is a question mark. */
static void clean(const char *text, size_t n, char *ret, size_t size)
{
	size_t i = 0;

	for (; i < n && i + 1 < size && text[i]; i++)
		ret[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
	ret[i] = '\0';
}

/* What stands in <>, or all of it; one that is too long is broken, as it says which it is. */
static bool read_contact(const char *text, size_t n, char ret[static PHONES_CONTACT_MAX])
{
	const char *begin = memchr(text, '<', n);
	const char *end = begin ? memchr(begin, '>', n - (size_t)(begin - text)) : NULL;

	if (end) {
		text = begin + 1;
		n = (size_t)(end - text);
	}
	clean(text, n, ret, PHONES_CONTACT_MAX);
	return n > 0 && n < PHONES_CONTACT_MAX;
}

static bool is_address(const char *text)
{
	struct in6_addr bytes;

	return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1;
}

/* "Registered(TCP-NAT)": how it was sent. WebSockets are streams, too. */
static const char *transport_of(const char *status)
{
	static const struct {
		const char *word, *transport;
	} words[] = {
		{"(TLS", "tls"},
		{"(WSS", "tls"},
		{"(TCP", "tcp"},
		{"(WS",  "tcp"},
	};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strstr(status, words[i].word))
			return words[i].transport;
	return "udp";
}

static bool read_user(const char *user, size_t n, struct uuid *ret_user)
{
	char text[UUID_TEXT_MAX];

	if (n != UUID_TEXT_MAX - 1)
		return false;
	memcpy(text, user, n);
	text[n] = '\0';
	return uuid_parse(text, ret_user);
}

static unsigned read_port(const char *text)
{
	unsigned long port = strtoul(text, NULL, 10);

	return port <= 65535 ? (unsigned)port : 0;
}

static int64_t expires_at(const char *seconds)
{
	int64_t s = strtoll(seconds, NULL, 10);

	s = s < 0 ? 0 : s;
	return clock_unix_us() / 1000000 + (s < PHONES_MOST_S ? s : PHONES_MOST_S);
}

static const char *header(const struct esl_event *event, const char *name, const char *otherwise)
{
	const char *value = esl_header(event, name);

	if (!value && otherwise)
		value = esl_header(event, otherwise);
	return value ? value : "";
}

bool phones_read_event(const struct esl_event *event, struct phone_words *ret_words)
{
	const char *user = header(event, "from-user", "user");
	const char *domain = header(event, "from-host", "host");
	const char *contact = header(event, "contact", NULL);
	const char *call_id = header(event, "call-id", NULL);
	const char *agent = header(event, "user-agent", NULL);

	*ret_words = (struct phone_words){
		.port = read_port(header(event, "network-port", NULL)),
		.transport = transport_of(header(event, "status", NULL)),
		.expires_at = expires_at(header(event, "expires", NULL)),
	};
	clean(call_id, strlen(call_id), ret_words->call_id, PHONES_CALL_ID_MAX);
	clean(agent, strlen(agent), ret_words->user_agent, PHONES_AGENT_MAX);
	clean(header(event, "network-ip", NULL), SIZE_MAX, ret_words->address, PHONES_ADDRESS_MAX);
	clean(domain, SIZE_MAX, ret_words->domain, DOMAIN_MAX);
	(void)read_contact(contact, strlen(contact), ret_words->contact);
	return read_user(user, strlen(user), &ret_words->user) &&
	       strlen(contact) < PHONES_CONTACT_MAX;
}

/* ---- the list ---- */

struct list {
	struct phone_words words;
	bool begun, broken;
	phones_row_h *h;
	void *arg;
	uint64_t n_broken;
};

typedef void line_h(struct list *list, const char *value, size_t n);

static void on_call_id(struct list *list, const char *value, size_t n)
{
	list->words = (struct phone_words){.transport = "udp"};
	list->begun = true;
	list->broken = false;
	clean(value, n, list->words.call_id, PHONES_CALL_ID_MAX);
}

static void on_user(struct list *list, const char *value, size_t n)
{
	const char *at = memchr(value, '@', n);

	if (!at || !read_user(value, (size_t)(at - value), &list->words.user))
		list->broken = true;
	else
		clean(at + 1, n - (size_t)(at + 1 - value), list->words.domain, DOMAIN_MAX);
}

static void on_contact(struct list *list, const char *value, size_t n)
{
	if (!read_contact(value, n, list->words.contact))
		list->broken = true;
}

static void on_agent(struct list *list, const char *value, size_t n)
{
	clean(value, n, list->words.user_agent, PHONES_AGENT_MAX);
}

/* "Registered(UDP)(unknown) EXP(2026-11-22 13:26:00) EXPSECS(3598)" */
static void on_status(struct list *list, const char *value, size_t n)
{
	char text[256];
	const char *seconds;

	clean(value, n, text, sizeof(text));
	seconds = strstr(text, "EXPSECS(");
	list->words.transport = transport_of(text);
	list->words.expires_at = expires_at(seconds ? seconds + strlen("EXPSECS(") : "");
}

static void on_address(struct list *list, const char *value, size_t n)
{
	clean(value, n, list->words.address, PHONES_ADDRESS_MAX);
}

/* The last that counts. */
static void on_port(struct list *list, const char *value, size_t n)
{
	char text[16];

	clean(value, n, text, sizeof(text));
	list->words.port = read_port(text);
	if (!list->begun)
		return;
	list->begun = false;
	if (list->broken || !list->words.port || !is_address(list->words.address) ||
	    !*list->words.contact)
		list->n_broken++;
	else
		list->h(&list->words, list->arg);
}

static const struct {
	const char *name;
	line_h *h;
} lines[] = {
	{"Call-ID:", on_call_id},
        {"User:",    on_user   },
        {"Contact:", on_contact},
	{"Agent:",   on_agent  },
        {"Status:",  on_status },
        {"IP:",      on_address},
	{"Port:",    on_port   },
};

static void take_line(struct list *list, const char *line, size_t n)
{
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		size_t skip = strlen(lines[i].name);

		if (n < skip || memcmp(line, lines[i].name, skip) != 0)
			continue;
		while (skip < n && (line[skip] == ' ' || line[skip] == '\t'))
			skip++;
		lines[i].h(list, line + skip, n - skip);
		return;
	}
}

bool phones_read_list(const char *text, size_t n, phones_row_h *h, void *arg, uint64_t *ret_broken)
{
	static const char title[] = "\nRegistrations:";
	struct list list = {.h = h, .arg = arg};
	const char *end = text + n;

	if (!memmem(text, n < 4096 ? n : 4096, title, strlen(title)))
		return false;
	while (text < end) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));

		if (!stop)
			stop = end;
		take_line(&list, text, (size_t)(stop - text));
		text = stop + 1;
	}
	*ret_broken = list.n_broken;
	return true;
}
