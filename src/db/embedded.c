#include "db/embedded.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "db/embedded_place.h"

enum { PORT = 5432 };

/* In force whatever postgresql.conf says; the rest (memory, autovacuum, ...) is the operator's to
 * set there. Given at each start, so that they follow the state directory and this version. */
static const char *const server_settings[] = {
	"listen_addresses=",
	"port=5432",
	"unix_socket_permissions=0700",
	"max_connections=200", /* (16 slots + owner + public) x 2 x processes, and the CLI */
	"fsync=on",
	"full_page_writes=on",
	"synchronous_commit=on",
	"timezone=UTC",
	"log_timezone=UTC",
	"jit=off", /* short statements only: compiling costs more than it saves */
	"max_locks_per_transaction=512", /* deleting a user, or a dump, locks five tables a tenant
                                          */
	"logging_collector=on",
	"log_filename=postgres-%a.log", /* a week, then over again */
	"log_rotation_age=1d",
	"log_truncate_on_rotation=on",
	"cluster_name=centrex",
};

void embedded_conninfo(const char *state, struct text *out)
{
	text_add(out, "host='");
	for (const char *c = state; *c; c++) {
		if (*c == '\'' || *c == '\\')
			text_add_char(out, '\\');
		text_add_char(out, *c);
	}
	/* options and the like are given, so that nothing of PG... in the environment counts. */
	text_addf(out,
	          "/run' port=%d dbname=centrex user=centrex_owner password='' options='' "
	          "sslmode=disable gssencmode=disable target_session_attrs=any",
	          PORT);
}

/* The server named in postmaster.pid, if it still runs. A file whose number belongs to another
 * process by now is removed: PostgreSQL would refuse to start over it (what it needs to know about
 * shared memory still in use it finds by the directory). */
static bool adopt(const struct embedded_paths *paths, struct process *ret_process)
{
	AUTO(text_clear) struct text path = {0};
	struct process found = PROCESS_NONE;
	char content[EMBEDDED_FILE_MAX];
	long pid;

	embedded_read_small(paths->data, "postmaster.pid", content);
	pid = strtol(content, NULL, 10);
	if (pid <= 0 || !process_adopt((pid_t)pid, &found))
		return false;
	if (embedded_works_in((pid_t)pid, paths->data)) {
		*ret_process = found;
		return true;
	}
	process_clear(&found);
	text_addf(&path, "%s/postmaster.pid", paths->data);
	if (!path.failed && kill((pid_t)pid, 0) == 0)
		unlink(text_string(&path));
	return false;
}

/* A socket's lock file is refused by PostgreSQL, too, when its number is another process by now.
 * Nobody else's sockets are in this directory. */
static void remove_socket(const struct embedded_paths *paths)
{
	static const char *const names[] = {".s.PGSQL.5432", ".s.PGSQL.5432.lock"};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		AUTO(text_clear) struct text path = {0};

		text_addf(&path, "%s/%s", paths->run, names[i]);
		if (!path.failed)
			unlink(text_string(&path));
	}
}

static enum error_code spawn(const struct embedded_paths *paths, const char *bin,
                             struct process *ret_process, struct error *err)
{
	const char *argv[8 + 2 * COUNT_OF(server_settings) + 1];
	AUTO(text_clear) struct text program = {0};
	AUTO(text_clear) struct text sockets = {0};
	AUTO(text_clear) struct text logs = {0};
	AUTO(auto_close) int output = -1;
	size_t n = 0;

	text_addf(&program, "%s/postgres", bin);
	text_addf(&sockets, "unix_socket_directories=\"%s\"", paths->run);
	text_addf(&logs, "log_directory=%s", paths->log);
	if (program.failed || sockets.failed || logs.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	output = open(paths->start_log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (output < 0)
		return error_errno(err, "write %s", paths->start_log);
	argv[n++] = text_string(&program);
	argv[n++] = "-D";
	argv[n++] = paths->data;
	for (size_t i = 0; i < COUNT_OF(server_settings); i++) {
		argv[n++] = "-c";
		argv[n++] = server_settings[i];
	}
	argv[n++] = "-c";
	argv[n++] = text_string(&sockets);
	argv[n++] = "-c";
	argv[n++] = text_string(&logs);
	argv[n] = NULL;
	return process_start(
		&(struct process_spec){
			.argv = argv, .output = output, .group = true, .confined = true},
		ret_process, err);
}

enum error_code embedded_start(const struct config *config, struct process *ret_process,
                               struct error *err)
{
	AUTO(text_clear) struct text bin = {0};
	struct embedded_paths paths;
	enum error_code code = embedded_find_paths(config, &paths, err);

	if (code != ERROR_OK)
		return code;
	if (adopt(&paths, ret_process))
		return ERROR_OK;
	embedded_end_orphans(paths.data, SIGQUIT);
	remove_socket(&paths);
	code = embedded_find_programs(config, &bin, err);
	if (code == ERROR_OK)
		code = embedded_write_access(paths.data, err);
	return code == ERROR_OK ? spawn(&paths, text_string(&bin), ret_process, err) : code;
}

enum embedded_answer embedded_ping(const struct config *config)
{
	AUTO(text_clear) struct text conninfo = {0};

	embedded_conninfo(config_text(config, CONFIG_STATE), &conninfo);
	text_add(&conninfo, " connect_timeout=2");
	if (conninfo.failed)
		return EMBEDDED_AWAY;
	switch (PQping(text_string(&conninfo))) {
	case PQPING_OK:
		return EMBEDDED_READY;
	case PQPING_REJECT:
		return EMBEDDED_STARTING;
	default:
		return EMBEDDED_AWAY;
	}
}

/* The end of the log that the server's collector writes; it names it in current_logfiles. */
static void read_collected(const struct embedded_paths *paths, char *ret_text)
{
	AUTO(auto_close) int file = -1;
	char name[EMBEDDED_FILE_MAX];
	char *path;
	off_t size;
	ssize_t n = -1;

	ret_text[0] = '\0';
	embedded_read_small(paths->data, "current_logfiles", name);
	path = strncmp(name, "stderr ", 7) == 0 ? name + 7 : NULL;
	if (!path)
		return;
	path[strcspn(path, "\n")] = '\0';
	file = open(path, O_RDONLY | O_CLOEXEC);
	size = file >= 0 ? lseek(file, 0, SEEK_END) : -1;
	if (size >= 0)
		n = pread(file, ret_text, EMBEDDED_FILE_MAX - 1,
		          size > EMBEDDED_FILE_MAX ? size - EMBEDDED_FILE_MAX + 1 : 0);
	ret_text[n > 0 ? n : 0] = '\0';
}

static bool tells(const char *content)
{
	return strstr(content, "FATAL:") || strstr(content, "PANIC:");
}

void embedded_complaint(const struct config *config, struct text *out)
{
	enum { TRIES = 20, PAUSE_US = 25 * 1000 };
	char content[EMBEDDED_FILE_MAX] = "";
	struct embedded_paths paths;

	if (embedded_find_paths(config, &paths, NULL))
		return;
	/* The collector writes a moment later than the server ends. */
	for (unsigned i = 0; i < TRIES && !tells(content); i++) {
		embedded_read_small(paths.log, "postgres-start.log", content);
		if (!tells(content))
			read_collected(&paths, content);
		if (!tells(content))
			usleep(PAUSE_US);
	}
	if (content[0])
		embedded_find_complaint(content, out);
}
