/* Counters of the process, written as Prometheus reads them. Any thread, no locks. */
#ifndef CENTREX_WEB_METRICS_H
#define CENTREX_WEB_METRICS_H

#include "web/request.h"

struct metrics;

MUST_CHECK enum error_code metrics_open(struct metrics **ret_metrics, struct error *err);
void metrics_close(struct metrics *metrics);

/* Once per request. route: NULL where none matched; lives as long as the metrics. A stream's
 * duration is not counted as a latency. */
void metrics_count(struct metrics *metrics, const struct route *route, unsigned status,
                   int64_t duration_us);
/* All requests so far. */
uint64_t metrics_requests(const struct metrics *metrics);

/* The process's own and, where the database answers, what all nodes told of themselves. Tenants are
 * in none of them. */
void metrics_write(const struct web *web, struct text *out);

/* ---- for the files that write ---- */

/* X(enum, Prometheus's word) */
enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

/* HELP and TYPE: before the samples of a name, once. */
void metric_head(struct text *out, const char *name, enum metric_type type, const char *help);
/* A name's only sample, with its head. */
void metric_one(struct text *out, const char *name, enum metric_type type, const char *help,
                double value);
/* A label's value, escaped, without quotes. */
void metric_label(struct text *out, const char *value);
/* A sample's value and the end of its line. */
void metric_value(struct text *out, double value);

void metrics_write_requests(const struct metrics *metrics, struct text *out);

/* metrics_nodes.c: the rows of public.nodes. */
struct node_list;
void metrics_write_nodes(const struct node_list *nodes, struct text *out);

#endif
