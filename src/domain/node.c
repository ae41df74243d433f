#include "domain/node.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/condition.h"
#include "db/queries.h"
#include "db/row.h"

enum { SILENT_MAX = 64, BEFORE_MAX = 40 };

/* An engine that was reported as silent. */
struct silence {
	char name[NODE_NAME_MAX], before[BEFORE_MAX];
};

struct node {
	struct node_config config;
	char name[NODE_NAME_MAX];
	int64_t started_us;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool closing;                        /* under the mutex */
	struct silence silences[SILENT_MAX]; /* the thread's own; the oldest gives way */
	size_t n_silences;
};

void node_name(const struct config *config, char ret_name[static NODE_NAME_MAX])
{
	const char *name = config_text(config, CONFIG_NODE);

	memset(ret_name, 0, NODE_NAME_MAX);
	if (*name)
		snprintf(ret_name, NODE_NAME_MAX, "%s", name);
	else if (gethostname(ret_name, NODE_NAME_MAX - 1) != 0)
		ret_name[0] = '\0';
	/* A row needs a name. */
	if (!*ret_name)
		snprintf(ret_name, NODE_NAME_MAX, "localhost");
}

int64_t node_memory_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	char line[128] = "";
	const char *resident; /* the second number, in pages */

	if (!file)
		return 0;
	if (!fgets(line, sizeof(line), file))
		*line = '\0';
	(void)fclose(file);
	resident = strchr(line, ' ');
	return resident ? strtoll(resident, NULL, 10) * sysconf(_SC_PAGESIZE) : 0;
}

static enum error_code tell(struct node *node, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(text_clear) struct text counters = {0};
	char started[32];
	struct tx_statement statement;

	if (node->config.counters)
		node->config.counters(&counters, node->config.arg);
	if (counters.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	snprintf(started, sizeof(started), "%lld", (long long)(node->started_us / 1000000));
	statement = TX_QUERY(QUERY_NODE_SEEN, node->name, node->config.kind, started,
	                     counters.length ? counters.data : "{}", CENTREX_VERSION);
	return tx_run(node->config.db, &scope, &statement, 1, NULL, err);
}

/* False: that was reported already. */
static bool is_news(struct node *node, const char *name, const char *before)
{
	struct silence *silence;

	for (size_t i = 0; i < node->n_silences; i++)
		if (strcmp(node->silences[i].name, name) == 0 &&
		    strcmp(node->silences[i].before, before) == 0)
			return false;
	if (node->n_silences == SILENT_MAX)
		memmove(node->silences, node->silences + 1,
		        --node->n_silences * sizeof(*node->silences));
	silence = &node->silences[node->n_silences++];
	snprintf(silence->name, sizeof(silence->name), "%s", name);
	snprintf(silence->before, sizeof(silence->before), "%s", before);
	return true;
}

static void report_silent(struct node *node)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement statement;
	char seconds[16];

	snprintf(seconds, sizeof(seconds), "%d", NODE_SILENT_S);
	statement = TX_QUERY(QUERY_NODE_SILENT, seconds);
	if (tx_run(node->config.db, &scope, &statement, 1, &result, NULL) != ERROR_OK)
		return;
	for (size_t i = 0; i < tx_rows(result, 0); i++) {
		const char *name = tx_value(result, 0, i, 0);
		const char *before = tx_value(result, 0, i, 1);

		if (is_news(node, name, before))
			node->config.silent(name, before, node->config.arg);
	}
}

static void *run(void *arg)
{
	struct node *node = arg;

	pthread_mutex_lock(&node->mutex);
	while (!node->closing) {
		int64_t next_us = clock_monotonic_us() + NODE_EVERY_S * INT64_C(1000000);

		pthread_mutex_unlock(&node->mutex);
		/* While the database is away nobody reads it either. */
		if (tell(node, NULL) == ERROR_OK && node->config.silent)
			report_silent(node);
		pthread_mutex_lock(&node->mutex);
		while (!node->closing && condition_wait(&node->wake, &node->mutex, next_us))
			;
	}
	pthread_mutex_unlock(&node->mutex);
	return NULL;
}

static void node_free(struct node *node)
{
	pthread_cond_destroy(&node->wake);
	pthread_mutex_destroy(&node->mutex);
	free(node);
}

enum error_code node_open(const struct node_config *config, struct node **ret_node,
                          struct error *err)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	node->config = *config;
	snprintf(node->name, sizeof(node->name), "%s", config->name);
	node->started_us = clock_unix_us();
	pthread_mutex_init(&node->mutex, NULL);
	condition_init(&node->wake);
	errno = pthread_create(&node->thread, NULL, run, node);
	if (errno) {
		node_free(node);
		return error_errno(err, "start the node's thread");
	}
	*ret_node = node;
	return ERROR_OK;
}

void node_close(struct node *node)
{
	if (!node)
		return;
	pthread_mutex_lock(&node->mutex);
	node->closing = true;
	pthread_cond_signal(&node->wake);
	pthread_mutex_unlock(&node->mutex);
	pthread_join(node->thread, NULL);
	node_free(node);
}

enum error_code node_read(struct db *db, struct node_list *ret_list, struct error *err)
{
	static const struct row_column columns[] = {
		ROW_COLUMN(struct node_row, kind, VIEW),
		ROW_COLUMN(struct node_row, name, VIEW),
		ROW_COLUMN(struct node_row, seen_s, NUMBER),
		ROW_COLUMN(struct node_row, started_at, NUMBER),
		ROW_COLUMN(struct node_row, counters, VIEW),
	};
	const struct tx_scope scope = {.door = TX_PUBLIC};
	const struct tx_statement statement = TX_QUERY(QUERY_NODE_LIST);
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct node_list list = {0};
	enum error_code code = tx_run(db, &scope, &statement, 1, &result, err);

	if (code == ERROR_OK)
		code = row_read_all(result, 0, columns, COUNT_OF(columns), sizeof(*list.rows),
		                    &list.rows, &list.n, err);
	if (code != ERROR_OK)
		return code;
	list.texts = TAKE(result);
	*ret_list = list;
	return ERROR_OK;
}

void node_list_clear(struct node_list *list)
{
	free(list->rows);
	tx_result_free(list->texts);
	*list = (struct node_list){0};
}
