/* What the load generators of phones share: names and passwords as lib.mjs has them, digest, UDP.
 */
#ifndef CENTREX_TESTS_BENCH_LOAD_SIP_H
#define CENTREX_TESTS_BENCH_LOAD_SIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOAD_NONCE_MAX = 512, LOAD_MESSAGE_MAX = 4096 };

uint64_t load_now_us(void);

/* A socket that talks to the server at that port of loopback; its own port. Ends the program where
 * it cannot be. */
int load_socket(unsigned server_port, unsigned *ret_own_port);
void load_send(int socket, const char *message, size_t n);

/* The value of nonce="..." of an MD5 challenge (a SHA-256 one may stand beside it). */
bool load_nonce(const char *message, char ret_nonce[static LOAD_NONCE_MAX]);

/* An Authorization line for phone `index`: user 00000000-0000-4000-8000-1000<10000000+index>,
 * password password-of-the-phone-<10000000+index>. uri: with its "sip:". */
void load_authorization(unsigned index, const char *domain, const char *method, const char *uri,
                        const char *nonce, char *ret_text, size_t size);

#endif
