#include "freeswitch/form.h"

#include <string.h>

#include "base/text.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* False: too long, or badly encoded. */
static bool decode(const char *bytes, size_t n, char *out, size_t *ret_length)
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];

		if (c == '%') {
			int high = n - i > 2 ? hex(bytes[i + 1]) : -1;
			int low = n - i > 2 ? hex(bytes[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		if (length == FORM_VALUE_MAX)
			return false;
		out[length++] = c;
	}
	*ret_length = length;
	return true;
}

static bool take(struct form_field *field, const char *value, size_t n)
{
	size_t length;

	if (!decode(value, n, field->value, &length) || !text_is_utf8(field->value, length)) {
		field->value[0] = '\0';
		return false;
	}
	field->value[length] = '\0';
	field->given = true;
	return true;
}

bool form_read(const char *form, size_t n, struct form_field *fields, size_t n_fields)
{
	const char *end = form + n;
	bool good = true;
	size_t lengths[FORM_FIELDS_MAX];

	if (n_fields > FORM_FIELDS_MAX)
		return false;
	for (size_t f = 0; f < n_fields; f++) {
		lengths[f] = strlen(fields[f].key);
		fields[f].value[0] = '\0';
		fields[f].given = false;
	}
	for (const char *at = form; at < end;) {
		const char *and = memchr(at, '&', (size_t)(end - at));
		const char *stop = and? and : end;
		const char *equals = memchr(at, '=', (size_t)(stop - at));
		size_t key = (size_t)((equals ? equals : stop) - at);

		for (size_t f = 0; f < n_fields; f++)
			if (lengths[f] == key && !memcmp(at, fields[f].key, key)) {
				const char *value = equals ? equals + 1 : stop;

				good &= take(&fields[f], value, (size_t)(stop - value));
				break;
			}
		at = stop + 1;
	}
	return good;
}
