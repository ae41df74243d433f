/* libre's own allocators, refused by the same count (see oom.h). Leaks are LeakSanitizer's part:
 * libre frees by reference count inside its library. */
#include <re.h>

#include "oom.h"

void *__real_mem_alloc(size_t size, mem_destroy_h *dh);
void *__real_mem_zalloc(size_t size, mem_destroy_h *dh);
void *__real_mem_realloc(void *data, size_t size);
struct mbuf *__real_mbuf_alloc(size_t size);
int __real_str_dup(char **dst, const char *src);
int __real_pl_strdup(char **dst, const struct pl *src);

void *__wrap_mem_alloc(size_t size, mem_destroy_h *dh)
{
	return oom_allow() ? __real_mem_alloc(size, dh) : NULL;
}

void *__wrap_mem_zalloc(size_t size, mem_destroy_h *dh)
{
	return oom_allow() ? __real_mem_zalloc(size, dh) : NULL;
}

void *__wrap_mem_realloc(void *data, size_t size)
{
	return oom_allow() ? __real_mem_realloc(data, size) : NULL;
}

struct mbuf *__wrap_mbuf_alloc(size_t size)
{
	return oom_allow() ? __real_mbuf_alloc(size) : NULL;
}

int __wrap_str_dup(char **dst, const char *src)
{
	return oom_allow() ? __real_str_dup(dst, src) : ENOMEM;
}

int __wrap_pl_strdup(char **dst, const struct pl *src)
{
	return oom_allow() ? __real_pl_strdup(dst, src) : ENOMEM;
}
