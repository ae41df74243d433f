/*
 * Starting and watching other programs. A process is held by a pidfd: a number that was given to
 * somebody else meanwhile can never be signalled by mistake.
 */
#ifndef CENTREX_BASE_PROCESS_H
#define CENTREX_BASE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"

struct process {
	pid_t pid; /* 0: none */
	int pidfd; /* -1: none; readable once the process has ended */
	bool ours; /* our child: it has an exit status for us */
};

#define PROCESS_NONE ((struct process){.pidfd = -1})

enum { PROCESS_DESCRIPTORS_MAX = 8 };

struct process_spec {
	const char *const *argv; /* argv[0] is looked for in PATH */
	const char *program;     /* run this file instead of argv[0]; NULL: argv[0] */
	int output;              /* standard output and error go here; -1: where ours go */
	bool mute;               /* standard output goes nowhere; errors go their way */
	bool group;              /* a process group of its own: Ctrl-C does not reach it */
	bool confined;           /* can never gain rights (no_new_privs) */
	bool bound;              /* is killed when we end, however we do */
	bool bare;               /* without our environment, which may hold secrets */
	const int *descriptors;  /* handed on as 3, 4, ... */
	size_t n_descriptors;
	const char *lock; /* a file the process locks for its whole life; NULL: none */
};

/* Standard input is /dev/null, signals are at their defaults (SIGPIPE ignored), no descriptor but
 * 0, 1, 2, the lock's and those of descriptors is handed on. ERROR_NOT_FOUND when there is no such
 * program, ERROR_BUSY when the lock is held, ERROR_IO otherwise. */
MUST_CHECK enum error_code process_start(const struct process_spec *spec,
                                         struct process *ret_process, struct error *err);

/* Takes over a running process; false: there is none. */
MUST_CHECK bool process_adopt(pid_t pid, struct process *ret_process);

/* The process that holds a lock of process_spec; 0: nobody. */
pid_t process_lock_holder(const char *path);

/* Whether it has ended; never waits. ret_status as from waitpid(2), -1 when it was not our child.
 * An ended process becomes PROCESS_NONE. */
bool process_ended(struct process *process, int *ret_status);
void process_signal(const struct process *process, int number);
void process_clear(struct process *process); /* lets go of it; it runs on */

/* "exit status 1", "signal 9 (Killed)". */
void process_describe(int status, struct text *out);

/* Runs to the end, standard input from `input` (NULL: nothing), output (both, at most 64 KB kept)
 * into ret_output. ret_status as from waitpid(2). The program is killed when we are. */
MUST_CHECK enum error_code process_run(const char *const *argv, const char *input,
                                       struct text *ret_output, int *ret_status, struct error *err);

#endif
