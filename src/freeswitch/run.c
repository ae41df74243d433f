#include "freeswitch/run.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/daemon.h"
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

static enum error_code publish(const struct run *run, struct error *err)
{
	AUTO(text_clear) struct text content = {0};

	text_addf(&content, "{\"pid\":%ld,\"nodes\":[", (long)getpid());
	for (size_t i = 0; i < run->nodes.n; i++)
		text_addf(&content, "%s\"%s\"", i ? "," : "", run->nodes.items[i].name);
	text_add(&content, "]}\n");
	return daemon_publish(run->config, "freeswitch", &content, err);
}

int freeswitch_run(const struct config *config, int argc, char **argv)
{
	struct run run = {.config = config, .mutex = PTHREAD_MUTEX_INITIALIZER};
	enum error_code code;
	struct error err;

	if (daemon_begin("freeswitch run", argc, argv, &err))
		return exit_report(&err, false);
	code = open_run(&run, &err);
	if (code == ERROR_OK)
		code = publish(&run, &err);
	if (code == ERROR_OK) {
		log_event(LOG_INFO, "freeswitch", "ready", LOG_NUMBER("nodes", run.n));
		daemon_wait(config, "freeswitch");
	}
	daemon_unpublish(config, "freeswitch");
	close_run(&run);
	return code == ERROR_OK ? EXIT_DONE : exit_report(&err, false);
}
