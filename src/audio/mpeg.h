/* The frames of an mp3 file (ISO 11172-3 and 13818-3, layer III): their headers, not their audio.
 */
#ifndef CENTREX_AUDIO_MPEG_H
#define CENTREX_AUDIO_MPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mpeg_frame {
	unsigned version; /* 1, 2; 25 is MPEG 2.5 */
	unsigned rate;    /* Hz */
	unsigned channels;
	size_t bytes; /* of the whole frame */
};

enum { MPEG_HEADER_BYTES = 4 };

/* False: these four bytes begin no frame of layer III of a known size. */
bool mpeg_frame_parse(const uint8_t head[static MPEG_HEADER_BYTES], struct mpeg_frame *ret_frame);

/* False when the last frame, or frames of which the first (Xing, Info) tells, are missing. Rubbish
 * between frames and tags behind them are passed over. */
bool mpeg_is_whole(int file, uint64_t start, uint64_t size);

#endif
