#include "base/clock.h"
#include "base/log.h"
#include "sip/queues.h"
#include "sip/registrar_internal.h"
#include "sip/work.h"

enum {
	BATCH_ROWS = 1000,
	BATCHES_MAX = 2, /* at once: the other workers are for phones that wait */
	WRITE_MS = 500,
	RETRY_MS = 5000, /* after a failure */
	SWEEP_EVERY_S = 60,
	TICKS_A_SECOND = 4,
	SWEEP_LEAST = 16,
};

/* What is offered to whom depends on it. */
static void on_reach(const struct uuid *tenant, const struct uuid *extension, bool registered,
                     void *arg)
{
	const struct registrar *registrar = arg;

	queues_phones(registrar->engine->queues, tenant, extension, registered);
}

enum error_code registrar_open(struct engine *engine, struct registrar **ret_registrar,
                               struct error *err)
{
	struct registrar *registrar = calloc(1, sizeof(*registrar));

	if (!registrar)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	registrar->engine = engine;
	/* The name a restart finds its rows by. */
	registrar->node = engine->node;
	enum error_code code = bindings_open(clock_unix_us() / 1000000, &registrar->bindings, err);

	if (code != ERROR_OK) {
		free(registrar);
		return code;
	}
	bindings_on_reach(registrar->bindings, on_reach, registrar);
	bindings_count_in(registrar->bindings, engine->tenants);
	*ret_registrar = registrar;
	return ERROR_OK;
}

void registrar_close(struct registrar *registrar)
{
	if (!registrar)
		return;
	bindings_close(registrar->bindings);
	free(registrar);
}

const char *registrar_date(struct registrar *registrar, int64_t now_s)
{
	time_t now = (time_t)now_s;
	struct tm utc;

	if (now_s != registrar->date_s && gmtime_r(&now, &utc)) {
		registrar->date_s = now_s;
		(void)strftime(registrar->date, sizeof(registrar->date),
		               "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
	}
	return registrar->date;
}

struct write {
	struct registrar *registrar;
	struct db *db;
	struct bindings_batch batch;
	const char *node;
	enum error_code code;
	struct error err;
};

static void run_write(void *arg)
{
	struct write *write = arg;

	write->code = registration_write(write->db, &write->batch.tenant, write->node,
	                                 write->batch.rows, write->batch.n, &write->err);
}

static void done_write(void *arg, bool ran)
{
	struct write *write = arg;
	struct registrar *registrar = write->registrar;
	/* A tenant that is no more takes no rows, and there is nothing to try again. */
	bool ok = ran && (write->code == ERROR_OK || write->code == ERROR_NOT_FOUND);

	registrar->writing--;
	bindings_written(registrar->bindings, &write->batch, ok);
	if (ran && !ok) {
		if (!registrar->write_failed)
			log_error("sip", "registrations not stored, memory goes on", &write->err);
		registrar->next_write_ms = clock_monotonic_us() / 1000 + RETRY_MS;
	}
	registrar->write_failed = ran && !ok;
	bindings_batch_clear(&write->batch);
	free(write);
}

/* False: nothing to write, or no room to. */
static bool write_batch(struct registrar *registrar)
{
	struct write *write = calloc(1, sizeof(*write));

	if (!write)
		return false;
	*write = (struct write){
		.registrar = registrar, .db = registrar->engine->db, .node = registrar->node};
	if (bindings_next_batch(registrar->bindings, BATCH_ROWS, &write->batch) != ERROR_OK ||
	    write->batch.n == 0) {
		bindings_batch_clear(&write->batch);
		free(write);
		return false;
	}
	struct work_job job = {.run = run_write, .done = done_write, .arg = write};

	registrar->writing++;
	if (work_submit(registrar->engine->work, &job) == ERROR_OK)
		return true;
	done_write(write, false);
	return false;
}

void registrar_flush(struct registrar *registrar)
{
	struct write write = {.db = registrar->engine->db, .node = registrar->node};

	while (bindings_next_batch(registrar->bindings, BATCH_ROWS, &write.batch) == ERROR_OK &&
	       write.batch.n > 0) {
		run_write(&write);
		bindings_written(registrar->bindings, &write.batch, true);
		bindings_batch_clear(&write.batch);
		if (write.code != ERROR_OK)
			return;
	}
	bindings_batch_clear(&write.batch);
}

/* The sweep: an extension that is gone, or has other credentials now, loses its bindings. */
static bool keep(const struct bindings_key *key, void *arg)
{
	struct directory *directory = arg;
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	const struct extension *extension;

	if (directory_peek_tenant(directory, &key->tenant, &snapshot) != DIRECTORY_HIT)
		return true;
	extension = snapshot_by_auth_username(snapshot, &key->auth_username);
	return extension && uuid_equal(&extension->id, &key->extension);
}

static void on_gone(const struct uuid *tenant, const struct uuid *extension, const char *uri,
                    void *arg)
{
	char tenant_text[UUID_TEXT_MAX], extension_text[UUID_TEXT_MAX];

	(void)arg;
	log_event(LOG_INFO, "sip", "registration expired",
	          LOG_TEXT("tenant_id", uuid_format(tenant, tenant_text)),
	          LOG_TEXT("extension_id", uuid_format(extension, extension_text)),
	          LOG_TEXT("contact", uri));
}

void registrar_tick(struct registrar *registrar, int64_t now_s)
{
	int64_t now_ms = clock_monotonic_us() / 1000;
	struct registrar_figures figures;

	bindings_tick(registrar->bindings, now_s, on_gone, NULL);
	bindings_figures(registrar->bindings, &figures);
	if (figures.extensions > 0)
		bindings_sweep(registrar->bindings,
		               figures.extensions / (SWEEP_EVERY_S * TICKS_A_SECOND) + SWEEP_LEAST,
		               keep, registrar->engine->directory);
	if (now_ms < registrar->next_write_ms)
		return;
	registrar->next_write_ms = now_ms + WRITE_MS;
	while (registrar->writing < BATCHES_MAX && write_batch(registrar))
		;
	/* More than fits into one batch: go on with the next tick. */
	if (registrar->writing >= BATCHES_MAX)
		registrar->next_write_ms = now_ms;
}

void registrar_figures(const struct registrar *registrar, struct registrar_figures *ret_figures)
{
	bindings_figures(registrar->bindings, ret_figures);
}

bool registrar_restored(const struct registrar *registrar, const struct uuid *tenant)
{
	return bindings_restored(registrar->bindings, tenant);
}

const char *registrar_node(const struct registrar *registrar)
{
	return registrar->node;
}

static enum sip_transp transport_of(const char *name)
{
	if (strcmp(name, "tcp") == 0)
		return SIP_TRANSP_TCP;
	return strcmp(name, "tls") == 0 ? SIP_TRANSP_TLS : SIP_TRANSP_UDP;
}

/* A row as a binding. A connection of before the start is gone: such a phone is found again only
 * at the address it gave, and where that is behind a NAT, when it registers anew. */
static void restore_row(struct registrar *registrar, const struct uuid *tenant,
                        const struct registration *row)
{
	struct bindings_key key = {.tenant = *tenant,
	                           .extension = row->extension,
	                           .auth_username = row->auth_username};
	struct bindings_contact contact = {
		.cseq = row->cseq,
		.q = 1000,
		.transport = transport_of(row->transport),
		.registered_at = row->registered_at,
		.expires_at = row->expires_at,
	};
	struct contact *binding;
	bool is_new;

	pl_set_str(&contact.uri, row->contact);
	pl_set_str(&contact.call_id, row->call_id);
	pl_set_str(&contact.user_agent, row->user_agent);
	if (contact.uri.l >= REGISTRAR_URI_MAX ||
	    sa_set_str(&contact.received, row->received_address, (uint16_t)row->received_port) != 0)
		return;
	contact.target = contact.received;
	if (contact.transport != SIP_TRANSP_UDP &&
	    !bindings_reachable_at(row->contact, &contact.received, &contact.target))
		return;
	if (bindings_put(registrar->bindings, &key, &contact, &binding, &is_new) == ERROR_OK &&
	    binding)
		bindings_set_stored(binding);
}

void registrar_restore(struct registrar *registrar, const struct uuid *tenant,
                       const struct registration_list *list)
{
	if (!list || bindings_restored(registrar->bindings, tenant))
		return;
	for (size_t i = 0; i < list->n; i++)
		restore_row(registrar, tenant, &list->rows[i]);
	bindings_set_restored(registrar->bindings, tenant);
}
