#include "audio/convert.h"

#include <soxr.h>

#include "audio/wav.h"

enum { OUTPUT_FRAMES = 4096 };

/* One rate being made. */
struct output {
	soxr_t resampler;
	struct wav_writer wav;
};

struct outputs {
	size_t n;
	struct output each[AUDIO_RENDITIONS_MAX];
	uint64_t most_bytes;
};

static void outputs_clear(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->n; i++)
		if (outputs->each[i].resampler)
			soxr_delete(outputs->each[i].resampler);
}

static enum error_code resampler_failed(soxr_error_t why, struct error *err)
{
	error_fill(err, ERROR_INTERNAL, NULL, NULL);
	error_detail(err, "soxr: %s", soxr_strerror(why));
	return ERROR_INTERNAL;
}

static enum error_code outputs_open(struct outputs *outputs,
                                    const struct audio_conversion *conversion, unsigned rate,
                                    struct error *err)
{
	soxr_io_spec_t samples = soxr_io_spec(SOXR_FLOAT32_I, SOXR_INT16_I);
	soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
	soxr_error_t why = NULL;

	/* Silence stays silence: what compresses and detects speech later sees no noise. */
	samples.flags |= SOXR_NO_DITHER;
	outputs->most_bytes = conversion->most_bytes;
	for (size_t i = 0; i < conversion->n_renditions; i++) {
		const struct audio_rendition *rendition = &conversion->renditions[i];
		struct output *output = &outputs->each[outputs->n++];

		output->wav = (struct wav_writer){
			.file = rendition->file, .rate = rendition->rate, .channels = 1};
		output->resampler =
			soxr_create(rate, rendition->rate, 1, &why, &samples, &quality, NULL);
		if (why)
			return resampler_failed(why, err);
	}
	return ERROR_OK;
}

static uint64_t outputs_bytes(const struct outputs *outputs)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < outputs->n; i++)
		bytes += WAV_HEADER_BYTES + outputs->each[i].wav.bytes;
	return bytes;
}

/* samples NULL: the end, what is left inside comes out. */
static enum error_code output_add(struct output *output, const float *samples, size_t n,
                                  struct error *err)
{
	int16_t out[OUTPUT_FRAMES];
	size_t used, made;

	do {
		soxr_error_t why = soxr_process(output->resampler, samples, n, &used, out,
		                                COUNT_OF(out), &made);
		enum error_code code;

		if (why)
			return resampler_failed(why, err);
		code = wav_write(&output->wav, out, made, err);
		if (code)
			return code;
		samples = samples ? samples + used : NULL;
		n -= used;
	} while (n || made == COUNT_OF(out));
	return ERROR_OK;
}

static enum error_code outputs_add(struct outputs *outputs, const float *samples, size_t n,
                                   struct error *err)
{
	for (size_t i = 0; i < outputs->n; i++) {
		enum error_code code = output_add(&outputs->each[i], samples, n, err);

		if (code)
			return code;
	}
	if (outputs_bytes(outputs) > outputs->most_bytes)
		return error_set(err, ERROR_TOO_LARGE, AUDIO_FIELD_WRITTEN, "is too much");
	return ERROR_OK;
}

static enum error_code finish(struct outputs *outputs, struct error *err)
{
	enum error_code code = outputs_add(outputs, NULL, 0, err);

	for (size_t i = 0; !code && i < outputs->n; i++)
		code = wav_finish(&outputs->each[i].wav, err);
	return code;
}

enum error_code audio_convert(const struct audio_conversion *conversion,
                              struct audio_converted *ret_converted, struct error *err)
{
	AUTO(audio_source_auto_close) struct audio_source *source = NULL;
	AUTO(outputs_clear) struct outputs outputs = {0};
	struct audio_converted converted = {0};
	float samples[AUDIO_BLOCK_FRAMES];
	size_t n = 1;
	enum error_code code;

	code = audio_source_open(conversion->file, conversion->most_s, &source, err);
	if (code)
		return code;
	converted.source = *audio_source_info(source);
	code = outputs_open(&outputs, conversion, converted.source.rate, err);
	while (!code && n) {
		code = audio_source_read(source, samples, &n, err);
		if (!code && n) {
			audio_levels_add(&converted.levels, samples, n);
			code = outputs_add(&outputs, samples, n, err);
		}
	}
	if (!code)
		code = finish(&outputs, err);
	if (code)
		return code;
	converted.duration_ms = audio_source_at(source) * 1000 / converted.source.rate;
	*ret_converted = converted;
	return ERROR_OK;
}
