/*
 * libre accepts connections by itself and tells nobody. Its transports call tcp_accept, and the
 * program's own definition comes first for libre too (as in decode.c): ours asks whether there is
 * room, and stands between the connection and libre's handlers. libre may drop a connection at any
 * time (its timers, a message it cannot read); we hold a reference, and when it is the last one,
 * libre has.
 */
#include "sip/connections.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "sip/dispatch.h"
#include "sip/guard.h"
#include "sip/registrar.h"

enum { BUCKETS = 8192 };
/* Connections not yet accepted; the kernel bounds it by net.core.somaxconn. */
enum { BACKLOG = 4096 };

/* An IPv4 address, or the /64 that one customer has. */
struct place {
	struct le le;
	struct sa address;
	unsigned n, strangers;
};

struct connection {
	struct le he; /* by tcp */
	struct le le; /* among all, strangers, or strangers from banned addresses; oldest first */
	struct connections *connections;
	struct tcp_conn *tcp;
	struct sa peer;
	struct place *place;
	int64_t since_s;
	bool proven, banned;
	/* libre's. */
	tcp_estab_h *estabh;
	tcp_recv_h *recvh;
	tcp_close_h *closeh;
	void *arg;
};

typedef int(tcp_listen_h)(struct tcp_sock *socket, int backlog);
typedef int(accept_h)(struct tcp_conn **tcp, struct tcp_sock *socket, tcp_estab_h *estabh,
                      tcp_recv_h *recvh, tcp_close_h *closeh, void *arg);

struct connections {
	struct engine *engine;
	accept_h *accept; /* libre's */
	struct hash *by_tcp, *places;
	struct list strangers, banned, proven;
	unsigned n_strangers;
	int64_t swept_s;
};

static struct connections *all; /* allowed: tcp_accept of libre has no argument of ours */

static int64_t now_s(void)
{
	return clock_monotonic_us() / 1000000;
}

/* ---- places ---- */

static struct sa place_address(const struct sa *peer)
{
	struct sa address = *peer;

	sa_set_port(&address, 0);
	if (sa_af(peer) == AF_INET6)
		memset((uint8_t *)&address.u.in6.sin6_addr + 8, 0, 8);
	return address;
}

static bool place_is(struct le *le, void *arg)
{
	const struct place *place = le->data;

	return sa_cmp(&place->address, arg, SA_ADDR);
}

static void place_destructor(void *arg)
{
	struct place *place = arg;

	hash_unlink(&place->le);
}

static struct place *place_take(struct connections *connections, const struct sa *peer)
{
	struct sa address = place_address(peer);
	const uint32_t key = sa_hash(&address, SA_ADDR);
	struct place *place =
		list_ledata(hash_lookup(connections->places, key, place_is, &address));

	if (place)
		return mem_ref(place);
	place = mem_zalloc(sizeof(*place), place_destructor);
	if (!place)
		return NULL;
	place->address = address;
	hash_append(connections->places, key, &place->le, place);
	return place;
}

/* ---- connections ---- */

static uint32_t key_of(const struct tcp_conn *tcp)
{
	return hash_joaat((const uint8_t *)&tcp, sizeof(tcp));
}

static bool connection_is(struct le *le, void *arg)
{
	const struct connection *connection = le->data;

	return connection->tcp == arg;
}

static void destructor(void *arg)
{
	struct connection *connection = arg;

	hash_unlink(&connection->he);
	list_unlink(&connection->le);
	if (connection->place) {
		connection->place->n--;
		if (!connection->proven) {
			connection->place->strangers--;
			connection->connections->n_strangers--;
		}
		mem_deref(connection->place);
	}
	if (connection->tcp)
		tcp_set_handlers(connection->tcp, NULL, NULL, NULL, NULL);
	mem_deref(connection->tcp);
}

static bool is_dropped(const struct connection *connection)
{
	return mem_nrefs(connection->tcp) == 1;
}

/* Ends it as if the other side had. */
static void end(struct connection *connection, int err)
{
	if (!is_dropped(connection))
		connection->closeh(err, connection->arg);
	mem_deref(connection);
}

static void count_rubbish(struct connection *connection)
{
	struct engine *engine = connection->connections->engine;
	const bool holds = registrar_holds_address(engine->registrar, &connection->peer);

	engine_count(engine, SIP_COUNT_MALFORMED);
	if (guard_malformed(engine->guard, &connection->peer, holds, now_s()) == GUARD_BAN)
		dispatch_log_ban(&connection->peer, "connections that bring no SIP");
}

static void on_established(void *arg)
{
	struct connection *connection = arg;

	if (!is_dropped(connection))
		connection->estabh(connection->arg);
}

static void on_received(struct mbuf *mb, void *arg)
{
	struct connection *connection = arg;

	if (!is_dropped(connection)) {
		connection->recvh(mb, connection->arg);
		if (!is_dropped(connection))
			return;
		count_rubbish(connection); /* libre could not read it */
	}
	mem_deref(connection);
}

static void on_closed(int err, void *arg)
{
	struct connection *connection = arg;

	if (err == EPROTO) /* no TLS */
		count_rubbish(connection);
	end(connection, err);
}

/* Whether there is room for one more from there. */
static bool admit(struct connections *connections, struct connection *connection)
{
	struct engine *engine = connections->engine;

	/* One a second may come nevertheless, and bring a call for help (dispatch.c). */
	connection->banned = guard_check(engine->guard, &connection->peer, now_s()) == GUARD_BANNED;
	if (connection->banned &&
	    guard_try_banned(engine->guard, &connection->peer, now_s()) != GUARD_PASS) {
		engine_count(engine, SIP_COUNT_BANNED);
		return false;
	}
	if (connection->place->strangers < CONNECTIONS_STRANGERS_OF_ADDRESS &&
	    connection->place->n < CONNECTIONS_OF_ADDRESS)
		return true;
	engine_count(engine, SIP_COUNT_OVERLOAD);
	return false;
}

static void insert(struct connections *connections, struct connection *connection)
{
	struct le *oldest = list_head(&connections->strangers);

	if (connections->n_strangers >= CONNECTIONS_STRANGERS && oldest)
		end(oldest->data, ECONNABORTED);
	connection->place->n++;
	connection->place->strangers++;
	connections->n_strangers++;
	connection->since_s = now_s();
	hash_append(connections->by_tcp, key_of(connection->tcp), &connection->he, connection);
	list_append(connection->banned ? &connections->banned : &connections->strangers,
	            &connection->le, connection);
}

static int accept_one(struct connections *connections, struct tcp_conn **tcp,
                      struct tcp_sock *socket, struct connection *connection)
{
	int err = connections->accept(tcp, socket, on_established, on_received, on_closed,
	                              connection);

	if (err)
		return err;
	err = tcp_conn_peer_get(*tcp, &connection->peer);
	struct place *place = err ? NULL : place_take(connections, &connection->peer);

	connection->place = place;
	if (!err && !place)
		err = ENOMEM;
	if (!err && !admit(connections, connection))
		err = ECONNREFUSED;
	if (err) {
		connection->place = mem_deref(place);
		*tcp = mem_deref(*tcp);
		return err;
	}
	connection->tcp = mem_ref(*tcp);
	insert(connections, connection);
	return 0;
}

/*
 * In place of libre's, whose transports ask for a backlog of 5: of the phones that come back at
 * once after a network failure all but a few would wait a second for their next SYN, and then
 * longer.
 */
int tcp_sock_listen(struct tcp_sock *socket, int backlog)
{
	tcp_listen_h *listens = (tcp_listen_h *)dlsym(RTLD_NEXT, "tcp_sock_listen");

	return listens ? listens(socket, backlog > BACKLOG ? backlog : BACKLOG) : ENOSYS;
}

/* In place of libre's. */
int tcp_accept(struct tcp_conn **tcp, struct tcp_sock *socket, tcp_estab_h *estabh,
               tcp_recv_h *recvh, tcp_close_h *closeh, void *arg)
{
	struct connection *connection = mem_zalloc(sizeof(*connection), destructor);

	if (!connection || !all) {
		mem_deref(connection);
		return ENOMEM;
	}
	connection->connections = all;
	connection->estabh = estabh;
	connection->recvh = recvh;
	connection->closeh = closeh;
	connection->arg = arg;
	const int err = accept_one(all, tcp, socket, connection);

	if (err)
		mem_deref(connection);
	return err;
}

void connections_prove(struct connections *connections, const struct sip_msg *msg)
{
	struct tcp_conn *tcp = sip_msg_tcpconn(msg);
	struct connection *connection =
		tcp ? list_ledata(hash_lookup(connections->by_tcp, key_of(tcp), connection_is, tcp))
		    : NULL;

	if (!connection || connection->proven)
		return;
	connection->proven = true;
	connection->place->strangers--;
	connections->n_strangers--;
	list_unlink(&connection->le);
	list_append(&connections->proven, &connection->le, connection);
}

/* What libre has dropped by its timers. */
static void release_dropped(struct list *list)
{
	for (struct le *le = list_head(list), *next; le; le = next) {
		struct connection *connection = le->data;

		next = le->next;
		if (is_dropped(connection))
			mem_deref(connection);
	}
}

static void end_older(struct list *list, int64_t since_s)
{
	struct le *le;

	while ((le = list_head(list))) {
		struct connection *oldest = le->data;

		if (oldest->since_s > since_s)
			break;
		end(oldest, ETIMEDOUT);
	}
}

void connections_tick(struct connections *connections, int64_t now)
{
	if (now != connections->swept_s) {
		connections->swept_s = now;
		release_dropped(&connections->strangers);
		release_dropped(&connections->banned);
		release_dropped(&connections->proven);
	}
	end_older(&connections->strangers, now - CONNECTIONS_STRANGER_S);
	end_older(&connections->banned, now - CONNECTIONS_BANNED_S);
}

enum error_code connections_open(struct engine *engine, struct connections **ret_connections,
                                 struct error *err)
{
	struct connections *connections = calloc(1, sizeof(*connections));

	if (!connections || hash_alloc(&connections->by_tcp, BUCKETS) != 0 ||
	    hash_alloc(&connections->places, BUCKETS) != 0) {
		connections_close(connections);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	connections->engine = engine;
	connections->accept = (accept_h *)dlsym(RTLD_NEXT, "tcp_accept");
	if (!connections->accept) {
		connections_close(connections);
		return error_set(err, ERROR_IO, NULL, "libre has no tcp_accept");
	}
	all = connections;
	*ret_connections = connections;
	return ERROR_OK;
}

void connections_close(struct connections *connections)
{
	if (!connections)
		return;
	list_flush(&connections->strangers);
	list_flush(&connections->banned);
	list_flush(&connections->proven);
	mem_deref(connections->by_tcp);
	mem_deref(connections->places);
	if (all == connections)
		all = NULL;
	free(connections);
}
