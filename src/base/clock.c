#include "base/clock.h"

#include <stdio.h>
#include <string.h>
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

/* True when text has the form: d a digit, any other character itself. */
static bool has_form(const char *text, const char *form)
{
	for (; *form; form++, text++)
		if (*form == 'd' ? *text < '0' || *text > '9' : *text != *form)
			return false;
	return true;
}

static int digits(const char *text, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

/* ".5", "": microseconds; *text moves behind it. */
static bool take_fraction(const char **text, int64_t *ret_us)
{
	const char *at = *text;
	int64_t us = 0;
	size_t n = 0;

	if (*at == '.') {
		n = strspn(++at, "0123456789");
		if (n < 1 || n > 6)
			return false;
		us = digits(at, n);
	}
	*text = at + n;
	for (; n < 6; n++)
		us *= 10;
	*ret_us = us;
	return true;
}

/* "Z", "+05:45": seconds east of UTC. */
static bool parse_offset(const char *text, int *ret_seconds)
{
	int hours, minutes;

	*ret_seconds = 0;
	if (strcmp(text, "Z") == 0)
		return true;
	if ((*text != '+' && *text != '-') || !has_form(text + 1, "dd:dd") || text[6])
		return false;
	hours = digits(text + 1, 2);
	minutes = digits(text + 4, 2);
	*ret_seconds = (hours * 60 + minutes) * (*text == '-' ? -60 : 60);
	return hours < 24 && minutes < 60;
}

bool clock_parse(const char *text, int64_t *ret_unix_us)
{
	struct tm utc = {0}, check;
	int64_t us, seconds;
	int offset;

	if (!has_form(text, "dddd-dd-ddTdd:dd:dd"))
		return false;
	utc.tm_year = digits(text, 4) - 1900;
	utc.tm_mon = digits(text + 5, 2) - 1;
	utc.tm_mday = digits(text + 8, 2);
	utc.tm_hour = digits(text + 11, 2);
	utc.tm_min = digits(text + 14, 2);
	utc.tm_sec = digits(text + 17, 2);
	text += sizeof("dddd-dd-ddTdd:dd:dd") - 1;
	if (!take_fraction(&text, &us) || !parse_offset(text, &offset))
		return false;
	check = utc;
	seconds = timegm(&check);
	/* timegm makes a day of every number; a real one comes back as it was. */
	if (check.tm_mon != utc.tm_mon || check.tm_mday != utc.tm_mday ||
	    check.tm_hour != utc.tm_hour || check.tm_min != utc.tm_min ||
	    check.tm_sec != utc.tm_sec)
		return false;
	seconds -= offset;
	if (seconds < 0 || seconds > INT64_C(253402300799))
		return false;
	*ret_unix_us = seconds * 1000000 + us;
	return true;
}
