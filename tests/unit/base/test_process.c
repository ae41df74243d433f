#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"
#include "unit.h"

/* Waits up to ten seconds; -2: it did not end. */
static int wait_end(struct process *process)
{
	int status;

	for (int i = 0; i < 1000; i++) {
		if (process_ended(process, &status))
			return status;
		usleep(10 * 1000);
	}
	return -2;
}

static const char *shell(const char *script, const char **argv)
{
	argv[0] = "sh";
	argv[1] = "-c";
	argv[2] = script;
	argv[3] = NULL;
	return script;
}

static void test_run(void **state)
{
	AUTO(text_clear) struct text output = {0};
	const char *argv[4];
	int status = -1;

	(void)state;
	shell("read line; echo \"got $line\"; echo bad >&2; exit 3", argv);
	assert_int_equal(process_run(argv, "word\n", &output, &status, NULL), ERROR_OK);
	assert_string_equal(text_string(&output), "got word\nbad\n");
	assert_int_equal(WEXITSTATUS(status), 3);
}

/* Neither side waits for the other when there is more than a pipe holds. */
static void test_run_much(void **state)
{
	AUTO(text_clear) struct text output = {0};
	size_t n = 1000 * 1000;
	AUTO(auto_free) char *input = malloc(n + 1);
	const char *argv[4];
	int status = -1;

	(void)state;
	memset(input, 'x', n);
	input[n] = '\0';
	shell("tee /dev/stderr; exit 0", argv);
	assert_int_equal(process_run(argv, input, &output, &status, NULL), ERROR_OK);
	assert_int_equal(status, 0);
	assert_true(output.length >= 64 * 1024 && output.length < 80 * 1024);
	text_clear(&output);
	shell("exit 7", argv);
	assert_int_equal(process_run(argv, input, &output, &status, NULL), ERROR_OK);
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void test_no_such_program(void **state)
{
	AUTO(text_clear) struct text output = {0};
	struct error err;
	int status;

	(void)state;
	assert_int_equal(process_run((const char *const[]){"no-such-program", NULL}, NULL, &output,
	                             &status, &err),
	                 ERROR_NOT_FOUND);
	assert_string_equal(err.message, "there is no program no-such-program");
}

static void test_surroundings(void **state)
{
	AUTO(text_clear) struct text output = {0};
	const char *argv[4];
	int status;

	(void)state;
	shell("grep -q '^SigBlk:.0*$' /proc/self/status && "
	      "grep -q '^NoNewPrivs:.1$' /proc/self/status && "
	      "[ $$ = $(ps -o pgid= -p $$ | tr -d ' ') ] && echo fine",
	      argv);
	assert_int_equal(process_run(argv, NULL, &output, &status, NULL), ERROR_OK);
	assert_string_equal(text_string(&output), "fine\n");
}

/* What our own caller left open would live on in the program. */
static void test_descriptors(void **state)
{
	AUTO(text_clear) struct text output = {0};
	AUTO(auto_close) int left = dup2(STDERR_FILENO, 77);
	const char *argv[4];
	int status = -1;

	(void)state;
	assert_int_equal(left, 77);
	shell("test ! -e /proc/self/fd/77", argv);
	assert_int_equal(process_run(argv, NULL, &output, &status, NULL), ERROR_OK);
	assert_int_equal(status, 0);
}

static void test_lock(void **state)
{
	char directory[] = "/tmp/centrex-process-XXXXXX", lock[64];
	struct process first = PROCESS_NONE, second = PROCESS_NONE, found = PROCESS_NONE;
	struct process_spec spec = {.output = -1, .group = true, .lock = lock};
	const char *argv[4];
	struct error err;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(lock, sizeof(lock), "%s/x.lock", directory);
	assert_int_equal(process_lock_holder(lock), 0);
	shell("exec sleep 60", argv);
	spec.argv = argv;
	assert_int_equal(process_start(&spec, &first, NULL), ERROR_OK);
	assert_true(first.ours);
	assert_int_equal(process_lock_holder(lock), first.pid);
	assert_int_equal(process_start(&spec, &second, &err), ERROR_BUSY);
	assert_true(process_adopt(first.pid, &found));
	assert_false(found.ours);
	process_signal(&found, SIGKILL);
	assert_int_equal(WTERMSIG(wait_end(&first)), SIGKILL);
	assert_int_equal(wait_end(&found), -1);
	assert_int_equal(found.pid, 0);
	assert_int_equal(process_lock_holder(lock), 0);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(rmdir(directory), 0);
}

static void test_nobody(void **state)
{
	struct process none = PROCESS_NONE;
	int status;

	(void)state;
	assert_false(process_ended(&none, &status));
	process_signal(&none, SIGKILL); /* not to ourselves, not to our group */
	process_clear(&none);
	assert_false(process_adopt(0, &none));
	assert_false(process_adopt(-1, &none));
}

static void test_describe(void **state)
{
	AUTO(text_clear) struct text text = {0};

	(void)state;
	process_describe(9, &text);
	text_add(&text, ", ");
	process_describe(3 << 8, &text);
	assert_string_equal(text_string(&text), "signal 9 (Killed), exit status 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_run_much),
		cmocka_unit_test(test_no_such_program),
		cmocka_unit_test(test_surroundings),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_lock),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_describe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
