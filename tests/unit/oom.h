/*
 * Allocation-failure runs: a piece of code is run with 0, 1, 2, ... allocations allowed until it
 * succeeds. Each run that was refused memory must say ERROR_MEMORY and leave nothing behind.
 *
 *   static enum error_code build(void *arg)
 *   {
 *           struct thing *thing;
 *           enum error_code code = thing_new(arg, &thing, NULL);
 *
 *           if (code == ERROR_OK)
 *                   thing_free(thing);
 *           return code;
 *   }
 *   oom_check(build, "input");
 *
 * Counted: malloc, calloc, realloc, reallocarray, strdup and strndup of our own objects, what
 * jansson allocates, and in tests/unit/sip libre's mem_alloc and mbuf_alloc family. What other
 * shared libraries allocate inside is not refused. The run must give back all it took.
 */
#ifndef CENTREX_TESTS_OOM_H
#define CENTREX_TESTS_OOM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef enum error_code oom_run_h(void *arg);

/* Fails the test (cmocka) on a wrong code or a leak; returns how many allocations success took. */
size_t oom_check(oom_run_h *run, void *arg);

/* For code that may do without the memory: any code is right, crash and leak are not. */
size_t oom_check_any(oom_run_h *run, void *arg);

/* By hand: from now on `allowed` allocations succeed, then each fails. oom_stop ends it and returns
 * the number of blocks taken and not given back; ret_refused (may be NULL): how many were refused.
 */
void oom_start(size_t allowed);
size_t oom_stop(size_t *ret_refused);

/* For further wrappers (oom_re.c): may this allocation go ahead? */
bool oom_allow(void);

#endif
