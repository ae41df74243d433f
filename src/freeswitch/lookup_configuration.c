/*
 * Files that FreeSWITCH asks for, of which two are ours: callcenter.conf (mod_callcenter.c,
 * load_config and load_queue) and local_stream.conf (mod_local_stream.c, launch_streams). All
 * others are not found, and read from its disk.
 */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "domain/media.h"
#include "freeswitch/callcenter.h"
#include "freeswitch/lookup_private.h"

enum { SECTION, NAME, QUEUE, FIELDS };

/* Bytes of one stream, and of what ends the file: those that do not fit are played "default". */
enum { STREAM_MAX = 8192 };

static const char *const keys[FIELDS] = {
	[SECTION] = "section",
	[NAME] = "key_value",
	[QUEUE] = "CC-Queue",
};

/* What each queue is configured with, beside its strategy, its music and its settings. */
static const struct {
	const char *name, *value;
} queue_params[] = {
	{"time-base-score",          "system"},
	{"discard-abandoned-after",  "60"    },
	{"abandoned-resume-allowed", "false" },
};

/* What is being written. */
struct writing {
	const struct question *question;
	struct xml *xml;
	/* One queue, and its name as asked; NULL: it is not about one. */
	const struct snapshot *snapshot;
	const struct queue *queue;
	const char *name;
	void (*write)(struct writing *writing, const struct snapshot *snapshot,
	              const struct queue *queue, const char *name);
};

static void write_queue(struct writing *writing, const struct snapshot *snapshot,
                        const struct queue *queue, const char *name)
{
	char music[CALLCENTER_MUSIC_MAX], value[CALLCENTER_LIMIT_MAX];

	(void)snapshot;
	callcenter_music(queue, music);
	xml_begin(writing->xml, "queue");
	xml_attr(writing->xml, "name", name);
	document_pair(writing->xml, "param", "strategy", callcenter_strategy(queue->strategy));
	document_pair(writing->xml, "param", "moh-sound", music);
	for (size_t i = 0; i < COUNT_OF(queue_params); i++)
		document_pair(writing->xml, "param", queue_params[i].name, queue_params[i].value);
	for (size_t i = 0; i < CALLCENTER_LIMIT_COUNT; i++)
		document_pair(
			writing->xml, "param", callcenter_limits[i].parameter,
			callcenter_limit_value(&callcenter_limits[i], &queue->settings, value));
	xml_end(writing->xml);
}

/* Whether an earlier queue of the snapshot has had this agent. */
static bool was_written(const struct writing *writing, const struct snapshot *snapshot,
                        const struct queue *queue, const struct extension *agent)
{
	if (writing->queue)
		return false;
	for (const struct queue *before = snapshot->queues; before < queue; before++)
		for (size_t i = 0; i < before->n_members; i++)
			if (before->members[i].extension == agent)
				return true;
	return false;
}

/* Without `status`: it would overwrite what the agent set (mod_callcenter.c, load_agent). */
static void write_agents(struct writing *writing, const struct snapshot *snapshot,
                         const struct queue *queue, const char *name)
{
	(void)name;
	for (size_t i = 0; i < queue->n_members; i++) {
		const struct extension *agent = queue->members[i].extension;
		char contact[CALLCENTER_CONTACT_MAX], full[INERT_NAME_MAX];

		if (!inert_name(agent->number, snapshot->domain, full) ||
		    !callcenter_contact(snapshot, agent, writing->question->lookup->settings.ring_s,
		                        contact) ||
		    was_written(writing, snapshot, queue, agent))
			continue;
		xml_begin(writing->xml, "agent");
		xml_attr(writing->xml, "name", full);
		xml_attr(writing->xml, "type", "Callback");
		xml_attr(writing->xml, "contact", contact);
		for (size_t t = 0; t < CALLCENTER_TIMING_COUNT; t++)
			xml_attr_number(writing->xml, callcenter_timings[t].attribute,
			                callcenter_timings[t].value);
		xml_end(writing->xml);
	}
}

static void write_tiers(struct writing *writing, const struct snapshot *snapshot,
                        const struct queue *queue, const char *name)
{
	for (size_t i = 0; i < queue->n_members; i++) {
		const struct queue_member *member = &queue->members[i];
		char agent[INERT_NAME_MAX];

		if (!inert_name(member->extension->number, snapshot->domain, agent))
			continue;
		xml_begin(writing->xml, "tier");
		xml_attr(writing->xml, "queue", name);
		xml_attr(writing->xml, "agent", agent);
		xml_attr_number(writing->xml, "level", member->tier);
		xml_attr_number(writing->xml, "position", member->level);
		xml_end(writing->xml);
	}
}

static const struct {
	const char *element;
	void (*write)(struct writing *writing, const struct snapshot *snapshot,
	              const struct queue *queue, const char *name);
} parts[] = {
	{"queues", write_queue },
	{"agents", write_agents},
	{"tiers",  write_tiers },
};

/* One tenant's queues; where two have one name, the first. */
static void write_tenant(struct writing *writing, const struct snapshot *snapshot)
{
	char name[INERT_NAME_MAX];

	for (size_t i = 0; i < snapshot->n_queues; i++)
		if (inert_name(snapshot->queues[i].name, snapshot->domain, name) &&
		    snapshot_queue(snapshot, snapshot->queues[i].name) == &snapshot->queues[i])
			writing->write(writing, snapshot, &snapshot->queues[i], name);
}

/* Every tenant as it is at one moment, by domain. */
struct tenants {
	struct snapshot **all;
	size_t n, room;
	bool failed;
};

static void tenants_clear(struct tenants *tenants)
{
	for (size_t i = 0; i < tenants->n; i++)
		snapshot_unref(tenants->all[i]);
	free(tenants->all);
}

static bool add_tenant(struct snapshot *snapshot, void *arg)
{
	struct tenants *tenants = arg;

	if (tenants->n == tenants->room) {
		size_t room = tenants->room ? 2 * tenants->room : 64;
		struct snapshot **all = reallocarray(tenants->all, room, sizeof(*all));

		tenants->failed = !all;
		if (!all)
			return false;
		tenants->all = all;
		tenants->room = room;
	}
	tenants->all[tenants->n++] = snapshot_ref(snapshot);
	return true;
}

/* What is about all tenants is for a worker, and all have to be in memory: a process that has just
 * started waits for them a moment. */
static enum lookup_result all_tenants(const struct question *question, struct tenants *ret_tenants)
{
	enum { MOMENT_US = 3000000, STEP_US = 20000 };
	int64_t until = clock_monotonic_us() + MOMENT_US;
	struct directory_counts counts;

	if (!question->may_load)
		return LOOKUP_ASK;
	for (;;) {
		directory_counts(question->lookup->directory, &counts);
		if (counts.warm)
			break;
		if (clock_monotonic_us() >= until)
			return LOOKUP_UNAVAILABLE;
		usleep(STEP_US);
	}
	/* A file without those there was no memory for would take the tiers of their queues away.
	 */
	if (!directory_each(question->lookup->directory, add_tenant, ret_tenants) ||
	    ret_tenants->failed)
		return LOOKUP_UNAVAILABLE;
	return LOOKUP_FOUND;
}

static struct xml begin_file(const struct question *question, const char *name)
{
	struct xml xml = document_begin(question, "configuration");

	xml_begin(&xml, "configuration");
	xml_attr(&xml, "name", name);
	return xml;
}

/* Tiers that are gone would stay for ever, if the file did not begin anew; agents are kept, with
 * what they set. With neither in the file, both stay as they are. */
static void write_settings(struct xml *xml, bool complete)
{
	xml_begin(xml, "settings");
	document_pair(xml, "param", "truncate-agents-on-load", "false");
	document_pair(xml, "param", "truncate-tiers-on-load", complete ? "true" : "false");
	document_pair(xml, "param", "global-database-lock", "true");
	xml_end(xml);
}

/* Of these tenants, or of one queue, or with neither. */
static enum lookup_result write_callcenter(const struct writing *what,
                                           const struct tenants *tenants)
{
	struct xml xml = begin_file(what->question, "callcenter.conf");

	write_settings(&xml, tenants);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		struct writing writing = *what;

		writing.xml = &xml;
		writing.write = parts[i].write;
		xml_begin(&xml, parts[i].element);
		if (what->queue)
			writing.write(&writing, what->snapshot, what->queue, what->name);
		for (size_t t = 0; tenants && t < tenants->n; t++)
			if (xml.out->length <= LOOKUP_ANSWER_MAX)
				write_tenant(&writing, tenants->all[t]);
		xml_end(&xml);
	}
	return document_end(&xml);
}

/* mod_callcenter asks for a queue under its global lock. Unknown: a file without it, on which it
 * says "queue not found"; with no file it would read its own. */
static enum lookup_result answer_queue(const struct question *question, const char *full)
{
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	char name[INERT_NAME_MAX], domain[DOMAIN_MAX];
	const struct queue *queue = NULL;
	enum lookup_result result;

	if (inert_split(full, name, domain)) {
		result = question_domain(question, domain, &snapshot);
		if (result == LOOKUP_ASK || result == LOOKUP_UNAVAILABLE)
			return result;
		if (snapshot && inert(snapshot->domain))
			queue = snapshot_queue(snapshot, name);
	}
	return write_callcenter(
		&(struct writing){
			.question = question, .snapshot = snapshot, .queue = queue, .name = full},
		NULL);
}

static enum lookup_result answer_callcenter(const struct question *question,
                                            const struct form_field *fields)
{
	AUTO(tenants_clear) struct tenants tenants = {0};
	const struct writing writing = {.question = question};
	size_t before = question->out->length;
	enum lookup_result result;

	if (fields[QUEUE].given)
		return answer_queue(question, fields[QUEUE].value);
	if (question->lookup->settings.event_socket)
		return write_callcenter(&writing, NULL);
	result = all_tenants(question, &tenants);
	if (result == LOOKUP_FOUND)
		result = write_callcenter(&writing, &tenants);
	if (result != LOOKUP_FOUND || question->out->length - before <= LOOKUP_ANSWER_MAX)
		return result;
	/* More than FreeSWITCH takes: it asks for each queue as calls come. */
	text_cut(question->out, before);
	return write_callcenter(&writing, NULL);
}

static void write_stream(struct xml *xml, const char *name, const char *path)
{
	static const struct {
		const char *name, *value;
	} params[] = {
		{"rate",       "8000" },
                {"channels",   "1"    },
                {"interval",   "20"   },
		{"timer-name", "soft" },
                {"shuffle",    "false"},
	};

	xml_begin(xml, "directory");
	xml_attr(xml, "name", name);
	xml_attr(xml, "path", path);
	for (size_t i = 0; i < COUNT_OF(params); i++)
		document_pair(xml, "param", params[i].name, params[i].value);
	xml_end(xml);
}

static void write_streams(const struct question *question, struct xml *xml,
                          const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_sounds; i++) {
		AUTO(text_clear) struct text path = {0};
		char id[UUID_TEXT_MAX];

		if (!callcenter_is_stream(&snapshot->sounds[i]) ||
		    xml->out->length > LOOKUP_ANSWER_MAX - STREAM_MAX)
			continue;
		document_media(question, &snapshot->sounds[i], MEDIA_STREAM, &path);
		write_stream(xml, uuid_format(&snapshot->sounds[i].id, id), text_string(&path));
		xml->out->failed |= path.failed;
	}
}

/* mod_local_stream does not load without any stream, and plays "default" for one it does not have.
 * That one is in FreeSWITCH's own directory, by its own variable: `centrex freeswitch config` puts
 * something to hear there, and an operator his music. */
static enum lookup_result answer_local_stream(const struct question *question,
                                              const struct form_field *fields)
{
	AUTO(tenants_clear) struct tenants tenants = {0};
	enum lookup_result result = all_tenants(question, &tenants);
	struct xml xml;

	(void)fields;
	if (result != LOOKUP_FOUND)
		return result;
	xml = begin_file(question, "local_stream.conf");
	write_stream(&xml, "default", "$${conf_dir}/streams/default");
	for (size_t i = 0; i < tenants.n; i++)
		write_streams(question, &xml, tenants.all[i]);
	return document_end(&xml);
}

static const struct {
	const char *name;
	enum lookup_result (*answer)(const struct question *question,
	                             const struct form_field *fields);
} files[] = {
	{"callcenter.conf",   answer_callcenter  },
	{"local_stream.conf", answer_local_stream},
};

enum lookup_result lookup_configuration(const struct question *question)
{
	struct form_field fields[FIELDS];

	if (!question_read(question, keys, FIELDS, fields))
		return LOOKUP_NOT_FOUND;
	for (size_t i = 0; i < COUNT_OF(files); i++)
		if (!strcmp(fields[NAME].value, files[i].name))
			return files[i].answer(question, fields);
	return LOOKUP_NOT_FOUND;
}
