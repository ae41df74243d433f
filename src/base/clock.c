#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t clock_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_unix_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

const char *clock_rfc3339(int64_t unix_us, char buffer[static CLOCK_RFC3339_MAX])
{
	int64_t us = unix_us % 1000000;
	time_t seconds = (time_t)(unix_us / 1000000);
	struct tm utc;
	size_t n;

	if (us < 0) { /* before 1970: C rounds towards zero, a clock rounds down */
		us += 1000000;
		seconds--;
	}
	gmtime_r(&seconds, &utc);
	n = strftime(buffer, CLOCK_RFC3339_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(buffer + n, CLOCK_RFC3339_MAX - n, ".%06dZ", (int)us);
	return buffer;
}
