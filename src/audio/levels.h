/* How loud audio is, and the picture of it. Samples are -1 to 1. */
#ifndef CENTREX_AUDIO_LEVELS_H
#define CENTREX_AUDIO_LEVELS_H

#include <stdint.h>

#include "base/text.h"

enum { AUDIO_PEAKS = 800, AUDIO_PEAKS_KEPT = 2 * AUDIO_PEAKS };

struct audio_peak {
	float least, most;
};

/* All zero to begin with. */
struct audio_levels {
	uint64_t n;
	double squares; /* sum of them */
	float peak;     /* greatest magnitude */
	/* Peaks of stretches of `span` samples; when all are used, two become one. */
	uint64_t span;
	size_t n_peaks;
	struct audio_peak peaks[AUDIO_PEAKS_KEPT];
};

void audio_levels_add(struct audio_levels *levels, const float *samples, size_t n);

/* dB of full scale; false: silence, which has no level. The mean is the root of the mean square. */
bool audio_levels_peak_db(const struct audio_levels *levels, double *ret_db);
bool audio_levels_mean_db(const struct audio_levels *levels, double *ret_db);

/* A JSON array of [least, most], AUDIO_PEAKS of them over the whole length (fewer where there are
 * fewer samples). */
void audio_levels_write_peaks(const struct audio_levels *levels, struct text *out);

#endif
