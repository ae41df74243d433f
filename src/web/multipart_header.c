#include "web/multipart_header.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { TOKEN_MAX = 64, LINES_MAX = 16 };

/* A parameter's value, unquoted. */
struct value {
	size_t n;
	char bytes[MULTIPART_FILE_NAME_MAX];
};

static bool is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static void skip_blanks(struct bytes *from)
{
	while (from->at < from->end && (*from->at == ' ' || *from->at == '\t'))
		from->at++;
}

static bool take_char(struct bytes *from, char c)
{
	if (from->at == from->end || *from->at != c)
		return false;
	from->at++;
	return true;
}

static bool take_token(struct bytes *from, char ret_token[static TOKEN_MAX])
{
	size_t n = 0;

	while (from->at < from->end && is_token_char(*from->at)) {
		if (n == TOKEN_MAX - 1)
			return false;
		ret_token[n++] = *from->at++;
	}
	ret_token[n] = '\0';
	return n > 0;
}

static bool add(struct value *value, char c)
{
	if (value->n == sizeof(value->bytes) - 1)
		return false;
	value->bytes[value->n++] = c;
	value->bytes[value->n] = '\0';
	return true;
}

/* What stands for another character inside quotes; 0: nothing. */
static size_t escaped(const struct bytes *from, char *ret_c)
{
	static const struct {
		const char *written;
		char c;
	} escapes[] = {
		{"\\\"", '"' },
                {"\\\\", '\\'},
                {"%22",  '"' },
                {"%0D",  '\r'},
                {"%0A",  '\n'},
	};

	for (size_t i = 0; i < COUNT_OF(escapes); i++) {
		size_t n = strlen(escapes[i].written);

		if ((size_t)(from->end - from->at) >= n &&
		    strncasecmp(from->at, escapes[i].written, n) == 0) {
			*ret_c = escapes[i].c;
			return n;
		}
	}
	return 0;
}

static bool take_quoted(struct bytes *from, struct value *ret_value)
{
	while (from->at < from->end) {
		char c = *from->at;
		size_t n;

		if (take_char(from, '"'))
			return true;
		n = escaped(from, &c);
		from->at += n ? n : 1;
		if (!add(ret_value, c))
			return false;
	}
	return false;
}

static bool take_value(struct bytes *from, struct value *ret_value)
{
	ret_value->n = 0;
	ret_value->bytes[0] = '\0';
	if (take_char(from, '"'))
		return take_quoted(from, ret_value);
	while (from->at < from->end && is_token_char(*from->at))
		if (!add(ret_value, *from->at++))
			return false;
	return ret_value->n > 0;
}

/* `; name=value`; false: malformed, or there is none (from is at its end then). */
static bool take_parameter(struct bytes *from, char ret_name[static TOKEN_MAX],
                           struct value *ret_value)
{
	skip_blanks(from);
	if (!take_char(from, ';'))
		return false;
	skip_blanks(from);
	if (!take_token(from, ret_name) || !take_char(from, '=') || !take_value(from, ret_value))
		return false;
	skip_blanks(from);
	return true;
}

bool multipart_read_boundary(const char *content_type,
                             char ret_boundary[static MULTIPART_BOUNDARY_MAX + 1])
{
	static const char type[] = "multipart/form-data";
	struct bytes from = {content_type, content_type + strlen(content_type)};
	struct value value;
	char name[TOKEN_MAX];
	bool found = false;

	if (strncasecmp(content_type, type, sizeof(type) - 1) != 0)
		return false;
	from.at += sizeof(type) - 1;
	skip_blanks(&from);
	while (from.at < from.end) {
		if (!take_parameter(&from, name, &value))
			return false;
		if (strcasecmp(name, "boundary") != 0)
			continue;
		if (found || value.n == 0 || value.n > MULTIPART_BOUNDARY_MAX ||
		    value.bytes[value.n - 1] == ' ')
			return false;
		for (size_t i = 0; i < value.n; i++)
			if (value.bytes[i] < ' ' || value.bytes[i] > '~')
				return false;
		memcpy(ret_boundary, value.bytes, value.n + 1);
		found = true;
	}
	return found;
}

/* UTF-8'language'percent-encoded, in place (RFC 8187 section 3.2.1). */
static bool decode_extended(struct value *value)
{
	char *tick = memchr(value->bytes, '\'', value->n);
	char *text =
		tick ? memchr(tick + 1, '\'', (size_t)(value->bytes + value->n - tick - 1)) : NULL;
	size_t n = 0;

	if (!text || tick - value->bytes != 5 || strncasecmp(value->bytes, "utf-8", 5) != 0)
		return false;
	text++;
	for (const char *end = value->bytes + value->n; text < end; text++) {
		int high, low;

		if (*text != '%') {
			value->bytes[n++] = *text;
			continue;
		}
		if (end - text < 3 || (high = text_hex_value(text[1])) < 0 ||
		    (low = text_hex_value(text[2])) < 0)
			return false;
		value->bytes[n++] = (char)(high * 16 + low);
		text += 2;
	}
	value->n = n;
	value->bytes[n] = '\0';
	return true;
}

static bool is_field_name(const struct value *value)
{
	if (value->n == 0 || value->n >= MULTIPART_NAME_MAX ||
	    !text_is_utf8(value->bytes, value->n))
		return false;
	for (size_t i = 0; i < value->n; i++)
		if ((unsigned char)value->bytes[i] < ' ' || value->bytes[i] == 0x7f)
			return false;
	return true;
}

static bool read_disposition(struct bytes from, struct multipart_part *part)
{
	bool has_name = false, has_file = false, has_extended = false;
	char name[TOKEN_MAX];
	struct value value;

	skip_blanks(&from);
	if (!take_token(&from, name) || strcasecmp(name, "form-data") != 0)
		return false;
	skip_blanks(&from);
	while (from.at < from.end) {
		bool extended, plain;

		if (!take_parameter(&from, name, &value))
			return false;
		extended = strcasecmp(name, "filename*") == 0;
		plain = strcasecmp(name, "filename") == 0;
		if (strcasecmp(name, "name") == 0) {
			if (has_name || !is_field_name(&value))
				return false;
			has_name = true;
			memcpy(part->name, value.bytes, value.n + 1);
		}
		if ((extended && (has_extended || !decode_extended(&value))) || (plain && has_file))
			return false;
		has_file = has_file || plain;
		if (extended || (plain && !has_extended)) {
			part->is_file = true;
			part->file_name_length = value.n;
			memcpy(part->file_name, value.bytes, value.n + 1);
		}
		has_extended = has_extended || extended;
	}
	return has_name;
}

/* Content is taken as it is; base64 and quoted-printable have not been used by anybody since. */
static bool is_plain_encoding(struct bytes from)
{
	char token[TOKEN_MAX];

	skip_blanks(&from);
	return take_token(&from, token) &&
	       (strcasecmp(token, "binary") == 0 || strcasecmp(token, "8bit") == 0 ||
	        strcasecmp(token, "7bit") == 0);
}

static enum error_code malformed(const char *what, struct error *err)
{
	return error_set(err, ERROR_INVALID, "body", "multipart: %s", what);
}

static enum error_code read_line(struct bytes line, bool *has_disposition,
                                 struct multipart_part *part, struct error *err)
{
	char name[TOKEN_MAX];

	if (!take_token(&line, name) || !take_char(&line, ':'))
		return malformed("a part's header is not `name: value`", err);
	if (strcasecmp(name, "Content-Disposition") == 0) {
		if (*has_disposition)
			return malformed("a part has two Content-Disposition", err);
		*has_disposition = true;
		if (!read_disposition(line, part))
			return malformed("a part's Content-Disposition must be form-data with a "
			                 "name, and a file name of at most 4 KiB",
			                 err);
	}
	if (strcasecmp(name, "Content-Transfer-Encoding") == 0 && !is_plain_encoding(line))
		return malformed("Content-Transfer-Encoding must be binary", err);
	return ERROR_OK;
}

enum error_code multipart_read_headers(const char *headers, size_t n,
                                       struct multipart_part *ret_part, struct error *err)
{
	struct bytes rest = {headers, headers + n};
	bool has_disposition = false;
	enum error_code code = ERROR_OK;

	for (unsigned lines = 0; !code && rest.at < rest.end; lines++) {
		const char *end = memmem(rest.at, (size_t)(rest.end - rest.at), "\r\n", 2);
		struct bytes line = {rest.at, end ? end : rest.end};

		if (lines == LINES_MAX)
			return error_set(err, ERROR_TOO_LARGE, "body",
			                 "multipart: a part has more than %d headers", LINES_MAX);
		code = read_line(line, &has_disposition, ret_part, err);
		rest.at = end ? end + 2 : rest.end;
	}
	if (!code && !has_disposition)
		code = malformed("a part has no Content-Disposition", err);
	return code;
}
