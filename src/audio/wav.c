#include "audio/wav.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"

enum { SAMPLE_BYTES = 2, FORMAT_BYTES = 16, FORMAT_PCM = 1 };

/* Samples are written as they lie in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "wav files are little-endian");

enum error_code wav_write(struct wav_writer *wav, const int16_t *samples, size_t n,
                          struct error *err)
{
	size_t bytes = n * SAMPLE_BYTES;
	enum error_code code;

	if (wav->bytes + bytes > UINT32_MAX - WAV_HEADER_BYTES)
		return error_set(err, ERROR_TOO_LARGE, "file", "is too long");
	code = files_write_at(wav->file, WAV_HEADER_BYTES + wav->bytes, samples, bytes, err);
	if (!code)
		wav->bytes += bytes;
	return code;
}

struct header {
	char riff[4];
	uint32_t riff_bytes;
	char wave_fmt[8];
	uint32_t fmt_bytes;
	uint16_t format, channels;
	uint32_t rate, bytes_a_second;
	uint16_t block, bits;
	char data[4];
	uint32_t data_bytes;
} __attribute__((packed));

_Static_assert(sizeof(struct header) == WAV_HEADER_BYTES, "as the format has it");

static struct header header_of(unsigned rate, unsigned channels, uint64_t bytes)
{
	return (struct header){
		.riff = {'R',  'I', 'F', 'F'},
		.riff_bytes = (uint32_t)(WAV_HEADER_BYTES - 8 + bytes),
		.wave_fmt = {'W',  'A', 'V', 'E', 'f', 'm', 't', ' '},
		.fmt_bytes = FORMAT_BYTES,
		.format = FORMAT_PCM,
		.channels = (uint16_t)channels,
		.rate = rate,
		.bytes_a_second = rate * channels * SAMPLE_BYTES,
		.block = (uint16_t)(channels * SAMPLE_BYTES),
		.bits = 8 * SAMPLE_BYTES,
		.data = {'d', 'a', 't', 'a'   },
		.data_bytes = (uint32_t)bytes,
	};
}

enum error_code wav_finish(struct wav_writer *wav, struct error *err)
{
	const struct header header = header_of(wav->rate, wav->channels, wav->bytes);

	return files_write_at(wav->file, 0, &header, sizeof(header), err);
}

static bool read_at(int file, uint64_t offset, void *bytes, size_t n)
{
	for (size_t at = 0; at < n;) {
		const ssize_t got = pread(file, (char *)bytes + at, n - at, (off_t)(offset + at));

		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		at += got > 0 ? (size_t)got : 0;
	}
	return true;
}

enum error_code wav_read_facts(int file, struct wav_facts *ret_facts, struct error *err)
{
	struct header header, written;
	struct stat status;

	if (!read_at(file, 0, &header, sizeof(header)) || fstat(file, &status))
		return error_set(err, ERROR_INVALID, "file", "has no header of a wav file");
	written = header_of(header.rate, 1, header.data_bytes);
	if (header.rate == 0 || memcmp(&header, &written, sizeof(header)) != 0 ||
	    (uint64_t)status.st_size != WAV_HEADER_BYTES + (uint64_t)header.data_bytes)
		return error_set(err, ERROR_INVALID, "file", "is no whole wav file of ours");
	*ret_facts = (struct wav_facts){header.rate, header.data_bytes / SAMPLE_BYTES};
	return ERROR_OK;
}

enum error_code wav_read(int file, size_t from, int16_t *samples, size_t n, struct error *err)
{
	if (!read_at(file, WAV_HEADER_BYTES + from * SAMPLE_BYTES, samples, n * SAMPLE_BYTES))
		return error_set(err, ERROR_INVALID, "file", "is shorter than it says");
	return ERROR_OK;
}
