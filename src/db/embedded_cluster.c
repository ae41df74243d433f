/* Making the cluster, and who may log in. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "db/embedded.h"
#include "db/embedded_place.h"

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

enum error_code embedded_write_access(const char *data, struct error *err)
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

	return embedded_run((const char *const[]){postgres, "--single", "-D", draft, "-c",
	                                          "exit_on_error=on", "-c", "log_checkpoints=off",
	                                          database, NULL},
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
	code = embedded_run((const char *const[]){text_string(&initdb), "-D", draft, "-U",
	                                          "postgres", "--encoding=UTF8", "--locale=C.UTF-8",
	                                          "--data-checksums", "--auth=peer",
	                                          "--no-instructions", NULL},
	                    NULL, &output, "make the database", err);
	if (code == ERROR_OK)
		code = run_single(text_string(&postgres), draft, "postgres", founding, err);
	if (code == ERROR_OK)
		code = run_single(text_string(&postgres), draft, "centrex", hardening, err);
	return code == ERROR_OK ? embedded_write_access(draft, err) : code;
}

static enum error_code make_cluster(const struct embedded_paths *paths, const char *bin,
                                    struct error *err)
{
	struct error ignored;
	enum error_code code;

	embedded_end_orphans(paths->draft, SIGKILL);
	code = files_remove(paths->draft, err);
	if (code == ERROR_OK)
		code = fill_draft(bin, paths->draft, err);
	if (code == ERROR_OK && rename(paths->draft, paths->data))
		code = error_errno(err, "rename %s", paths->draft);
	if (code == ERROR_OK)
		return sync_directory(paths->state, err);
	if (files_remove(paths->draft, &ignored))
		error_detail(err, "%s", ignored.message);
	return code;
}

/* The cluster's major version against the programs'. */
static enum error_code check_version(const struct embedded_paths *paths, const char *bin,
                                     struct error *err)
{
	AUTO(text_clear) struct text program = {0};
	AUTO(text_clear) struct text output = {0};
	char version[EMBEDDED_FILE_MAX];
	unsigned long cluster, server;
	const char *number;
	enum error_code code;

	embedded_read_small(paths->data, "PG_VERSION", version);
	cluster = strtoul(version, NULL, 10);
	if (!cluster)
		return error_set(err, ERROR_CONFLICT, "state", "%s is not a PostgreSQL database",
		                 paths->data);
	text_addf(&program, "%s/postgres", bin);
	if (program.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = embedded_run((const char *const[]){text_string(&program), "--version", NULL}, NULL,
	                    &output, "ask PostgreSQL for its version", err);
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
	struct embedded_paths paths;
	struct stat status;
	enum error_code code = embedded_find_paths(config, &paths, err);

	if (code == ERROR_OK)
		code = embedded_find_programs(config, &bin, err);
	if (code != ERROR_OK)
		return code;
	if (mkdir(paths.log, 0700) && errno != EEXIST)
		return error_errno(err, "make %s", paths.log);
	if (stat(paths.data, &status) == 0)
		return check_version(&paths, text_string(&bin), err);
	return errno == ENOENT ? make_cluster(&paths, text_string(&bin), err)
	                       : error_errno(err, "read %s", paths.data);
}
