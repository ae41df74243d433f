/*
 * The hash FreeSWITCH checks a phone's digest with, its parameter a1-hash (sofia_reg.c): MD5 of
 * "name:realm:password" (RFC 7616 section 3.4.2), so that it never learns the password.
 */
#ifndef CENTREX_FREESWITCH_HA1_H
#define CENTREX_FREESWITCH_HA1_H

#include <stdbool.h>

enum { HA1_MAX = 33 };

/* 32 hex digits. False: longer than anything we keep, or there is no MD5 (a FIPS OpenSSL). */
bool ha1(const char *name, const char *realm, const char *password, char ret_hex[static HA1_MAX]);

#endif
