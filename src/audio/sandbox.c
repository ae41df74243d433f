#include "audio/sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "name this architecture as linux/audit.h does"
#endif

#ifdef __SANITIZE_ADDRESS__
#define HAS_SHADOW true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SHADOW true
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define HAS_SHADOW true
#endif
#ifndef HAS_SHADOW
#define HAS_SHADOW false
#endif

/* What decoding, the C library's memory and its way out need. */
static const unsigned calls[] = {
	SYS_read,         SYS_write,  SYS_pread64,        SYS_pwrite64,   SYS_lseek,
	SYS_fstat,        SYS_mmap,   SYS_munmap,         SYS_mremap,     SYS_mprotect,
	SYS_madvise,      SYS_brk,    SYS_futex,          SYS_getpid,     SYS_gettid,
	SYS_sched_yield,  SYS_exit,   SYS_exit_group,     SYS_newfstatat, SYS_clock_gettime,
	SYS_rt_sigreturn, SYS_tgkill, SYS_rt_sigprocmask,
};

static enum error_code limit(enum __rlimit_resource resource, uint64_t most, struct error *err)
{
	const struct rlimit both = {.rlim_cur = most, .rlim_max = most};

	return setrlimit(resource, &both) ? error_errno(err, "set a limit of resources") : ERROR_OK;
}

static enum error_code filter_calls(struct error *err)
{
	enum { HEAD = 4, TAIL = 2 };
	struct sock_filter code[HEAD + COUNT_OF(calls) + TAIL];
	size_t n = 0;
	const struct sock_fprog program = {.len = COUNT_OF(code), .filter = code};

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	                                         offsetof(struct seccomp_data, arch));
	code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
	                                         offsetof(struct seccomp_data, nr));
	/* A match jumps to the last instruction, over the calls that follow and the refusal. */
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i],
		                                         (uint8_t)(COUNT_OF(calls) - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return error_errno(err, "restrict system calls");
	return ERROR_OK;
}

/* Started by root (the command line): nobody from here on. */
static enum error_code drop_root(struct error *err)
{
	enum { NOBODY = 65534 };

	if (geteuid() != 0)
		return ERROR_OK;
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		return error_errno(err, "give up root");
	return ERROR_OK;
}

enum error_code sandbox_enter(const struct sandbox *sandbox, struct error *err)
{
	const struct {
		enum __rlimit_resource resource;
		uint64_t most;
	} limits[] = {
		{RLIMIT_CORE,   0						 },
		{RLIMIT_NPROC,  0						 },
		{RLIMIT_CPU,    sandbox->cpu_s                                    },
		{RLIMIT_FSIZE,  sandbox->file_bytes                               },
		{RLIMIT_NOFILE, sandbox->descriptors                              },
		{RLIMIT_AS,     HAS_SHADOW ? RLIM_INFINITY : sandbox->memory_bytes},
	};
	enum error_code code = drop_root(err);

	signal(SIGXFSZ, SIG_IGN); /* EFBIG instead */
	for (size_t i = 0; !code && i < COUNT_OF(limits); i++)
		code = limit(limits[i].resource, limits[i].most, err);
	if (code)
		return code;
	/* A change of user takes the signal of process_spec.bound away. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return error_errno(err, "give up privileges");
	return filter_calls(err);
}
