/*
 * A process that gives up everything but computing: from then on it reads and writes the files it
 * has open, and can open, start, connect, signal and trace nothing. For code that decodes what
 * strangers send. There is no way back.
 *
 * Limits of memory, CPU time, file size, descriptors, processes and core files (setrlimit(2)), no
 * new privileges, and a list of system calls (seccomp(2)); every other call fails with EPERM.
 */
#ifndef CENTREX_AUDIO_SANDBOX_H
#define CENTREX_AUDIO_SANDBOX_H

#include <stdint.h>

#include "base/error.h"

struct sandbox {
	uint64_t
		memory_bytes; /* address space; not kept under AddressSanitizer, which needs more */
	unsigned cpu_s;
	uint64_t file_bytes;  /* a larger file: EFBIG */
	unsigned descriptors; /* all that are open; further ones: EMFILE */
};

MUST_CHECK enum error_code sandbox_enter(const struct sandbox *sandbox, struct error *err);

#endif
