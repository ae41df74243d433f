/* What a client does with a connection: every failure fails the test. */
#ifndef CENTREX_TESTS_WIRE_H
#define CENTREX_TESTS_WIRE_H

#include "base/text.h"

void send_all(int s, const char *bytes, size_t n);
void say(int s, const char *text);
/* Reads until the text has `until` (NULL: until the end). */
void hear(int s, const char *until, struct text *out);

#endif
