#include "audio/resample.h"

#include <soxr.h>

struct resampler {
	soxr_t soxr;
};

enum error_code resampler_new(unsigned from, unsigned to, struct resampler **ret_resampler)
{
	soxr_io_spec_t samples = soxr_io_spec(SOXR_INT16_I, SOXR_INT16_I);
	/* What phones send has little above a third of its rate: nobody hears a finer filter. */
	const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_LQ, 0);
	AUTO(auto_free) struct resampler *resampler = calloc(1, sizeof(*resampler));
	soxr_error_t why = NULL;

	if (!resampler)
		return ERROR_MEMORY;
	samples.flags |= SOXR_NO_DITHER; /* silence stays silence */
	resampler->soxr = soxr_create(from, to, 1, &why, &samples, &quality, NULL);
	if (why)
		return ERROR_MEMORY;
	*ret_resampler = TAKE(resampler);
	return ERROR_OK;
}

void resampler_free(struct resampler *resampler)
{
	if (resampler)
		soxr_delete(resampler->soxr);
	free(resampler);
}

size_t resampler_add(struct resampler *resampler, const int16_t *samples, size_t n,
                     size_t *ret_used, int16_t out[static RESAMPLE_CHUNK])
{
	size_t made = 0;

	*ret_used = n;
	if (soxr_process(resampler->soxr, samples, n, ret_used, out, RESAMPLE_CHUNK, &made))
		return 0;
	return made;
}

void resampler_reset(struct resampler *resampler)
{
	(void)!soxr_clear(resampler->soxr);
}
