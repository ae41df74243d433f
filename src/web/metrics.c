#include "web/metrics.h"

#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

enum { SLOTS = 1024, CLASSES = 6 };

/* Upper bounds in seconds; the last is +Inf. */
static const double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                0.1,   0.25,   0.5,   1,    2.5,   10};

enum { BUCKETS = COUNT_OF(bounds) + 1 };

/* One route; written by any thread, each number by itself. */
struct slot {
	_Atomic(const struct route *) route;
	_Atomic uint64_t classes[CLASSES]; /* by the first digit of the status */
	_Atomic uint64_t buckets[BUCKETS], us;
};

struct metrics {
	struct slot none; /* no route matched */
	struct slot slots[SLOTS];
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

/* Open addressing; a slot once taken stays its route's. There are far fewer routes than slots. */
static struct slot *slot_of(struct metrics *metrics, const struct route *route)
{
	size_t at = ((uintptr_t)route >> 4) * 2654435761U % SLOTS;

	if (!route)
		return &metrics->none;
	for (size_t i = 0; i < SLOTS; i++) {
		struct slot *slot = &metrics->slots[(at + i) % SLOTS];
		const struct route *there = NULL;

		if (atomic_load_explicit(&slot->route, memory_order_relaxed) == route ||
		    atomic_compare_exchange_strong(&slot->route, &there, route) || there == route)
			return slot;
	}
	return &metrics->none;
}

static void add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_count(struct metrics *metrics, const struct route *route, unsigned status,
                   int64_t duration_us)
{
	struct slot *slot = slot_of(metrics, route);
	uint64_t us = duration_us > 0 ? (uint64_t)duration_us : 0;
	size_t bucket = 0;

	add(&slot->classes[status / 100 < CLASSES ? status / 100 : 0], 1);
	if (route && route->flags & ROUTE_STREAM && status < 300)
		return;
	while (bucket < COUNT_OF(bounds) && (double)us > bounds[bucket] * 1e6)
		bucket++;
	add(&slot->buckets[bucket], 1);
	add(&slot->us, us);
}

static uint64_t slot_requests(const struct slot *slot)
{
	uint64_t sum = 0;

	for (size_t class = 0; class < CLASSES; class ++)
		sum += get(&slot->classes[class]);
	return sum;
}

uint64_t metrics_requests(const struct metrics *metrics)
{
	uint64_t sum = slot_requests(&metrics->none);

	for (size_t i = 0; i < SLOTS; i++)
		sum += slot_requests(&metrics->slots[i]);
	return sum;
}

/* ---- the form (Prometheus text 0.0.4) ---- */

void metric_head(struct text *out, const char *name, enum metric_type type, const char *help)
{
	static const char *const words[] = {
		[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_HISTOGRAM] = "histogram",
	};

	text_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, words[type]);
}

void metric_value(struct text *out, double value)
{
	text_addf(out, " %.17g\n", isfinite(value) ? value : 0);
}

void metric_one(struct text *out, const char *name, enum metric_type type, const char *help,
                double value)
{
	metric_head(out, name, type, help);
	text_add(out, name);
	metric_value(out, value);
}

void metric_label(struct text *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			text_add_char(out, '\\');
		if (*value == '\n')
			text_add(out, "\\n");
		else
			text_add_char(out, *value);
	}
}

/* ---- requests ---- */

static void write_classes(const struct slot *slot, const char *method, const char *path,
                          struct text *out)
{
	for (size_t class = 0; class < CLASSES; class ++) {
		uint64_t n = get(&slot->classes[class]);

		if (!n)
			continue;
		text_addf(out, "centrex_http_requests_total{method=\"%s\",route=\"", method);
		metric_label(out, path);
		text_addf(out, "\",status=\"%zuxx\"}", class);
		metric_value(out, (double)n);
	}
}

/* The tag's latencies over all its routes. */
static void sum_tag(const struct metrics *metrics, const char *tag, uint64_t buckets[BUCKETS],
                    uint64_t *ret_us)
{
	for (size_t i = 0; i < SLOTS; i++) {
		const struct slot *slot = &metrics->slots[i];
		const struct route *route = atomic_load(&slot->route);

		if (!route || strcmp(route->tag, tag) != 0)
			continue;
		for (size_t b = 0; b < BUCKETS; b++)
			buckets[b] += get(&slot->buckets[b]);
		*ret_us += get(&slot->us);
	}
}

static void write_tag(const struct metrics *metrics, const char *tag, struct text *out)
{
	static const char name[] = "centrex_http_request_seconds";
	uint64_t buckets[BUCKETS] = {0}, us = 0, sum = 0;

	sum_tag(metrics, tag, buckets, &us);
	for (size_t b = 0; b < BUCKETS; b++) {
		sum += buckets[b];
		text_addf(out, "%s_bucket{group=\"%s\",le=\"", name, tag);
		if (b < COUNT_OF(bounds))
			text_addf(out, "%g\"}", bounds[b]);
		else
			text_add(out, "+Inf\"}");
		metric_value(out, (double)sum);
	}
	text_addf(out, "%s_sum{group=\"%s\"}", name, tag);
	metric_value(out, (double)us / 1e6);
	text_addf(out, "%s_count{group=\"%s\"}", name, tag);
	metric_value(out, (double)sum);
}

/* True for the first of the slots that has this tag. */
static bool is_first(const struct metrics *metrics, size_t at, const char *tag)
{
	for (size_t i = 0; i < at; i++) {
		const struct route *route = atomic_load(&metrics->slots[i].route);

		if (route && strcmp(route->tag, tag) == 0)
			return false;
	}
	return true;
}

void metrics_write_requests(const struct metrics *metrics, struct text *out)
{
	metric_head(out, "centrex_http_requests_total", METRIC_COUNTER,
	            "Requests answered, by route and class of status.");
	for (size_t i = 0; i < SLOTS; i++) {
		const struct route *route = atomic_load(&metrics->slots[i].route);

		if (route)
			write_classes(&metrics->slots[i], web_method_name(route->method),
			              route->path, out);
	}
	write_classes(&metrics->none, "", "", out);
	metric_head(
		out, "centrex_http_request_seconds", METRIC_HISTOGRAM,
		"Seconds from a request's first byte to its answer's last, by group of routes.");
	for (size_t i = 0; i < SLOTS; i++) {
		const struct route *route = atomic_load(&metrics->slots[i].route);

		if (route && is_first(metrics, i, route->tag))
			write_tag(metrics, route->tag, out);
	}
}
