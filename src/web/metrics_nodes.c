/* What the processes of the installation tell of themselves (domain/node.h), by node. */
#include <string.h>

#include "domain/node.h"
#include "web/metrics.h"

enum { DEAD_S = 60 };

/* clang-format off */
/* The counters of a row that are shown, under these names. */
static const struct {
	const char *key, *name;
	enum metric_type type;
	const char *help;
} rows[] = {
	{"calls", "centrex_calls", METRIC_GAUGE, "Calls that ring or talk."},
	{"calls_shown", "centrex_calls_shown", METRIC_GAUGE, "Calls that the API lists."},
	{"live_steps_written", "centrex_call_steps_written_total", METRIC_COUNTER,
	 "Steps of calls written for those who watch."},
	{"live_steps_dropped", "centrex_call_steps_dropped_total", METRIC_COUNTER,
	 "Steps of calls of which only the outcome was written, the database being away."},
	{"registrations", "centrex_registrations", METRIC_GAUGE, "Phones registered."},
	{"registered_extensions", "centrex_registered_extensions", METRIC_GAUGE,
	 "Extensions with a phone registered."},
	{"registrations_unwritten", "centrex_registrations_unwritten", METRIC_GAUGE,
	 "Registrations not yet in the database."},
	{"cdrs_begun", "centrex_cdrs_begun_total", METRIC_COUNTER, "Calls begun."},
	{"cdrs_ended", "centrex_cdrs_seen_total", METRIC_COUNTER,
	 "Call records seen: calls ended."},
	{"cdrs_stored", "centrex_cdrs_stored_total", METRIC_COUNTER,
	 "Call records stored in the database."},
	{"cdrs_waiting", "centrex_cdrs_waiting", METRIC_GAUGE,
	 "Call records in the spool that the database does not have yet."},
	{"cdrs_rejected", "centrex_cdrs_rejected_total", METRIC_COUNTER,
	 "Call records that the database refused."},
	{"cdrs_dropped", "centrex_cdrs_dropped_total", METRIC_COUNTER,
	 "Steps of calls lost: the disk took none until the memory was full."},
	{"recordings", "centrex_recordings", METRIC_GAUGE, "Calls being recorded."},
	{"recordings_written", "centrex_recordings_written_total", METRIC_COUNTER,
	 "Recordings written whole."},
	{"recordings_failed", "centrex_recordings_failed_total", METRIC_COUNTER,
	 "Recordings of which something, or all, is missing."},
	{"recording_packets_lost", "centrex_recording_packets_lost_total", METRIC_COUNTER,
	 "Packets that were not recorded, the disk or the machine being too slow."},
	{"recording_failing", "centrex_recording_failing", METRIC_GAUGE,
	 "1: the last recording could not be written whole."},
	{"queue_tenants", "centrex_queue_tenants", METRIC_GAUGE,
	 "Tenants whose queues are in memory."},
	{"queue_callers_waiting", "centrex_queue_callers_waiting", METRIC_GAUGE,
	 "Callers that wait in queues."},
	{"queue_callers_connected", "centrex_queue_callers_connected", METRIC_GAUGE,
	 "Callers of queues that talk with an agent."},
	{"queue_callers", "centrex_queue_callers_total", METRIC_COUNTER,
	 "Callers that came into a queue."},
	{"queue_answered", "centrex_queue_answered_total", METRIC_COUNTER,
	 "Callers that an agent answered."},
	{"queue_abandoned", "centrex_queue_abandoned_total", METRIC_COUNTER,
	 "Callers that gave up waiting."},
	{"queue_overflowed", "centrex_queue_overflowed_total", METRIC_COUNTER,
	 "Callers that a queue sent on."},
	{"queue_offers", "centrex_queue_offers_total", METRIC_COUNTER,
	 "Offers of a call to an agent."},
	{"queue_decisions_written", "centrex_queue_decisions_written_total", METRIC_COUNTER,
	 "Decisions of queues written."},
	{"queue_decisions_dropped", "centrex_queue_decisions_dropped_total", METRIC_COUNTER,
	 "Decisions of queues lost, the database being away."},
	{"agents_written", "centrex_agents_written_total", METRIC_COUNTER,
	 "Changes of agents written."},
	{"agents_dropped", "centrex_agents_dropped_total", METRIC_COUNTER,
	 "Changes of agents lost."},
	{"agents_unwritten", "centrex_agents_unwritten", METRIC_GAUGE,
	 "Agents whose change is not in the database yet."},
	{"sounds", "centrex_sounds", METRIC_GAUGE,
	 "Music, announcements and tones in memory, one for each codec."},
	{"sound_bytes", "centrex_sound_bytes", METRIC_GAUGE, "What they take up."},
	{"sounds_encoded", "centrex_sounds_encoded_total", METRIC_COUNTER,
	 "Encoded since the start."},
	{"sounds_failed", "centrex_sounds_failed_total", METRIC_COUNTER,
	 "That could not be: the file is not there, or memory was full."},
	{"snapshots", "centrex_node_snapshots", METRIC_GAUGE, "Tenants in the node's memory."},
	{"memory_bytes", "centrex_node_memory_bytes", METRIC_GAUGE, "Resident memory."},
	{"http_requests", "centrex_node_http_requests_total", METRIC_COUNTER, "Requests answered."},
	{"streams", "centrex_node_streams", METRIC_GAUGE, "Event streams open."},
};
/* clang-format on */

static void labels(const struct node_row *node, struct text *out)
{
	text_add(out, "{kind=\"");
	metric_label(out, node->kind);
	text_add(out, "\",node=\"");
	metric_label(out, node->name);
	text_add(out, "\"}");
}

static void write_row(const struct node_list *nodes, json_t *const *counters, size_t row,
                      struct text *out)
{
	bool headed = false;

	for (size_t i = 0; i < nodes->n; i++) {
		const json_t *value = json_object_get(counters[i], rows[row].key);

		/* A node that is no more counts nothing. */
		if (!json_is_number(value) || nodes->rows[i].seen_s > DEAD_S)
			continue;
		if (!headed)
			metric_head(out, rows[row].name, rows[row].type, rows[row].help);
		headed = true;
		text_add(out, rows[row].name);
		labels(&nodes->rows[i], out);
		metric_value(out, json_number_value(value));
	}
}

/* sip_requests, sip_malformed, ...: one name with a label. */
static void write_messages(const struct node_list *nodes, json_t *const *counters, struct text *out)
{
	static const char prefix[] = "sip_";
	bool headed = false;

	for (size_t i = 0; i < nodes->n; i++) {
		const char *key;
		json_t *value;

		if (nodes->rows[i].seen_s > DEAD_S)
			continue;
		json_object_foreach(counters[i], key, value)
		{
			if (strncmp(key, prefix, sizeof(prefix) - 1) != 0 || !json_is_number(value))
				continue;
			if (!headed)
				metric_head(out, "centrex_sip_messages_total", METRIC_COUNTER,
				            "SIP messages, by what became of them.");
			headed = true;
			text_add(out, "centrex_sip_messages_total{node=\"");
			metric_label(out, nodes->rows[i].name);
			text_add(out, "\",what=\"");
			metric_label(out, key + sizeof(prefix) - 1);
			text_add(out, "\"}");
			metric_value(out, json_number_value(value));
		}
	}
}

static void write_times(const struct node_list *nodes, struct text *out)
{
	if (!nodes->n)
		return;
	metric_head(out, "centrex_node_seen_seconds", METRIC_GAUGE,
	            "Seconds since the node told of itself, which it does every ten.");
	for (size_t i = 0; i < nodes->n; i++) {
		text_add(out, "centrex_node_seen_seconds");
		labels(&nodes->rows[i], out);
		metric_value(out, (double)nodes->rows[i].seen_s);
	}
	metric_head(out, "centrex_node_start_time_seconds", METRIC_GAUGE,
	            "When the node started, unix time.");
	for (size_t i = 0; i < nodes->n; i++) {
		text_add(out, "centrex_node_start_time_seconds");
		labels(&nodes->rows[i], out);
		metric_value(out, (double)nodes->rows[i].started_at);
	}
}

void metrics_write_nodes(const struct node_list *nodes, struct text *out)
{
	json_t **counters = calloc(nodes->n + 1, sizeof(*counters));

	if (!counters) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < nodes->n; i++)
		counters[i] = json_loads(nodes->rows[i].counters, 0, NULL);
	write_times(nodes, out);
	for (size_t row = 0; row < COUNT_OF(rows); row++)
		write_row(nodes, counters, row, out);
	write_messages(nodes, counters, out);
	for (size_t i = 0; i < nodes->n; i++)
		json_decref(counters[i]);
	free(counters);
}
