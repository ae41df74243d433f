#include "audio/source.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct audio_source {
	int file;
	uint64_t offset, size; /* of the reader, and of the file: both from `start` on */
	uint64_t start;
	SNDFILE *decoder;
	struct audio_source_info info;
	unsigned most_s;
	uint64_t told; /* frames it says it has; 0: it does not know */
	uint64_t at;
	float block[AUDIO_BLOCK_FRAMES * AUDIO_CHANNELS_MAX];
};

/* The decoder's view of the file: what stands before the audio is not there. */

static sf_count_t input_bytes(void *arg)
{
	const struct audio_source *source = arg;

	return (sf_count_t)source->size;
}

static sf_count_t input_seek(sf_count_t offset, int whence, void *arg)
{
	struct audio_source *source = arg;
	sf_count_t base = whence == SEEK_SET   ? 0
	                  : whence == SEEK_CUR ? (sf_count_t)source->offset
	                                       : (sf_count_t)source->size;
	sf_count_t to;

	if (__builtin_add_overflow(base, offset, &to) || to < 0 || (uint64_t)to > source->size)
		return -1;
	source->offset = (uint64_t)to;
	return to;
}

static sf_count_t input_read(void *bytes, sf_count_t n, void *arg)
{
	struct audio_source *source = arg;
	ssize_t got;

	if (n <= 0)
		return 0;
	got = pread(source->file, bytes, (size_t)n, (off_t)(source->start + source->offset));
	if (got > 0)
		source->offset += (uint64_t)got;
	return got < 0 ? 0 : got;
}

static sf_count_t input_write(const void *bytes, sf_count_t n, void *arg)
{
	(void)bytes, (void)n, (void)arg;
	return 0;
}

static sf_count_t input_tell(void *arg)
{
	const struct audio_source *source = arg;

	return (sf_count_t)source->offset;
}

static bool is_the_format(int found, enum audio_format format)
{
	switch (found & SF_FORMAT_TYPEMASK) {
	case SF_FORMAT_WAV:
	case SF_FORMAT_WAVEX:
		return format == AUDIO_WAV;
	case SF_FORMAT_FLAC:
		return format == AUDIO_FLAC;
	case SF_FORMAT_OGG:
		return format == AUDIO_OGG;
	case SF_FORMAT_MPEG:
		return format == AUDIO_MP3;
	default:
		return false;
	}
}

static enum error_code too_long(const struct audio_source *source, struct error *err)
{
	return error_set(err, ERROR_TOO_LARGE, AUDIO_FIELD, "lasts longer than %u seconds",
	                 source->most_s);
}

static enum error_code check(struct audio_source *source, const SF_INFO *found, struct error *err)
{
	if (found->channels < 1 || found->channels > AUDIO_CHANNELS_MAX)
		return error_set(err, ERROR_INVALID, AUDIO_FIELD,
		                 "has %d channels; it must have 1 to %d", found->channels,
		                 AUDIO_CHANNELS_MAX);
	if (found->samplerate < AUDIO_RATE_LEAST || found->samplerate > AUDIO_RATE_MOST)
		return error_set(err, ERROR_INVALID, AUDIO_FIELD,
		                 "has a sample rate of %d Hz; it must be %d to %d",
		                 found->samplerate, AUDIO_RATE_LEAST, AUDIO_RATE_MOST);
	source->info.channels = (unsigned)found->channels;
	source->info.rate = (unsigned)found->samplerate;
	source->told =
		found->frames > 0 && found->frames < SF_COUNT_MAX ? (uint64_t)found->frames : 0;
	if (source->told / source->info.rate > source->most_s)
		return too_long(source, err);
	return ERROR_OK;
}

static enum error_code open_decoder(struct audio_source *source, struct error *err)
{
	SF_VIRTUAL_IO input = {input_bytes, input_seek, input_read, input_write, input_tell};
	SF_INFO found = {0};
	enum error_code code;

	code = audio_recognise(source->file, &source->info.format, &source->start, err);
	if (!code)
		code = audio_check_whole(source->file, source->info.format, source->start, err);
	if (code)
		return code;
	source->size -= source->start;
	source->decoder = sf_open_virtual(&input, SFM_READ, &found, source);
	/* More channels than it can take is an error of its own making, with the number found. */
	if (!source->decoder && found.channels > AUDIO_CHANNELS_MAX)
		return check(source, &found, err);
	if (!source->decoder || !is_the_format(found.format, source->info.format)) {
		error_fill(err, ERROR_INVALID, AUDIO_FIELD, "cannot be read as %s audio",
		           audio_format_slug(source->info.format));
		error_detail(err, "%s", sf_strerror(source->decoder));
		return ERROR_INVALID;
	}
	return check(source, &found, err);
}

enum error_code audio_source_open(int file, unsigned most_s, struct audio_source **ret_source,
                                  struct error *err)
{
	AUTO(audio_source_auto_close) struct audio_source *source = calloc(1, sizeof(*source));
	struct stat status;
	enum error_code code;

	if (!source)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (fstat(file, &status))
		return error_errno(err, "look at the audio file");
	source->file = file;
	source->size = (uint64_t)status.st_size;
	source->most_s = most_s;
	code = open_decoder(source, err);
	if (code)
		return code;
	*ret_source = TAKE(source);
	return ERROR_OK;
}

void audio_source_close(struct audio_source *source)
{
	if (source && source->decoder)
		sf_close(source->decoder);
	free(source);
}

void audio_source_auto_close(struct audio_source **source)
{
	audio_source_close(*source);
}

const struct audio_source_info *audio_source_info(const struct audio_source *source)
{
	return &source->info;
}

uint64_t audio_source_at(const struct audio_source *source)
{
	return source->at;
}

/* How an mp3's decoder counts its frames differs from what its header tells; its frames were
 * counted (audio_check_whole). */
static enum error_code at_end(const struct audio_source *source, struct error *err)
{
	if (sf_error(source->decoder)) {
		error_fill(err, ERROR_INVALID, AUDIO_FIELD, "is damaged after %llu seconds",
		           (unsigned long long)(source->at / source->info.rate));
		error_detail(err, "%s", sf_strerror(source->decoder));
		return ERROR_INVALID;
	}
	if (source->info.format != AUDIO_MP3 && source->at < source->told)
		return error_set(err, ERROR_INVALID, AUDIO_FIELD, "is cut off: its end is missing");
	if (source->at == 0)
		return error_set(err, ERROR_INVALID, AUDIO_FIELD, "has no audio in it");
	return ERROR_OK;
}

/* What is louder than full scale is as loud as full scale, as a player would have it. */
static float clipped(float sample)
{
	return sample > 1 ? 1 : sample < -1 ? -1 : sample;
}

enum error_code audio_source_read(struct audio_source *source,
                                  float ret_samples[static AUDIO_BLOCK_FRAMES], size_t *ret_n,
                                  struct error *err)
{
	unsigned channels = source->info.channels;
	sf_count_t n = sf_readf_float(source->decoder, source->block, AUDIO_BLOCK_FRAMES);

	*ret_n = 0;
	if (n <= 0)
		return at_end(source, err);
	source->at += (uint64_t)n;
	if (source->at > (uint64_t)source->most_s * source->info.rate)
		return too_long(source, err);
	for (sf_count_t i = 0; i < n; i++) {
		float sum = 0;

		for (unsigned channel = 0; channel < channels; channel++) {
			float sample = source->block[i * channels + channel];

			if (!isfinite(sample))
				return error_set(err, ERROR_INVALID, AUDIO_FIELD,
				                 "has samples that are not numbers");
			sum += clipped(sample);
		}
		ret_samples[i] = sum / (float)channels;
	}
	*ret_n = (size_t)n;
	return ERROR_OK;
}
