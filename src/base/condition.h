/* Condition variables that wait by the monotonic clock, which nobody sets. */
#ifndef CENTREX_BASE_CONDITION_H
#define CENTREX_BASE_CONDITION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

void condition_init(pthread_cond_t *condition);

/* Waits with the mutex until woken or at_us (clock_monotonic_us()) has come; false: it has. */
bool condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t at_us);

#endif
