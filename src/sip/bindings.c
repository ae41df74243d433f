#include "sip/bindings.h"

#include "sip/address.h"
#include "sip/bindings_internal.h"

enum { EXTENSION_BUCKETS = 65536, SOURCE_BUCKETS = 16384, TENANT_BUCKETS = 4096 };

/* What is forgotten to delete while the database is away: rows end by themselves. */
enum { REMOVED_MAX = 100000 };

enum error_code bindings_open(int64_t now_s, struct bindings **ret_bindings, struct error *err)
{
	struct bindings *bindings = calloc(1, sizeof(*bindings));

	if (!bindings)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	wheel_init(&bindings->wheel, now_s);
	if (hash_alloc(&bindings->extensions, EXTENSION_BUCKETS) != 0 ||
	    hash_alloc(&bindings->sources, SOURCE_BUCKETS) != 0 ||
	    hash_alloc(&bindings->tenants, TENANT_BUCKETS) != 0) {
		bindings_close(bindings);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	*ret_bindings = bindings;
	return ERROR_OK;
}

/* Version 7 ids begin with the time: their ends differ. */
static uint32_t uuid_hash(const struct uuid *id)
{
	uint32_t hash;

	memcpy(&hash, id->bytes + 12, sizeof(hash));
	return hash;
}

struct tenant_rows *tenant_rows_find(const struct bindings *bindings, const struct uuid *id)
{
	struct le *le = list_head(hash_list(bindings->tenants, uuid_hash(id)));

	for (; le; le = le->next) {
		struct tenant_rows *tenant = le->data;

		if (uuid_equal(&tenant->id, id))
			return tenant;
	}
	return NULL;
}

struct tenant_rows *tenant_rows_take(struct bindings *bindings, const struct uuid *id)
{
	struct tenant_rows *tenant = tenant_rows_find(bindings, id);

	if (tenant)
		return tenant;
	tenant = calloc(1, sizeof(*tenant));
	if (!tenant)
		return NULL;
	tenant->id = *id;
	hash_append(bindings->tenants, uuid_hash(id), &tenant->le, tenant);
	return tenant;
}

struct holder *holder_find(const struct bindings *bindings, const struct uuid *tenant,
                           const struct uuid *extension)
{
	struct le *le = list_head(hash_list(bindings->extensions, uuid_hash(extension)));

	for (; le; le = le->next) {
		struct holder *holder = le->data;

		if (uuid_equal(&holder->extension, extension) &&
		    uuid_equal(&holder->tenant->id, tenant))
			return holder;
	}
	return NULL;
}

static void tell_reach(const struct bindings *bindings, const struct holder *holder,
                       bool registered)
{
	if (bindings->reach)
		bindings->reach(&holder->tenant->id, &holder->extension, registered,
		                bindings->reach_arg);
}

static struct holder *holder_new(struct bindings *bindings, const struct bindings_key *key)
{
	struct tenant_rows *tenant = tenant_rows_take(bindings, &key->tenant);
	struct holder *holder = tenant ? calloc(1, sizeof(*holder)) : NULL;

	if (!holder)
		return NULL;
	holder->tenant = tenant;
	holder->extension = key->extension;
	holder->auth_username = key->auth_username;
	hash_append(bindings->extensions, uuid_hash(&key->extension), &holder->le, holder);
	list_append(&bindings->sweep, &holder->sweep, holder);
	bindings->figures.extensions++;
	tell_reach(bindings, holder, true);
	return holder;
}

static void holder_free(struct bindings *bindings, struct holder *holder)
{
	hash_unlink(&holder->le);
	list_unlink(&holder->sweep);
	bindings->figures.extensions--;
	tell_reach(bindings, holder, false);
	free(holder);
}

static struct source *source_find(const struct bindings *bindings, const struct sa *address)
{
	struct le *le = list_head(hash_list(bindings->sources, sa_hash(address, SA_ADDR)));

	for (; le; le = le->next) {
		struct source *source = le->data;

		if (sa_cmp(&source->address, address, SA_ADDR))
			return source;
	}
	return NULL;
}

static struct source *source_take(struct bindings *bindings, const struct sa *address)
{
	struct source *source = source_find(bindings, address);

	if (!source) {
		source = calloc(1, sizeof(*source));
		if (!source)
			return NULL;
		source->address = *address;
		hash_append(bindings->sources, sa_hash(address, SA_ADDR), &source->le, source);
		bindings->figures.addresses++;
	}
	source->n++;
	return source;
}

static void source_give(struct bindings *bindings, struct source *source)
{
	if (!source || --source->n > 0)
		return;
	hash_unlink(&source->le);
	bindings->figures.addresses--;
	free(source);
}

void contact_free(struct contact *contact)
{
	struct bindings *bindings = contact->bindings;

	if (contact->unwritten.list) {
		list_unlink(&contact->unwritten);
		bindings->figures.unwritten--;
	}
	wheel_remove(&contact->deadline);
	mem_deref(contact->watch);
	source_give(bindings, contact->source);
	free(contact);
}

void contact_unwritten(struct contact *contact)
{
	struct tenant_rows *tenant = contact->tenant;

	if (!contact->unwritten.list) {
		list_append(&tenant->unwritten, &contact->unwritten, contact);
		contact->bindings->figures.unwritten++;
	}
	if (!tenant->writing && !tenant->waiting.list)
		list_append(&contact->bindings->waiting, &tenant->waiting, tenant);
}

/* Takes a binding from its holder. Where it has a row, a stub stays until that is deleted. */
static void contact_remove(struct contact *contact)
{
	struct bindings *bindings = contact->bindings;
	struct holder *holder = contact->holder;

	list_unlink(&contact->le);
	contact_count(contact, -1);
	contact->holder = NULL;
	if (list_isempty(&holder->contacts))
		holder_free(bindings, holder);
	if (!contact->has_row || bindings->figures.unwritten >= REMOVED_MAX) {
		contact_free(contact);
		return;
	}
	wheel_remove(&contact->deadline);
	contact->watch = mem_deref(contact->watch);
	source_give(bindings, contact->source);
	contact->source = NULL;
	contact_unwritten(contact);
}

static void holder_remove_all(struct holder *holder)
{
	struct le *le = list_head(&holder->contacts);

	while (le) { /* the last one takes the holder with it */
		struct contact *contact = le->data;

		le = le->next;
		contact_remove(contact);
	}
}

static bool same_text(const struct pl *a, const struct pl *b)
{
	return pl_casecmp(a, b) == 0;
}

static struct pl transport_of(const struct uri *uri)
{
	struct pl transport = {0};

	(void)address_param(&uri->params, "transport", &transport);
	return transport;
}

/* RFC 3261 section 19.1.4, of what tells one phone from another. */
static bool same_uri(const char *left, const struct pl *right)
{
	struct pl left_pl;
	struct uri a, b;

	pl_set_str(&left_pl, left);
	if (pl_cmp(&left_pl, right) == 0)
		return true;
	if (!address_uri(&left_pl, &a) || !address_uri(right, &b))
		return false;
	struct pl a_transport = transport_of(&a), b_transport = transport_of(&b);

	return same_text(&a.scheme, &b.scheme) && pl_cmp(&a.user, &b.user) == 0 &&
	       same_text(&a.host, &b.host) && a.port == b.port &&
	       same_text(&a_transport, &b_transport);
}

static struct contact *find_pl(const struct holder *holder, const struct pl *uri)
{
	for (struct le *le = list_head(&holder->contacts); le; le = le->next) {
		struct contact *contact = le->data;

		if (same_uri(contact->texts, uri))
			return contact;
	}
	return NULL;
}

struct contact *contact_find(const struct holder *holder, const char *uri)
{
	for (struct le *le = list_head(&holder->contacts); le; le = le->next) {
		struct contact *contact = le->data;

		if (strcmp(contact->texts, uri) == 0)
			return contact;
	}
	return NULL;
}

static struct contact *find_instance(const struct holder *holder, uint64_t instance)
{
	for (struct le *le = list_head(&holder->contacts); instance && le; le = le->next) {
		struct contact *contact = le->data;

		if (contact->instance == instance)
			return contact;
	}
	return NULL;
}

static char *put_text(char *place, const struct pl *text)
{
	if (text->l)
		memcpy(place, text->p, text->l);
	place[text->l] = '\0';
	return place + text->l + 1;
}

static struct contact *contact_new(struct bindings *bindings, struct holder *holder,
                                   const struct bindings_contact *from)
{
	size_t texts = from->uri.l + from->call_id.l + from->user_agent.l + 3;
	struct contact *contact = calloc(1, sizeof(*contact) + texts);

	if (!contact)
		return NULL;
	contact->bindings = bindings;
	contact->source = source_take(bindings, &from->received);
	if (!contact->source) {
		free(contact);
		return NULL;
	}
	char *place = put_text(contact->texts, &from->uri);

	contact->call_id = place;
	place = put_text(place, &from->call_id);
	contact->user_agent = place;
	put_text(place, &from->user_agent);
	contact->holder = holder;
	contact->tenant = holder->tenant;
	contact->extension = holder->extension;
	list_append(&holder->contacts, &contact->le, contact);
	contact_count(contact, 1);
	return contact;
}

/* A refresh is written only once a third of the stored time has gone: until then the row is good
 * enough to find the phone again after a restart. */
static bool worth_writing(const struct contact *contact, const struct bindings_contact *from,
                          bool same_place)
{
	int64_t granted = from->expires_at - from->registered_at;

	return !same_place || from->expires_at < contact->stored_until ||
	       from->expires_at - contact->stored_until > granted / 3;
}

static void contact_set(struct contact *contact, const struct bindings_contact *from)
{
	bool same_place = contact->stored_until && contact->transport == (int8_t)from->transport &&
	                  sa_cmp(&contact->received, &from->received, SA_ALL);
	bool write = worth_writing(contact, from, same_place);

	contact->received = from->received;
	contact->target = from->target;
	contact->own = from->own;
	contact->transport = (int8_t)from->transport;
	contact->connected = from->connected;
	contact->registered_at = from->registered_at;
	contact->expires_at = from->expires_at;
	contact->instance = from->instance;
	contact->cseq = from->cseq;
	contact->q = (uint16_t)from->q;
	wheel_set(&contact->bindings->wheel, &contact->deadline, from->expires_at);
	if (write)
		contact_unwritten(contact);
}

/* Texts and address stay, so the memory can. */
static bool reusable(const struct contact *contact, const struct bindings_contact *from)
{
	return pl_strcmp(&from->uri, contact->texts) == 0 &&
	       pl_strcmp(&from->call_id, contact->call_id) == 0 &&
	       pl_strcmp(&from->user_agent, contact->user_agent) == 0 &&
	       sa_cmp(&contact->source->address, &from->received, SA_ADDR);
}

static struct contact *expires_first(const struct holder *holder)
{
	struct contact *first = NULL;

	for (struct le *le = list_head(&holder->contacts); le; le = le->next) {
		struct contact *contact = le->data;

		if (!first || contact->expires_at < first->expires_at)
			first = contact;
	}
	return first;
}

/* The holder of these credentials; what older credentials registered goes. */
static struct holder *holder_of(struct bindings *bindings, const struct bindings_key *key)
{
	struct holder *holder = holder_find(bindings, &key->tenant, &key->extension);

	if (holder && !uuid_equal(&holder->auth_username, &key->auth_username)) {
		holder_remove_all(holder);
		holder = NULL;
	}
	return holder;
}

/* A new piece of memory with what the old one's row is known to be. */
static struct contact *replace(struct bindings *bindings, struct holder *holder,
                               struct contact *old, const struct bindings_contact *from)
{
	struct contact *contact = contact_new(bindings, holder, from);

	if (!contact || !old)
		return contact;
	if (pl_strcmp(&from->uri, old->texts) == 0) {
		/* The same row: it is overwritten, not deleted. */
		contact->has_row = old->has_row;
		list_unlink(&old->le);
		contact_count(old, -1);
		contact_free(old);
	} else {
		contact_remove(old);
	}
	return contact;
}

enum error_code bindings_put(struct bindings *bindings, const struct bindings_key *key,
                             const struct bindings_contact *from, struct contact **ret_contact,
                             bool *ret_new)
{
	struct holder *holder = holder_of(bindings, key);
	struct contact *contact = holder ? find_pl(holder, &from->uri) : NULL;

	*ret_new = !contact;
	if (ret_contact)
		*ret_contact = NULL;
	if (!contact && holder)
		contact = find_instance(holder, from->instance);
	if (from->expires_at <= from->registered_at) {
		if (contact)
			contact_remove(contact);
		*ret_new = false;
		return ERROR_OK;
	}
	if (!holder)
		holder = holder_new(bindings, key);
	if (!holder)
		return ERROR_MEMORY;
	if (!contact && list_count(&holder->contacts) >= REGISTRAR_CONTACTS_MAX)
		contact = expires_first(holder);
	if (!contact || !reusable(contact, from))
		contact = replace(bindings, holder, contact, from);
	if (!contact) {
		if (list_isempty(&holder->contacts))
			holder_free(bindings, holder);
		return ERROR_MEMORY;
	}
	contact_set(contact, from);
	if (ret_contact)
		*ret_contact = contact;
	return ERROR_OK;
}

size_t bindings_remove_all(struct bindings *bindings, const struct bindings_key *key)
{
	struct holder *holder = holder_find(bindings, &key->tenant, &key->extension);
	size_t n = holder ? list_count(&holder->contacts) : 0;

	if (holder)
		holder_remove_all(holder);
	return n;
}

enum bindings_order bindings_order(const struct bindings *bindings, const struct bindings_key *key,
                                   const struct pl *uri, const struct pl *call_id, uint32_t cseq)
{
	struct holder *holder = holder_find(bindings, &key->tenant, &key->extension);
	enum bindings_order order = BINDINGS_NEWER;

	for (struct le *le = holder ? list_head(&holder->contacts) : NULL; le; le = le->next) {
		struct contact *contact = le->data;

		if (pl_strcmp(call_id, contact->call_id) != 0 ||
		    (uri && !same_uri(contact->texts, uri)))
			continue;
		if (cseq < contact->cseq)
			return BINDINGS_OLDER;
		if (cseq == contact->cseq)
			order = BINDINGS_SAME;
	}
	return order;
}

static void copy_out(const struct contact *contact, struct binding *ret_binding)
{
	*ret_binding = (struct binding){
		.target = contact->target,
		.own = contact->own,
		.transport = (enum sip_transp)contact->transport,
		.q = contact->q,
		.connected = contact->connected,
		.expires_at = contact->expires_at,
	};
	(void)str_ncpy(ret_binding->uri, contact->texts, sizeof(ret_binding->uri));
}

size_t bindings_list(struct bindings *bindings, const struct bindings_key *key, int64_t now_s,
                     struct binding *ret_list, size_t max)
{
	struct holder *holder = holder_of(bindings, key);
	size_t n = 0;

	for (struct le *le = holder ? list_head(&holder->contacts) : NULL; le && n < max;
	     le = le->next) {
		const struct contact *contact = le->data;
		size_t place = n;

		if (contact->expires_at <= now_s)
			continue;
		while (place > 0 && ret_list[place - 1].q < contact->q) {
			ret_list[place] = ret_list[place - 1];
			place--;
		}
		copy_out(contact, &ret_list[place]);
		n++;
	}
	return n;
}

bool bindings_hold(struct bindings *bindings, const struct bindings_key *key,
                   const struct sa *address, int64_t now_s)
{
	struct holder *holder = holder_of(bindings, key);

	for (struct le *le = holder ? list_head(&holder->contacts) : NULL; le; le = le->next) {
		const struct contact *contact = le->data;

		if (contact->expires_at > now_s && sa_cmp(&contact->received, address, SA_ADDR))
			return true;
	}
	return false;
}

bool bindings_hold_address(const struct bindings *bindings, const struct sa *address)
{
	return source_find(bindings, address) != NULL;
}

struct sip_keepalive **bindings_watch(struct contact *contact)
{
	return &contact->watch;
}

/* RFC 3261 section 19.1.2: the port a URI means when it names none. */
static uint16_t usual_port(const struct uri *uri)
{
	struct pl transport;

	if (!pl_strcasecmp(&uri->scheme, "sips"))
		return SIP_PORT_TLS;
	if (!uri_param_get(&uri->params, &(struct pl)PL("transport"), &transport) &&
	    !pl_strcasecmp(&transport, "tls"))
		return SIP_PORT_TLS;
	return SIP_PORT;
}

bool bindings_reachable_at(const char *uri, const struct sa *received, struct sa *ret_target)
{
	struct pl pl;
	struct uri decoded;
	struct sa given;

	pl_set_str(&pl, uri);
	if (!address_uri(&pl, &decoded) ||
	    sa_set(&given, &decoded.host, decoded.port ? decoded.port : usual_port(&decoded)) !=
	            0 ||
	    !sa_cmp(&given, received, SA_ADDR))
		return false;
	*ret_target = given;
	return true;
}

void bindings_disconnected(struct contact *contact)
{
	contact->connected = false;
	if (!bindings_reachable_at(contact->texts, &contact->received, &contact->target))
		contact_remove(contact);
}

struct expiry {
	bindings_gone_h *gone;
	void *arg;
};

static void on_expired(struct wheel_entry *entry, void *arg)
{
	struct contact *contact =
		(struct contact *)((char *)entry - offsetof(struct contact, deadline));
	const struct expiry *expiry = arg;

	if (expiry->gone)
		expiry->gone(&contact->tenant->id, &contact->extension, contact->texts,
		             expiry->arg);
	contact_remove(contact);
}

void bindings_tick(struct bindings *bindings, int64_t now_s, bindings_gone_h *gone, void *arg)
{
	struct expiry expiry = {.gone = gone, .arg = arg};

	wheel_tick(&bindings->wheel, now_s, on_expired, &expiry);
}

void bindings_sweep(struct bindings *bindings, size_t n, bindings_keep_h *keep, void *arg)
{
	if (n > bindings->figures.extensions)
		n = bindings->figures.extensions;
	for (; n > 0 && !list_isempty(&bindings->sweep); n--) {
		struct holder *holder = list_head(&bindings->sweep)->data;
		struct bindings_key key = {.tenant = holder->tenant->id,
		                           .extension = holder->extension,
		                           .auth_username = holder->auth_username};

		list_unlink(&holder->sweep);
		list_append(&bindings->sweep, &holder->sweep, holder);
		if (!keep(&key, arg))
			holder_remove_all(holder);
	}
}
