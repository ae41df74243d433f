/* Which of its forms a call record came in, and what it says. */
#include "freeswitch/record.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "freeswitch/record_meaning.h"
#include "freeswitch/record_values.h"

struct body {
	const char *bytes;
	size_t n;
};

static void skip_blanks(struct body *body)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (body->n >= 3 && memcmp(body->bytes, mark, 3) == 0) {
		body->bytes += 3;
		body->n -= 3;
	}
	while (body->n && memchr(" \t\r\n", *body->bytes, 4)) {
		body->bytes++;
		body->n--;
	}
}

/* "cdr=" at the beginning, or in what calls itself a form anywhere. */
static void skip_name(struct body *body, const char *content_type)
{
	static const char name[] = "cdr=";
	const char *at = body->bytes;

	if (body->n < 4)
		return;
	if (memcmp(at, name, 4) != 0 && !strchr("<{%", *at) &&
	    strncasecmp(content_type, "application/x-www-form-", 23) == 0) {
		at = memmem(at, body->n, "&cdr=", 5);
		at = at ? at + 1 : body->bytes;
	}
	if (memcmp(at, name, 4) != 0)
		return;
	body->n -= (size_t)(at + 4 - body->bytes);
	body->bytes = at + 4;
	skip_blanks(body);
}

static enum error_code read_form(const struct body *body, struct record_values *values,
                                 struct error *err)
{
	switch (body->n ? *body->bytes : '\0') {
	case '<':
		return record_xml_read(body->bytes, body->n, values, err);
	case '{':
		return record_json_read(body->bytes, body->n, values, err);
	default:
		return error_set(err, ERROR_INVALID, "form",
		                 "the body is neither XML nor JSON, encoded or not");
	}
}

/* Callers' names may be any bytes, which XML is not: read again as UTF-8 if that is what was wrong.
 */
static enum error_code read_body(const struct body *body, struct record_values *values,
                                 struct error *err)
{
	AUTO(text_clear) struct text clean = {0};
	enum error_code code = read_form(body, values, err);

	if (code != ERROR_INVALID || !body->n || *body->bytes != '<')
		return code;
	record_clean(&clean, body->bytes, body->n);
	if (clean.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (clean.length == body->n && memcmp(clean.data, body->bytes, body->n) == 0)
		return code;
	record_values_clear(values);
	*values = (struct record_values){0};
	return read_form(&(struct body){clean.data, clean.length}, values, err);
}

static enum error_code read_decoded(const char *content_type, const char *bytes, size_t n,
                                    struct record_values *values, struct error *err)
{
	AUTO(text_clear) struct text decoded = {0};
	struct body body = {bytes, n};

	skip_blanks(&body);
	if (!body.n)
		return error_set(err, ERROR_INVALID, "empty", "the body is empty");
	skip_name(&body, content_type);
	if (body.n && *body.bytes == '%') {
		const char *more = memchr(body.bytes, '&', body.n);

		record_percent_decode(&decoded, body.bytes,
		                      more ? (size_t)(more - body.bytes) : body.n);
		if (decoded.failed)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		body = (struct body){text_string(&decoded), decoded.length};
		skip_blanks(&body);
		skip_name(&body, content_type);
	}
	return read_body(&body, values, err);
}

static void values_clear(struct record_values *values)
{
	record_values_clear(values);
}

enum error_code record_read(const char *content_type, const char *body, size_t n,
                            const char *url_uuid, struct record *ret_record, struct text *ret_data,
                            struct error *err)
{
	AUTO(values_clear) struct record_values values = {0};
	struct error damage = {0};
	enum error_code code;
	bool damaged;

	if (n > RECORD_BODY_MAX)
		return error_set(err, ERROR_INVALID, "size", "the body has more than %d bytes",
		                 RECORD_BODY_MAX);
	code = read_decoded(content_type, body, n, &values, &damage);
	/* What callers can spoil in XML stands behind the variables. */
	damaged = code == ERROR_INVALID && values.variables_ended;
	if (damaged)
		code = ERROR_OK;
	if (code == ERROR_OK && !values.variables_begun)
		code = error_set(&damage, ERROR_INVALID, "variables",
		                 "the record has no variables of a channel");
	if (code) {
		if (err)
			*err = damage;
		return code;
	}
	record_values_finish(&values);
	if (values.bytes.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return record_mean(&values, url_uuid ? url_uuid : "", clock_unix_us(),
	                   damaged ? damage.message : NULL, ret_record, ret_data, err);
}
