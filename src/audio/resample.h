/* Samples at one rate to another, as they come. */
#ifndef CENTREX_AUDIO_RESAMPLE_H
#define CENTREX_AUDIO_RESAMPLE_H

#include <stdint.h>

#include "base/error.h"

enum { RESAMPLE_CHUNK = 2048 };

struct resampler;

MUST_CHECK enum error_code resampler_new(unsigned from, unsigned to,
                                         struct resampler **ret_resampler);
void resampler_free(struct resampler *resampler); /* NULL is allowed */

/* At most RESAMPLE_CHUNK samples of what comes out; *ret_used of the n were taken. samples NULL:
 * the end, what is left inside comes out. Call again while something is left of n, or as many came
 * out as there is room. 0 where it fails. */
size_t resampler_add(struct resampler *resampler, const int16_t *samples, size_t n,
                     size_t *ret_used, int16_t out[static RESAMPLE_CHUNK]);
/* For other sound: nothing of what was before is inside. */
void resampler_reset(struct resampler *resampler);

#endif
