#include "audio/mpeg.h"

#include <string.h>
#include <unistd.h>

#include "base/base.h"

enum {
	WINDOW_BYTES = 64 * 1024,
	RUBBISH_MAX = 64 * 1024,
	INFO_BYTES = 12, /* "Info", flags, frames */
	INFO_HAS_FRAMES = 1,
};

/* kbit/s by index; 0: not a size we know. */
static const uint16_t bitrates[2][16] = {
	{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}, /* MPEG 1 */
	{0, 8,  16, 24, 32, 40, 48, 56, 64,  80,  96,  112, 128, 144, 160, 0}, /* 2, 2.5 */
};

static const uint16_t rates[3] = {44100, 48000, 32000}; /* of MPEG 1; 2: half, 2.5: quarter */

bool mpeg_frame_parse(const uint8_t head[static MPEG_HEADER_BYTES], struct mpeg_frame *ret_frame)
{
	unsigned version = head[1] >> 3 & 3; /* 0: 2.5, 2: 2, 3: 1 */
	unsigned layer = head[1] >> 1 & 3;   /* 1: III */
	unsigned rate = head[2] >> 2 & 3;
	unsigned padding = head[2] >> 1 & 1;
	unsigned kbit = bitrates[version != 3][head[2] >> 4];

	if (head[0] != 0xff || (head[1] & 0xe0) != 0xe0 || version == 1 || layer != 1 ||
	    rate == 3 || !kbit || (head[3] & 3) == 2)
		return false;
	*ret_frame = (struct mpeg_frame){
		.version = version == 3   ? 1
	                   : version == 2 ? 2
	                                  : 25,
		.rate = (unsigned)rates[rate] >> (version == 3   ? 0
	                                          : version == 2 ? 1
	                                                         : 2),
		.channels = head[3] >> 6 == 3 ? 1 : 2,
	};
	ret_frame->bytes = (version == 3 ? 144u : 72u) * kbit * 1000 / ret_frame->rate + padding;
	return true;
}

/* A file seen through a window that moves forward. */
struct view {
	int file;
	uint64_t size, at; /* at: offset of window[0] */
	size_t n;
	uint8_t window[WINDOW_BYTES];
};

/* n bytes (far fewer than a window) at offset; NULL: not there. */
static const uint8_t *look(struct view *view, uint64_t offset, size_t n)
{
	ssize_t got;

	if (offset > view->size || n > view->size - offset)
		return NULL;
	if (offset < view->at || offset + n > view->at + view->n) {
		got = pread(view->file, view->window, sizeof(view->window), (off_t)offset);
		if (got < (ssize_t)n)
			return NULL;
		view->at = offset;
		view->n = (size_t)got;
	}
	return view->window + (offset - view->at);
}

/* A frame that is of the same stream as `like` (NULL: any). */
static bool frame_at(struct view *view, uint64_t offset, const struct mpeg_frame *like,
                     struct mpeg_frame *ret_frame)
{
	const uint8_t *head = look(view, offset, MPEG_HEADER_BYTES);

	return head && mpeg_frame_parse(head, ret_frame) &&
	       (!like || (like->version == ret_frame->version && like->rate == ret_frame->rate));
}

/* The number of frames the first one tells of; 0: it does not. */
static uint32_t told_frames(struct view *view, uint64_t start, const struct mpeg_frame *first)
{
	/* Behind the header and the side information. */
	size_t side = first->version == 1 ? (first->channels == 1 ? 17 : 32)
	                                  : (first->channels == 1 ? 9 : 17);
	const uint8_t *info = look(view, start + MPEG_HEADER_BYTES + side, INFO_BYTES);

	if (!info || (memcmp(info, "Xing", 4) != 0 && memcmp(info, "Info", 4) != 0) ||
	    !(info[7] & INFO_HAS_FRAMES))
		return 0;
	return (uint32_t)info[8] << 24 | (uint32_t)info[9] << 16 | (uint32_t)info[10] << 8 |
	       info[11];
}

static bool is_tag(struct view *view, uint64_t offset)
{
	static const char *const tags[] = {"TAG", "APETAGEX", "LYRICSBEGIN", "ID3"};

	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		const uint8_t *head = look(view, offset, strlen(tags[i]));

		if (head && memcmp(head, tags[i], strlen(tags[i])) == 0)
			return true;
	}
	return false;
}

/* Where the frames go on behind rubbish; 0: nowhere. */
static uint64_t find_frame(struct view *view, uint64_t offset, const struct mpeg_frame *like)
{
	struct mpeg_frame frame, next;

	for (uint64_t at = offset; at < offset + RUBBISH_MAX && at < view->size; at++)
		if (frame_at(view, at, like, &frame) &&
		    frame_at(view, at + frame.bytes, like, &next))
			return at;
	return 0;
}

bool mpeg_is_whole(int file, uint64_t start, uint64_t size)
{
	AUTO(auto_free) struct view *view = calloc(1, sizeof(*view));
	struct mpeg_frame first, frame;
	uint64_t at = start, frames = 0, told;
	const uint8_t *last;

	if (!view)
		return false;
	view->file = file;
	view->size = size;
	if (!frame_at(view, start, NULL, &first))
		return false;
	told = told_frames(view, start, &first);
	while (at < size && !is_tag(view, at)) {
		if (frame_at(view, at, &first, &frame)) {
			if (frame.bytes > size - at)
				return false;
			at += frame.bytes;
			frames++;
			continue;
		}
		/* Too little of a frame to tell that it is one. */
		if (size - at < MPEG_HEADER_BYTES && (last = look(view, at, 1)))
			return *last != 0xff;
		at = find_frame(view, at, &first);
		if (!at)
			break;
	}
	/* Most do not count the frame that tells; some do. */
	return frames >= told;
}
