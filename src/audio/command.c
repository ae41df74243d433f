#include "audio/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audio/convert.h"
#include "audio/sandbox.h"
#include "base/files.h"

enum { INPUT = STDERR_FILENO + 1, REPORT, PEAKS, FIRST_RENDITION };

enum { ARGUMENTS_BEFORE_RATES = 3, MEMORY_MAX = 512 * 1024 * 1024, CPU_MAX_S = 240 };

/* The report and the peaks are small; a wav file is as long as it was allowed to be. */
enum { REPORT_MAX = 64 * 1024 };

static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_number)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || value < least || value > most)
		return false;
	*ret_number = value;
	return true;
}

static enum error_code parse(int argc, char **argv, struct audio_conversion *ret_conversion,
                             struct error *err)
{
	struct audio_conversion conversion = {.file = INPUT};
	uint64_t value;
	bool understood = argc > ARGUMENTS_BEFORE_RATES &&
	                  argc <= ARGUMENTS_BEFORE_RATES + AUDIO_RENDITIONS_MAX &&
	                  number(argv[1], 1, UINT16_MAX, &value);

	if (understood) {
		conversion.most_s = (unsigned)value;
		understood = number(argv[2], 0, INT64_MAX, &conversion.most_bytes);
	}
	for (int i = ARGUMENTS_BEFORE_RATES; understood && i < argc; i++) {
		understood = number(argv[i], AUDIO_RATE_LEAST, AUDIO_RATE_MOST, &value);
		conversion.renditions[conversion.n_renditions] = (struct audio_rendition){
			.rate = (unsigned)value,
			.file = FIRST_RENDITION + (int)conversion.n_renditions,
		};
		conversion.n_renditions++;
	}
	if (!understood)
		return error_set(err, ERROR_USAGE, NULL, NULL);
	*ret_conversion = conversion;
	return ERROR_OK;
}

static void add_member(struct text *out, const char *before, const char *name, const char *value)
{
	text_addf(out, "%s\"%s\":\"", before, name);
	text_add_json(out, value, strlen(value));
	text_add_char(out, '"');
}

static void add_level(struct text *out, const char *name, bool has, double db)
{
	text_addf(out, ",\"%s\":", name);
	if (has)
		text_addf(out, "%.2f", db);
	else
		text_add(out, "null");
}

static void report_failure(const struct error *err, struct text *out)
{
	add_member(out, "{\"error\":{", "code", error_slug(err->code));
	add_member(out, ",", "field", err->field);
	add_member(out, ",", "message", err->message);
	add_member(out, ",", "detail", err->detail);
	text_add(out, "}}");
}

static void report(const struct audio_converted *converted, struct text *out)
{
	double peak = 0, mean = 0;
	bool has_peak = audio_levels_peak_db(&converted->levels, &peak);
	bool has_mean = audio_levels_mean_db(&converted->levels, &mean);

	add_member(out, "{", "format", audio_format_slug(converted->source.format));
	text_addf(out, ",\"sample_rate\":%u,\"channels\":%u,\"duration_ms\":%llu",
	          converted->source.rate, converted->source.channels,
	          (unsigned long long)converted->duration_ms);
	add_level(out, "level_peak_db", has_peak, peak);
	add_level(out, "level_mean_db", has_mean, mean);
	text_add_char(out, '}');
}

static enum error_code write_text(int file, const struct text *text, struct error *err)
{
	if (text->failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return files_write_at(file, 0, text->data, text->length, err);
}

static enum error_code convert(int argc, char **argv, struct text *ret_report, struct error *err)
{
	AUTO(text_clear) struct text peaks = {0};
	struct audio_conversion conversion;
	struct audio_converted converted;
	struct sandbox sandbox = {.memory_bytes = MEMORY_MAX, .cpu_s = CPU_MAX_S};
	enum error_code code = parse(argc, argv, &conversion, err);

	if (code)
		return code;
	sandbox.descriptors = FIRST_RENDITION + (unsigned)conversion.n_renditions;
	sandbox.file_bytes = conversion.most_bytes + REPORT_MAX;
	code = sandbox_enter(&sandbox, err);
	if (!code)
		code = audio_convert(&conversion, &converted, err);
	if (code)
		return code;
	text_addf(&peaks,
	          "{\"duration_ms\":%llu,\"peaks\":", (unsigned long long)converted.duration_ms);
	audio_levels_write_peaks(&converted.levels, &peaks);
	text_add_char(&peaks, '}');
	code = write_text(PEAKS, &peaks, err);
	if (!code)
		report(&converted, ret_report);
	return code;
}

_Noreturn void audio_command(int argc, char **argv)
{
	struct text out = {0};
	struct error err;
	bool failed = convert(argc, argv, &out, &err) != ERROR_OK;

	if (failed)
		report_failure(&err, &out);
	if (write_text(REPORT, &out, NULL))
		failed = true;
	/* Nothing is flushed or freed: there is nothing that outlives the process. */
	_exit(failed);
}
