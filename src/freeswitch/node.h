/*
 * One configured FreeSWITCH at work: its event socket, the parts that work on it, and its row of
 * public.nodes (kind "freeswitch").
 */
#ifndef CENTREX_FREESWITCH_NODE_H
#define CENTREX_FREESWITCH_NODE_H

#include "freeswitch/nodes.h"
#include "freeswitch/parts.h"

struct switch_node;

struct switch_config {
	const struct node_address *address;
	const struct config *config;
	struct db *db;
	struct directory *directory;
};

/* config and what it points at outlive it. Does not wait for FreeSWITCH. */
MUST_CHECK enum error_code switch_open(const struct switch_config *config,
                                       struct switch_node **ret_node, struct error *err);
void switch_close(struct switch_node *node); /* NULL is allowed */

/* On the listener's thread. */
void switch_hear(struct switch_node *node, enum listen_event event, const char *payload);

#endif
