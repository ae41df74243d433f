#include "freeswitch/form.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

static bool take(struct form_field *field, const char *value, size_t n)
{
	field->given = text_percent_decode(value, n, true, field->value, FORM_VALUE_MAX) >= 0;
	if (!field->given)
		field->value[0] = '\0';
	return field->given;
}

/* The wanted fields whose key begins with a byte, as bits: nearly all of what comes is passed over
 * after a look at it. */
struct index {
	uint32_t by_first[UCHAR_MAX + 1];
	size_t lengths[FORM_FIELDS_MAX];
};

static void index_fields(struct form_field *fields, size_t n_fields, struct index *index)
{
	memset(index->by_first, 0, sizeof(index->by_first));
	for (size_t i = 0; i < n_fields; i++) {
		index->lengths[i] = strlen(fields[i].key);
		index->by_first[(unsigned char)fields[i].key[0]] |= UINT32_C(1) << i;
		fields[i].value[0] = '\0';
		fields[i].given = false;
	}
}

/* "key=value" or "key". False: it is a wanted one, and broken. */
static bool read_pair(const char *pair, size_t n, const struct index *index,
                      struct form_field *fields)
{
	uint32_t rest = n ? index->by_first[(unsigned char)pair[0]] : 0;

	for (; rest; rest &= rest - 1) {
		size_t i = (size_t)__builtin_ctz(rest), key = index->lengths[i];

		if (key > n || (key < n && pair[key] != '=') ||
		    memcmp(pair, fields[i].key, key) != 0)
			continue;
		if (key == n)
			return take(&fields[i], pair + n, 0);
		return take(&fields[i], pair + key + 1, n - key - 1);
	}
	return true;
}

bool form_read(const char *form, size_t n, struct form_field *fields, size_t n_fields)
{
	const char *end = n ? form + n : form;
	struct index index;
	bool good = true;

	if (n_fields > FORM_FIELDS_MAX)
		return false;
	index_fields(fields, n_fields, &index);
	for (const char *at = form; at < end;) {
		const char *and = memchr(at, '&', (size_t)(end - at));
		const char *stop = and? and : end;

		good &= read_pair(at, (size_t)(stop - at), &index, fields);
		at = stop + 1;
	}
	return good;
}
