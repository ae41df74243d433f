#include "audio/levels.h"

#include <math.h>

static void widen(struct audio_peak *peak, const struct audio_peak *by)
{
	if (by->least < peak->least)
		peak->least = by->least;
	if (by->most > peak->most)
		peak->most = by->most;
}

static void halve(struct audio_levels *levels)
{
	for (size_t i = 0; i < AUDIO_PEAKS_KEPT / 2; i++) {
		levels->peaks[i] = levels->peaks[2 * i];
		widen(&levels->peaks[i], &levels->peaks[2 * i + 1]);
	}
	levels->n_peaks = AUDIO_PEAKS_KEPT / 2;
	levels->span *= 2;
}

static void add_peak(struct audio_levels *levels, float sample)
{
	const struct audio_peak one = {sample, sample};

	if (levels->n % levels->span != 0) {
		widen(&levels->peaks[levels->n_peaks - 1], &one);
		return;
	}
	if (levels->n_peaks == AUDIO_PEAKS_KEPT)
		halve(levels);
	/* After halving, the next stretch may have begun twice as early; it has not: n is a
	 * multiple of AUDIO_PEAKS_KEPT / 2 spans. */
	levels->peaks[levels->n_peaks++] = one;
}

void audio_levels_add(struct audio_levels *levels, const float *samples, size_t n)
{
	if (!levels->span)
		levels->span = 1;
	for (size_t i = 0; i < n; i++) {
		float magnitude = fabsf(samples[i]);

		levels->squares += (double)samples[i] * (double)samples[i];
		if (magnitude > levels->peak)
			levels->peak = magnitude;
		add_peak(levels, samples[i]);
		levels->n++;
	}
}

bool audio_levels_peak_db(const struct audio_levels *levels, double *ret_db)
{
	if (levels->peak <= 0)
		return false;
	*ret_db = 20 * log10((double)levels->peak);
	return true;
}

bool audio_levels_mean_db(const struct audio_levels *levels, double *ret_db)
{
	if (levels->squares <= 0)
		return false;
	*ret_db = 10 * log10(levels->squares / (double)levels->n);
	return true;
}

void audio_levels_write_peaks(const struct audio_levels *levels, struct text *out)
{
	size_t n = levels->n_peaks < AUDIO_PEAKS ? levels->n_peaks : AUDIO_PEAKS;

	text_add_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		size_t from = i * levels->n_peaks / n, to = (i + 1) * levels->n_peaks / n;
		struct audio_peak peak = levels->peaks[from];

		for (size_t k = from + 1; k < to; k++)
			widen(&peak, &levels->peaks[k]);
		text_addf(out, "%s[%.4f,%.4f]", i ? "," : "", (double)peak.least,
		          (double)peak.most);
	}
	text_add_char(out, ']');
}
