#include "postgres.h"

#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

enum { PATH_BYTES = 256, START_TRIES = 600, REMOVE_TRIES = 100, TRY_US = 50000 };

struct postgres {
	pid_t server;
	pid_t watcher; /* removes the directory when the test is gone */
	int alive;     /* the watcher reads its other end: closed means gone */
	char bin[PATH_BYTES];
	char directory[PATH_BYTES];
	char owner[2 * PATH_BYTES];
	char superuser[2 * PATH_BYTES];
};

static void find_programs(struct postgres *postgres)
{
	FILE *pipe = popen("pg_config --bindir", "r");
	char *line;

	assert_non_null(pipe);
	line = fgets(postgres->bin, sizeof(postgres->bin), pipe);
	pclose(pipe);
	assert_non_null(line);
	line[strcspn(line, "\n")] = '\0';
}

/* PostgreSQL refuses to run as root. */
static const struct passwd *server_user(void)
{
	const struct passwd *user;

	if (getuid() != 0)
		return NULL;
	user = getpwnam("postgres");
	if (!user)
		user = getpwnam("nobody");
	assert_non_null(user);
	return user;
}

/* argv[0] becomes the whole path: initdb looks for its postgres beside itself, else in PATH. */
static pid_t run_program(const struct postgres *postgres, char *argv[])
{
	const struct passwd *user = server_user();
	char program[2 * PATH_BYTES];
	char log[2 * PATH_BYTES];
	pid_t parent = getpid();
	pid_t child;

	snprintf(program, sizeof(program), "%s/%s", postgres->bin, argv[0]);
	snprintf(log, sizeof(log), "%s/log", postgres->directory);
	child = fork();
	assert_true(child >= 0);
	if (child > 0)
		return child;
	if (user &&
	    (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
		_exit(126);
	/* The server goes when the test goes; SIGQUIT is its immediate shutdown. */
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	if (getppid() != parent || chdir(postgres->directory) != 0)
		_exit(126);
	if (dup2(open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), 1) < 0 ||
	    dup2(1, 2) < 0)
		_exit(126);
	argv[0] = program;
	execv(program, argv);
	_exit(127);
}

static void run_initdb(const struct postgres *postgres)
{
	char data[2 * PATH_BYTES];
	char *argv[] = {(char[]){"initdb"},
	                (char[]){"-D"},
	                data,
	                (char[]){"-N"},
	                (char[]){"-A"},
	                (char[]){"trust"},
	                (char[]){"-U"},
	                (char[]){"super"},
	                (char[]){"-E"},
	                (char[]){"UTF8"},
	                (char[]){"--locale=C"},
	                (char[]){"--no-instructions"},
	                NULL};
	int status;

	snprintf(data, sizeof(data), "%s/data", postgres->directory);
	assert_int_not_equal(waitpid(run_program(postgres, argv), &status, 0), -1);
	assert_int_equal(status, 0);
}

void postgres_start(struct postgres *postgres)
{
	char data[2 * PATH_BYTES];
	char *argv[] = {(char[]){"postgres"},
	                (char[]){"-D"},
	                data,
	                (char[]){"-k"},
	                postgres->directory,
	                (char[]){"-cfsync=off"},
	                (char[]){"-clisten_addresses="},
	                (char[]){"-cunix_socket_permissions=0777"},
	                (char[]){"-cmax_connections=200"},
	                (char[]){"-cshared_buffers=16MB"},
	                (char[]){"-ctimezone=UTC"},
	                NULL};

	snprintf(data, sizeof(data), "%s/data", postgres->directory);
	postgres->server = run_program(postgres, argv);
	for (int i = 0; i < START_TRIES; i++) {
		if (PQping(postgres->superuser) == PQPING_OK)
			return;
		assert_int_equal(waitpid(postgres->server, NULL, WNOHANG), 0);
		usleep(TRY_US);
	}
	fail_msg("PostgreSQL does not start: see %s/log", postgres->directory);
}

void postgres_kill(struct postgres *postgres)
{
	if (postgres->server <= 0)
		return;
	kill(postgres->server, SIGQUIT);
	waitpid(postgres->server, NULL, 0);
	postgres->server = 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

/* The server goes with its parent, but may still be writing its good-bye. */
static void remove_directory(const char *directory)
{
	for (int i = 0; i < REMOVE_TRIES; i++) {
		nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
		if (access(directory, F_OK) != 0)
			return;
		usleep(TRY_US);
	}
}

/* A process of its own, so that nothing stays behind whatever the test dies of. */
static void start_watcher(struct postgres *postgres)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	postgres->watcher = fork();
	assert_true(postgres->watcher >= 0);
	if (postgres->watcher == 0) {
		char byte;

		close(ends[1]);
		setsid();
		signal(SIGTERM, SIG_IGN);
		signal(SIGINT, SIG_IGN);
		while (read(ends[0], &byte, 1) < 0)
			;
		remove_directory(postgres->directory);
		_exit(0);
	}
	close(ends[0]);
	postgres->alive = ends[1];
}

void postgres_free(struct postgres *postgres)
{
	if (!postgres)
		return;
	postgres_kill(postgres);
	close(postgres->alive);
	waitpid(postgres->watcher, NULL, 0);
	free(postgres);
}

/* set_config: the embedded server and docs/security.md take it from everybody but the logins, so
 * that a statement under a tenant's role cannot change its role or leave a setting behind. */
static const char roles[] =
	"create role centrex_owner login createrole;"
	"create role centrex_public login;"
	"do $$ begin for i in 0..15 loop"
	"  execute format('create role centrex_app_%s login noinherit', lpad(i::text, 2, '0'));"
	"  execute format('alter role centrex_app_%s set search_path = %L', lpad(i::text, 2, '0'), "
	"'');"
	"end loop; end $$";
static const char rights[] =
	"revoke all on database centrex from public;"
	"revoke create on schema public from public;"
	"revoke execute on function pg_catalog.set_config(text, text, boolean) from public;"
	"grant execute on function pg_catalog.set_config(text, text, boolean)"
	"  to centrex_owner with grant option;"
	"grant execute on function pg_catalog.set_config(text, text, boolean) to centrex_public;"
	"revoke usage on language plpgsql from public;"
	"grant usage on language plpgsql to centrex_owner;"
	"grant connect on database centrex to centrex_public;"
	"do $$ begin for i in 0..15 loop"
	"  execute format('grant execute on function pg_catalog.set_config(text, text, boolean)"
	"    to centrex_app_%s', lpad(i::text, 2, '0'));"
	"  execute format('grant connect on database centrex to centrex_app_%s',"
	"    lpad(i::text, 2, '0'));"
	"end loop; end $$;"
	"alter schema public owner to centrex_owner";

static void make_installation(struct postgres *postgres)
{
	snprintf(postgres->superuser, sizeof(postgres->superuser),
	         "host=%s user=super dbname=postgres", postgres->directory);
	postgres_start(postgres);
	postgres_sql(postgres, roles, NULL, 0);
	postgres_sql(postgres, "create database centrex owner centrex_owner", NULL, 0);
	snprintf(postgres->superuser, sizeof(postgres->superuser),
	         "host=%s user=super dbname=centrex", postgres->directory);
	snprintf(postgres->owner, sizeof(postgres->owner),
	         "host=%s user=centrex_owner dbname=centrex", postgres->directory);
	postgres_sql(postgres, rights, NULL, 0);
}

struct postgres *postgres_new(void)
{
	struct postgres *postgres = calloc(1, sizeof(*postgres));
	const struct passwd *user = server_user();

	assert_non_null(postgres);
	find_programs(postgres);
	snprintf(postgres->directory, sizeof(postgres->directory), "/tmp/centrex-pg-XXXXXX");
	assert_non_null(mkdtemp(postgres->directory));
	assert_int_equal(chmod(postgres->directory, 0755), 0);
	if (user)
		assert_int_equal(chown(postgres->directory, user->pw_uid, user->pw_gid), 0);
	start_watcher(postgres);
	run_initdb(postgres);
	make_installation(postgres);
	return postgres;
}

const char *postgres_owner(const struct postgres *postgres)
{
	return postgres->owner;
}

const char *postgres_superuser(const struct postgres *postgres)
{
	return postgres->superuser;
}

int postgres_pid(const struct postgres *postgres)
{
	return postgres->server;
}

const char *postgres_directory(const struct postgres *postgres)
{
	return postgres->directory;
}

void postgres_sql(const struct postgres *postgres, const char *sql, char *ret_value, size_t size)
{
	PGconn *pg = PQconnectdb(postgres->superuser);
	PGresult *result = PQexec(pg, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(pg));
	if (ret_value)
		snprintf(ret_value, size, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
	PQfinish(pg);
}
