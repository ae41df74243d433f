#include "audio/wav.h"

#include <stdbool.h>
#include <string.h>

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

enum error_code wav_finish(struct wav_writer *wav, struct error *err)
{
	const struct __attribute__((packed)) {
		char riff[4];
		uint32_t riff_bytes;
		char wave_fmt[8];
		uint32_t fmt_bytes;
		uint16_t format, channels;
		uint32_t rate, bytes_a_second;
		uint16_t block, bits;
		char data[4];
		uint32_t data_bytes;
	} header = {
		.riff = {'R',  'I', 'F', 'F'},
		.riff_bytes = (uint32_t)(WAV_HEADER_BYTES - 8 + wav->bytes),
		.wave_fmt = {'W',  'A', 'V', 'E', 'f', 'm', 't', ' '},
		.fmt_bytes = FORMAT_BYTES,
		.format = FORMAT_PCM,
		.channels = 1,
		.rate = wav->rate,
		.bytes_a_second = wav->rate * SAMPLE_BYTES,
		.block = SAMPLE_BYTES,
		.bits = 8 * SAMPLE_BYTES,
		.data = {'d', 'a', 't', 'a'   },
		.data_bytes = (uint32_t)wav->bytes,
	};

	_Static_assert(sizeof(header) == WAV_HEADER_BYTES, "as the format has it");
	return files_write_at(wav->file, 0, &header, sizeof(header), err);
}
