#include "oom.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

#include "unit.h"

enum { BLOCKS_MAX = 1 << 16, ALLOCATIONS_MAX = 100000 };

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *string);
char *__real_strndup(const char *string, size_t n);
void __real_free(void *block);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool running;
static size_t left;
static size_t refused;
static void *blocks[BLOCKS_MAX];
static size_t n_blocks;

bool oom_allow(void)
{
	bool allowed = true;

	pthread_mutex_lock(&lock);
	if (running && left > 0)
		left--;
	else if (running) {
		refused++;
		allowed = false;
	}
	pthread_mutex_unlock(&lock);
	return allowed;
}

static void *remember(void *block)
{
	pthread_mutex_lock(&lock);
	if (running && block && n_blocks < BLOCKS_MAX)
		blocks[n_blocks++] = block;
	pthread_mutex_unlock(&lock);
	return block;
}

/* True when the block was taken during this run. The newest are most often freed first. */
static bool forget(void *block)
{
	bool found = false;

	pthread_mutex_lock(&lock);
	for (size_t i = n_blocks; block && i-- > 0;)
		if (blocks[i] == block) {
			blocks[i] = blocks[--n_blocks];
			found = true;
			break;
		}
	pthread_mutex_unlock(&lock);
	return found;
}

void *__wrap_malloc(size_t size)
{
	return oom_allow() ? remember(__real_malloc(size)) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return oom_allow() ? remember(__real_calloc(n, size)) : NULL;
}

void *__wrap_realloc(void *block, size_t size)
{
	bool ours;

	if (!oom_allow())
		return NULL;
	ours = forget(block);
	block = block && !ours ? __real_realloc(block, size)
	                       : remember(__real_realloc(block, size));
	return block;
}

void *__wrap_reallocarray(void *block, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return __wrap_realloc(block, bytes);
}

char *__wrap_strdup(const char *string)
{
	return oom_allow() ? remember(__real_strdup(string)) : NULL;
}

char *__wrap_strndup(const char *string, size_t n)
{
	return oom_allow() ? remember(__real_strndup(string, n)) : NULL;
}

void __wrap_free(void *block)
{
	forget(block);
	__real_free(block);
}

void oom_start(size_t allowed)
{
	json_set_alloc_funcs(__wrap_malloc, __wrap_free);
	pthread_mutex_lock(&lock);
	running = true;
	left = allowed;
	refused = 0;
	n_blocks = 0;
	pthread_mutex_unlock(&lock);
}

size_t oom_stop(size_t *ret_refused)
{
	size_t kept;

	pthread_mutex_lock(&lock);
	running = false;
	kept = n_blocks;
	n_blocks = 0;
	if (ret_refused)
		*ret_refused = refused;
	pthread_mutex_unlock(&lock);
	return kept;
}

static size_t check(oom_run_h *run, void *arg, bool must_fail)
{
	for (size_t allowed = 0; allowed < ALLOCATIONS_MAX; allowed++) {
		enum error_code code;
		size_t n_refused, kept;

		oom_start(allowed);
		code = run(arg);
		kept = oom_stop(&n_refused);
		if (kept)
			fail_msg("%zu allocations allowed: %zu blocks leaked", allowed, kept);
		if (!n_refused) {
			if (must_fail && code != ERROR_OK)
				fail_msg("enough memory, yet: %s", error_slug(code));
			return allowed;
		}
		if (must_fail && code != ERROR_MEMORY)
			fail_msg("%zu allocations allowed: %s, not memory", allowed,
			         error_slug(code));
	}
	fail_msg("still short of memory after %d allocations", ALLOCATIONS_MAX);
	return 0;
}

size_t oom_check(oom_run_h *run, void *arg)
{
	return check(run, arg, true);
}

size_t oom_check_any(oom_run_h *run, void *arg)
{
	return check(run, arg, false);
}
