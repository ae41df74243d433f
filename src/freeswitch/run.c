#include "freeswitch/run.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/exit.h"
#include "db/login.h"
#include "freeswitch/node.h"
#include "freeswitch/settings.h"

struct run {
	const struct config *config;
	struct db_login login;
	struct db *db;
	struct directory *directory;
	struct nodes nodes;
	pthread_mutex_t mutex; /* of the two below: the listener hears before all nodes are open */
	struct switch_node *switches[NODES_MAX];
	size_t n;
};

/* On the listener's thread. */
static void hear(enum listen_event event, const char *payload, void *arg)
{
	struct run *run = arg;

	pthread_mutex_lock(&run->mutex);
	for (size_t i = 0; i < run->n; i++)
		switch_hear(run->switches[i], event, payload);
	pthread_mutex_unlock(&run->mutex);
}

static enum error_code open_switches(struct run *run, struct error *err)
{
	enum error_code code = ERROR_OK;

	pthread_mutex_lock(&run->mutex);
	for (size_t i = 0; i < run->nodes.n && code == ERROR_OK; i++) {
		const struct switch_config config = {.address = &run->nodes.items[i],
		                                     .config = run->config,
		                                     .db = run->db,
		                                     .directory = run->directory};

		code = switch_open(&config, &run->switches[i], err);
		if (code == ERROR_OK)
			run->n++;
	}
	pthread_mutex_unlock(&run->mutex);
	return code;
}

static enum error_code open_run(struct run *run, struct error *err)
{
	enum error_code code = freeswitch_settings_check(run->config, err);

	freeswitch_settings_warn(run->config);
	if (code == ERROR_OK)
		code = nodes_parse(config_text(run->config, CONFIG_FREESWITCH_NODES), &run->nodes,
		                   err);
	if (code == ERROR_OK && !run->nodes.n)
		code = error_set(err, ERROR_INVALID, "freeswitch-nodes",
		                 "names no event socket, there is nothing to do");
	if (code == ERROR_OK)
		code = db_login_load(run->config, "centrex freeswitch", &run->login, err);
	if (code == ERROR_OK)
		code = db_open(&run->login.config, &run->db, err);
	if (code == ERROR_OK) {
		const struct directory_config directory = {.db = run->db,
		                                           .db_config = &run->login.config,
		                                           .warm = true,
		                                           .also = hear,
		                                           .also_arg = run};

		code = directory_open(&directory, &run->directory, err);
	}
	return code == ERROR_OK ? open_switches(run, err) : code;
}

static void close_run(struct run *run)
{
	size_t n;

	pthread_mutex_lock(&run->mutex);
	n = run->n;
	run->n = 0; /* nobody hears any more */
	pthread_mutex_unlock(&run->mutex);
	while (n-- > 0)
		switch_close(run->switches[n]);
	if (run->directory)
		directory_close(run->directory);
	db_close(run->db);
	db_login_clear(&run->login);
	pthread_mutex_destroy(&run->mutex);
}

static void run_path(const struct config *config, const char *name, struct text *out)
{
	text_addf(out, "%s/run%s", config_text(config, CONFIG_STATE), name);
}

/* Whole or not at all: the supervisor and tests wait for it. */
static enum error_code publish(const struct run *run, struct error *err)
{
	AUTO(text_clear) struct text directory = {0};
	AUTO(text_clear) struct text path = {0};
	AUTO(text_clear) struct text draft = {0};
	AUTO(text_clear) struct text content = {0};

	run_path(run->config, "", &directory);
	run_path(run->config, "/freeswitch.json", &path);
	run_path(run->config, "/freeswitch.json.new", &draft);
	text_addf(&content, "{\"pid\":%ld,\"nodes\":[", (long)getpid());
	for (size_t i = 0; i < run->nodes.n; i++)
		text_addf(&content, "%s\"%s\"", i ? "," : "", run->nodes.items[i].name);
	text_add(&content, "]}\n");
	if (directory.failed || path.failed || draft.failed || content.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (mkdir(directory.data, 0700) != 0 && errno != EEXIST)
		return error_errno(err, "make %s", directory.data);
	AUTO(auto_close)
	int file = open(draft.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (file < 0 || write(file, content.data, content.length) != (ssize_t)content.length ||
	    rename(draft.data, path.data) != 0)
		return error_errno(err, "write %s", path.data);
	return ERROR_OK;
}

static void unpublish(const struct config *config)
{
	AUTO(text_clear) struct text path = {0};

	run_path(config, "/freeswitch.json", &path);
	if (!path.failed)
		(void)unlink(path.data);
}

static void signals_of_ours(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	sigaddset(ret_set, SIGTERM);
	sigaddset(ret_set, SIGINT);
	sigaddset(ret_set, SIGHUP);
}

static void reload(const struct config *config)
{
	struct config *again = NULL;
	struct error err;

	if (config_reload(config, &again, &err) != ERROR_OK) {
		log_error("freeswitch", "settings not re-read, the old ones stay", &err);
		return;
	}
	log_settings(again);
	config_free(again);
	log_write(LOG_INFO, "freeswitch", "settings re-read", NULL, 0);
}

static void wait_for_end(const struct config *config)
{
	sigset_t set;
	int number;

	signals_of_ours(&set);
	while (sigwait(&set, &number) == 0 && number == SIGHUP)
		reload(config);
	log_event(LOG_INFO, "freeswitch", "stopping", LOG_TEXT("signal", strsignal(number)));
}

static enum error_code check(int argc, char **argv, struct error *err)
{
	if (argc > 1)
		return error_set(err, ERROR_USAGE, NULL,
		                 "`centrex freeswitch run` takes no argument %.40s", argv[1]);
	if (geteuid() == 0)
		return error_set(err, ERROR_FORBIDDEN, NULL,
		                 "this does not run as root: `centrex serve` starts it as the user "
		                 "of --user, or start it as that user");
	return ERROR_OK;
}

int freeswitch_run(const struct config *config, int argc, char **argv)
{
	struct run run = {.config = config, .mutex = PTHREAD_MUTEX_INITIALIZER};
	enum error_code code;
	struct error err;
	sigset_t set;

	code = check(argc, argv, &err);
	if (code != ERROR_OK)
		return exit_report(&err, false);
	umask(077);
	/* Before any thread starts: threads inherit it. */
	signals_of_ours(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	code = open_run(&run, &err);
	if (code == ERROR_OK)
		code = publish(&run, &err);
	if (code == ERROR_OK) {
		log_event(LOG_INFO, "freeswitch", "ready", LOG_NUMBER("nodes", run.n));
		wait_for_end(config);
	}
	unpublish(config);
	close_run(&run);
	return code == ERROR_OK ? EXIT_DONE : exit_report(&err, false);
}
