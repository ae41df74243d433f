#include "serve/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/embedded.h"

enum {
	SECOND_US = 1000 * 1000,
	WAIT_LEAST_MS = 100,
	WAIT_MOST_MS = 10 * 1000,
	STEADY_US = 10 * SECOND_US, /* one that ran so long had not failed to start */
	START_MOST_S = 60,
	FILE_NAME_MAX = 64,
};

/* What ends a child, ever harder, and how long each is given. A child has drain-s for the first,
 * and a little to say good-bye to the phones and write its last records. */
static const struct {
	int number;
	int patience_s;
} pressures[][CHILD_PRESSURE_MOST + 1] = {
	[SERVICE_POSTGRES] = {{SIGINT, 60}, {SIGQUIT, 10}, {SIGKILL, 10}},
	[SERVICE_DAEMON] = {{SIGTERM, 5}, {SIGINT, 5},   {SIGKILL, 10}},
	[SERVICE_ONCE] = {{SIGTERM, 3}, {SIGTERM, 2},  {SIGKILL, 10}},
};

static const char *file_name(const struct service *service, const char *ending,
                             char buffer[static FILE_NAME_MAX])
{
	snprintf(buffer, FILE_NAME_MAX, "run/%s.%s", service->name, ending);
	return buffer;
}

static void enter_phase(struct child *child, enum child_phase phase, int64_t within_us)
{
	child->phase = phase;
	child->since_us = clock_monotonic_us();
	child->due_us = within_us < 0 ? INT64_MAX : child->since_us + within_us;
}

/* The process that holds the child's lock, twice asked: the second time we hold a pidfd, so that it
 * cannot be another process of the same number. */
static bool adopt(struct child *child, const char *lock)
{
	pid_t holder = process_lock_holder(lock);

	if (!holder || !process_adopt(holder, &child->process))
		return false;
	if (process_lock_holder(lock) == holder)
		return true;
	process_clear(&child->process);
	return false;
}

void child_take_over(struct child *child)
{
	char lock[FILE_NAME_MAX];

	if (child->service->kind == SERVICE_DAEMON && !child->process.pid)
		(void)adopt(child, file_name(child->service, "lock", lock));
}

static enum error_code start_program(struct child *child, struct error *err)
{
	const struct service *service = child->service;
	char lock[FILE_NAME_MAX], ready[FILE_NAME_MAX];
	struct process_spec spec = {
		.argv = service->argv,
		.program = service->program ? service->program : "/proc/self/exe",
		.output = -1,
		.mute = service->mute,
		.group = true,
		.confined = true,
	};

	if (service->kind == SERVICE_DAEMON) {
		spec.lock = file_name(service, "lock", lock);
		if (adopt(child, lock))
			return ERROR_OK;
		if (unlink(file_name(service, "json", ready)) && errno != ENOENT)
			return error_errno(err, "remove %s", ready);
	}
	return process_start(&spec, &child->process, err);
}

enum error_code child_start(struct child *child, const struct config *config, struct error *err)
{
	enum error_code code;

	if (child->service->kind == SERVICE_POSTGRES)
		code = embedded_start(config, &child->process, err);
	else
		code = start_program(child, err);
	if (code != ERROR_OK)
		return code;
	if (!child->process.ours)
		log_event(LOG_INFO, "serve", "took over a running process",
		          LOG_TEXT("process", child->service->name),
		          LOG_NUMBER("pid", child->process.pid));
	/* A database that recovers from a crash may take long, and says itself when it gives up. */
	enter_phase(child, CHILD_STARTING,
	            child->service->kind == SERVICE_DAEMON ? START_MOST_S * (int64_t)SECOND_US
	                                                   : -1);
	return ERROR_OK;
}

bool child_is_ready(const struct child *child, const struct config *config)
{
	char ready[FILE_NAME_MAX];

	switch (child->service->kind) {
	case SERVICE_POSTGRES:
		return embedded_ping(config) == EMBEDDED_READY;
	case SERVICE_DAEMON:
		return access(file_name(child->service, "json", ready), F_OK) == 0;
	case SERVICE_ONCE:
		break;
	}
	return false;
}

int64_t child_back_off(struct child *child)
{
	int64_t lived_us = clock_monotonic_us() - child->since_us;
	int64_t wait_ms;

	if (child->phase == CHILD_UP && lived_us >= STEADY_US)
		child->failures = 0;
	wait_ms = child->failures > 6 ? WAIT_MOST_MS : WAIT_LEAST_MS << child->failures;
	child->failures++;
	enter_phase(child, CHILD_WAITING, wait_ms * 1000);
	return wait_ms;
}

void child_stop(struct child *child, unsigned pressure, const struct config *config)
{
	int64_t patience_s;

	if (!child->process.pid) {
		enter_phase(child, CHILD_STOPPED, -1);
		return;
	}
	if (pressure > CHILD_PRESSURE_MOST)
		pressure = CHILD_PRESSURE_MOST;
	patience_s = pressures[child->service->kind][pressure].patience_s;
	if (pressure == 0 && child->service->kind == SERVICE_DAEMON)
		patience_s += config_number(config, CONFIG_DRAIN_S);
	child->pressure = pressure;
	process_signal(&child->process, pressures[child->service->kind][pressure].number);
	enter_phase(child, CHILD_STOPPING, patience_s * SECOND_US);
}
