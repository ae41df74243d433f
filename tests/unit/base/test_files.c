#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "unit.h"

static void make_file(const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(file >= 0);
	close(file);
}

static int enter(void **state)
{
	static char directory[] = "/tmp/centrex-files-XXXXXX";

	*state = mkdtemp(directory);
	return *state ? chdir(directory) : -1;
}

static int leave(void **state)
{
	return files_remove(*state, NULL) || chdir("/") || access(*state, F_OK) == 0;
}

static void test_remove(void **state)
{
	(void)state;
	assert_int_equal(mkdir("tree", 0700), 0);
	assert_int_equal(mkdir("tree/a", 0700), 0);
	assert_int_equal(mkdir("tree/a/b", 0700), 0);
	make_file("tree/file");
	make_file("tree/a/.hidden");
	make_file("tree/a/b/file");
	assert_int_equal(files_remove("tree", NULL), ERROR_OK);
	assert_int_equal(access("tree", F_OK), -1);
	assert_int_equal(files_remove("tree", NULL), ERROR_OK);
	make_file("file");
	assert_int_equal(files_remove("file", NULL), ERROR_OK);
	assert_int_equal(access("file", F_OK), -1);
}

static void test_links(void **state)
{
	(void)state;
	assert_int_equal(mkdir("kept", 0700), 0);
	make_file("kept/file");
	assert_int_equal(mkdir("tree", 0700), 0);
	assert_int_equal(symlink("../kept", "tree/link"), 0);
	assert_int_equal(symlink("kept", "link"), 0);
	assert_int_equal(files_remove("tree", NULL), ERROR_OK);
	assert_int_equal(files_remove("link", NULL), ERROR_OK);
	assert_int_equal(access("link", F_OK), -1);
	assert_int_equal(access("kept/file", F_OK), 0);
}

static void test_refused(void **state)
{
	struct error err;

	(void)state;
	make_file("plain");
	assert_int_equal(files_remove("plain/below", &err), ERROR_IO);
	assert_string_equal(err.message, "cannot remove plain/below: Not a directory");
}

/* Whoever fills a directory cannot have us use up descriptors or the stack. */
static void test_deep(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(mkdir("deep", 0700), 0);
	assert_int_equal(chdir("deep"), 0);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(mkdir("d", 0700), 0);
		assert_int_equal(chdir("d"), 0);
	}
	assert_int_equal(chdir(*state), 0);
	assert_int_equal(files_remove("deep", &err), ERROR_IO);
	assert_string_equal(err.message, "cannot remove d: too deep");
	assert_int_equal(chdir("deep/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d"
	                       "/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d"),
	                 0);
	assert_int_equal(files_remove("d", NULL), ERROR_OK);
	assert_int_equal(chdir(*state), 0);
}

static void test_measure(void **state)
{
	struct files_measure found = {0};

	(void)state;
	assert_int_equal(files_measure("nowhere", 10, &found, NULL), ERROR_OK);
	assert_int_equal(found.bytes, 0);
	assert_true(found.whole);
	assert_int_equal(mkdir("measured", 0700), 0);
	assert_int_equal(mkdir("measured/below", 0700), 0);
	make_file("measured/a");
	make_file("measured/below/b");
	assert_int_equal(truncate("measured/a", 1000), 0);
	assert_int_equal(truncate("measured/below/b", 24), 0);
	/* A link holds nothing, and leads nowhere. */
	assert_int_equal(symlink("/", "measured/link"), 0);
	assert_int_equal(files_measure("measured", 10, &found, NULL), ERROR_OK);
	assert_int_equal(found.files, 2);
	assert_int_equal(found.bytes, 1024);
	assert_true(found.whole);
	assert_int_equal(files_measure("measured", 4, &found, NULL), ERROR_OK);
	assert_true(found.whole);
	assert_int_equal(files_measure("measured", 3, &found, NULL), ERROR_OK);
	assert_false(found.whole);
	assert_int_equal(files_measure("measured/a", 10, &found, NULL), ERROR_IO);
	assert_int_equal(files_remove("measured", NULL), ERROR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_measure), cmocka_unit_test(test_remove),
		cmocka_unit_test(test_links),   cmocka_unit_test(test_refused),
		cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, enter, leave);
}
