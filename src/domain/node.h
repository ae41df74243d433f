/*
 * The processes of the installation, as they tell of themselves every NODE_EVERY_S in public.nodes:
 * when they started, what they have counted. /metrics of any web process shows all of them.
 */
#ifndef CENTREX_DOMAIN_NODE_H
#define CENTREX_DOMAIN_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/config.h"
#include "base/text.h"
#include "db/db.h"

enum { NODE_NAME_MAX = 65, NODE_EVERY_S = 10, NODE_SILENT_S = 60 };

/* The setting `node`, else the host's name, cut to what tables take. */
void node_name(const struct config *config, char ret_name[static NODE_NAME_MAX]);

struct node;

struct node_config {
	struct db *db;
	const char *kind; /* "sip" or "web" */
	const char *name; /* copied */
	/* Writes a JSON object of numbers; on the node's thread. NULL: {}. */
	void (*counters)(struct text *json, void *arg);
	/* An engine has been silent for NODE_SILENT_S (once for each silence): it can have begun
	 * calls until the time `before`. On the node's thread; NULL: nobody wants to know. */
	void (*silent)(const char *name, const char *before, void *arg);
	void *arg;
};

/* Starts a thread; the database may be away. */
MUST_CHECK enum error_code node_open(const struct node_config *config, struct node **ret_node,
                                     struct error *err);
void node_close(struct node *node); /* NULL is allowed */

struct node_row {
	const char *kind, *name;
	int64_t seen_s;       /* seconds since it told of itself */
	int64_t started_at;   /* unix seconds */
	const char *counters; /* JSON object */
};

struct node_list {
	size_t n;
	struct node_row *rows;
	void *texts;
};

MUST_CHECK enum error_code node_read(struct db *db, struct node_list *ret_list, struct error *err);
void node_list_clear(struct node_list *list);

/* Resident memory of this process in bytes; 0: not known. */
int64_t node_memory_bytes(void);

#endif
