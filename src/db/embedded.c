#include "db/embedded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <libpq-fe.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SOCKET_PATH_MAX = 107, PORT = 5432, SMALL_FILE_MAX = 4096 };

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
	"max_locks_per_transaction=256", /* a dump of many tenants locks every table of theirs */
	"logging_collector=on",
	"log_filename=postgres-%a.log", /* a week, then over again */
	"log_rotation_age=1d",
	"log_truncate_on_rotation=on",
	"cluster_name=centrex",
};

/* In single-user mode, one statement a line. */
static const char founding[] = "create role centrex_owner login createrole;\n"
			       "create database centrex owner centrex_owner;\n"
			       "revoke all on database postgres from public;\n"
			       "revoke all on database template1 from public;\n";

/* The same in the new database: what only a superuser can take from everybody, so that a statement
 * that runs as a tenant can neither set its role nor run a block of code (db/logins.c). */
static const char hardening[] =
	"revoke all on database centrex from public;\n"
	"revoke execute on function pg_catalog.set_config(text, text, boolean) from public;\n"
	"grant execute on function pg_catalog.set_config(text, text, boolean) to centrex_owner "
	"with "
	"grant option;\n"
	"revoke usage on language plpgsql from public;\n"
	"grant usage on language plpgsql to centrex_owner;\n";

struct paths {
	char state[PATH_MAX];
	char data[PATH_MAX];
	char draft[PATH_MAX];
	char run[PATH_MAX];
	char log[PATH_MAX];
	char start_log[PATH_MAX];
};

static enum error_code find_paths(const struct config *config, struct paths *ret, struct error *err)
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

/* The last line of output that says what went wrong, without what stands before it; else simply
 * its last line. */
static void find_complaint(const char *output, struct text *out)
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

static enum error_code run(const char *const *argv, const char *input, struct text *output,
                           const char *what, struct error *err)
{
	AUTO(text_clear) struct text complaint = {0};
	int status = 0;
	enum error_code code = process_run(argv, input, output, &status, err);

	if (code != ERROR_OK)
		return code;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return ERROR_OK;
	find_complaint(text_string(output), &complaint);
	if (!complaint.length)
		process_describe(status, &complaint);
	return error_set(err, ERROR_IO, NULL, "cannot %s: %s", what, text_string(&complaint));
}

/* The directory of PostgreSQL's programs. */
static enum error_code find_programs(const struct config *config, struct text *ret_bin,
                                     struct error *err)
{
	static const char *const ask[] = {"pg_config", "--bindir", NULL};
	static const char *const needed[] = {"initdb", "postgres"};
	const char *given = config_text(config, CONFIG_POSTGRES_BIN);
	enum error_code code = ERROR_OK;

	if (given[0])
		text_add(ret_bin, given);
	else
		code = run(ask, NULL, ret_bin, "ask pg_config for PostgreSQL's programs", err);
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

static enum error_code write_file(const char *directory, const char *name, const struct text *text,
                                  struct error *err)
{
	AUTO(text_clear) struct text path = {0};
	AUTO(text_clear) struct text draft = {0};
	AUTO(auto_close) int file = -1;

	text_addf(&path, "%s/%s", directory, name);
	text_addf(&draft, "%s/%s.new", directory, name);
	if (path.failed || draft.failed || text->failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	file = open(text_string(&draft), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0 || write(file, text->data, text->length) != (ssize_t)text->length ||
	    fsync(file) || rename(text_string(&draft), text_string(&path)))
		return error_errno(err, "write %s", text_string(&path));
	return ERROR_OK;
}

static void add_login(struct text *map, const char *os_user, const char *login)
{
	text_addf(map, "centrex \"%s\" %s\n", os_user, login);
}

/* Who may log in as whom. Written at each start: the state directory may have got a new owner. */
static enum error_code write_access(const char *data, struct error *err)
{
	AUTO(text_clear) struct text hba = {0};
	AUTO(text_clear) struct text map = {0};
	const struct passwd *user = getpwuid(geteuid());
	const char *os_users[] = {user ? user->pw_name : NULL, "root"};
	enum error_code code;

	if (!user)
		return error_set(err, ERROR_NOT_FOUND, NULL, "user id %ld has no name",
		                 (long)geteuid());
	text_add(&hba, "# Written by centrex at each start.\nlocal all all peer map=centrex\n");
	text_add(&map, "# Written by centrex at each start.\n");
	for (size_t i = 0; i < COUNT_OF(os_users); i++) {
		add_login(&map, os_users[i], "centrex_owner");
		add_login(&map, os_users[i], "centrex_public");
		for (unsigned slot = 0; slot < DB_SLOTS; slot++) {
			char login[32];

			snprintf(login, sizeof(login), "centrex_app_%02u", slot);
			add_login(&map, os_users[i], login);
		}
	}
	code = write_file(data, "pg_hba.conf", &hba, err);
	return code == ERROR_OK ? write_file(data, "pg_ident.conf", &map, err) : code;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static enum error_code remove_tree(const char *path, struct error *err)
{
	if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
		return error_errno(err, "remove %s", path);
	return ERROR_OK;
}

static enum error_code sync_directory(const char *path, struct error *err)
{
	AUTO(auto_close) int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory < 0 || fsync(directory))
		return error_errno(err, "write %s", path);
	return ERROR_OK;
}

/* Statements as the superuser, without a server. */
static enum error_code run_single(const char *postgres, const char *draft, const char *database,
                                  const char *statements, struct error *err)
{
	AUTO(text_clear) struct text output = {0};

	return run((const char *const[]){postgres, "--single", "-D", draft, "-c",
	                                 "exit_on_error=on", "-c", "log_checkpoints=off", database,
	                                 NULL},
	           statements, &output, "make the database's roles", err);
}

static enum error_code fill_draft(const char *bin, const char *draft, struct error *err)
{
	AUTO(text_clear) struct text initdb = {0};
	AUTO(text_clear) struct text postgres = {0};
	AUTO(text_clear) struct text output = {0};
	enum error_code code;

	text_addf(&initdb, "%s/initdb", bin);
	text_addf(&postgres, "%s/postgres", bin);
	if (initdb.failed || postgres.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = run((const char *const[]){text_string(&initdb), "-D", draft, "-U", "postgres",
	                                 "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
	                                 "--auth=peer", "--no-instructions", NULL},
	           NULL, &output, "make the database", err);
	if (code == ERROR_OK)
		code = run_single(text_string(&postgres), draft, "postgres", founding, err);
	if (code == ERROR_OK)
		code = run_single(text_string(&postgres), draft, "centrex", hardening, err);
	return code == ERROR_OK ? write_access(draft, err) : code;
}

/* Whether the process is a PostgreSQL that works in the directory, as its servers all do. */
static bool works_in(pid_t pid, const char *directory)
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

		if (pid <= 0 || !works_in(pid, directory) || !process_adopt(pid, &process))
			continue;
		/* Again, now that the number cannot change hands any more. */
		if (works_in(pid, directory)) {
			process_signal(&process, number);
			n++;
		}
		process_clear(&process);
	}
	if (processes)
		closedir(processes);
	return n;
}

/* Servers whose postmaster was killed: PostgreSQL does not start while one holds the shared memory,
 * and one that computes does not notice by itself. */
static void end_orphans(const char *directory, int number)
{
	enum { TRIES = 250, PAUSE_US = 20 * 1000 };

	for (unsigned i = 0; i < TRIES && signal_servers(directory, number); i++)
		usleep(PAUSE_US);
}

static enum error_code make_cluster(const struct paths *paths, const char *bin, struct error *err)
{
	struct error ignored;
	enum error_code code;

	end_orphans(paths->draft, SIGKILL);
	code = remove_tree(paths->draft, err);
	if (code == ERROR_OK)
		code = fill_draft(bin, paths->draft, err);
	if (code == ERROR_OK && rename(paths->draft, paths->data))
		code = error_errno(err, "rename %s", paths->draft);
	if (code == ERROR_OK)
		return sync_directory(paths->state, err);
	if (remove_tree(paths->draft, &ignored))
		error_detail(err, "%s", ignored.message);
	return code;
}

/* At most SMALL_FILE_MAX - 1 bytes; "" when it cannot be read. */
static void read_small(const char *directory, const char *name, char *ret_text)
{
	AUTO(text_clear) struct text path = {0};
	AUTO(auto_close) int file = -1;
	ssize_t n = -1;

	text_addf(&path, "%s/%s", directory, name);
	file = path.failed ? -1 : open(text_string(&path), O_RDONLY | O_CLOEXEC);
	if (file >= 0)
		n = read(file, ret_text, SMALL_FILE_MAX - 1);
	ret_text[n > 0 ? n : 0] = '\0';
}

/* The cluster's major version against the programs'. */
static enum error_code check_version(const struct paths *paths, const char *bin, struct error *err)
{
	AUTO(text_clear) struct text program = {0};
	AUTO(text_clear) struct text output = {0};
	char version[SMALL_FILE_MAX];
	unsigned long cluster, server;
	const char *number;
	enum error_code code;

	read_small(paths->data, "PG_VERSION", version);
	cluster = strtoul(version, NULL, 10);
	if (!cluster)
		return error_set(err, ERROR_CONFLICT, "state", "%s is not a PostgreSQL database",
		                 paths->data);
	text_addf(&program, "%s/postgres", bin);
	if (program.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = run((const char *const[]){text_string(&program), "--version", NULL}, NULL, &output,
	           "ask PostgreSQL for its version", err);
	if (code != ERROR_OK)
		return code;
	number = strpbrk(text_string(&output), "0123456789");
	server = number ? strtoul(number, NULL, 10) : 0;
	if (cluster == server)
		return ERROR_OK;
	return error_set(err, ERROR_CONFLICT, "state",
	                 "%s was made by PostgreSQL %lu, and %s has PostgreSQL %lu: give "
	                 "--postgres-bin, or upgrade it with pg_upgrade",
	                 paths->data, cluster, bin, server);
}

enum error_code embedded_prepare(const struct config *config, struct error *err)
{
	AUTO(text_clear) struct text bin = {0};
	struct paths paths;
	struct stat status;
	enum error_code code = find_paths(config, &paths, err);

	if (code == ERROR_OK)
		code = find_programs(config, &bin, err);
	if (code != ERROR_OK)
		return code;
	if (mkdir(paths.log, 0700) && errno != EEXIST)
		return error_errno(err, "make %s", paths.log);
	if (stat(paths.data, &status) == 0)
		return check_version(&paths, text_string(&bin), err);
	return errno == ENOENT ? make_cluster(&paths, text_string(&bin), err)
	                       : error_errno(err, "read %s", paths.data);
}

/* The server named in postmaster.pid, if it still runs. A file whose number belongs to another
 * process by now is removed: PostgreSQL would refuse to start over it (what it needs to know about
 * shared memory still in use it finds by the directory). */
static bool adopt(const struct paths *paths, struct process *ret_process)
{
	AUTO(text_clear) struct text path = {0};
	struct process found = PROCESS_NONE;
	char content[SMALL_FILE_MAX];
	long pid;

	read_small(paths->data, "postmaster.pid", content);
	pid = strtol(content, NULL, 10);
	if (pid <= 0 || !process_adopt((pid_t)pid, &found))
		return false;
	if (works_in((pid_t)pid, paths->data)) {
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
static void remove_socket(const struct paths *paths)
{
	static const char *const names[] = {".s.PGSQL.5432", ".s.PGSQL.5432.lock"};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		AUTO(text_clear) struct text path = {0};

		text_addf(&path, "%s/%s", paths->run, names[i]);
		if (!path.failed)
			unlink(text_string(&path));
	}
}

static enum error_code spawn(const struct paths *paths, const char *bin,
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
	struct paths paths;
	enum error_code code = find_paths(config, &paths, err);

	if (code != ERROR_OK)
		return code;
	if (adopt(&paths, ret_process))
		return ERROR_OK;
	end_orphans(paths.data, SIGQUIT);
	remove_socket(&paths);
	code = find_programs(config, &bin, err);
	if (code == ERROR_OK)
		code = write_access(paths.data, err);
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
static void read_collected(const struct paths *paths, char *ret_text)
{
	AUTO(auto_close) int file = -1;
	char name[SMALL_FILE_MAX];
	char *path;
	off_t size;
	ssize_t n = -1;

	ret_text[0] = '\0';
	read_small(paths->data, "current_logfiles", name);
	path = strncmp(name, "stderr ", 7) == 0 ? name + 7 : NULL;
	if (!path)
		return;
	path[strcspn(path, "\n")] = '\0';
	file = open(path, O_RDONLY | O_CLOEXEC);
	size = file >= 0 ? lseek(file, 0, SEEK_END) : -1;
	if (size >= 0)
		n = pread(file, ret_text, SMALL_FILE_MAX - 1,
		          size > SMALL_FILE_MAX ? size - SMALL_FILE_MAX + 1 : 0);
	ret_text[n > 0 ? n : 0] = '\0';
}

static bool tells(const char *content)
{
	return strstr(content, "FATAL:") || strstr(content, "PANIC:");
}

void embedded_complaint(const struct config *config, struct text *out)
{
	enum { TRIES = 20, PAUSE_US = 25 * 1000 };
	char content[SMALL_FILE_MAX] = "";
	struct paths paths;

	if (find_paths(config, &paths, NULL))
		return;
	/* The collector writes a moment later than the server ends. */
	for (unsigned i = 0; i < TRIES && !tells(content); i++) {
		read_small(paths.log, "postgres-start.log", content);
		if (!tells(content))
			read_collected(&paths, content);
		if (!tells(content))
			usleep(PAUSE_US);
	}
	if (content[0])
		find_complaint(content, out);
}
