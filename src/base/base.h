/*
 * The few macros every file may use: cleanup attributes, array sizes, checks.
 *
 * AUTO(free_text) char *name = NULL;   runs free_text(&name) at the end of the scope
 * return TAKE(name);                   hands the pointer on: the scope no longer frees it
 */
#ifndef CENTREX_BASE_BASE_H
#define CENTREX_BASE_BASE_H

#include <stddef.h>
#include <stdlib.h>

#define AUTO(function)    __attribute__((cleanup(function)))
#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define COUNT_OF(array)   (sizeof(array) / sizeof((array)[0]))

/* TAKE(p): the value of p, and p becomes NULL. */
#define TAKE(pointer)                                                                              \
	({                                                                                         \
		__auto_type taken_ = (pointer);                                                    \
		(pointer) = NULL;                                                                  \
		taken_;                                                                            \
	})

/* For AUTO(auto_free): any pointer that came from malloc. */
static inline void auto_free(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}

/* For AUTO(auto_close): a file descriptor; negative means none. */
void auto_close(int *descriptor);

#endif
