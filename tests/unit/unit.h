/* What every unit test includes: cmocka, which wants these headers before it. */
#ifndef CENTREX_TESTS_UNIT_H
#define CENTREX_TESTS_UNIT_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
/* clang-format on */

#endif
