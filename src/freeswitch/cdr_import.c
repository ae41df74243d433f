/* `centrex cdr import DIR`: the records FreeSWITCH could not deliver, from the directories its CDR
 * modules leave them in. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/uuid.h"
#include "cli/exit.h"
#include "freeswitch/command.h"
#include "freeswitch/intake_spool.h"
#include "freeswitch/intake_tools.h"
#include "freeswitch/record.h"

const char cdr_import_usage[] =
	"centrex cdr import DIR [FLAGS]\n"
	"  takes the call records FreeSWITCH left in a directory, as its error directories have "
	"them:\n"
	"  [a_]<uuid>.cdr.xml and [a_]<uuid>.cdr.json, in every encoding. What is here already "
	"changes nothing.\n"
	"  --remove              remove each file whose record is safe\n"
	"  --json                print JSON; an error is JSON too\n";

enum { WORKERS = 16, TELL_EACH = 1000 };

struct counts {
	size_t files, skipped, failed, removed;
};

struct import {
	struct intake *intake;
	DIR *stream;
	int directory;
	bool removes, tells;
	pthread_mutex_t mutex;
	/* Under the mutex. */
	struct counts counts;
	enum error_code code; /* what stops all */
	struct error err;
};

/* "[a_]<uuid>.cdr.xml": name becomes "[a_]<uuid>". */
static bool cut_name(char *name)
{
	static const char *const ends[] = {".cdr.xml", ".cdr.json"};
	size_t n = strlen(name);

	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		size_t end = strlen(ends[i]);
		struct uuid uuid;

		if (n <= end || strcmp(name + n - end, ends[i]) != 0)
			continue;
		name[n - end] = '\0';
		return uuid_parse(strncmp(name, "a_", 2) == 0 ? name + 2 : name, &uuid);
	}
	return false;
}

/* The next name to look at; false: there is none, or all stops. */
static bool next(struct import *import, char ret_name[static NAME_MAX + 1])
{
	const struct dirent *entry = NULL;

	pthread_mutex_lock(&import->mutex);
	while (import->code == ERROR_OK && (errno = 0, entry = readdir(import->stream)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			break;
	if (entry)
		snprintf(ret_name, NAME_MAX + 1, "%s", entry->d_name);
	else if (import->code == ERROR_OK && errno)
		import->code = error_errno(&import->err, "read the directory");
	pthread_mutex_unlock(&import->mutex);
	return entry;
}

static void complain(const char *name, const struct error *err)
{
	fprintf(stderr, "centrex: %.100s: %s\n", name, err->message);
}

/* One file. *ret_skipped: it is none of a record. */
static enum error_code take_file(struct import *import, const char *name, bool *ret_skipped,
                                 bool *ret_removed, struct error *err)
{
	char url_uuid[NAME_MAX + 1];
	AUTO(text_clear) struct text body = {0};
	struct intake_letter letter = {"", url_uuid, NULL, 0};
	enum intake_outcome outcome;
	enum error_code code = ERROR_INVALID;

	snprintf(url_uuid, sizeof(url_uuid), "%s", name);
	*ret_removed = false;
	if (cut_name(url_uuid))
		code = spool_read_file(import->directory, name, RECORD_BODY_MAX, &body, err);
	*ret_skipped = code == ERROR_INVALID;
	if (code != ERROR_OK)
		return code;
	letter.body = text_string(&body);
	letter.n = body.length;
	code = intake_take(import->intake, &letter, &outcome, err);
	if (code == ERROR_OK && import->removes) {
		*ret_removed = unlinkat(import->directory, name, 0) == 0;
		if (!*ret_removed)
			code = error_errno(err, "remove %.100s", name);
	}
	return code;
}

static void *work(void *arg)
{
	struct import *import = arg;
	char name[NAME_MAX + 1];

	while (next(import, name)) {
		struct error err = {0};
		bool skipped, removed;
		enum error_code code = take_file(import, name, &skipped, &removed, &err);
		struct counts *counts = &import->counts;

		pthread_mutex_lock(&import->mutex);
		counts->skipped += skipped;
		counts->removed += removed;
		counts->files += !skipped;
		if (code == ERROR_UNAVAILABLE) {
			import->code = code;
			import->err = err;
		} else if (code != ERROR_OK && !skipped) {
			counts->failed++;
			complain(name, &err);
		}
		if (import->tells && !skipped && counts->files % TELL_EACH == 0)
			fprintf(stderr, "%zu files\n", counts->files);
		pthread_mutex_unlock(&import->mutex);
	}
	return NULL;
}

static enum error_code run(struct import *import, const char *path, struct error *err)
{
	pthread_t threads[WORKERS];
	size_t n = 0;

	import->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (import->directory >= 0)
		import->stream = fdopendir(import->directory);
	if (!import->stream) {
		enum error_code code = error_errno(err, "read %.150s", path);

		if (import->directory >= 0)
			close(import->directory);
		return code;
	}
	while (n < WORKERS && pthread_create(&threads[n], NULL, work, import) == 0)
		n++;
	if (!n)
		work(import);
	while (n)
		pthread_join(threads[--n], NULL);
	closedir(import->stream);
	*err = import->err;
	return import->code;
}

static void print(const struct import *import, bool json)
{
	const struct counts *counts = &import->counts;
	struct intake_counts taken;

	intake_counts(import->intake, &taken);
	printf(json ? "{\"files\":%zu,\"stored\":%llu,\"repeated\":%llu,\"dead\":%llu,"
	              "\"failed\":%zu,\"skipped\":%zu,\"removed\":%zu}\n"
	            : "%zu records: %llu stored, %llu were here already, %llu became dead letters "
	              "(centrex cdr dead-letters), %zu failed; %zu other files skipped, %zu "
	              "removed\n",
	       counts->files, (unsigned long long)taken.stored, (unsigned long long)taken.repeated,
	       (unsigned long long)taken.dead, counts->failed, counts->skipped, counts->removed);
}

struct arguments {
	const char *path;
	bool removes, json;
};

static enum error_code parse(int argc, char **argv, struct arguments *arguments, struct error *err)
{
	for (int i = 2; i < argc; i++)
		arguments->json |= strcmp(argv[i], "--json") == 0;
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--remove") == 0)
			arguments->removes = true;
		else if (strcmp(argv[i], "--json") == 0)
			continue;
		else if (strncmp(argv[i], "--", 2) == 0 || arguments->path)
			return error_set(
				err, ERROR_USAGE, NULL,
				"cdr import has no argument '%.40s'; see `centrex cdr import "
				"--help`",
				argv[i]);
		else
			arguments->path = argv[i];
	}
	if (!arguments->path)
		return error_set(err, ERROR_MISSING, "directory", "is required: where they are");
	return ERROR_OK;
}

int cdr_import_command(const struct config *config, int argc, char **argv)
{
	struct arguments arguments = {0};
	struct import import = {.mutex = PTHREAD_MUTEX_INITIALIZER};
	struct intake_tools tools;
	struct error err = {0};
	bool in_part = false;
	enum error_code code = parse(argc, argv, &arguments, &err);

	if (code == ERROR_OK)
		code = intake_tools_open(config, &tools, &err);
	if (code != ERROR_OK)
		return exit_report(&err, arguments.json);
	import.intake = tools.intake;
	import.removes = arguments.removes;
	import.tells = !arguments.json;
	code = run(&import, arguments.path, &err);
	if (import.counts.files || code == ERROR_OK) {
		struct intake_counts counts;

		print(&import, arguments.json);
		intake_counts(import.intake, &counts);
		in_part = import.counts.failed || counts.dead;
	}
	if (code != ERROR_OK)
		code = database_explain(config, code, &err);
	intake_tools_close(&tools);
	if (code != ERROR_OK)
		return exit_report(&err, arguments.json);
	return exit_flushed() == EXIT_DONE && in_part ? EXIT_PARTLY : exit_flushed();
}
