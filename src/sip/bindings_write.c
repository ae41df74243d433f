#include "base/text.h"
#include "sip/bindings_internal.h"

bool bindings_restored(const struct bindings *bindings, const struct uuid *tenant)
{
	const struct tenant_rows *rows = tenant_rows_find(bindings, tenant);

	return rows && rows->restored;
}

void bindings_set_restored(struct bindings *bindings, const struct uuid *tenant)
{
	struct tenant_rows *rows = tenant_rows_take(bindings, tenant);

	if (rows)
		rows->restored = true;
}

void bindings_set_stored(struct contact *contact)
{
	if (contact->unwritten.list) {
		list_unlink(&contact->unwritten);
		contact->bindings->figures.unwritten--;
	}
	contact->stored_until = contact->expires_at;
	contact->has_row = true;
}

static const char *transport_name(int8_t transport)
{
	switch (transport) {
	case SIP_TRANSP_TCP:
		return "tcp";
	case SIP_TRANSP_TLS:
		return "tls";
	default:
		return "udp";
	}
}

/* texts: where the copies go; row: pointers into it are set by the caller afterwards. */
static void copy_row(const struct contact *contact, struct registration *row, struct text *texts)
{
	char address[64] = "";

	(void)sa_ntop(&contact->received, address, sizeof(address));
	*row = (struct registration){
		.extension = contact->extension,
		.received_port = sa_port(&contact->received),
		.transport = transport_name(contact->transport),
		.cseq = contact->cseq,
		.registered_at = contact->registered_at,
		.expires_at = contact->expires_at,
		.removed = !contact->holder,
	};
	text_add_n(texts, contact->texts, strlen(contact->texts) + 1);
	text_add_n(texts, address, strlen(address) + 1);
	text_add_n(texts, contact->call_id, strlen(contact->call_id) + 1);
	text_add_n(texts, contact->user_agent, strlen(contact->user_agent) + 1);
}

static const char *take_text(const char **place)
{
	const char *text = *place;

	*place += strlen(text) + 1;
	return text;
}

static void point_rows(struct bindings_batch *batch)
{
	const char *place = batch->texts.data;

	for (size_t i = 0; i < batch->n; i++) {
		batch->rows[i].contact = take_text(&place);
		batch->rows[i].received_address = take_text(&place);
		batch->rows[i].call_id = take_text(&place);
		batch->rows[i].user_agent = take_text(&place);
	}
}

/* The same binding may have been removed and made again: one statement takes a row once. */
static bool row_is_alone(const struct contact *contact)
{
	struct holder *holder;

	if (contact->holder)
		return true;
	holder = holder_find(contact->bindings, &contact->tenant->id, &contact->extension);
	return !holder || !contact_find(holder, contact->texts);
}

static void copy_rows(struct tenant_rows *tenant, size_t max, struct bindings_batch *batch)
{
	struct le *le = list_head(&tenant->unwritten);

	while (le && batch->n < max) {
		struct contact *contact = le->data;

		le = le->next;
		if (row_is_alone(contact))
			copy_row(contact, &batch->rows[batch->n++], &batch->texts);
		if (contact->holder)
			bindings_set_stored(contact);
		else
			contact_free(contact);
	}
}

enum error_code bindings_next_batch(struct bindings *bindings, size_t max,
                                    struct bindings_batch *ret_batch)
{
	struct bindings_batch batch = {0};
	struct tenant_rows *tenant = list_ledata(list_head(&bindings->waiting));

	*ret_batch = batch;
	if (!tenant)
		return ERROR_OK;
	batch.tenant = tenant->id;
	batch.rows = calloc(max, sizeof(*batch.rows));
	if (!batch.rows)
		return ERROR_MEMORY;
	list_unlink(&tenant->waiting);
	copy_rows(tenant, max, &batch);
	if (batch.texts.failed) { /* nothing is lost that a later refresh does not write */
		bindings_batch_clear(&batch);
		return ERROR_MEMORY;
	}
	tenant->writing = batch.n > 0;
	point_rows(&batch);
	*ret_batch = batch;
	return ERROR_OK;
}

void bindings_written(struct bindings *bindings, const struct bindings_batch *batch, bool ok)
{
	struct tenant_rows *tenant = tenant_rows_find(bindings, &batch->tenant);

	tenant->writing = false;
	for (size_t i = 0; i < batch->n && !ok; i++) {
		struct holder *holder =
			holder_find(bindings, &batch->tenant, &batch->rows[i].extension);
		struct contact *contact =
			holder ? contact_find(holder, batch->rows[i].contact) : NULL;

		/* A row that should have gone, of a binding that is gone: it ends by itself. */
		if (contact) {
			contact->stored_until = 0;
			contact_unwritten(contact);
		}
	}
	if (!list_isempty(&tenant->unwritten) && !tenant->waiting.list)
		list_append(&bindings->waiting, &tenant->waiting, tenant);
}

void bindings_batch_clear(struct bindings_batch *batch)
{
	free(batch->rows);
	text_clear(&batch->texts);
	*batch = (struct bindings_batch){0};
}

static bool free_tenant(struct le *le, void *arg)
{
	struct tenant_rows *tenant = le->data;

	(void)arg;
	while (!list_isempty(&tenant->unwritten)) {
		struct contact *contact = list_head(&tenant->unwritten)->data;

		if (contact->holder)
			list_unlink(&contact->unwritten);
		else
			contact_free(contact);
	}
	return false;
}

static void free_tenants(struct bindings *bindings)
{
	for (uint32_t i = 0; i < hash_bsize(bindings->tenants); i++) {
		struct le *le = list_head(hash_list(bindings->tenants, i));

		while (le) {
			struct tenant_rows *tenant = le->data;

			le = le->next;
			hash_unlink(&tenant->le);
			free(tenant);
		}
	}
}

/* Every binding goes; each takes its holder and its address with it at the end. */
void bindings_close(struct bindings *bindings)
{
	if (!bindings)
		return;
	if (bindings->tenants)
		(void)hash_apply(bindings->tenants, free_tenant, NULL);
	while (!list_isempty(&bindings->sweep)) {
		struct holder *holder = list_head(&bindings->sweep)->data;

		while (!list_isempty(&holder->contacts)) {
			struct contact *contact = list_head(&holder->contacts)->data;

			list_unlink(&contact->le);
			contact_free(contact);
		}
		hash_unlink(&holder->le);
		list_unlink(&holder->sweep);
		free(holder);
	}
	if (bindings->tenants)
		free_tenants(bindings);
	mem_deref(bindings->extensions);
	mem_deref(bindings->sources);
	mem_deref(bindings->tenants);
	free(bindings);
}

/* ---- who looks on ---- */

void bindings_on_reach(struct bindings *bindings, bindings_reach_h *h, void *arg)
{
	bindings->reach = h;
	bindings->reach_arg = arg;
}

void bindings_count_in(struct bindings *bindings, struct node_tenants *tenants)
{
	bindings->counted_in = tenants;
}

void contact_count(const struct contact *contact, int change)
{
	struct bindings *bindings = contact->bindings;

	if (change > 0)
		bindings->figures.bindings++;
	else
		bindings->figures.bindings--;
	node_tenants_phone(bindings->counted_in, &contact->tenant->id, change);
}

void bindings_figures(const struct bindings *bindings, struct registrar_figures *ret_figures)
{
	*ret_figures = bindings->figures;
}
