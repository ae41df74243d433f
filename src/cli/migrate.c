#include "db/migrate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/exit.h"
#include "cli/open_database.h"
#include "cli/operations.h"

const char migrate_usage[] =
	"Usage: centrex migrate [--status] [--json] [--canary TENANT] [--parallel N]\n"
	"                       [--lock-timeout-ms N] [--reset-passwords]\n"
	"\n"
	"Brings the database to the schema of this centrex: the logins, schema public, and every\n"
	"tenant in a transaction of its own. A tenant that fails is named and the others go on; "
	"run\n"
	"it again to go on where it was. `centrex serve` does this by itself when it starts.\n"
	"\n"
	"  --status             change nothing: show the versions, and who is behind\n"
	"  --json               as JSON\n"
	"  --canary TENANT      this tenant (domain or id) first; the others only if it went well\n"
	"  --parallel N         tenants at a time, 1 to 32; 2 when not given\n"
	"  --lock-timeout-ms N  how long to wait for a tenant's tables, 1 to 600000; 2000 when "
	"not\n"
	"                       given; tried five times\n"
	"  --reset-passwords    give the logins centrex_public and centrex_app_00..15 the "
	"passwords\n"
	"                       that belong to the secret in the state directory\n"
	"\n"
	"Exit status: 0 when everything is at this version, 7 when a tenant is not; with --status "
	"1.\n";

enum { PARALLEL_MOST = 32, LOCK_TIMEOUT_MOST_MS = 600000, LISTED_MAX = 50 };

struct arguments {
	bool status, json, reset_passwords;
	const char *canary;
	long parallel, lock_timeout_ms;
};

static enum error_code parse_number(const char *name, const char *text, long most, long *ret_number,
                                    struct error *err)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || *end || number < 1 || number > most)
		return error_set(err, ERROR_INVALID, name, "must be a number from 1 to %ld", most);
	*ret_number = number;
	return ERROR_OK;
}

static enum error_code parse_value(struct arguments *arguments, const char *name, const char *value,
                                   struct error *err)
{
	if (strcmp(name, "--canary") == 0) {
		arguments->canary = value;
		return ERROR_OK;
	}
	if (strcmp(name, "--parallel") == 0)
		return parse_number("parallel", value, PARALLEL_MOST, &arguments->parallel, err);
	return parse_number("lock-timeout-ms", value, LOCK_TIMEOUT_MOST_MS,
	                    &arguments->lock_timeout_ms, err);
}

static bool *find_switch(struct arguments *arguments, const char *name)
{
	if (strcmp(name, "--status") == 0)
		return &arguments->status;
	if (strcmp(name, "--json") == 0)
		return &arguments->json;
	if (strcmp(name, "--reset-passwords") == 0)
		return &arguments->reset_passwords;
	return NULL;
}

static enum error_code parse_arguments(int argc, char **argv, struct arguments *ret,
                                       struct error *err)
{
	static const char *const valued[] = {"--canary", "--parallel", "--lock-timeout-ms"};

	*ret = (struct arguments){.parallel = 2, .lock_timeout_ms = 2000};
	for (int i = 1; i < argc; i++) {
		bool *found = find_switch(ret, argv[i]);
		enum error_code code = ERROR_OK;
		size_t v = 0;

		if (found) {
			*found = true;
			continue;
		}
		while (v < COUNT_OF(valued) && strcmp(argv[i], valued[v]) != 0)
			v++;
		if (v == COUNT_OF(valued))
			return error_set(
				err, ERROR_USAGE, NULL,
				"migrate has no argument '%.40s'; see `centrex help migrate`",
				argv[i]);
		if (i + 1 == argc)
			return error_set(err, ERROR_USAGE, valued[v] + 2, "needs a value");
		code = parse_value(ret, valued[v], argv[++i], err);
		if (code != ERROR_OK)
			return code;
	}
	if (ret->status && (ret->canary || ret->reset_passwords))
		return error_set(err, ERROR_USAGE, "status", "changes nothing: give it alone");
	return ERROR_OK;
}

/* The progress on a terminal is one line that is written over; elsewhere only failures show. */
struct progress {
	bool json, terminal;
	struct text failures; /* JSON objects */
};

static void add_failure(struct text *out, const struct migrate_step *step)
{
	text_addf(out, "%s{\"schema_name\":\"%s\",\"domain\":\"", out->length ? "," : "",
	          step->schema);
	text_add_json(out, step->domain, strlen(step->domain));
	text_addf(out, "\",\"version\":%u,\"code\":\"%s\",\"message\":\"", step->from,
	          error_slug(step->err->code));
	text_add_json(out, step->err->message, strlen(step->err->message));
	text_add(out, "\",\"detail\":\"");
	text_add_json(out, step->err->detail, strlen(step->err->detail));
	text_add(out, "\"}");
}

static void draw_bar(const struct migrate_step *step)
{
	enum { BAR_WIDTH = 40 };
	char bar[BAR_WIDTH + 1];
	unsigned filled = step->total ? step->n * BAR_WIDTH / step->total : BAR_WIDTH;

	for (unsigned i = 0; i < BAR_WIDTH; i++)
		bar[i] = i < filled ? '#' : '.';
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r[%s] %u of %u tenants%s", bar, step->n, step->total,
	        step->n == step->total ? "\n" : "");
}

static void show_step(const struct migrate_step *step, void *arg)
{
	struct progress *progress = arg;

	if (!step->domain) {
		if (!progress->json)
			printf("public: version %u to %u\n", step->from, step->to);
		return;
	}
	if (step->err && progress->json)
		add_failure(&progress->failures, step);
	else if (step->err)
		fprintf(stderr, "%scentrex: %s (%s), version %u: %s%s%s%s\n",
		        progress->terminal ? "\r\033[K" : "", step->domain, step->schema,
		        step->from, step->err->message, step->err->detail[0] ? " (" : "",
		        step->err->detail, step->err->detail[0] ? ")" : "");
	if (progress->terminal && !progress->json)
		draw_bar(step);
}

static int run_migrate(const struct config *config, struct db *db,
                       const struct arguments *arguments, const uint8_t *secret)
{
	struct progress progress = {.json = arguments->json, .terminal = isatty(STDERR_FILENO)};
	const struct migrate_options options = {
		.secret = secret,
		.reset_passwords = arguments->reset_passwords,
		.canary = arguments->canary,
		.parallel = (unsigned)arguments->parallel,
		.lock_timeout_ms = (unsigned)arguments->lock_timeout_ms,
		.step = show_step,
		.arg = &progress,
	};
	struct migrate_counts counts;
	struct error err;
	enum error_code code = migrate_run(db, &options, &counts, &err);

	/* A canary that failed has been reported; that the rest was left alone is the summary. */
	if (code != ERROR_OK && !counts.failed) {
		text_clear(&progress.failures);
		(void)!database_explain(config, code, &err);
		return exit_report(&err, arguments->json);
	}
	if (counts.logins_made && !arguments->json)
		printf("%u logins made\n", counts.logins_made);
	if (arguments->json)
		printf("{\"logins_made\":%u,\"behind\":%u,\"migrated\":%u,\"failures\":[%s]}\n",
		       counts.logins_made, counts.behind, counts.done,
		       text_string(&progress.failures));
	else if (!counts.behind)
		puts("Every tenant is at the newest version.");
	else
		printf("%u of %u tenants migrated, %u failed\n", counts.done, counts.behind,
		       counts.failed);
	text_clear(&progress.failures);
	return counts.done == counts.behind ? exit_flushed() : EXIT_PARTLY;
}

static void print_status(const struct migrate_status *status)
{
	if (!status->set_up) {
		puts("This database is empty; `centrex migrate` sets it up.");
		return;
	}
	printf("public   version %u of %u\n", status->public_version, status->public_newest);
	printf("tenants  %u of %u at version %u\n", status->tenants - (unsigned)status->n_behind,
	       status->tenants, status->tenant_newest);
	for (size_t i = 0; i < status->n_behind && i < LISTED_MAX; i++)
		printf("  %-40s  %s  version %u\n", status->behind[i].domain,
		       status->behind[i].schema, status->behind[i].version);
	if (status->n_behind > LISTED_MAX)
		printf("  and %zu more; --json lists all\n", status->n_behind - LISTED_MAX);
}

static void print_status_json(const struct migrate_status *status)
{
	printf("{\"set_up\":%s,\"public\":{\"version\":%u,\"newest\":%u},"
	       "\"tenants\":{\"count\":%u,\"newest\":%u,\"other\":[",
	       status->set_up ? "true" : "false", status->public_version, status->public_newest,
	       status->tenants, status->tenant_newest);
	/* A domain and a schema's name need no escape: the database checks their characters. */
	for (size_t i = 0; i < status->n_behind; i++)
		printf("%s{\"schema_name\":\"%s\",\"domain\":\"%s\",\"version\":%u}", i ? "," : "",
		       status->behind[i].schema, status->behind[i].domain,
		       status->behind[i].version);
	puts("]}}");
}

static int run_status(const struct config *config, struct db *db, bool json)
{
	AUTO(migrate_status_clear) struct migrate_status status = {0};
	struct error err;

	enum error_code code = migrate_status(db, NULL, &status, &err);

	if (code != ERROR_OK) {
		(void)!database_explain(config, code, &err);
		return exit_report(&err, json);
	}
	if (json)
		print_status_json(&status);
	else
		print_status(&status);
	if (exit_flushed() != EXIT_DONE || !status.set_up || status.n_behind ||
	    status.public_version != status.public_newest)
		return EXIT_FAILED;
	return EXIT_DONE;
}

int migrate_command(const struct config *config, int argc, char **argv)
{
	struct arguments arguments;
	struct db_login login;
	struct error err;
	struct db *db;
	int status;

	if (parse_arguments(argc, argv, &arguments, &err))
		return exit_report(&err, arguments.json);
	if (db_login_load(config, "centrex migrate", &login, &err))
		return exit_report(&err, arguments.json);
	login.config.connections_per_login = (unsigned)arguments.parallel;
	/* A migration may rewrite a large table. */
	login.config.statement_timeout_ms = 24 * 3600 * 1000;
	if (db_open(&login.config, &db, &err)) {
		status = exit_report(&err, arguments.json);
	} else {
		status = arguments.status
		                 ? run_status(config, db, arguments.json)
		                 : run_migrate(config, db, &arguments, login.config.secret);
		db_close(db);
	}
	db_login_clear(&login);
	return status;
}
