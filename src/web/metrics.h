/* Counters of the process, written as Prometheus reads them. Any thread, no locks. */
#ifndef CENTREX_WEB_METRICS_H
#define CENTREX_WEB_METRICS_H

#include "web/request.h"

struct metrics;

MUST_CHECK enum error_code metrics_open(struct metrics **ret_metrics, struct error *err);
void metrics_close(struct metrics *metrics);

/* Once per request. route: NULL where none matched. */
void metrics_count(struct metrics *metrics, const struct route *route, unsigned status,
                   int64_t duration_us);
void metrics_write(const struct web *web, struct text *out);

#endif
