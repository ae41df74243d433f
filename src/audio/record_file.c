#include "audio/record_file.h"

#include <errno.h>
#include <sndfile.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/wav.h"
#include "base/files.h"

enum {
	PAGE_MS = 500,          /* of Opus, in one page of Ogg: what a crash costs */
	OGG_HEADERS_MOST = 512, /* no audio is in a file of that size */
	WAV_CHANNELS_AT = 22,
	WAV_RATE_AT = 24,
	WAV_BITS = 16,
};

/* Between 0 (256 kbit/s a channel) and 1 (6): about 24 kbit/s, at which speech is clear. */
static const double compression = 0.928;

struct record_file {
	struct record_form form;
	struct wav_writer wav;
	/* Of Opus. */
	SNDFILE *encoder;
	sf_count_t offset, size;
	enum error_code failed;
	struct error why;
};

/* ---- the encoder's view of the file ---- */

static sf_count_t output_bytes(void *arg)
{
	return ((struct record_file *)arg)->size;
}

static sf_count_t output_seek(sf_count_t offset, int whence, void *arg)
{
	struct record_file *file = arg;
	const sf_count_t base = whence == SEEK_SET   ? 0
	                        : whence == SEEK_CUR ? file->offset
	                                             : file->size;

	if (base + offset < 0)
		return -1;
	file->offset = base + offset;
	return file->offset;
}

static sf_count_t output_read(void *bytes, sf_count_t n, void *arg)
{
	struct record_file *file = arg;
	const ssize_t got = pread(file->wav.file, bytes, (size_t)n, (off_t)file->offset);

	if (got > 0)
		file->offset += got;
	return got < 0 ? 0 : got;
}

static sf_count_t output_write(const void *bytes, sf_count_t n, void *arg)
{
	struct record_file *file = arg;

	if (!file->failed)
		file->failed = files_write_at(file->wav.file, (uint64_t)file->offset, bytes,
		                              (size_t)n, &file->why);
	if (file->failed)
		return 0;
	file->offset += n;
	if (file->offset > file->size)
		file->size = file->offset;
	return n;
}

static sf_count_t output_tell(void *arg)
{
	return ((struct record_file *)arg)->offset;
}

static enum error_code encoder_open(struct record_file *file, struct error *err)
{
	SF_VIRTUAL_IO output = {output_bytes, output_seek, output_read, output_write, output_tell};
	SF_INFO info = {.samplerate = (int)file->form.rate,
	                .channels = (int)file->form.channels,
	                .format = SF_FORMAT_OGG | SF_FORMAT_OPUS};
	double page_ms = PAGE_MS, level = compression;

	file->encoder = sf_open_virtual(&output, SFM_WRITE, &info, file);
	if (!file->encoder)
		return error_set(err, ERROR_INTERNAL, NULL, "cannot begin Opus: %s",
		                 sf_strerror(NULL));
	(void)sf_command(file->encoder, SFC_SET_COMPRESSION_LEVEL, &level, sizeof(level));
	(void)sf_command(file->encoder, SFC_SET_OGG_PAGE_LATENCY_MS, &page_ms, sizeof(page_ms));
	return ERROR_OK;
}

/* ---- for both ---- */

static enum error_code failed(const struct record_file *file, struct error *err)
{
	if (err)
		*err = file->why;
	return file->failed;
}

enum error_code record_file_open(int descriptor, const struct record_form *form,
                                 struct record_file **ret_file, struct error *err)
{
	AUTO(auto_free) struct record_file *file = calloc(1, sizeof(*file));
	enum error_code code;

	if (!file)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	file->form = *form;
	file->wav = (struct wav_writer){
		.file = descriptor, .rate = form->rate, .channels = form->channels};
	code = form->format == RECORD_OPUS ? encoder_open(file, err) : wav_finish(&file->wav, err);
	if (code)
		return code;
	*ret_file = TAKE(file);
	return ERROR_OK;
}

enum error_code record_file_write(struct record_file *file, const int16_t *samples, size_t frames,
                                  struct error *err)
{
	if (!file->failed && !file->encoder)
		file->failed =
			wav_write(&file->wav, samples, frames * file->form.channels, &file->why);
	else if (!file->failed &&
	         sf_writef_short(file->encoder, samples, (sf_count_t)frames) !=
	                 (sf_count_t)frames &&
	         !file->failed)
		file->failed = error_set(&file->why, ERROR_INTERNAL, NULL, "cannot encode: %s",
		                         sf_strerror(file->encoder));
	return file->failed ? failed(file, err) : ERROR_OK;
}

enum error_code record_file_update(struct record_file *file, struct error *err)
{
	return file->encoder ? ERROR_OK : wav_finish(&file->wav, err);
}

enum error_code record_file_finish(struct record_file *file, struct error *err)
{
	enum error_code code = ERROR_OK;

	if (file->encoder)
		(void)sf_close(file->encoder);
	else /* in place: a full disk has room for it */
		code = wav_finish(&file->wav, err);
	if (file->failed)
		code = failed(file, err);
	free(file);
	return code;
}

static uint32_t read_number(const uint8_t *bytes, size_t n)
{
	uint32_t number = 0;

	for (size_t i = 0; i < n; i++)
		number |= (uint32_t)bytes[i] << (8 * i);
	return number;
}

enum error_code record_file_repair(int file, enum record_format format, bool *ret_any,
                                   struct error *err)
{
	uint8_t header[WAV_HEADER_BYTES];
	struct wav_writer wav = {.file = file};
	struct stat status;

	*ret_any = false;
	if (fstat(file, &status))
		return error_errno(err, "look at a recording");
	if (format == RECORD_OPUS) {
		*ret_any = status.st_size > OGG_HEADERS_MOST;
		return ERROR_OK;
	}
	if (status.st_size <= WAV_HEADER_BYTES ||
	    pread(file, header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header, "RIFF", 4) != 0)
		return ERROR_OK;
	wav.channels = read_number(header + WAV_CHANNELS_AT, 2);
	wav.rate = read_number(header + WAV_RATE_AT, 4);
	if (wav.channels < 1 || wav.channels > 2)
		return ERROR_OK;
	wav.bytes = (uint64_t)status.st_size - WAV_HEADER_BYTES;
	wav.bytes -= wav.bytes % (wav.channels * (WAV_BITS / 8));
	if (wav.bytes > UINT32_MAX - WAV_HEADER_BYTES)
		wav.bytes = UINT32_MAX - WAV_HEADER_BYTES;
	*ret_any = wav.bytes > 0;
	return wav_finish(&wav, err);
}
