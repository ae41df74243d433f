/* Counting from many threads at once, and the form of what is written. */
#include <pthread.h>
#include <string.h>

#include "domain/node.h"
#include "unit.h"
#include "web/metrics.h"

enum { THREADS = 8, EACH = 20000, ROUTES = 300 };

static struct route routes[ROUTES];
static struct metrics *metrics;

static void *count(void *arg)
{
	(void)arg;
	for (int i = 0; i < EACH; i++)
		metrics_count(metrics, &routes[i % ROUTES], 200 + 100 * (unsigned)(i % 4), i);
	return NULL;
}

static void test_threads(void **state)
{
	AUTO(text_clear) struct text out = {0};
	pthread_t threads[THREADS];

	(void)state;
	assert_int_equal(metrics_open(&metrics, NULL), ERROR_OK);
	for (int i = 0; i < ROUTES; i++)
		routes[i] = (struct route){.path = "/x", .tag = i % 2 ? "odd" : "even"};
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, count, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(metrics_requests(metrics), THREADS * EACH);
	metrics_write_requests(metrics, &out);
	assert_non_null(
		strstr(out.data, "centrex_http_request_seconds_count{group=\"odd\"} 80000\n"));
	assert_non_null(strstr(out.data, "centrex_http_request_seconds_bucket{group=\"even\","
	                                 "le=\"+Inf\"} 80000\n"));
	metrics_close(metrics);
}

static void test_odd_values(void **state)
{
	const struct route stream = {.path = "/s", .tag = "s", .flags = ROUTE_STREAM};
	const struct route odd = {.path = "/\"\\\n", .tag = "t"};
	AUTO(text_clear) struct text out = {0};

	(void)state;
	assert_int_equal(metrics_open(&metrics, NULL), ERROR_OK);
	metrics_count(metrics, NULL, 0, -5);
	metrics_count(metrics, NULL, 999, INT64_MAX);
	metrics_count(metrics, &stream, 200, 3600 * INT64_C(1000000));
	metrics_count(metrics, &odd, 404, 1000);
	metrics_write_requests(metrics, &out);
	assert_non_null(strstr(out.data, "{method=\"\",route=\"\",status=\"0xx\"} 2\n"));
	assert_non_null(strstr(out.data, "route=\"/\\\"\\\\\\n\",status=\"4xx\"} 1\n"));
	assert_non_null(strstr(out.data, "_count{group=\"s\"} 0\n"));
	assert_non_null(strstr(out.data, "_bucket{group=\"t\",le=\"0.001\"} 1\n"));
	metrics_close(metrics);
}

/* Rows of public.nodes are believed no further than they make sense. */
static void test_nodes(void **state)
{
	struct node_row rows[] = {
		{"sip", "a\"b", 3,  1000, "{\"calls\":7,\"sip_requests\":9,\"other\":1}"},
		{"sip", "dead", 61, 1000, "{\"calls\":8}"                               },
		{"web", "c",    0,  1000, "{\"calls\":\"many\",\"streams\":[1]}"        },
		{"web", "d",    0,  1000, "nonsense"                                    },
	};
	const struct node_list nodes = {.n = COUNT_OF(rows), .rows = rows};
	AUTO(text_clear) struct text out = {0};

	(void)state;
	metrics_write_nodes(&nodes, &out);
	assert_non_null(strstr(out.data, "centrex_calls{kind=\"sip\",node=\"a\\\"b\"} 7\n"));
	assert_non_null(strstr(
		out.data, "centrex_sip_messages_total{node=\"a\\\"b\",what=\"requests\"} 9\n"));
	assert_non_null(
		strstr(out.data, "centrex_node_seen_seconds{kind=\"sip\",node=\"dead\"} 61\n"));
	assert_null(strstr(out.data, "centrex_calls{kind=\"sip\",node=\"dead\"}"));
	assert_null(strstr(out.data, "centrex_calls{kind=\"web\""));
	assert_null(strstr(out.data, "centrex_node_streams"));
	assert_null(strstr(out.data, "other"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_odd_values),
		cmocka_unit_test(test_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
