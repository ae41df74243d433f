#include "sip/registrar.h"

#include <sodium.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "sip/address.h"
#include "sip/auth.h"
#include "sip/bindings.h"
#include "sip/registrar_internal.h"
#include "sip/reply.h"

enum {
	Q_MOST = 1000,
	USER_AGENT_MAX = 64,
	CALL_ID_MAX = 256,
	/* libre watches a connection by pinging it now and then; what we want is to hear that it
	 * closed, so the ping is as far off as its arithmetic allows (46 days). */
	WATCH_S = 4000000,
	/* libre closes a connection on which nothing came for 900 seconds. A phone behind a NAT is
	 * reached over it alone, so it must speak up before. */
	CONNECTED_MOST_S = 600,
};

/* One REGISTER, read and not yet applied: all of it happens or nothing (RFC 3261 section 10.3). */
struct update {
	struct bindings_key key;
	int64_t now_s;
	bool fetch;    /* no Contact: only asks */
	bool wildcard; /* Contact: * */
	bool repeated; /* the very request again: answered, not applied */
	size_t n;
	struct bindings_contact contacts[REGISTRAR_CONTACTS_MAX];
	const struct engine *engine;
	uint16_t status; /* of the refusal; 0: none yet */
};

static bool is_printable(const struct pl *pl)
{
	for (size_t i = 0; i < pl->l; i++)
		if (pl->p[i] <= ' ' || pl->p[i] >= 0x7f)
			return false;
	return pl->l > 0;
}

/* delta-seconds; anything else means the default (RFC 3261 section 10.3, step 7). */
static uint32_t seconds(const struct pl *text, uint32_t otherwise)
{
	if (!text->l || text->l > 10)
		return otherwise;
	for (size_t i = 0; i < text->l; i++)
		if (text->p[i] < '0' || text->p[i] > '9')
			return otherwise;
	uint64_t value = pl_u64(text);

	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static uint32_t granted_seconds(const struct update *update, const struct sip_msg *msg,
                                const struct pl *params)
{
	const struct config *config = update->engine->config;
	uint32_t most = (uint32_t)config_number(config, CONFIG_SIP_EXPIRES_MOST_S);
	uint32_t least = (uint32_t)config_number(config, CONFIG_SIP_EXPIRES_LEAST_S);
	struct pl own;

	if (msg->tp != SIP_TRANSP_UDP && most > CONNECTED_MOST_S)
		most = least > CONNECTED_MOST_S ? least : CONNECTED_MOST_S;

	uint32_t asked = pl_isset(&msg->expires) ? seconds(&msg->expires, most) : most;

	if (address_param(params, "expires", &own))
		asked = seconds(&own, most);
	return asked < most ? asked : most;
}

/* RFC 3261 section 25.1, qvalue: 0(.ddd) or 1(.000); anything else counts as not given. */
static unsigned priority(const struct pl *params)
{
	struct pl text;
	unsigned q = 0, scale = 1000;

	if (!address_param(params, "q", &text) || text.l < 1 || text.l > 5 ||
	    (text.p[0] != '0' && text.p[0] != '1') || (text.l > 1 && text.p[1] != '.'))
		return Q_MOST;
	q = (unsigned)(text.p[0] - '0') * scale;
	for (size_t i = 2; i < text.l; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return Q_MOST;
		scale /= 10;
		q += (unsigned)(text.p[i] - '0') * scale;
	}
	return q > Q_MOST ? Q_MOST : q;
}

/* RFC 5626 section 4.2: a phone that names itself and its flow replaces what it had there. */
static uint64_t instance_of(const struct pl *params)
{
	struct pl instance, flow;
	crypto_generichash_state state;
	uint64_t hash;

	if (!address_param(params, "+sip.instance", &instance) ||
	    !address_param(params, "reg-id", &flow))
		return 0;
	crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES_MIN);
	crypto_generichash_update(&state, (const uint8_t *)instance.p, instance.l);
	crypto_generichash_update(&state, (const uint8_t *)":", 1);
	crypto_generichash_update(&state, (const uint8_t *)flow.p, flow.l);
	uint8_t bytes[crypto_generichash_BYTES_MIN];

	crypto_generichash_final(&state, bytes, sizeof(bytes));
	memcpy(&hash, bytes, sizeof(hash));
	return hash ? hash : 1;
}

/* Where requests to the phone go: back the way this one came. Only a phone that says it cannot do
 * that (no rport) and has no NAT in between is reached at the address it gave. */
static void set_place(struct bindings_contact *contact, const struct sip_msg *msg)
{
	struct pl uri_text = contact->uri;
	char uri[REGISTRAR_URI_MAX];

	contact->received = contact->target = msg->src;
	contact->own = msg->dst;
	contact->transport = msg->tp;
	contact->connected = msg->tp != SIP_TRANSP_UDP;
	if (msg->tp != SIP_TRANSP_UDP || address_param(&msg->via.params, "rport", NULL))
		return;
	(void)pl_strcpy(&uri_text, uri, sizeof(uri));
	(void)bindings_reachable_at(uri, &msg->src, &contact->target);
}

static struct pl user_agent_of(const struct sip_msg *msg)
{
	const struct sip_hdr *header = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);
	struct pl text = header ? header->val : (struct pl){0};

	text.l = text.l > USER_AGENT_MAX ? USER_AGENT_MAX : text.l;
	for (size_t i = 0; i < text.l; i++)
		if (text.p[i] < ' ' || text.p[i] >= 0x7f)
			return (struct pl){0};
	return text;
}

/* Stops (true) once something is wrong. */
static bool read_contact(const struct sip_hdr *header, const struct sip_msg *msg, void *arg)
{
	struct update *update = arg;
	struct sip_addr address;

	if (pl_strcmp(&header->val, "*") == 0) {
		update->wildcard = true;
		return false;
	}
	if (update->n >= COUNT_OF(update->contacts)) {
		update->status = 403;
		return true;
	}
	struct bindings_contact *contact = &update->contacts[update->n];

	if (!address_read(&header->val, &address) || address.auri.l >= REGISTRAR_URI_MAX ||
	    !pl_isset(&address.uri.host) ||
	    (pl_strcasecmp(&address.uri.scheme, "sip") != 0 &&
	     pl_strcasecmp(&address.uri.scheme, "sips") != 0)) {
		update->status = 400;
		return true;
	}
	uint32_t granted = granted_seconds(update, msg, &address.params);
	uint32_t least =
		(uint32_t)config_number(update->engine->config, CONFIG_SIP_EXPIRES_LEAST_S);

	if (granted > 0 && granted < least) {
		update->status = 423;
		return true;
	}
	*contact = (struct bindings_contact){
		.uri = address.auri,
		.call_id = msg->callid,
		.user_agent = user_agent_of(msg),
		.cseq = msg->cseq.num,
		.q = priority(&address.params),
		.instance = instance_of(&address.params),
		.registered_at = update->now_s,
		.expires_at = update->now_s + granted,
	};
	set_place(contact, msg);
	update->n++;
	return false;
}

static void check_order(struct update *update, const struct bindings *bindings,
                        const struct sip_msg *msg)
{
	size_t checks = update->wildcard ? 1 : update->n;

	for (size_t i = 0; i < checks && !update->status; i++) {
		const struct pl *uri = update->wildcard ? NULL : &update->contacts[i].uri;

		switch (bindings_order(bindings, &update->key, uri, &msg->callid, msg->cseq.num)) {
		case BINDINGS_OLDER:
			update->status = 500;
			break;
		case BINDINGS_SAME:
			update->repeated = true;
			break;
		case BINDINGS_NEWER:
			break;
		}
	}
}

static void read_update(struct update *update, const struct bindings *bindings,
                        const struct sip_msg *msg)
{
	update->fetch = !sip_msg_hdr(msg, SIP_HDR_CONTACT);
	if (!is_printable(&msg->callid) || msg->callid.l > CALL_ID_MAX)
		update->status = 400;
	else
		(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, read_contact, update);
	if (update->status)
		return;
	/* RFC 3261 section 10.3, step 6: "*" stands alone, and only to remove. */
	if (update->wildcard &&
	    (update->n > 0 || !pl_isset(&msg->expires) || seconds(&msg->expires, 1) != 0)) {
		update->status = 400;
		return;
	}
	check_order(update, bindings, msg);
}

static void log_binding(const char *message, const struct auth_identity *who,
                        const struct sip_msg *msg)
{
	char source[64] = "";

	(void)re_snprintf(source, sizeof(source), "%J", &msg->src);
	log_event(LOG_INFO, "sip", message, LOG_TEXT("tenant", who->snapshot->domain),
	          LOG_TEXT("extension", who->extension->number), LOG_TEXT("source", source),
	          LOG_TEXT("transport", sip_transp_name(msg->tp)));
}

/* The connection a phone registered on has closed. */
static void on_closed(int err, void *arg)
{
	(void)err;
	bindings_disconnected(arg);
}

static void watch(struct engine *engine, struct contact *contact, const struct sip_msg *msg)
{
	struct sip_keepalive **place = bindings_watch(contact);

	*place = mem_deref(*place);
	if (msg->tp != SIP_TRANSP_UDP)
		(void)sip_keepalive_start(place, engine->sip, msg, WATCH_S, on_closed, contact);
}

static void apply(struct engine *engine, struct update *update, const struct sip_msg *msg,
                  const struct auth_identity *who)
{
	struct bindings *bindings = engine->registrar->bindings;

	if (update->wildcard && bindings_remove_all(bindings, &update->key) > 0)
		log_binding("phone unregistered", who, msg);
	for (size_t i = 0; i < update->n; i++) {
		const struct bindings_contact *contact = &update->contacts[i];
		struct contact *binding;
		bool is_new;

		if (bindings_put(bindings, &update->key, contact, &binding, &is_new) != ERROR_OK) {
			update->status = 500;
			return;
		}
		if (binding)
			watch(engine, binding, msg);
		if (is_new)
			log_binding("phone registered", who, msg);
		else if (!binding)
			log_binding("phone unregistered", who, msg);
	}
}

static void add_q(struct text *headers, unsigned q)
{
	if (q < Q_MOST)
		text_addf(headers, ";q=0.%03u", q);
}

/* RFC 3261 section 10.3, step 8: every current binding, with the time it has left. */
static void answer(struct engine *engine, const struct update *update, const struct sip_msg *msg)
{
	struct binding list[REGISTRAR_CONTACTS_MAX];
	AUTO(text_clear) struct text headers = {0};
	size_t n = bindings_list(engine->registrar->bindings, &update->key, update->now_s, list,
	                         COUNT_OF(list));

	for (size_t i = 0; i < n; i++) {
		text_addf(&headers, "Contact: <%s>;expires=%lld", list[i].uri,
		          (long long)(list[i].expires_at - update->now_s));
		add_q(&headers, list[i].q);
		text_add(&headers, "\r\n");
	}
	text_add(&headers, registrar_date(engine->registrar, update->now_s));
	if (headers.failed)
		return;
	engine_count(engine, SIP_COUNT_REGISTERED);
	reply_headers(engine, msg, 200, headers.data);
}

static void refuse(struct engine *engine, const struct update *update, const struct sip_msg *msg)
{
	char headers[64];

	if (update->status != 423) {
		reply_status(engine, msg, update->status);
		return;
	}
	(void)re_snprintf(headers, sizeof(headers), "Min-Expires: %u\r\n",
	                  (unsigned)config_number(engine->config, CONFIG_SIP_EXPIRES_LEAST_S));
	reply_headers(engine, msg, 423, headers);
}

static void on_granted(struct engine *engine, const struct sip_msg *msg,
                       const struct auth_identity *who, void *arg)
{
	struct update update = {
		.engine = engine,
		.now_s = clock_unix_us() / 1000000,
		.key = {.tenant = who->snapshot->tenant,
	                .extension = who->extension->id,
	                .auth_username = who->extension->auth_username},
	};

	(void)arg;
	read_update(&update, engine->registrar->bindings, msg);
	if (!update.status && !update.fetch && !update.repeated)
		apply(engine, &update, msg, who);
	if (update.status)
		refuse(engine, &update, msg);
	else
		answer(engine, &update, msg);
}

void registrar_request(struct engine *engine, const struct sip_msg *msg)
{
	auth_request(engine, msg, &msg->to.uri, on_granted, NULL);
}

size_t registrar_bindings(struct registrar *registrar, const struct uuid *tenant,
                          const struct extension *extension, struct binding *ret_bindings,
                          size_t max)
{
	struct bindings_key key = {.tenant = *tenant,
	                           .extension = extension->id,
	                           .auth_username = extension->auth_username};

	return bindings_list(registrar->bindings, &key, clock_unix_us() / 1000000, ret_bindings,
	                     max);
}

unsigned registrar_phones(const struct extension *extension, void *arg)
{
	const struct registrar_phones *phones = arg;
	struct binding list[REGISTRAR_CONTACTS_MAX];

	return (unsigned)registrar_bindings(phones->registrar, phones->tenant, extension, list,
	                                    COUNT_OF(list));
}

bool registrar_holds(struct registrar *registrar, const struct uuid *tenant,
                     const struct extension *extension, const struct sip_msg *msg)
{
	struct bindings_key key = {.tenant = *tenant,
	                           .extension = extension->id,
	                           .auth_username = extension->auth_username};

	return bindings_hold(registrar->bindings, &key, &msg->src, clock_unix_us() / 1000000);
}

bool registrar_holds_address(const struct registrar *registrar, const struct sa *address)
{
	return bindings_hold_address(registrar->bindings, address);
}
