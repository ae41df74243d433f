/*
 * The FreeSWITCHes of freeswitch-nodes: "fs1=10.0.0.5:8021 fs2=[fd00::6] fs3=switch.example", with
 * blanks or commas between. No memory of its own.
 */
#ifndef CENTREX_FREESWITCH_NODES_H
#define CENTREX_FREESWITCH_NODES_H

#include <stdint.h>

#include "base/error.h"

enum { NODES_MAX = 64, NODES_NAME_MAX = 65, NODES_HOST_MAX = 254, NODES_PORT = 8021 };

struct node_address {
	char name[NODES_NAME_MAX]; /* [a-z0-9._-]; unique */
	char host[NODES_HOST_MAX]; /* name or address, IPv6 without its brackets */
	uint16_t port;             /* of the event socket */
};

struct nodes {
	struct node_address items[NODES_MAX];
	size_t n;
};

/* No text: no node. ERROR_INVALID names the item; the messages are the rule alone, without a
 * field. */
MUST_CHECK enum error_code nodes_parse(const char *text, struct nodes *ret_nodes,
                                       struct error *err);

/* NULL: none of that name. */
const struct node_address *nodes_find(const struct nodes *nodes, const char *name);

#endif
