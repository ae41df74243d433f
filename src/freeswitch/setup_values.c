#include <arpa/inet.h>
#include <string.h>

#include "base/networks.h"
#include "freeswitch/setup.h"

static const char *const loopbacks = "127.0.0.0/8 ::1";

static bool is_loopback(const char *host)
{
	struct networks loopback;

	return strcmp(host, "localhost") == 0 ||
	       (networks_parse(loopbacks, &loopback, NULL) == ERROR_OK &&
	        networks_match(&loopback, host));
}

static bool is_address(const char *host)
{
	struct in6_addr address;

	return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

static void warn(struct setup *setup, const char *warning)
{
	for (size_t i = 0; i < SETUP_WARNINGS_MAX; i++) {
		if (setup->warnings[i])
			continue;
		setup->warnings[i] = warning;
		return;
	}
}

/* Where the listener that answers FreeSWITCH is reached from this machine. */
static enum error_code own_url(const struct config *config, struct text *out, struct error *err)
{
	long long port = config_number(config, CONFIG_FREESWITCH_PORT);
	bool own = port != 0;
	const char *address =
		config_text(config, own ? CONFIG_FREESWITCH_ADDRESS : CONFIG_WEB_ADDRESS);
	/* The listener for FreeSWITCH alone is for a network of the machines' own, in clear. */
	bool tls = !own && *config_text(config, CONFIG_WEB_TLS_CERTIFICATE);

	if (!own)
		port = config_number(config, CONFIG_WEB_PORT);
	if (!port)
		return error_set(err, ERROR_MISSING, "freeswitch-url",
		                 "must be set where web-port is 0, any free port");
	if (strcmp(address, "0.0.0.0") == 0)
		address = "127.0.0.1";
	else if (strcmp(address, "::") == 0)
		address = "::1";
	text_addf(out, strchr(address, ':') ? "%s://[%s]:%lld" : "%s://%s:%lld",
	          tls ? "https" : "http", address, port);
	return ERROR_OK;
}

/* The host of a URL whose form is checked. */
static void url_host(const char *url, struct text *out)
{
	const char *host = strstr(url, "://") + 3;

	if (*host == '[')
		text_add_n(out, host + 1, strcspn(host + 1, "]"));
	else
		text_add_n(out, host, strcspn(host, ":"));
}

static enum error_code set_url(const struct config *config, struct setup *setup,
                               struct text *ret_host, struct error *err)
{
	struct text *url = &setup->values[SETUP_URL];
	const char *given = config_text(config, CONFIG_FREESWITCH_URL);
	enum error_code code = ERROR_OK;

	text_add(url, given);
	if (!*given)
		code = own_url(config, url, err);
	if (code != ERROR_OK)
		return code;
	if (url->failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	url_host(url->data, ret_host);
	if (is_loopback(text_string(ret_host)))
		text_add(&setup->values[SETUP_REACH],
		         ", on the same machine. For a FreeSWITCH\n   elsewhere set freeswitch-url "
		         "and "
		         "freeswitch-from of Centrex, and write this again.");
	else
		text_add(&setup->values[SETUP_REACH],
		         ", from an address that\n   freeswitch-from of Centrex names.");
	if (!is_loopback(text_string(ret_host)) && strncmp(url->data, "http://", 7) == 0)
		warn(setup, "passwords cross the network in clear: freeswitch-url is http");
	return ERROR_OK;
}

/* NULL with ERROR_OK: none is named, FreeSWITCH's defaults. */
static enum error_code find_node(const struct config *config, const char *name, struct nodes *nodes,
                                 const struct node_address **ret_node, struct error *err)
{
	enum error_code code =
		nodes_parse(config_text(config, CONFIG_FREESWITCH_NODES), nodes, err);

	if (code != ERROR_OK)
		return code;
	*ret_node = name ? nodes_find(nodes, name) : nodes->n == 1 ? &nodes->items[0] : NULL;
	if (name && !*ret_node)
		return error_set(err, ERROR_NOT_FOUND, NULL, "freeswitch-nodes has no '%.64s'",
		                 name);
	if (!name && nodes->n > 1)
		return error_set(err, ERROR_USAGE, NULL,
		                 "freeswitch-nodes has %zu: say which, such as `centrex freeswitch "
		                 "config DIR %s`",
		                 nodes->n, nodes->items[0].name);
	return ERROR_OK;
}

static void allow(struct text *out, const char *address)
{
	text_addf(out, "%s      <node type=\"allow\" cidr=\"%s/%d\"/>", out->length ? "\n" : "",
	          address, strchr(address, ':') ? 128 : 32);
}

/* Who may open the event socket: this machine, and where Centrex seems to be. */
static void set_acl(struct setup *setup, const char *centrex, const char *listen)
{
	struct text *acl = &setup->values[SETUP_CENTREX_ADDRESS];

	if (is_loopback(listen)) {
		text_add(acl, "      <!-- Nobody else: the socket is this machine's alone. -->");
		return;
	}
	/* To an address of its own a machine comes from that address. */
	if (is_address(listen) && strcmp(listen, "0.0.0.0") != 0)
		allow(acl, listen);
	if (is_address(centrex) && !is_loopback(centrex) && strcmp(centrex, listen) != 0)
		allow(acl, centrex);
	if (is_loopback(centrex))
		warn(setup, "FreeSWITCH finds Centrex on its own machine only: for another one set "
		            "freeswitch-url");
	else if (!is_address(centrex))
		warn(setup, "acl.conf.xml lets no other machine in: add the address Centrex comes "
		            "from, which freeswitch-url does not tell");
}

static void set_event_socket(struct setup *setup, const struct node_address *node,
                             const char *centrex)
{
	const char *host = node ? node->host : "127.0.0.1";
	const char *listen = is_address(host) ? host : is_loopback(host) ? "127.0.0.1" : "0.0.0.0";

	text_add(&setup->values[SETUP_EVENT_ADDRESS], listen);
	text_add(&setup->values[SETUP_EVENT_HOST],
	         strcmp(listen, "0.0.0.0") == 0 ? "127.0.0.1" : listen);
	text_addf(&setup->values[SETUP_EVENT_PORT], "%u", node ? node->port : NODES_PORT);
	set_acl(setup, centrex, listen);
	if (node) {
		text_addf(&setup->values[SETUP_SWITCHNAME],
		          "    <!-- Its name in freeswitch-nodes, and so in call records. -->\n"
		          "    <param name=\"switchname\" value=\"%s\"/>",
		          node->name);
		text_addf(&setup->values[SETUP_WHICH], "node %s", node->name);
	} else {
		text_add(&setup->values[SETUP_SWITCHNAME],
		         "    <!-- Its name is the host's: freeswitch-nodes names none. -->");
		text_add(&setup->values[SETUP_WHICH], "a FreeSWITCH that freeswitch-nodes does "
		                                      "not name");
	}
}

static enum error_code require(const struct config *config, enum config_setting setting,
                               const char *why, struct error *err)
{
	if (*config_text(config, setting))
		return ERROR_OK;
	return error_set(err, ERROR_MISSING, config_name(setting), "must be set: %s", why);
}

enum error_code setup_values(const struct config *config, const char *node_name,
                             struct setup *setup, struct error *err)
{
	AUTO(text_clear) struct text centrex = {0};
	const struct node_address *node = NULL;
	struct nodes nodes;
	enum error_code code =
		require(config, CONFIG_FREESWITCH_CREDENTIALS, "what FreeSWITCH asks with", err);

	if (code == ERROR_OK)
		code = require(config, CONFIG_FREESWITCH_EVENT_PASSWORD,
		               "without one FreeSWITCH takes ClueCon", err);
	if (code == ERROR_OK)
		code = find_node(config, node_name, &nodes, &node, err);
	if (code == ERROR_OK)
		code = set_url(config, setup, &centrex, err);
	if (code != ERROR_OK)
		return code;
	set_event_socket(setup, node, text_string(&centrex));
	text_add(&setup->values[SETUP_CREDENTIALS],
	         config_text(config, CONFIG_FREESWITCH_CREDENTIALS));
	text_add(&setup->values[SETUP_EVENT_PASSWORD],
	         config_text(config, CONFIG_FREESWITCH_EVENT_PASSWORD));
	text_add(&setup->values[SETUP_PROFILE], config_text(config, CONFIG_FREESWITCH_PROFILE));
	text_add(&setup->values[SETUP_VERSION], CENTREX_VERSION);
	for (size_t i = 0; i < SETUP_VALUE_COUNT; i++)
		if (setup->values[i].failed)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
	return ERROR_OK;
}

void setup_clear(struct setup *setup)
{
	for (size_t i = 0; i < SETUP_VALUE_COUNT; i++)
		text_clear(&setup->values[i]);
}
