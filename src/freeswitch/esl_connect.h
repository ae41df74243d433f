/* TCP to an event socket: for esl.c. */
#ifndef CENTREX_FREESWITCH_ESL_CONNECT_H
#define CENTREX_FREESWITCH_ESL_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { ESL_CONNECT_MS = 5000 }; /* for each address of a host */

/* Waits until the socket can be written, so many ms at most; false: not yet. Writes *ret_stop where
 * nobody wants the connection any more. */
typedef bool esl_wait_h(int socket, int ms, bool *ret_stop, void *arg);

/* A connected, non-blocking socket with keep-alive. Resolving a host's name may take as long as the
 * system's resolver does. */
MUST_CHECK enum error_code esl_connect(const char *host, uint16_t port, esl_wait_h *wait, void *arg,
                                       int *ret_socket, struct error *err);

#endif
