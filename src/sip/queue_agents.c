/* What agents want (their table), whether they can be reached, and what they do meanwhile. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "domain/agent_writer.h"
#include "sip/queues_private.h"
#include "sip/registrar.h"
#include "sip/work.h"

enum {
	READS_MOST = 4,  /* at once: the other workers are for phones that wait */
	LIST_WAIT_S = 5, /* callers are held for so long until the agents are known */
};

static const enum queue_agent_status statuses[AGENT_STATUS_COUNT] = {
	[AGENT_AVAILABLE] = QUEUE_AGENT_AVAILABLE,
	[AGENT_ON_BREAK] = QUEUE_AGENT_ON_BREAK,
	[AGENT_LOGGED_OUT] = QUEUE_AGENT_LOGGED_OUT,
};

static const enum agent_state states[] = {
	[QUEUE_STATE_WAITING] = AGENT_WAITING,
	[QUEUE_STATE_RINGING] = AGENT_RINGING,
	[QUEUE_STATE_TALKING] = AGENT_TALKING,
	[QUEUE_STATE_WRAP_UP] = AGENT_WRAP_UP,
};

/* ---- reading ---- */

struct read {
	struct queues *queues;
	struct db *db;
	struct uuid tenant;
	uint64_t sets; /* the tenant's, when the job was given */
	struct agent *agents;
	size_t n;
	enum error_code code;
	struct error err;
};

static void run_read(void *arg)
{
	struct read *read = arg;

	read->code = agent_list(read->db, &read->tenant, &read->agents, &read->n, &read->err);
}

/* True: what was read is older than what the engine itself has said since. */
static bool apply_row(struct queue_tenant *tenant, const struct agent *row, uint64_t sets)
{
	struct queue_agent *agent = queue_tenant_agent(tenant, &row->extension);

	if (!agent)
		return false;
	if (agent->set > sets)
		return true;
	agent->status = row->status;
	queue_agent_status(tenant->machine, &agent->id, statuses[agent->status],
	                   clock_monotonic_us());
	if (row->ready && row->status == AGENT_AVAILABLE)
		queue_agent_ready(tenant->machine, &agent->id, clock_monotonic_us());
	return false;
}

static void list_done(struct queue_tenant *tenant)
{
	if (tenant->listed)
		return;
	tenant->listed = true;
	queue_calls_release(tenant);
}

static void wait_to_read(struct queue_tenant *tenant)
{
	if (!tenant->unread.list)
		list_append(&tenant->queues->unread, &tenant->unread, tenant);
}

static void apply(struct queue_tenant *tenant, const struct read *read)
{
	bool older = false;

	for (size_t i = 0; i < read->n; i++)
		older |= apply_row(tenant, &read->agents[i], read->sets);
	if (older)
		wait_to_read(tenant);
	list_done(tenant);
	queues_wake(tenant);
}

static void done_read(void *arg, bool ran)
{
	struct read *read = arg;
	struct queues *queues = read->queues;
	struct queue_tenant *tenant = queues_find(queues, &read->tenant);
	const bool failed = ran && read->code && read->code != ERROR_NOT_FOUND;

	queues->reading--;
	if (failed != queues->read_failed && ran) {
		if (failed)
			log_error("queue", "agents cannot be read, what is known of them holds",
			          &read->err);
		queues->read_failed = failed;
	}
	if (tenant) {
		tenant->reading = false;
		if (ran && !read->code)
			apply(tenant, read);
		if (failed)
			wait_to_read(tenant);
		else if (tenant->read_again)
			queue_agents_read(tenant);
		queues_wake(tenant);
	}
	free(read->agents);
	free(read);
}

/* What the engine has said of an agent and is not written yet counts more than what is read. */
static void keep_unwritten(struct queue_tenant *tenant)
{
	for (size_t i = 0; i < tenant->n_agents; i++) {
		struct queue_agent *agent = &tenant->agents[i];

		if (agent->set &&
		    agent_writer_waits(tenant->queues->engine->agents, &tenant->id, &agent->id))
			agent->set = ++tenant->sets;
	}
}

static bool begin_read(struct queue_tenant *tenant)
{
	struct queues *queues = tenant->queues;
	struct read *read = calloc(1, sizeof(*read));
	const struct work_job job = {.run = run_read, .done = done_read, .arg = read};

	if (!read)
		return false;
	*read = (struct read){.queues = queues,
	                      .db = queues->engine->db,
	                      .tenant = tenant->id,
	                      .sets = tenant->sets};
	if (work_submit(queues->engine->work, &job)) {
		free(read);
		return false;
	}
	keep_unwritten(tenant);
	tenant->reading = true;
	tenant->read_again = false;
	queues->reading++;
	return true;
}

void queue_agents_read(struct queue_tenant *tenant)
{
	if (!tenant->list_until_us)
		tenant->list_until_us = clock_monotonic_us() + LIST_WAIT_S * INT64_C(1000000);
	if (tenant->reading) {
		tenant->read_again = true;
		return;
	}
	if (tenant->queues->reading >= READS_MOST || !begin_read(tenant))
		wait_to_read(tenant);
}

void queue_agents_read_next(struct queues *queues)
{
	const int64_t now_us = clock_monotonic_us();
	struct le *le = list_head(&queues->unread);

	while (le) {
		struct queue_tenant *tenant = le->data;

		le = le->next;
		if (queues->reading < READS_MOST) {
			list_unlink(&tenant->unread);
			queue_agents_read(tenant);
		}
		if (now_us >= tenant->list_until_us)
			list_done(tenant);
	}
}

/* ---- what they want ---- */

bool queue_agent_set(struct queue_tenant *tenant, const struct uuid *id, enum agent_status status,
                     const char *reason)
{
	struct queue_agent *agent = queue_tenant_agent(tenant, id);

	if (!agent)
		return false;
	agent->status = status;
	agent->set = ++tenant->sets;
	agent_writer_status(tenant->queues->engine->agents, &tenant->id, id, status, reason);
	queue_agent_status(tenant->machine, id, statuses[status], clock_monotonic_us());
	/* He says so himself: that ends his wrap-up also when he was available all the time. */
	if (status == AGENT_AVAILABLE)
		queue_agent_ready(tenant->machine, id, clock_monotonic_us());
	queues_wake(tenant);
	return true;
}

void queue_agent_shown(struct queue_tenant *tenant, const struct queue_command *command)
{
	const int64_t to_unix_us = clock_unix_us() - clock_monotonic_us();
	const struct agent_doing doing = {
		.state = states[command->state],
		.queue = &command->queue,
		.call = &command->call,
		.wrap_up_until_us = command->until_us ? command->until_us + to_unix_us : 0,
		.missed = command->missed,
	};

	agent_writer_state(tenant->queues->engine->agents, &tenant->id, &command->agent, &doing);
}

/* ---- calls of their own ---- */

struct queue_line {
	struct le le;          /* of queues->lines */
	struct queues *queues; /* NULL: they are closed */
	struct uuid tenant, extension;
};

static void tell_line(struct queues *queues, const struct queue_line *line, bool in_call)
{
	struct queue_tenant *tenant = queues_find(queues, &line->tenant);

	if (!tenant)
		return;
	queue_agent_in_call(tenant->machine, &line->extension, in_call, clock_monotonic_us());
	queues_wake(tenant);
}

static void line_destructor(void *arg)
{
	struct queue_line *line = arg;

	hash_unlink(&line->le);
	if (line->queues)
		tell_line(line->queues, line, false);
}

static struct queue_line *find_line(const struct queues *queues, const struct uuid *tenant,
                                    const struct uuid *extension)
{
	struct le *le = list_head(hash_list(queues->lines, queue_key_of(extension)));

	for (; le; le = le->next) {
		struct queue_line *line = le->data;

		if (uuid_equal(&line->extension, extension) && uuid_equal(&line->tenant, tenant))
			return line;
	}
	return NULL;
}

static struct queue_line *take_line(struct queues *queues, const struct uuid *tenant,
                                    const struct uuid *extension)
{
	struct queue_line *line;

	if (!queues || queues->closing)
		return NULL;
	line = find_line(queues, tenant, extension);
	if (line)
		return mem_ref(line);
	line = mem_zalloc(sizeof(*line), line_destructor);
	if (!line)
		return NULL;
	line->queues = queues;
	line->tenant = *tenant;
	line->extension = *extension;
	hash_append(queues->lines, queue_key_of(extension), &line->le, line);
	tell_line(queues, line, true);
	return line;
}

void queues_busy(const struct call *call, struct leg *leg)
{
	const struct extension *extension = snapshot_extension(call->snapshot, leg->number);

	if (extension && !leg->line)
		leg->line = take_line(call->calls->engine->queues, &call->snapshot->tenant,
		                      &extension->id);
}

static bool close_line(struct le *le, void *arg)
{
	struct queue_line *line = le->data;

	(void)arg;
	line->queues = NULL;
	hash_unlink(&line->le);
	return false;
}

void queue_lines_clear(struct queues *queues)
{
	(void)hash_apply(queues->lines, close_line, NULL);
}

/* ---- their phones ---- */

void queues_phones(struct queues *queues, const struct uuid *tenant_id,
                   const struct uuid *extension, bool registered)
{
	struct queue_tenant *tenant = queues_find(queues, tenant_id);

	if (!tenant)
		return;
	queue_agent_phones(tenant->machine, extension, registered, clock_monotonic_us());
	queues_wake(tenant);
}

void queue_agent_tell(struct queue_tenant *tenant, const struct queue_agent *agent)
{
	struct queues *queues = tenant->queues;
	struct registrar_phones phones = {.registrar = queues->engine->registrar,
	                                  .tenant = &tenant->id};
	const bool registered = registrar_phones(agent->extension, &phones) > 0;
	const int64_t now_us = clock_monotonic_us();

	queue_agent_status(tenant->machine, &agent->id, statuses[agent->status], now_us);
	queue_agent_phones(tenant->machine, &agent->id, registered, now_us);
	queue_agent_in_call(tenant->machine, &agent->id,
	                    find_line(queues, &tenant->id, &agent->id) != NULL, now_us);
}
