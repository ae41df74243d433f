/* How strong a frequency is in what is heard: 1 where there is nothing else. */
#ifndef CENTREX_TESTS_UNIT_HEARD_H
#define CENTREX_TESTS_UNIT_HEARD_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

static inline double strength(const int16_t *samples, size_t n, unsigned rate, double hz)
{
	double re = 0, im = 0, power = 0;

	for (size_t i = 0; i < n; i++) {
		re += samples[i] * cos(2 * M_PI * hz * (double)i / rate);
		im += samples[i] * sin(2 * M_PI * hz * (double)i / rate);
		power += (double)samples[i] * samples[i];
	}
	return power > 0 ? 2 * (re * re + im * im) / (double)n / power : 0;
}

#endif
