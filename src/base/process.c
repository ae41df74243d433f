#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_KEPT_MAX = 64 * 1024 };

/* What a child reports through a pipe when it cannot become the program. */
enum step { STEP_SETUP, STEP_LOCK, STEP_EXEC };

struct failure {
	enum step step;
	int number; /* errno */
};

static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void default_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Between fork and exec: a POSIX lock stays with the process over exec, and tells its holder. */
static int take_lock(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int file = open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);

	return file < 0 ? -1 : fcntl(file, F_SETLK, &lock);
}

static _Noreturn void give_up(int report, enum step step)
{
	struct failure failure = {.step = step, .number = errno};
	ssize_t n = write(report, &failure, sizeof(failure));

	_exit(n == sizeof(failure) ? 127 : 126);
}

/* Between fork and exec: descriptors become 3, 4, ... First all that matter are moved out of the
 * way of these numbers. */
static bool hand_on(const struct process_spec *spec, int *report)
{
	int copies[PROCESS_DESCRIPTORS_MAX];
	int first = STDERR_FILENO + 1, end = first + (int)spec->n_descriptors;

	if (spec->n_descriptors > PROCESS_DESCRIPTORS_MAX)
		return false;
	*report = fcntl(*report, F_DUPFD, end);
	for (size_t i = 0; i < spec->n_descriptors; i++) {
		copies[i] = fcntl(spec->descriptors[i], F_DUPFD, end);
		if (copies[i] < 0)
			return false;
	}
	for (size_t i = 0; i < spec->n_descriptors; i++)
		if (dup2(copies[i], first + (int)i) < 0)
			return false;
	return *report >= 0 && close_range((unsigned)end, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

static _Noreturn void become(const struct process_spec *spec, pid_t parent, int input, int report)
{
	static char *nothing[] = {NULL};

	default_signals();
	if (spec->group && setpgid(0, 0))
		give_up(report, STEP_SETUP);
	if (spec->confined && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		give_up(report, STEP_SETUP);
	if (spec->bound && (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent))
		give_up(report, STEP_SETUP);
	if (dup2(input, STDIN_FILENO) < 0)
		give_up(report, STEP_SETUP);
	if (spec->output >= 0 &&
	    (dup2(spec->output, STDOUT_FILENO) < 0 || dup2(spec->output, STDERR_FILENO) < 0))
		give_up(report, STEP_SETUP);
	if (spec->mute && dup2(input, STDOUT_FILENO) < 0)
		give_up(report, STEP_SETUP);
	/* Whoever started us may have left descriptors open, and waits for the end of one of them.
	 */
	if (!hand_on(spec, &report))
		give_up(report, STEP_SETUP);
	/* The lock comes last: a lock file that lands on a low number must not be dup2'ed over. */
	if (spec->lock && take_lock(spec->lock))
		give_up(report, STEP_LOCK);
	if (spec->bare)
		environ = nothing;
	if (spec->program)
		execv(spec->program, (char *const *)spec->argv);
	else
		execvp(spec->argv[0], (char *const *)spec->argv);
	give_up(report, STEP_EXEC);
}

static enum error_code explain(const struct process_spec *spec, const struct failure *failure,
                               struct error *err)
{
	errno = failure->number;
	if (failure->step == STEP_LOCK && (errno == EAGAIN || errno == EACCES))
		return error_set(err, ERROR_BUSY, NULL, "another %s holds %s", spec->argv[0],
		                 spec->lock);
	if (failure->step == STEP_EXEC && errno == ENOENT)
		return error_set(err, ERROR_NOT_FOUND, NULL, "there is no program %s",
		                 spec->argv[0]);
	return error_errno(err, "start %s", spec->argv[0]);
}

static enum error_code start(const struct process_spec *spec, int input,
                             struct process *ret_process, struct error *err)
{
	struct failure failure;
	pid_t parent = getpid();
	int report[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC))
		return error_errno(err, "start %s", spec->argv[0]);
	pid = fork();
	if (pid == 0)
		become(spec, parent, input, report[1]);
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		return error_errno(err, "start %s", spec->argv[0]);
	}
	do {
		n = read(report[0], &failure, sizeof(failure));
	} while (n < 0 && errno == EINTR);
	close(report[0]);
	if (n == sizeof(failure)) {
		waitpid(pid, NULL, 0);
		return explain(spec, &failure, err);
	}
	*ret_process = (struct process){.pid = pid, .pidfd = open_pidfd(pid), .ours = true};
	return ERROR_OK;
}

enum error_code process_start(const struct process_spec *spec, struct process *ret_process,
                              struct error *err)
{
	AUTO(auto_close) int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (nothing < 0)
		return error_errno(err, "open /dev/null");
	return start(spec, nothing, ret_process, err);
}

bool process_adopt(pid_t pid, struct process *ret_process)
{
	int pidfd = pid > 0 ? open_pidfd(pid) : -1;

	if (pidfd < 0)
		return false;
	*ret_process = (struct process){.pid = pid, .pidfd = pidfd};
	return true;
}

pid_t process_lock_holder(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	AUTO(auto_close) int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (file < 0 || fcntl(file, F_GETLK, &lock) || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : 0;
}

bool process_ended(struct process *process, int *ret_status)
{
	struct pollfd ready = {.fd = process->pidfd, .events = POLLIN};
	int status = -1;

	if (!process->pid)
		return false;
	if (process->ours) {
		if (waitpid(process->pid, &status, WNOHANG) == 0)
			return false;
	} else if (poll(&ready, 1, 0) == 0) {
		return false;
	}
	process_clear(process);
	*ret_status = status;
	return true;
}

void process_signal(const struct process *process, int number)
{
	if (process->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, process->pidfd, number, NULL, 0);
}

void process_clear(struct process *process)
{
	if (process->pidfd >= 0)
		close(process->pidfd);
	*process = PROCESS_NONE;
}

void process_describe(int status, struct text *out)
{
	if (status == -1)
		text_add(out, "unknown (it was adopted)");
	else if (WIFSIGNALED(status))
		text_addf(out, "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		text_addf(out, "exit status %d", WEXITSTATUS(status));
}

/* Writes input and reads output as each becomes possible. */
static void converse(int in, const char *input, int out, struct text *ret_output)
{
	size_t left = input ? strlen(input) : 0;
	char chunk[4096];
	ssize_t n = 1;

	while (n > 0) {
		struct pollfd ends[2] = {
			{.fd = out, .events = POLLIN },
                        {.fd = in,  .events = POLLOUT}
                };

		if (!left && in >= 0) {
			close(in);
			in = ends[1].fd = -1;
		}
		if (poll(ends, 2, -1) < 0 && errno != EINTR)
			break;
		if (ends[1].revents) {
			ssize_t sent = write(in, input, left);

			if (sent < 0 && errno != EAGAIN)
				left = 0; /* it does not want more */
			left -= sent > 0 ? (size_t)sent : 0;
			input += sent > 0 ? sent : 0;
		}
		if (ends[0].revents) {
			n = read(out, chunk, sizeof(chunk));
			if (n > 0 && ret_output->length < OUTPUT_KEPT_MAX)
				text_add_n(ret_output, chunk, (size_t)n);
		}
	}
	if (in >= 0)
		close(in);
}

enum error_code process_run(const char *const *argv, const char *input, struct text *ret_output,
                            int *ret_status, struct error *err)
{
	struct process_spec spec = {.argv = argv, .confined = true, .group = true, .bound = true};
	struct process process = PROCESS_NONE;
	void (*saved)(int) = SIG_DFL;
	enum error_code code;
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC))
		return error_errno(err, "start %s", argv[0]);
	if (fcntl(to[1], F_SETFL, O_NONBLOCK) || pipe2(from, O_CLOEXEC)) {
		close(to[0]);
		close(to[1]);
		return error_errno(err, "start %s", argv[0]);
	}
	spec.output = from[1];
	code = start(&spec, to[0], &process, err);
	close(to[0]);
	close(from[1]);
	if (code == ERROR_OK) {
		/* A program that ends early must not end us with SIGPIPE. */
		saved = signal(SIGPIPE, SIG_IGN);
		converse(to[1], input, from[0], ret_output);
		signal(SIGPIPE, saved);
		while (waitpid(process.pid, ret_status, 0) < 0 && errno == EINTR)
			;
		process_clear(&process);
	} else {
		close(to[1]);
	}
	close(from[0]);
	return code;
}
