#include "sip/listen.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/daemon.h"

/* Tries to give UDP and TCP the same free port. */
enum { PORT_TRIES = 32, RECEIVE_BUFFER = 4 * 1024 * 1024 };

static void add_address(struct sa *addresses, size_t *n, const struct sa *address)
{
	for (size_t i = 0; i < *n; i++)
		if (sa_cmp(&addresses[i], address, SA_ADDR))
			return;
	if (*n < LISTEN_ADDRESSES_MAX)
		addresses[(*n)++] = *address;
}

/* The address that packets to `to` leave from, by the kernel's routes; nothing is sent. */
static bool source_towards(const struct sa *to, struct sa *ret_address)
{
	AUTO(auto_close) int s = socket(sa_af(to), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sa address = {.len = sizeof(address.u)};

	if (s < 0 || connect(s, &to->u.sa, to->len) != 0 ||
	    getsockname(s, &address.u.sa, &address.len) != 0)
		return false;
	sa_set_port(&address, 0);
	*ret_address = address;
	return true;
}

static bool default_address(int af, struct sa *ret_address)
{
	struct sa world;

	return sa_set_str(&world, af == AF_INET ? "192.0.2.1" : "2001:db8::1", 9) == 0 &&
	       source_towards(&world, ret_address);
}

bool listen_source(const struct engine *engine, const struct sa *to, struct sa *ret_address)
{
	const char *own = config_text(engine->config, CONFIG_SIP_ADDRESS);

	if (sa_set_str(ret_address, own, 0) != 0)
		return false;
	return !sa_is_any(ret_address) || source_towards(to, ret_address);
}

uint16_t listen_port(const struct engine *engine, enum sip_transp transport)
{
	switch (transport) {
	case SIP_TRANSP_UDP:
		return engine->ports.udp;
	case SIP_TRANSP_TCP:
		return engine->ports.tcp;
	default:
		return engine->ports.tls;
	}
}

size_t listen_addresses(const char *address, struct sa ret_addresses[LISTEN_ADDRESSES_MAX])
{
	struct sa own;
	struct ifaddrs *interfaces = NULL;
	size_t n = 0;

	if (sa_set_str(&own, address, 0) != 0)
		return 0;
	if (!sa_is_any(&own)) {
		ret_addresses[0] = own;
		return 1;
	}
	struct sa first;
	int af = sa_af(&own);

	if (default_address(af, &first))
		add_address(ret_addresses, &n, &first);
	if (getifaddrs(&interfaces) != 0)
		return n;
	for (struct ifaddrs *i = interfaces; i; i = i->ifa_next) {
		struct sa sa;

		if (!i->ifa_addr || i->ifa_addr->sa_family != af || !(i->ifa_flags & IFF_UP) ||
		    sa_set_sa(&sa, i->ifa_addr) != 0 || sa_is_linklocal(&sa))
			continue;
		sa_set_port(&sa, 0);
		add_address(ret_addresses, &n, &sa);
	}
	freeifaddrs(interfaces);
	return n;
}

static enum error_code bind_error(struct error *err, enum config_setting setting, const char *what,
                                  const struct sa *address, int errnum)
{
	char text[64] = "";

	(void)re_snprintf(text, sizeof(text), "%J", address);
	if (errnum == EADDRINUSE)
		return error_set(err, ERROR_BUSY, config_name(setting),
		                 "%s %s is in use by another program", what, text);
	return error_set(err, ERROR_IO, config_name(setting), "cannot listen on %s %s: %s", what,
	                 text, strerror(errnum));
}

static uint16_t port_of(struct engine *engine, enum sip_transp transport, const struct sa *address)
{
	struct sa bound;

	if (sip_transp_laddr(engine->sip, &bound, transport, address) != 0)
		return 0;
	return sa_port(&bound);
}

/* UDP and TCP on the same port of the first address; a port of 0 is tried until both are free. */
static enum error_code listen_first(struct engine *engine, struct sa *address, struct error *err)
{
	uint16_t wanted = (uint16_t)config_number(engine->config, CONFIG_SIP_PORT);
	int failed = 0;

	for (int i = 0; i < (wanted ? 1 : PORT_TRIES); i++) {
		sa_set_port(address, wanted);
		failed = sip_transp_add(engine->sip, SIP_TRANSP_UDP, address);
		if (failed)
			return bind_error(err, CONFIG_SIP_PORT, "UDP", address, failed);
		sa_set_port(address, port_of(engine, SIP_TRANSP_UDP, address));
		failed = sip_transp_add(engine->sip, SIP_TRANSP_TCP, address);
		if (!failed)
			break;
		if (!wanted)
			sip_transp_flush(engine->sip);
	}
	if (failed)
		return bind_error(err, CONFIG_SIP_PORT, "TCP", address, failed);
	engine->ports.udp = engine->ports.tcp = sa_port(address);
	return ERROR_OK;
}

static enum error_code listen_tls(struct engine *engine, struct sa *addresses, size_t n,
                                  struct error *err)
{
	const char *file = config_text(engine->config, CONFIG_SIP_TLS_CERTIFICATE);
	struct tls *tls = NULL;

	if (!*file)
		return ERROR_OK;
	/* OpenSSL does not tell the two apart, and a key is often root's alone. */
	if (access(file, R_OK) != 0)
		return error_set(err, ERROR_IO, config_name(CONFIG_SIP_TLS_CERTIFICATE),
		                 "cannot read %s: %s", file, strerror(errno));
	if (tls_alloc(&tls, TLS_METHOD_SSLV23, file, NULL) != 0)
		return error_set(err, ERROR_INVALID, config_name(CONFIG_SIP_TLS_CERTIFICATE),
		                 "%s holds no key and certificate in PEM form", file);
	uint16_t port = (uint16_t)config_number(engine->config, CONFIG_SIP_TLS_PORT);
	enum error_code code = ERROR_OK;

	for (size_t i = 0; i < n && code == ERROR_OK; i++) {
		sa_set_port(&addresses[i], port);
		int failed = sip_transp_add(engine->sip, SIP_TRANSP_TLS, &addresses[i], tls);

		if (failed)
			code = bind_error(err, CONFIG_SIP_TLS_PORT, "TLS", &addresses[i], failed);
		else if (!port)
			port = port_of(engine, SIP_TRANSP_TLS, &addresses[i]);
	}
	engine->ports.tls = port;
	mem_deref(tls);
	return code;
}

enum error_code listen_all(struct engine *engine, struct error *err)
{
	const char *address = config_text(engine->config, CONFIG_SIP_ADDRESS);
	struct sa addresses[LISTEN_ADDRESSES_MAX];
	size_t n = listen_addresses(address, addresses);

	if (n == 0)
		return error_set(err, ERROR_INVALID, config_name(CONFIG_SIP_ADDRESS),
		                 "%s is not an IP address of this machine", address);
	enum error_code code = listen_first(engine, &addresses[0], err);

	for (size_t i = 1; i < n && code == ERROR_OK; i++) {
		sa_set_port(&addresses[i], engine->ports.udp);
		int failed = sip_transp_add(engine->sip, SIP_TRANSP_UDP, &addresses[i]);

		if (!failed)
			failed = sip_transp_add(engine->sip, SIP_TRANSP_TCP, &addresses[i]);
		if (failed)
			code = bind_error(err, CONFIG_SIP_PORT, "UDP and TCP", &addresses[i],
			                  failed);
	}
	return code == ERROR_OK ? listen_tls(engine, addresses, n, err) : code;
}

enum error_code listen_publish(const struct engine *engine, struct error *err)
{
	AUTO(text_clear) struct text content = {0};

	text_addf(&content, "{\"pid\":%ld,\"udp\":%u,\"tcp\":%u,\"tls\":", (long)getpid(),
	          engine->ports.udp, engine->ports.tcp);
	if (engine->ports.tls)
		text_addf(&content, "%u}\n", engine->ports.tls);
	else
		text_add(&content, "null}\n");
	return daemon_publish(engine->config, "sip", &content, err);
}

void listen_unpublish(const struct engine *engine)
{
	daemon_unpublish(engine->config, "sip");
}
