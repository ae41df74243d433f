#include "freeswitch/record_values.h"

#include <string.h>

#include "base/text.h"

static const struct {
	enum record_place place;
	unsigned char n;
	const char *name;
	bool kept;
} wanted[] = {
#define X(place, name, id, kept) {RECORD_IN_##place, sizeof(name) - 1, name, kept},
	RECORD_VALUE_LIST(X)
#undef X
};

/* XML has one element for each of what JSON has an array of. */
static const struct {
	enum record_place from;
	const char *name;
	enum record_place to;
} doors[] = {
	{RECORD_IN_DOCUMENT,    "variables",                  RECORD_IN_VARIABLES  },
	{RECORD_IN_DOCUMENT,    "callflow",                   RECORD_IN_CALLFLOW   },
	{RECORD_IN_CALLFLOW,    "caller_profile",             RECORD_IN_PROFILE    },
	{RECORD_IN_CALLFLOW,    "times",                      RECORD_IN_TIMES      },
	{RECORD_IN_PROFILE,     "originator",                 RECORD_IN_ORIGINATORS},
	{RECORD_IN_ORIGINATORS, "originator_caller_profile",  RECORD_IN_ORIGINATOR },
	{RECORD_IN_ORIGINATORS, "originator_caller_profiles", RECORD_IN_ORIGINATOR },
};

enum record_place record_enter(struct record_values *values, enum record_place place,
                               const char *name, size_t n)
{
	for (size_t i = 0; place != RECORD_ELSEWHERE && i < COUNT_OF(doors); i++) {
		if (doors[i].from != place || strlen(doors[i].name) != n ||
		    memcmp(name, doors[i].name, n) != 0)
			continue;
		if (doors[i].to == RECORD_IN_VARIABLES) {
			if (values->variables_begun)
				return RECORD_ELSEWHERE;
			values->variables_begun = true;
		}
		return doors[i].to;
	}
	return RECORD_ELSEWHERE;
}

void record_leave(struct record_values *values, enum record_place place)
{
	if (place == RECORD_IN_VARIABLES)
		values->variables_ended = true;
}

/* As the table is sorted; lengths differ for most. */
static int order(enum record_place place, const char *name, size_t n, size_t i)
{
	if (place != wanted[i].place)
		return place < wanted[i].place ? -1 : 1;
	if (n != wanted[i].n)
		return n < wanted[i].n ? -1 : 1;
	return memcmp(name, wanted[i].name, n);
}

enum record_value record_wanted(enum record_place place, const char *name, size_t n)
{
	size_t low = 0, high = place == RECORD_ELSEWHERE ? 0 : COUNT_OF(wanted);

	while (low < high) {
		size_t middle = (low + high) / 2;
		int side = order(place, name, n, middle);

		if (!side)
			return (enum record_value)middle;
		if (side < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return RECORD_VALUE_COUNT;
}

bool record_is_named(const char *name, size_t n)
{
	static const enum record_place places[] = {RECORD_IN_VARIABLES, RECORD_IN_PROFILE,
	                                           RECORD_IN_TIMES, RECORD_IN_ORIGINATOR};

	for (size_t i = 0; i < COUNT_OF(places); i++)
		if (record_wanted(places[i], name, n) != RECORD_VALUE_COUNT)
			return true;
	return false;
}

/* What switch_url_encode (switch_utils.h, SWITCH_URL_UNSAFE) leaves of a value. */
static bool is_encoded(const char *bytes, size_t n)
{
	static const bool unsafe[128] = {
		['"'] = true, ['#'] = true,  ['&'] = true, [':'] = true, ['+'] = true,
		[';'] = true, ['<'] = true,  ['='] = true, ['>'] = true, ['?'] = true,
		['@'] = true, ['['] = true,  [']'] = true, ['^'] = true, ['`'] = true,
		['{'] = true, ['\\'] = true, ['|'] = true, ['}'] = true,
	};

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c <= ' ' || c > '~' || unsafe[c])
			return false;
	}
	return true;
}

void record_keep(struct record_values *values, enum record_value value, const char *bytes, size_t n)
{
	enum record_place place = wanted[value].place;

	n = n < RECORD_RAW_MAX ? n : RECORD_RAW_MAX;
	if (place == RECORD_IN_VARIABLES) {
		if (values->at[value])
			return;
		values->plain = values->plain || !is_encoded(bytes, n);
	} else if (!n || (place == RECORD_IN_TIMES && n == 1 && *bytes == '0')) {
		return;
	}
	values->at[value] = values->bytes.length + 1;
	text_add_n(&values->bytes, bytes, n);
	text_add_char(&values->bytes, '\0');
}

const char *record_get(const struct record_values *values, enum record_value value)
{
	return values->at[value] ? values->bytes.data + values->at[value] - 1 : "";
}

const char *record_value_name(enum record_value value)
{
	return wanted[value].name;
}

bool record_value_is_kept(enum record_value value)
{
	return wanted[value].kept;
}

void record_percent_decode(struct text *out, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n;) {
		const char *percent = memchr(bytes + i, '%', n - i);
		size_t plain = percent ? (size_t)(percent - bytes) - i : n - i;
		int high, low;

		text_add_n(out, bytes + i, plain);
		i += plain;
		if (!percent)
			return;
		high = n - i > 2 ? text_hex_value(bytes[i + 1]) : -1;
		low = n - i > 2 ? text_hex_value(bytes[i + 2]) : -1;
		text_add_char(out, high < 0 || low < 0 ? '%' : (char)(high * 16 + low));
		i += high < 0 || low < 0 ? 1 : 3;
	}
}

/* Bytes of a character that is no ASCII; 0: it is none. */
static size_t long_character(const char *bytes, size_t n)
{
	for (size_t length = 2; length <= 4 && length <= n; length++)
		if (text_is_utf8(bytes, length))
			return length;
	return 0;
}

void record_clean(struct text *out, const char *bytes, size_t n)
{
	size_t run = 0; /* where what is good as it is begins */

	for (size_t i = 0, step; i < n; i += step) {
		unsigned char c = (unsigned char)bytes[i];
		bool control = (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;

		step = c < 0x80 ? !control : long_character(bytes + i, n - i);
		if (step)
			continue;
		step = 1;
		text_add_n(out, bytes + run, i - run);
		text_add(out, control ? " " : "\xef\xbf\xbd");
		run = i + 1;
	}
	text_add_n(out, bytes + run, n - run);
}

/* mod_json_cdr: "ARRAY::first|:second"; mod_xml_cdr: an element each. */
static size_t first_of_array(const char **bytes, size_t n)
{
	static const char array[] = "ARRAY::";
	const char *end;

	if (n < sizeof(array) - 1 || memcmp(*bytes, array, sizeof(array) - 1) != 0)
		return n;
	*bytes += sizeof(array) - 1;
	n -= sizeof(array) - 1;
	end = memmem(*bytes, n, "|:", 2);
	return end ? (size_t)(end - *bytes) : n;
}

void record_values_finish(struct record_values *values)
{
	AUTO(text_clear) struct text decoded = {0};
	struct text clean = {0};

	for (size_t i = 0; i < RECORD_VALUE_COUNT && !values->bytes.failed; i++) {
		const char *raw = record_get(values, (enum record_value)i), *bytes;
		bool variable = wanted[i].place == RECORD_IN_VARIABLES;
		size_t n;

		if (!values->at[i])
			continue;
		text_reset(&decoded);
		if (variable && !values->plain)
			record_percent_decode(&decoded, raw, strlen(raw));
		else
			text_add(&decoded, raw);
		bytes = text_string(&decoded);
		n = variable ? first_of_array(&bytes, decoded.length) : decoded.length;
		values->at[i] = clean.length + 1;
		record_clean(&clean, bytes, n);
		text_add_char(&clean, '\0');
	}
	clean.failed = clean.failed || decoded.failed || values->bytes.failed;
	text_clear(&values->bytes);
	values->bytes = clean;
}

void record_values_clear(struct record_values *values)
{
	text_clear(&values->bytes);
}
