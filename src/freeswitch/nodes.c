#include "freeswitch/nodes.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/networks.h"

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyz"

enum { SHOWN_MAX = 60, ITEM_MAX = NODES_NAME_MAX + NODES_HOST_MAX + 10 };

const struct node_address *nodes_find(const struct nodes *nodes, const char *name)
{
	for (size_t i = 0; i < nodes->n; i++)
		if (strcmp(nodes->items[i].name, name) == 0)
			return &nodes->items[i];
	return NULL;
}

static bool copy(const char *text, size_t n, char *out, size_t room)
{
	if (!n || n >= room)
		return false;
	memcpy(out, text, n);
	out[n] = '\0';
	return true;
}

static bool parse_port(const char *text, uint16_t *ret_port)
{
	size_t digits = strspn(text, DIGITS);
	unsigned long port = digits && digits <= 5 ? strtoul(text, NULL, 10) : 0;

	if (text[digits] || !port || port > UINT16_MAX)
		return false;
	*ret_port = (uint16_t)port;
	return true;
}

static bool parse_host(const char *text, struct node_address *node)
{
	struct in6_addr six;
	const char *end;

	node->port = NODES_PORT;
	if (text[0] == '[') {
		end = strchr(text, ']');
		if (!end || !copy(text + 1, (size_t)(end - text) - 1, node->host, NODES_HOST_MAX) ||
		    inet_pton(AF_INET6, node->host, &six) != 1)
			return false;
		end++;
	} else {
		end = text + strspn(text, LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS ".-");
		if (!copy(text, (size_t)(end - text), node->host, NODES_HOST_MAX))
			return false;
	}
	return !*end || (*end == ':' && parse_port(end + 1, &node->port));
}

static enum error_code parse_item(const char *item, struct node_address *node, struct error *err)
{
	size_t n = strspn(item, LETTERS DIGITS "._-");

	if (item[n] != '=' || !copy(item, n, node->name, NODES_NAME_MAX))
		return error_set(err, ERROR_INVALID, NULL,
		                 "'%.*s' must begin with a name and '=', such as fs1=10.0.0.5:8021 "
		                 "(1 to %d of a-z, 0-9, '.', '_', '-')",
		                 SHOWN_MAX, item, NODES_NAME_MAX - 1);
	if (!parse_host(item + n + 1, node))
		return error_set(err, ERROR_INVALID, NULL,
		                 "'%.*s' must name a host and a port, such as fs1=10.0.0.5:8021 or "
		                 "fs1=[fd00::5]:8021",
		                 SHOWN_MAX, item);
	return ERROR_OK;
}

enum error_code nodes_parse(const char *text, struct nodes *ret_nodes, struct error *err)
{
	const char *cursor = text, *item;
	char copied[ITEM_MAX];
	size_t n;

	ret_nodes->n = 0;
	while ((item = networks_item(&cursor, &n))) {
		struct node_address node = {0};

		if (ret_nodes->n == NODES_MAX)
			return error_set(err, ERROR_TOO_LARGE, NULL, "must be at most %d nodes",
			                 NODES_MAX);
		if (!copy(item, n, copied, sizeof(copied)))
			return error_set(err, ERROR_INVALID, NULL, "'%.*s...' is too long",
			                 SHOWN_MAX, item);
		if (parse_item(copied, &node, err))
			return ERROR_INVALID;
		if (nodes_find(ret_nodes, node.name))
			return error_set(err, ERROR_INVALID, NULL, "names '%s' twice", node.name);
		ret_nodes->items[ret_nodes->n++] = node;
	}
	return ERROR_OK;
}
