/* The sockets of the engine: UDP and TCP on one port, TLS where a certificate is set. */
#ifndef CENTREX_SIP_LISTEN_H
#define CENTREX_SIP_LISTEN_H

#include "sip/engine.h"

/* Binds every listener and fills engine->ports. An address of 0.0.0.0 or :: means one listener per
 * address of this machine, the one with the default route first: libre prints a listener's address
 * into Via, so it has to be one that a phone can reach. ERROR_BUSY: the port is taken. */
MUST_CHECK enum error_code listen_all(struct engine *engine, struct error *err);

enum { LISTEN_ADDRESSES_MAX = 16 };

/* The addresses that `address` stands for; 0 when it is no IP address. Ports are 0. */
size_t listen_addresses(const char *address, struct sa ret_addresses[LISTEN_ADDRESSES_MAX]);

/* The address of ours by which `to` is reached: sip-address, or where that means all, the one that
 * the kernel's routes choose. False: there is no way to it. The port is 0. */
bool listen_source(const struct engine *engine, const struct sa *to, struct sa *ret_address);

/* The port others reach us on by this transport. */
uint16_t listen_port(const struct engine *engine, enum sip_transp transport);

/* <state>/run/sip.json, written whole or not at all. */
MUST_CHECK enum error_code listen_publish(const struct engine *engine, struct error *err);
void listen_unpublish(const struct engine *engine);

#endif
