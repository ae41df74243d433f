#include "web/cursor.h"

#include <sodium.h>
#include <string.h>

enum { VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

void cursor_write(const char *order, const char *after, struct text *out)
{
	AUTO(text_clear) struct text plain = {0};
	AUTO(auto_free) char *encoded = NULL;
	size_t size;

	text_addf(&plain, "%s:%s", order ? order : "", after);
	size = sodium_base64_encoded_len(plain.length, VARIANT);
	encoded = plain.failed ? NULL : malloc(size);
	if (!encoded) {
		out->failed = true;
		return;
	}
	sodium_bin2base64(encoded, size, (const uint8_t *)plain.data, plain.length, VARIANT);
	text_add(out, encoded);
}

enum error_code cursor_bad(struct error *err)
{
	return error_set(err, ERROR_INVALID, "cursor",
	                 "must be `next` of the page before, as it is");
}

enum error_code cursor_read(const char *cursor, const char *order, char plain[static CURSOR_MAX],
                            const char **ret_after, struct error *err)
{
	const char *wanted = order ? order : "";
	size_t n, length;

	if (sodium_base642bin((uint8_t *)plain, CURSOR_MAX - 1, cursor, strlen(cursor), NULL, &n,
	                      NULL, VARIANT))
		return cursor_bad(err);
	plain[n] = '\0';
	length = strcspn(plain, ":");
	if (!text_is_utf8(plain, n) || plain[length] != ':' || !plain[length + 1])
		return cursor_bad(err);
	if (strlen(wanted) != length || memcmp(plain, wanted, length) != 0)
		return error_set(err, ERROR_INVALID, "cursor",
		                 "belongs to a list in another order: give the same sort");
	*ret_after = plain + length + 1;
	return ERROR_OK;
}
