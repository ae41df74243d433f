#include "cli/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

static void signals_of_ours(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	sigaddset(ret_set, SIGTERM);
	sigaddset(ret_set, SIGINT);
	sigaddset(ret_set, SIGHUP);
}

enum error_code daemon_begin(const char *command, int argc, char **argv, struct error *err)
{
	sigset_t set;

	if (argc > 1)
		return error_set(err, ERROR_USAGE, NULL, "`centrex %s` takes no argument %.40s",
		                 command, argv[1]);
	if (geteuid() == 0)
		return error_set(err, ERROR_FORBIDDEN, NULL,
		                 "%s does not run as root: `centrex serve` starts it as the user "
		                 "of --user, or start it as that user",
		                 command);
	umask(077);
	signals_of_ours(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return ERROR_OK;
}

enum error_code daemon_publish(const struct config *config, const char *name,
                               const struct text *content, struct error *err)
{
	AUTO(text_clear) struct text directory = {0};
	AUTO(text_clear) struct text path = {0};
	AUTO(text_clear) struct text draft = {0};

	text_addf(&directory, "%s/run", config_text(config, CONFIG_STATE));
	text_addf(&path, "%s/%s.json", text_string(&directory), name);
	text_addf(&draft, "%s.new", text_string(&path));
	if (directory.failed || path.failed || draft.failed || content->failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	/* The supervisor's; alone, it may not be there yet. */
	if (mkdir(directory.data, 0700) != 0 && errno != EEXIST)
		return error_errno(err, "make %s", directory.data);
	AUTO(auto_close)
	int file = open(draft.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (file < 0 || write(file, content->data, content->length) != (ssize_t)content->length ||
	    rename(draft.data, path.data) != 0)
		return error_errno(err, "write %s", path.data);
	return ERROR_OK;
}

void daemon_unpublish(const struct config *config, const char *name)
{
	AUTO(text_clear) struct text path = {0};

	text_addf(&path, "%s/run/%s.json", config_text(config, CONFIG_STATE), name);
	if (!path.failed)
		(void)unlink(path.data);
}

static void reload(const struct config *config, const char *part)
{
	struct config *again = NULL;
	struct error err;

	if (config_reload(config, &again, &err) != ERROR_OK) {
		log_error(part, "settings not re-read, the old ones stay", &err);
		return;
	}
	log_settings(again);
	config_free(again);
	log_write(LOG_INFO, part, "settings re-read", NULL, 0);
}

void daemon_wait(const struct config *config, const char *part)
{
	sigset_t set;
	int number;

	signals_of_ours(&set);
	while (sigwait(&set, &number) == 0 && number == SIGHUP)
		reload(config, part);
	log_event(LOG_INFO, part, "stopping", LOG_TEXT("signal", strsignal(number)));
}
