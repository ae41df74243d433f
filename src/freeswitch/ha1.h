/*
 * The hash FreeSWITCH checks a phone's digest with, its parameter a1-hash (sofia_reg.c): MD5 of
 * "name:realm:password" (RFC 7616 section 3.4.2), so that it never learns the password.
 */
#ifndef CENTREX_FREESWITCH_HA1_H
#define CENTREX_FREESWITCH_HA1_H

#include <openssl/evp.h>
#include <stdbool.h>

enum { HA1_MAX = 33 };

/* MD5 as OpenSSL has it: to find it takes longer than to use it, so that whoever hashes much keeps
 * it. Freed by EVP_MD_free. NULL: there is none (a FIPS OpenSSL). */
EVP_MD *ha1_open(void);

/* 32 hex digits. False: longer than anything we keep, or md5 is NULL. */
bool ha1(const EVP_MD *md5, const char *name, const char *realm, const char *password,
         char ret_hex[static HA1_MAX]);

#endif
