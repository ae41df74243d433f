#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"
#include "base/text.h"
#include "serve/supervisor.h"
#include "unit.h"

/*
 * supervisor_run in a process of its own over a table of shell scripts, in a state directory of
 * its own. What it and the scripts print goes to the file "out". The database is said to be
 * somebody else's: PostgreSQL is not what is tested here (tests/fault does).
 */
struct place {
	char directory[64];
	pid_t supervisor;
};

/* A daemon that says when it starts and is ready, and ends with the calls of the drain. */
#define DAEMON_SCRIPT                                                                              \
	"echo started; trap 'echo drained; exit 0' TERM; trap 'echo reread' HUP; "                 \
	"trap 'echo hurried; exit 0' INT; echo {} > run/phone.json; "                              \
	"while :; do sleep 0.05; done"
#define SHELL(text) .program = "/bin/sh", .argv = {"sh", "-c", text}

static const struct service good[] = {
	{.name = "migrate",       .kind = SERVICE_ONCE, SHELL("echo migrated")},
	{	      .name = "phone", .kind = SERVICE_DAEMON, SHELL(DAEMON_SCRIPT)                      },
	{ .name = "demo",      .kind = SERVICE_ONCE,        .demo_only = true,                       SHELL("echo demo")},
};

static int set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	char path[80];

	snprintf(place->directory, sizeof(place->directory), "/tmp/centrex-supervisor-XXXXXX");
	assert_non_null(mkdtemp(place->directory));
	snprintf(path, sizeof(path), "%s/run", place->directory);
	assert_int_equal(mkdir(path, 0700), 0);
	*state = place;
	return 0;
}

static void in_place(const struct place *place, const char *name, char *ret_path, size_t room)
{
	snprintf(ret_path, room, "%s/%s", place->directory, name);
}

static pid_t holder(const struct place *place)
{
	char path[96];

	in_place(place, "run/phone.lock", path, sizeof(path));
	return process_lock_holder(path);
}

static int tear_down(void **state)
{
	struct place *place = *state;
	AUTO(text_clear) struct text output = {0};
	int status;

	if (holder(place))
		kill(holder(place), SIGKILL);
	assert_int_equal(process_run((const char *const[]){"rm", "-rf", place->directory, NULL},
	                             NULL, &output, &status, NULL),
	                 ERROR_OK);
	free(place);
	return 0;
}

static void begin(struct place *place, const struct service *services, size_t n, bool demo,
                  const char *drain)
{
	place->supervisor = fork();
	assert_true(place->supervisor >= 0);
	if (place->supervisor == 0) {
		char name[] = "centrex", database[] = "--database=host=/nonexistent", wait[32];
		char *argv[] = {name, database, wait, NULL};
		int argc = 3;
		struct config *config;
		int out;

		snprintf(wait, sizeof(wait), "--drain-s=%s", drain);
		setenv("CENTREX_STATE", place->directory, 1);
		if (chdir(place->directory))
			_exit(99);
		out = open("out", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
		    config_load(&argc, argv, &config, NULL))
			_exit(99);
		_exit(supervisor_run(config, services, n, demo));
	}
}

static char *output(const struct place *place)
{
	char path[96];
	static char content[32768];
	int file;
	ssize_t n = 0;

	in_place(place, "out", path, sizeof(path));
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file >= 0) {
		n = read(file, content, sizeof(content) - 1);
		close(file);
	}
	content[n > 0 ? n : 0] = '\0';
	return content;
}

static unsigned count(const struct place *place, const char *words)
{
	unsigned n = 0;

	for (const char *found = output(place); (found = strstr(found, words)); found++)
		n++;
	return n;
}

static void wait_for(const struct place *place, const char *words, unsigned times)
{
	for (int i = 0; i < 1000; i++) {
		if (count(place, words) >= times)
			return;
		usleep(10 * 1000);
	}
	fail_msg("no \"%s\" in:\n%s", words, output(place));
}

/* The supervisor's exit status; -1 when a signal ended it; fails after ten seconds. */
static int wait_end(const struct place *place)
{
	int status = 0;

	for (int i = 0; i < 1000; i++) {
		if (waitpid(place->supervisor, &status, WNOHANG) == place->supervisor)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		usleep(10 * 1000);
	}
	kill(place->supervisor, SIGKILL);
	waitpid(place->supervisor, NULL, 0);
	fail_msg("the supervisor does not end:\n%s", output(place));
	return -1;
}

static void test_starts_and_stops(void **state)
{
	struct place *place = *state;
	const char *all;

	begin(place, good, COUNT_OF(good), true, "5");
	wait_for(place, "serve ready", 1);
	all = output(place);
	assert_non_null(strstr(all, "migrated\nstarted\n"));
	assert_non_null(strstr(all, "demo\n"));
	kill(place->supervisor, SIGHUP);
	wait_for(place, "reread", 1);
	wait_for(place, "settings were read anew", 1);
	kill(place->supervisor, SIGTERM);
	assert_int_equal(wait_end(place), 0);
	assert_int_equal(count(place, "drained"), 1);
	assert_int_equal(count(place, "started again"), 0);
	assert_int_equal(holder(place), 0);
}

static void test_no_demo(void **state)
{
	struct place *place = *state;

	begin(place, good, COUNT_OF(good), false, "5");
	wait_for(place, "serve ready", 1);
	kill(place->supervisor, SIGINT);
	assert_int_equal(wait_end(place), 0);
	assert_int_equal(count(place, "demo\n"), 0);
}

static void test_starts_again(void **state)
{
	struct place *place = *state;

	begin(place, good, COUNT_OF(good), false, "5");
	wait_for(place, "serve ready", 1);
	for (unsigned i = 1; i <= 3; i++) {
		kill(holder(place), SIGKILL);
		wait_for(place, "signal 9 (Killed)", i);
		wait_for(place, "process is ready process=phone", i);
	}
	assert_int_equal(count(place, "wait_ms=100"), 1);
	assert_int_equal(count(place, "wait_ms=200"), 1);
	assert_int_equal(count(place, "wait_ms=400"), 1);
	assert_int_equal(count(place, "migrated"), 1);
	kill(place->supervisor, SIGTERM);
	assert_int_equal(wait_end(place), 0);
}

static void test_takes_over(void **state)
{
	struct place *place = *state;
	pid_t phone;

	begin(place, good, COUNT_OF(good), false, "5");
	wait_for(place, "serve ready", 1);
	phone = holder(place);
	kill(place->supervisor, SIGKILL);
	assert_int_equal(wait_end(place), -1);
	assert_int_equal(holder(place), phone);
	begin(place, good, COUNT_OF(good), false, "5");
	wait_for(place, "serve ready", 2);
	assert_int_equal(holder(place), phone);
	assert_int_equal(count(place, "took over a running process process=phone"), 1);
	kill(phone, SIGKILL); /* one that is not our child is missed as well */
	wait_for(place, "process is ready process=phone", 1);
	assert_int_not_equal(holder(place), phone);
	kill(place->supervisor, SIGTERM);
	assert_int_equal(wait_end(place), 0);
	assert_int_equal(holder(place), 0);
}

static const struct service stubborn[] = {
	{.name = "phone",
         .kind = SERVICE_DAEMON,
         SHELL("trap 'echo termed' TERM; trap 'echo hurried' INT; echo {} > run/phone.json; "
               "while :; do sleep 0.05; done")},
};

static void test_kills_the_stubborn(void **state)
{
	struct place *place = *state;

	begin(place, stubborn, COUNT_OF(stubborn), false, "60");
	wait_for(place, "serve ready", 1);
	kill(place->supervisor, SIGINT);
	wait_for(place, "termed", 1);
	kill(place->supervisor, SIGINT);
	wait_for(place, "hurried", 1);
	kill(place->supervisor, SIGINT);
	assert_int_equal(wait_end(place), 0);
	assert_int_equal(holder(place), 0);
}

static void test_failed_once(void **state)
{
	static const struct service table[] = {
		{.name = "migrate", .kind = SERVICE_ONCE,   SHELL("echo no >&2; exit 4")},
		{.name = "phone",   .kind = SERVICE_DAEMON, SHELL(DAEMON_SCRIPT)        },
	};
	struct place *place = *state;

	begin(place, table, COUNT_OF(table), false, "5");
	assert_int_equal(wait_end(place), 4);
	assert_string_equal(output(place), "no\n");
}

static void test_failed_first_start(void **state)
{
	static const struct service table[] = {
		{.name = "other",
	         .kind = SERVICE_DAEMON,
	         SHELL("trap 'exit 0' TERM; echo {} > run/other.json; while :; do sleep 0.05; "
	               "done")							       },
		{.name = "phone", .kind = SERVICE_DAEMON, SHELL("echo port busy >&2; exit 5")},
	};
	struct place *place = *state;

	begin(place, table, COUNT_OF(table), false, "5");
	assert_int_equal(wait_end(place), 5);
	assert_string_equal(output(place), "port busy\n");
}

/* Ended by a signal, or well but too early: it could not say why, so the supervisor does. */
static void test_crashed_first_start(void **state)
{
	static const struct service table[] = {
		{.name = "phone", .kind = SERVICE_DAEMON, SHELL("kill -SEGV $$")},
	};
	static const struct service early[] = {
		{.name = "phone", .kind = SERVICE_DAEMON, SHELL("exit 0")},
	};
	struct place *place = *state;

	begin(place, table, COUNT_OF(table), false, "5");
	assert_int_equal(wait_end(place), 1);
	wait_for(place, "phone ended before it was ready: signal 11", 1);
	begin(place, early, COUNT_OF(early), false, "5");
	assert_int_equal(wait_end(place), 1);
	wait_for(place, "phone ended before it was ready: exit status 0", 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_starts_and_stops),   TEST(test_no_demo),
		TEST(test_starts_again),       TEST(test_takes_over),
		TEST(test_kills_the_stubborn), TEST(test_failed_once),
		TEST(test_failed_first_start), TEST(test_crashed_first_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
