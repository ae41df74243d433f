/*
 * A proxy before PostgreSQL's unix socket that counts round trips and plays a broken network.
 */
#ifndef CENTREX_TESTS_DB_PROXY_H
#define CENTREX_TESTS_DB_PROXY_H

struct proxy;

/* directory: of the server's socket .s.PGSQL.5432. */
struct proxy *proxy_new(const char *directory);
void proxy_free(struct proxy *proxy);

/* Where the proxy's own .s.PGSQL.5432 is. */
const char *proxy_directory(const struct proxy *proxy);

/* How often the client has sent something after it had read something, since the last call. */
unsigned proxy_round_trips(struct proxy *proxy);

/* Frozen: connections are accepted and nothing is passed on any more. */
void proxy_freeze(struct proxy *proxy, int frozen);

/* Closes every connection there is. */
void proxy_cut(struct proxy *proxy);

#endif
