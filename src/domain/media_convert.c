#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/process.h"
#include "domain/media_private.h"

enum { REPORT_MAX = 4096, LOOK_MS = 200, NUMBER_MAX = 24 };

const unsigned media_rates[MEDIA_RENDITIONS] = {8000, 16000, 48000};

static bool is_gone(const struct media_upload *upload)
{
	return upload->is_gone && upload->is_gone(upload->arg);
}

static enum error_code gone(struct error *err)
{
	return error_set(err, ERROR_TIMEOUT, NULL, "nobody waits for the upload any more");
}

/* A place among those that convert; given back by leave. */
static enum error_code enter(struct uploads *uploads, const struct media_upload *upload,
                             struct error *err)
{
	enum error_code code = ERROR_OK;

	pthread_mutex_lock(&uploads->lock);
	if (uploads->running >= MEDIA_CONVERSIONS_MAX &&
	    uploads->waiting >= MEDIA_CONVERSIONS_WAITING) {
		pthread_mutex_unlock(&uploads->lock);
		return error_set(err, ERROR_BUSY, NULL,
		                 "too many files are being converted; try again");
	}
	uploads->waiting++;
	while (!code && uploads->running >= MEDIA_CONVERSIONS_MAX) {
		condition_wait(&uploads->freed, &uploads->lock,
		               clock_monotonic_us() + LOOK_MS * 1000);
		if (is_gone(upload))
			code = gone(err);
	}
	uploads->waiting--;
	if (!code)
		uploads->running++;
	pthread_mutex_unlock(&uploads->lock);
	return code;
}

static void leave(struct uploads *uploads)
{
	pthread_mutex_lock(&uploads->lock);
	uploads->running--;
	pthread_cond_signal(&uploads->freed);
	pthread_mutex_unlock(&uploads->lock);
}

static enum error_code start(const struct uploads *uploads, const struct media_draft *draft,
                             uint64_t most_bytes, struct process *ret_process, struct error *err)
{
	char seconds[NUMBER_MAX], bytes[NUMBER_MAX], rates[MEDIA_RENDITIONS][NUMBER_MAX];
	const char *argv[4 + MEDIA_RENDITIONS + 1] = {"centrex", "convert-audio", seconds, bytes};
	int descriptors[3 + MEDIA_RENDITIONS] = {draft->original, draft->report, draft->peaks};
	const struct process_spec spec = {
		.argv = argv,
		.program = uploads->config.converter ? uploads->config.converter : "/proc/self/exe",
		.output = -1,
		.mute = true,
		.group = true,
		.confined = true,
		.bound = true,
		.bare = true,
		.descriptors = descriptors,
		.n_descriptors = COUNT_OF(descriptors),
	};

	snprintf(seconds, sizeof(seconds), "%d", MEDIA_LONGEST_S);
	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)most_bytes);
	for (size_t i = 0; i < MEDIA_RENDITIONS; i++) {
		snprintf(rates[i], sizeof(rates[i]), "%u", media_rates[i]);
		argv[4 + i] = rates[i];
		descriptors[3 + i] = draft->renditions[i];
	}
	return process_start(&spec, ret_process, err);
}

/* Until it has ended, at the latest when its time is over. */
static enum error_code wait_for(struct process *process, const struct media_upload *upload,
                                int *ret_status, struct error *err)
{
	int64_t end = clock_monotonic_us() + (int64_t)MEDIA_CONVERSION_S * 1000000;
	enum error_code code = ERROR_OK;

	while (!process_ended(process, ret_status)) {
		struct pollfd ready = {.fd = process->pidfd, .events = POLLIN};

		if (!code && clock_monotonic_us() > end)
			code = error_set(err, ERROR_TOO_LARGE, "file", "takes too long to convert");
		else if (!code && is_gone(upload))
			code = gone(err);
		if (code)
			process_signal(process, SIGKILL);
		(void)poll(&ready, 1, LOOK_MS);
	}
	return code;
}

/* The errors a converter may report; whatever else it says is a fault of ours. */
static enum error_code error_named(const char *slug)
{
	static const enum error_code codes[] = {ERROR_INVALID, ERROR_TOO_LARGE, ERROR_NO_SPACE,
	                                        ERROR_IO, ERROR_MEMORY};

	for (size_t i = 0; slug && i < COUNT_OF(codes); i++)
		if (strcmp(slug, error_slug(codes[i])) == 0)
			return codes[i];
	return ERROR_INTERNAL;
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

static enum error_code reported(const json_t *report, struct error *err)
{
	enum error_code code = error_named(text_of(report, "code"));

	error_fill(err, code, text_of(report, "field"), "%s", text_of(report, "message"));
	error_detail(err, "converter: %s", text_of(report, "detail"));
	return code;
}

/* Ended by its limits, or by what it was given. */
static enum error_code died(int status, struct error *err)
{
	AUTO(text_clear) struct text how = {0};
	enum error_code code = ERROR_INVALID;

	process_describe(status, &how);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		code = ERROR_TOO_LARGE;
	error_fill(err, code, "file",
	           code == ERROR_INVALID ? "cannot be decoded" : "takes too long to convert");
	error_detail(err, "converter: %s", text_string(&how));
	return code;
}

static bool integer(const json_t *report, const char *name, int64_t least, int64_t most,
                    int64_t *ret_value)
{
	const json_t *value = json_object_get(report, name);

	*ret_value = json_integer_value(value);
	return json_is_integer(value) && *ret_value >= least && *ret_value <= most;
}

static bool level(const json_t *report, const char *name, bool *ret_has, double *ret_db)
{
	const json_t *value = json_object_get(report, name);

	*ret_has = json_is_number(value);
	*ret_db = json_number_value(value);
	return json_is_null(value) || (*ret_has && *ret_db >= -1000 && *ret_db <= 1000);
}

/* Read as if a stranger had written it: whatever it decoded may have taken it over. */
static bool understand(const json_t *report, struct media_found *found)
{
	static const char *const formats[] = {"wav", "flac", "ogg", "mp3"};
	const char *format = text_of(report, "format");

	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (strcmp(formats[i], format) == 0)
			snprintf(found->format, sizeof(found->format), "%s", format);
	return found->format[0] && integer(report, "sample_rate", 1, 768000, &found->sample_rate) &&
	       integer(report, "channels", 1, 64, &found->channels) &&
	       integer(report, "duration_ms", 0, (int64_t)MEDIA_LONGEST_S * 1000 + 1000,
	               &found->duration_ms) &&
	       level(report, "level_peak_db", &found->has_peak, &found->peak_db) &&
	       level(report, "level_mean_db", &found->has_mean, &found->mean_db);
}

static enum error_code size_of(int file, uint64_t *ret_bytes, struct error *err)
{
	struct stat status;

	if (fstat(file, &status))
		return error_errno(err, "look at media");
	*ret_bytes = (uint64_t)status.st_size;
	return ERROR_OK;
}

static enum error_code read_report(const struct media_draft *draft, int status,
                                   struct media_found *found, struct error *err)
{
	AUTO(json_auto_unref) json_t *report = NULL;
	char bytes[REPORT_MAX];
	ssize_t n = pread(draft->report, bytes, sizeof(bytes), 0);
	enum error_code code;

	if (n > 0)
		report = json_loadb(bytes, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	if (!report || !WIFEXITED(status))
		return died(status, err);
	if (json_object_get(report, "error"))
		return reported(json_object_get(report, "error"), err);
	if (!understand(report, found))
		return died(status, err);
	code = size_of(draft->peaks, &found->peaks_bytes, err);
	for (size_t i = 0; !code && i < MEDIA_RENDITIONS; i++)
		code = size_of(draft->renditions[i], &found->bytes[i], err);
	return code;
}

enum error_code media_convert(struct uploads *uploads, const struct media_upload *upload,
                              const struct media_draft *draft, uint64_t most_bytes,
                              struct media_found *ret_found, struct error *err)
{
	struct process process = PROCESS_NONE;
	struct media_found found = {0};
	int status = 0;
	enum error_code code = enter(uploads, upload, err);

	if (code)
		return code;
	code = start(uploads, draft, most_bytes, &process, err);
	if (!code)
		code = wait_for(&process, upload, &status, err);
	leave(uploads);
	if (!code)
		code = read_report(draft, status, &found, err);
	if (!code)
		*ret_found = found;
	return code;
}
