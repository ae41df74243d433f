#include "web/metrics.h"

struct metrics {
	char unused;
};

enum error_code metrics_open(struct metrics **ret_metrics, struct error *err)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));

	if (!metrics)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	*ret_metrics = metrics;
	return ERROR_OK;
}

void metrics_close(struct metrics *metrics)
{
	free(metrics);
}

void metrics_count(struct metrics *metrics, const struct route *route, unsigned status,
                   int64_t duration_us)
{
	(void)metrics;
	(void)route;
	(void)status;
	(void)duration_us;
}

void metrics_write(const struct web *web, struct text *out)
{
	(void)web;
	(void)out;
}
