#include "sip/name.h"

#include <string.h>

#include "base/base.h"

/* Bytes of the UTF-8 character at p; 0: it is none. */
static size_t character(const char *p, size_t n)
{
	for (size_t length = 1; length <= 4 && length <= n; length++)
		if (text_is_utf8(p, length))
			return length;
	return 0;
}

static bool has_prefix(const char *p, size_t n, const char *prefix)
{
	return n == strlen(prefix) && memcmp(p, prefix, n - 1) == 0 &&
	       (unsigned char)p[n - 1] >= (unsigned char)prefix[n - 1];
}

/* Characters that show nothing and change how the rest is shown or read. */
static bool is_control(const char *p, size_t n)
{
	static const struct {
		const char *first;
		unsigned char last; /* byte, with the same ones before it */
	} ranges[] = {
		{"\xc2\x80",     0x9f}, /* C1 */
		{"\xe2\x80\x8b", 0x8f}, /* zero width, direction marks */
		{"\xe2\x80\xa8", 0xae}, /* line ends, embeddings and overrides */
		{"\xe2\x81\xa0", 0xaf}, /* word joiner, isolates */
		{"\xef\xbb\xbf", 0xbf}, /* byte order mark */
	};

	if (n == 1)
		return (unsigned char)*p < 0x20 || *p == 0x7f;
	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		if (has_prefix(p, n, ranges[i].first) && (unsigned char)p[n - 1] <= ranges[i].last)
			return true;
	return false;
}

void name_read(const struct pl *display, char ret_name[static NAME_MAX_BYTES])
{
	size_t used = 0, step;
	unsigned characters = 0;

	ret_name[0] = '\0';
	if (!display->p || !text_is_utf8(display->p, display->l))
		return;
	for (size_t i = 0; i < display->l && characters < NAME_CHARACTERS; i += step) {
		const char *p = display->p + i;

		if (*p == '\\' && i + 1 < display->l) {
			i++;
			p++;
		}
		step = character(p, display->l - i);
		if (!step)
			break;
		if (is_control(p, step) || (*p == ' ' && used == 0))
			continue;
		memcpy(ret_name + used, p, step);
		used += step;
		characters++;
	}
	while (used > 0 && ret_name[used - 1] == ' ')
		used--;
	ret_name[used] = '\0';
}

void name_write(const char *name, struct text *out)
{
	text_add_char(out, '"');
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			text_add_char(out, '\\');
		text_add_char(out, *name);
	}
	text_add_char(out, '"');
}
