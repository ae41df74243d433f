#include "serve/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/exit.h"
#include "db/embedded.h"
#include "serve/child.h"

enum { STARTING_POLL_MS = 20 };

struct supervisor {
	const struct config *config;
	struct config *reread; /* what config points at after a SIGHUP; else NULL */
	struct child children[SERVICES_MAX];
	size_t n;
	int signals; /* signalfd */
	int64_t begun_us;
	bool announced; /* everything was up once */
	bool stopping;
	bool failed; /* stopping because a first start failed */
	unsigned pressure;
	int status;
};

static void begin_stop(struct supervisor *supervisor, bool failed, int status)
{
	if (supervisor->stopping)
		return;
	supervisor->stopping = true;
	supervisor->failed = failed;
	supervisor->status = status;
}

/* A child that cannot be started at all. */
static void cannot_start(struct supervisor *supervisor, struct child *child,
                         const struct error *err)
{
	if (!child->was_up) {
		begin_stop(supervisor, true, exit_report(err, false));
		child->phase = CHILD_STOPPED;
		return;
	}
	log_error("serve", "process cannot be started again", err);
	child_back_off(child);
}

static void start(struct supervisor *supervisor, struct child *child)
{
	struct error err;

	if (child_start(child, supervisor->config, &err))
		cannot_start(supervisor, child, &err);
	else
		log_event(LOG_DEBUG, "serve", "process started",
		          LOG_TEXT("process", child->service->name),
		          LOG_NUMBER("pid", child->process.pid));
}

/* Says why PostgreSQL ended at its first start: it speaks to its own log, not to our terminal. */
static int postgres_failed(const struct supervisor *supervisor)
{
	AUTO(text_clear) struct text complaint = {0};
	struct error err;

	embedded_complaint(supervisor->config, &complaint);
	error_set(&err, ERROR_UNAVAILABLE, NULL, "PostgreSQL does not start: %s",
	          complaint.length ? text_string(&complaint) : "see log/ in the state directory");
	return exit_report(&err, false);
}

static int first_start_failed(const struct supervisor *supervisor, const struct child *child,
                              int status)
{
	AUTO(text_clear) struct text how = {0};
	struct error err;

	if (child->service->kind == SERVICE_POSTGRES)
		return postgres_failed(supervisor);
	/* It has said why. */
	if (status != -1 && WIFEXITED(status) && WEXITSTATUS(status) != EXIT_DONE)
		return WEXITSTATUS(status);
	process_describe(status, &how);
	error_set(&err, ERROR_INTERNAL, NULL, "%s ended before it was ready: %s",
	          child->service->name, text_string(&how));
	return exit_report(&err, false);
}

static bool is_done(const struct service *service, int status)
{
	if (service->kind != SERVICE_ONCE || status == -1 || !WIFEXITED(status))
		return false;
	if (WEXITSTATUS(status) == EXIT_DONE)
		return true;
	if (!service->good_enough || WEXITSTATUS(status) != service->good_enough)
		return false;
	log_event(LOG_WARNING, "serve", "done in part", LOG_TEXT("process", service->name),
	          LOG_NUMBER("status", WEXITSTATUS(status)));
	return true;
}

static void ended(struct supervisor *supervisor, struct child *child, int status)
{
	AUTO(text_clear) struct text how = {0};
	int64_t wait_ms;

	if (child->phase == CHILD_STOPPING) {
		child->phase = CHILD_STOPPED;
		return;
	}
	if (is_done(child->service, status)) {
		child->phase = CHILD_DONE;
		return;
	}
	if (supervisor->stopping) {
		child->phase = CHILD_STOPPED;
		return;
	}
	/* What was taken over in its last moments (-1) says nothing about a start of our own. */
	if (!child->was_up && status != -1) {
		begin_stop(supervisor, true, first_start_failed(supervisor, child, status));
		child->phase = CHILD_STOPPED;
		return;
	}
	process_describe(status, &how);
	wait_ms = child_back_off(child);
	log_event(LOG_ERROR, "serve", "process ended and is started again",
	          LOG_TEXT("process", child->service->name), LOG_TEXT("ended", text_string(&how)),
	          LOG_NUMBER("wait_ms", wait_ms));
}

static void up(struct child *child)
{
	child->phase = CHILD_UP;
	child->since_us = clock_monotonic_us();
	child->due_us = INT64_MAX;
	log_event(child->was_up ? LOG_INFO : LOG_DEBUG, "serve", "process is ready",
	          LOG_TEXT("process", child->service->name), LOG_NUMBER("pid", child->process.pid));
	child->was_up = true;
}

static void start_took_too_long(struct supervisor *supervisor, struct child *child)
{
	struct error err;

	error_set(&err, ERROR_TIMEOUT, NULL, "%s was not ready in time", child->service->name);
	child_stop(child, CHILD_PRESSURE_MOST, supervisor->config);
	if (!child->was_up) {
		begin_stop(supervisor, true, exit_report(&err, false));
		return;
	}
	log_error("serve", "process is started again", &err);
	child->phase = CHILD_UP; /* its end, which comes now, is that of a running one */
	child->due_us = INT64_MAX;
}

/* What the child's process and the clock have to say. */
static void look_at(struct supervisor *supervisor, struct child *child)
{
	bool due = clock_monotonic_us() >= child->due_us;
	int status;

	if (process_ended(&child->process, &status))
		ended(supervisor, child, status);
	else if (child->phase == CHILD_STARTING && child_is_ready(child, supervisor->config))
		up(child);
	else if (child->phase == CHILD_STARTING && due)
		start_took_too_long(supervisor, child);
	else if (child->phase == CHILD_WAITING && due && !supervisor->stopping)
		start(supervisor, child);
	else if (child->phase == CHILD_STOPPING && due)
		child_stop(child, child->pressure + 1, supervisor->config);
}

/* First starts go one after the other: each may need what stands before it. */
static void start_next(struct supervisor *supervisor)
{
	for (size_t i = 0; i < supervisor->n; i++) {
		struct child *child = &supervisor->children[i];

		if (child->phase == CHILD_IDLE)
			start(supervisor, child);
		if (!child->was_up && child->phase != CHILD_DONE)
			return;
	}
	if (supervisor->announced)
		return;
	supervisor->announced = true;
	log_event(LOG_INFO, "serve", "ready",
	          LOG_NUMBER("after_ms", (clock_monotonic_us() - supervisor->begun_us) / 1000));
}

/* The last first: PostgreSQL, the first row, ends when nobody needs it any more. */
static bool stop_next(struct supervisor *supervisor)
{
	bool alone = true;

	for (size_t i = supervisor->n; i-- > 0;) {
		struct child *child = &supervisor->children[i];

		if (child->service->kind == SERVICE_POSTGRES && !alone)
			continue;
		/* Told to stop before its turn came: what an earlier supervisor left ends, too. */
		if (!supervisor->failed && child->phase == CHILD_IDLE)
			child_take_over(child);
		if (supervisor->failed && child->process.pid && !child->process.ours) {
			log_event(LOG_WARNING, "serve", "left running",
			          LOG_TEXT("process", child->service->name),
			          LOG_NUMBER("pid", child->process.pid));
			process_clear(&child->process);
			child->phase = CHILD_STOPPED;
		}
		if (child->phase != CHILD_STOPPING && child->phase != CHILD_STOPPED)
			child_stop(child, supervisor->pressure, supervisor->config);
		alone = alone && child->phase == CHILD_STOPPED;
	}
	return alone;
}

/* The user asks again: harder means for the children, but the database always ends in order. */
static void asked_to_stop(struct supervisor *supervisor, int number)
{
	if (!supervisor->stopping) {
		log_event(LOG_INFO, "serve", "stopping", LOG_TEXT("signal", strsignal(number)));
		begin_stop(supervisor, false, EXIT_DONE);
		return;
	}
	if (supervisor->pressure < CHILD_PRESSURE_MOST)
		supervisor->pressure++;
	log_event(LOG_WARNING, "serve", "stopping at once", LOG_TEXT("signal", strsignal(number)));
	for (size_t i = 0; i < supervisor->n; i++) {
		struct child *child = &supervisor->children[i];

		if (child->phase == CHILD_STOPPING && child->service->kind != SERVICE_POSTGRES)
			child_stop(child, supervisor->pressure, supervisor->config);
	}
}

static void read_settings_anew(struct supervisor *supervisor)
{
	struct config *config = NULL;
	struct error err;

	if (config_reload(supervisor->config, &config, &err)) {
		log_error("serve", "settings are left as they were", &err);
		return;
	}
	config_free(supervisor->reread);
	supervisor->config = supervisor->reread = config;
	log_settings(config);
	log_event(LOG_INFO, "serve", "settings were read anew",
	          LOG_TEXT("file", config_file(config)));
	for (size_t i = 0; i < supervisor->n; i++)
		process_signal(&supervisor->children[i].process, SIGHUP);
}

static void take_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			read_settings_anew(supervisor);
		else if (info.ssi_signo != SIGCHLD)
			asked_to_stop(supervisor, (int)info.ssi_signo);
	}
}

/* As process 1 of a container we inherit orphans, such as the servers of a killed postmaster. */
static void bury_strangers(const struct supervisor *supervisor)
{
	siginfo_t info = {0};
	bool ours = false;

	while (!ours && waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid) {
		for (size_t i = 0; i < supervisor->n; i++)
			ours = ours || supervisor->children[i].process.pid == info.si_pid;
		if (!ours)
			waitpid(info.si_pid, NULL, WNOHANG);
		info.si_pid = ours ? info.si_pid : 0;
	}
}

static void wait_for_something(struct supervisor *supervisor)
{
	struct pollfd watched[SERVICES_MAX + 1];
	int64_t now = clock_monotonic_us();
	int64_t wait_ms = INT32_MAX;

	watched[0] = (struct pollfd){.fd = supervisor->signals, .events = POLLIN};
	for (size_t i = 0; i < supervisor->n; i++) {
		const struct child *child = &supervisor->children[i];
		int64_t left_ms = INT32_MAX;

		if (child->phase == CHILD_STARTING && child->service->kind != SERVICE_ONCE)
			left_ms = STARTING_POLL_MS;
		else if (child->due_us != INT64_MAX)
			left_ms = child->due_us > now ? (child->due_us - now) / 1000 + 1 : 0;
		if (left_ms < wait_ms)
			wait_ms = left_ms;
		watched[i + 1] = (struct pollfd){.fd = child->process.pidfd, .events = POLLIN};
	}
	if (poll(watched, supervisor->n + 1, wait_ms == INT32_MAX ? -1 : (int)wait_ms) < 0)
		return;
	if (watched[0].revents)
		take_signals(supervisor);
}

static int run(struct supervisor *supervisor)
{
	for (;;) {
		for (size_t i = 0; i < supervisor->n; i++)
			look_at(supervisor, &supervisor->children[i]);
		if (!supervisor->stopping)
			start_next(supervisor);
		if (supervisor->stopping && stop_next(supervisor))
			return supervisor->status;
		bury_strangers(supervisor);
		wait_for_something(supervisor);
	}
}

static int open_signals(void)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	sigaddset(&wanted, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &wanted, NULL))
		return -1;
	return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

int supervisor_run(const struct config *config, const struct service *services, size_t n, bool demo)
{
	AUTO(auto_close) int signals = open_signals();
	struct supervisor supervisor = {
		.config = config,
		.signals = signals,
		.begun_us = clock_monotonic_us(),
	};
	bool embedded = !config_text(config, CONFIG_DATABASE)[0];
	struct error err;
	int status;

	if (signals < 0) {
		error_errno(&err, "watch for signals");
		return exit_report(&err, false);
	}
	for (size_t i = 0; i < n && supervisor.n < SERVICES_MAX; i++) {
		if ((services[i].kind == SERVICE_POSTGRES && !embedded) ||
		    (services[i].demo_only && !demo) || !config_text(config, services[i].needs)[0])
			continue;
		supervisor.children[supervisor.n++] = (struct child){
			.service = &services[i], .process = PROCESS_NONE, .due_us = INT64_MAX};
	}
	status = run(&supervisor);
	config_free(supervisor.reread);
	if (!supervisor.failed)
		log_event(LOG_INFO, "serve", "stopped", LOG_NUMBER("status", status));
	return status;
}
