#include "audio/format.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/mpeg.h"

enum {
	ID3_HEADER_BYTES = 10,
	ID3_TAGS_MAX = 4,
	HEAD_BYTES = 12,
	WAV_CHUNKS_MAX = 1000,
	OGG_HEADER_BYTES = 27,
	OGG_PAGE_MAX = OGG_HEADER_BYTES + 255 + 255 * 255,
	OGG_LAST_PAGE = 4, /* header type flag: end of stream */
};

/* A wav of unknown length (sox and ffmpeg into a pipe) says about 2 or 4 GiB. */
static const uint32_t wav_unknown_bytes = 0x7ffff000;

static const struct {
	const char *slug, *type;
} formats[] = {
#define X(id, slug, type) {slug, type},
	AUDIO_FORMAT_LIST(X)
#undef X
};

const char *audio_format_slug(enum audio_format format)
{
	return formats[format].slug;
}

const char *audio_format_type(enum audio_format format)
{
	return formats[format].type;
}

static uint64_t file_bytes(int file)
{
	struct stat status;

	return fstat(file, &status) == 0 && status.st_size > 0 ? (uint64_t)status.st_size : 0;
}

/* All n bytes, or false. */
static bool read_at(int file, uint64_t offset, void *bytes, size_t n)
{
	return offset <= INT64_MAX && pread(file, bytes, n, (off_t)offset) == (ssize_t)n;
}

static uint32_t little_endian(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static enum error_code cut_off(struct error *err)
{
	return error_set(err, ERROR_INVALID, AUDIO_FIELD, "is cut off: its end is missing");
}

static uint64_t skip_id3(int file)
{
	uint8_t tag[ID3_HEADER_BYTES];
	uint64_t start = 0;

	for (unsigned i = 0; i < ID3_TAGS_MAX; i++) {
		if (!read_at(file, start, tag, sizeof(tag)) || memcmp(tag, "ID3", 3) != 0)
			break;
		/* Seven bits a byte, and the same header once more at the end where flag 4 says so.
		 */
		start += ID3_HEADER_BYTES + ((uint64_t)(tag[6] & 0x7f) << 21) +
		         ((uint64_t)(tag[7] & 0x7f) << 14) + ((uint64_t)(tag[8] & 0x7f) << 7) +
		         (tag[9] & 0x7f) + (tag[5] & 0x10 ? ID3_HEADER_BYTES : 0);
	}
	return start;
}

enum error_code audio_recognise(int file, enum audio_format *ret_format, uint64_t *ret_start,
                                struct error *err)
{
	uint64_t start = skip_id3(file);
	uint8_t head[HEAD_BYTES];
	struct mpeg_frame frame;
	bool known = read_at(file, start, head, sizeof(head));
	enum audio_format format = AUDIO_FORMAT_COUNT;

	if (known && start == 0 && memcmp(head, "RIFF", 4) == 0 && memcmp(head + 8, "WAVE", 4) == 0)
		format = AUDIO_WAV;
	else if (known && start == 0 && memcmp(head, "OggS", 4) == 0)
		format = AUDIO_OGG;
	else if (known && memcmp(head, "fLaC", 4) == 0)
		format = AUDIO_FLAC;
	else if (known && mpeg_frame_parse(head, &frame))
		format = AUDIO_MP3;
	if (format == AUDIO_FORMAT_COUNT)
		return error_set(err, ERROR_INVALID, AUDIO_FIELD,
		                 "is not wav, flac, ogg or mp3 audio");
	*ret_format = format;
	*ret_start = start;
	return ERROR_OK;
}

static enum error_code check_wav(int file, struct error *err)
{
	uint64_t size = file_bytes(file), at = HEAD_BYTES;
	uint8_t head[8];

	for (unsigned i = 0; i < WAV_CHUNKS_MAX && read_at(file, at, head, sizeof(head)); i++) {
		uint32_t bytes = little_endian(head + 4);

		if (memcmp(head, "data", 4) == 0)
			return bytes < wav_unknown_bytes && at + sizeof(head) + bytes > size
			               ? cut_off(err)
			               : ERROR_OK;
		at += sizeof(head) + bytes + (bytes & 1);
	}
	return error_set(err, ERROR_INVALID, AUDIO_FIELD, "is a wav file without audio data");
}

/* Bytes of the page at head, of which n are there; 0: its header is not whole. */
static size_t ogg_page_bytes(const uint8_t *head, size_t n)
{
	size_t bytes;

	if (n < OGG_HEADER_BYTES || n < OGG_HEADER_BYTES + (size_t)head[26])
		return 0;
	bytes = OGG_HEADER_BYTES + (size_t)head[26];
	for (size_t i = 0; i < head[26]; i++)
		bytes += head[OGG_HEADER_BYTES + i];
	return bytes;
}

static enum error_code check_ogg(int file, struct error *err)
{
	uint8_t end[OGG_PAGE_MAX];
	uint64_t size = file_bytes(file);
	size_t n = size < sizeof(end) ? (size_t)size : sizeof(end);

	if (!read_at(file, size - n, end, n))
		return cut_off(err);
	for (size_t at = n; at-- > 0;) {
		size_t page;

		if (n - at < 5 || memcmp(end + at, "OggS", 5) != 0) /* and version 0 */
			continue;
		page = ogg_page_bytes(end + at, n - at);
		if (page == 0 || page > n - at || !(end[at + 5] & OGG_LAST_PAGE))
			return cut_off(err);
		return ERROR_OK;
	}
	return cut_off(err);
}

enum error_code audio_check_whole(int file, enum audio_format format, uint64_t start,
                                  struct error *err)
{
	switch (format) {
	case AUDIO_WAV:
		return check_wav(file, err);
	case AUDIO_OGG:
		return check_ogg(file, err);
	case AUDIO_MP3:
		return mpeg_is_whole(file, start, file_bytes(file)) ? ERROR_OK : cut_off(err);
	case AUDIO_FLAC:
	case AUDIO_FORMAT_COUNT:
		break;
	}
	return ERROR_OK;
}
