#include "db/embedded_place.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"

enum { SOCKET_PATH_MAX = 107 };

enum error_code embedded_find_paths(const struct config *config, struct embedded_paths *ret,
                                    struct error *err)
{
	const char *state = config_text(config, CONFIG_STATE);
	size_t n = strlen(state) + strlen("/run/.s.PGSQL.5432");

	if (n > SOCKET_PATH_MAX)
		return error_set(err, ERROR_INVALID, "state",
		                 "is too long: the database's socket in it would have a path of "
		                 "%zu bytes, and %d is the most",
		                 n, SOCKET_PATH_MAX);
	/* libpq and PostgreSQL both read a list of directories here. */
	if (strpbrk(state, ",\""))
		return error_set(err, ERROR_INVALID, "state",
		                 "must have no comma and no quotation mark in its path");
	snprintf(ret->state, sizeof(ret->state), "%s", state);
	snprintf(ret->data, sizeof(ret->data), "%s/postgres", state);
	snprintf(ret->draft, sizeof(ret->draft), "%s/postgres.new", state);
	snprintf(ret->run, sizeof(ret->run), "%s/run", state);
	snprintf(ret->log, sizeof(ret->log), "%s/log", state);
	snprintf(ret->start_log, sizeof(ret->start_log), "%s/log/postgres-start.log", state);
	return ERROR_OK;
}

void embedded_find_complaint(const char *output, struct text *out)
{
	static const char *const marks[] = {"FATAL:", "PANIC:", "error:", "ERROR:"};
	const char *line = NULL;
	const char *end;
	size_t n = strlen(output);

	for (size_t i = 0; i < COUNT_OF(marks) && !line; i++) {
		for (end = output; (end = strstr(end, marks[i]));)
			line = end += strlen(marks[i]);
	}
	if (!line) {
		while (n && output[n - 1] == '\n')
			n--;
		end = memrchr(output, '\n', n);
		line = end ? end + 1 : output;
	}
	line += strspn(line, " \t\n");
	n = strcspn(line, "\n");
	text_add_n(out, line, n > 160 ? 160 : n);
}

enum error_code embedded_run(const char *const *argv, const char *input, struct text *output,
                             const char *what, struct error *err)
{
	AUTO(text_clear) struct text complaint = {0};
	int status = 0;
	enum error_code code = process_run(argv, input, output, &status, err);

	if (code != ERROR_OK)
		return code;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ERROR_OK;
	embedded_find_complaint(text_string(output), &complaint);
	if (!complaint.length)
		process_describe(status, &complaint);
	return error_set(err, ERROR_IO, NULL, "cannot %s: %s", what, text_string(&complaint));
}

enum error_code embedded_find_programs(const struct config *config, struct text *ret_bin,
                                       struct error *err)
{
	static const char *const ask[] = {"pg_config", "--bindir", NULL};
	static const char *const needed[] = {"initdb", "postgres"};
	const char *given = config_text(config, CONFIG_POSTGRES_BIN);
	enum error_code code = ERROR_OK;

	if (given[0])
		text_add(ret_bin, given);
	else
		code = embedded_run(ask, NULL, ret_bin, "ask pg_config for PostgreSQL's programs",
		                    err);
	if (code == ERROR_NOT_FOUND)
		return error_set(err, ERROR_NOT_FOUND, NULL,
		                 "PostgreSQL is not installed (no pg_config): run "
		                 "script/bootstrap, or give --postgres-bin or --database");
	if (code != ERROR_OK)
		return code;
	while (ret_bin->length && ret_bin->data[ret_bin->length - 1] == '\n')
		ret_bin->data[--ret_bin->length] = '\0';
	for (size_t i = 0; i < COUNT_OF(needed); i++) {
		AUTO(text_clear) struct text program = {0};

		text_addf(&program, "%s/%s", text_string(ret_bin), needed[i]);
		if (program.failed)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		if (access(text_string(&program), X_OK) != 0)
			return error_set(err, ERROR_NOT_FOUND, NULL,
			                 "there is no PostgreSQL program %s: run script/bootstrap, "
			                 "or give --postgres-bin or --database",
			                 text_string(&program));
	}
	return ERROR_OK;
}

void embedded_read_small(const char *directory, const char *name, char *ret_text)
{
	AUTO(text_clear) struct text path = {0};
	AUTO(auto_close) int file = -1;
	ssize_t n = -1;

	text_addf(&path, "%s/%s", directory, name);
	file = path.failed ? -1 : open(text_string(&path), O_RDONLY | O_CLOEXEC);
	if (file >= 0)
		n = read(file, ret_text, EMBEDDED_FILE_MAX - 1);
	ret_text[n > 0 ? n : 0] = '\0';
}

bool embedded_works_in(pid_t pid, const char *directory)
{
	char link[64], program[PATH_MAX];
	struct stat here, there;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%ld/exe", (long)pid);
	n = readlink(link, program, sizeof(program) - 1);
	program[n > 0 ? n : 0] = '\0';
	snprintf(link, sizeof(link), "/proc/%ld/cwd", (long)pid);
	return strstr(program, "/postgres") && stat(link, &here) == 0 &&
	       stat(directory, &there) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

/* Signals what works in the directory; how many there were. */
static unsigned signal_servers(const char *directory, int number)
{
	DIR *processes = opendir("/proc");
	const struct dirent *entry;
	unsigned n = 0;

	while (processes && (entry = readdir(processes))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct process process = PROCESS_NONE;

		if (pid <= 0 || !embedded_works_in(pid, directory) || !process_adopt(pid, &process))
			continue;
		/* Again, now that the number cannot change hands any more. */
		if (embedded_works_in(pid, directory)) {
			process_signal(&process, number);
			n++;
		}
		process_clear(&process);
	}
	if (processes)
		closedir(processes);
	return n;
}

void embedded_end_orphans(const char *directory, int number)
{
	enum { TRIES = 250, PAUSE_US = 20 * 1000 };

	for (unsigned i = 0; i < TRIES && signal_servers(directory, number); i++)
		usleep(PAUSE_US);
}
