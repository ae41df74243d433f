#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "unit.h"
#include "web/reply.h"
#include "web/stream.h"

static void every_code_has_a_status_of_its_kind(void **state)
{
	(void)state;
	for (enum error_code code = 1; code < ERROR_CODE_COUNT; code++) {
		struct reply reply = {.file = -1};
		struct error err;
		json_t *body;

		error_set(&err, code, "a_field", NULL);
		reply_problem(&reply, &err, LANGUAGE_EN, "0123");
		assert_true(reply.status >= 400 && reply.status < 600);
		assert_string_equal(reply.content_type, "application/problem+json");
		body = json_loads(text_string(&reply.body), JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(body);
		assert_int_equal(json_integer_value(json_object_get(body, "status")), reply.status);
		assert_string_equal(json_string_value(json_object_get(body, "request_id")), "0123");
		assert_string_equal(json_string_value(json_object_get(body, "type")),
		                    "about:blank");
		assert_string_not_equal(json_string_value(json_object_get(body, "title")), "Error");
		assert_int_equal(json_array_size(json_object_get(body, "errors")), 1);
		if (reply.status != 500)
			assert_non_null(strstr(text_string(&reply.body), "\"detail\":\"a_field: "));
		json_decref(body);
		reply_clear(&reply);
	}
}

static void a_fault_inside_is_not_told(void **state)
{
	struct reply reply = {.file = -1};
	struct error err;

	(void)state;
	error_set(&err, ERROR_IO, NULL, "cannot open /var/lib/centrex/secret");
	error_detail(&err, "errno 13");
	reply_problem(&reply, &err, LANGUAGE_EN, "0");
	assert_int_equal(reply.status, 500);
	assert_null(strstr(text_string(&reply.body), "secret"));
	assert_null(strstr(text_string(&reply.body), "13"));
	assert_non_null(strstr(text_string(&reply.body), "\"code\":\"internal\""));
	reply_clear(&reply);
}

static void a_status_set_before_and_further_errors_hold(void **state)
{
	struct reply reply = {.file = -1, .status = 422};
	struct error err;

	(void)state;
	text_add(&reply.errors, "{\"field\":\"rows[1].email\",\"message\":\"is none\"},"
	                        "{\"field\":\"rows[2].email\",\"message\":\"is given twice\"}");
	error_set(&err, ERROR_INVALID, "rows", "2 rows are wrong");
	reply_problem(&reply, &err, LANGUAGE_EN, "0");
	assert_int_equal(reply.status, 422);
	json_t *body = json_loads(text_string(&reply.body), 0, NULL);
	json_t *errors = json_object_get(body, "errors");

	assert_int_equal(json_array_size(errors), 3);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(errors, 2), "message")),
		"is given twice");
	json_decref(body);
	reply_clear(&reply);
}

static const char *header(const struct reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->n_headers; i++)
		if (strcmp(reply->headers[i].name, name) == 0)
			return reply->headers[i].value;
	return NULL;
}

static void some_cases_have_a_status_or_header_of_their_own(void **state)
{
	struct reply reply = {.file = -1};
	struct error err;

	(void)state;
	error_set(&err, ERROR_PRECONDITION, NULL, NULL);
	reply_problem(&reply, &err, LANGUAGE_EN, "0");
	assert_int_equal(reply.status, 412);
	reply_clear(&reply);
	error_set(&err, ERROR_INVALID, "Content-Type", NULL);
	reply_problem(&reply, &err, LANGUAGE_EN, "0");
	assert_int_equal(reply.status, 415);
	reply_clear(&reply);
	error_set(&err, ERROR_UNAVAILABLE, NULL, NULL);
	reply_problem(&reply, &err, LANGUAGE_EN, "0");
	assert_int_equal(reply.status, 503);
	assert_string_equal(header(&reply, "Retry-After"), "2");
	reply_clear(&reply);
	reply_header(&reply, "Retry-After", "%d", 17);
	error_set(&err, ERROR_RATE_LIMITED, NULL, NULL);
	reply_problem(&reply, &err, LANGUAGE_EN, "0");
	assert_string_equal(header(&reply, "Retry-After"), "17");
	assert_int_equal(reply.n_headers, 3); /* and the language */
	reply_clear(&reply);
}

static void it_is_told_in_the_language_of_who_asks(void **state)
{
	struct reply reply = {.file = -1};
	struct error err;

	(void)state;
	error_set(&err, ERROR_INVALID, "extension_number", "must be 2 to 5 digits");
	reply_problem(&reply, &err, LANGUAGE_DE, "0");
	assert_string_equal(header(&reply, "Content-Language"), "de");
	assert_string_equal(header(&reply, "Vary"), "Accept-Language");
	assert_non_null(
		strstr(text_string(&reply.body), "\"message\":\"muss 2 bis 5 Ziffern haben\""));
	assert_non_null(strstr(text_string(&reply.body),
	                       "\"detail\":\"extension_number: muss 2 bis 5 Ziffern haben\""));
	reply_clear(&reply);
	reply_problem(&reply, &err, LANGUAGE_EN, "0");
	assert_string_equal(header(&reply, "Content-Language"), "en");
	assert_non_null(strstr(text_string(&reply.body), "must be 2 to 5 digits"));
	reply_clear(&reply);
}

static void a_header_takes_no_line_of_its_own(void **state)
{
	static const char *const bad[] = {"a\r\nSet-Cookie: x=1", "a\nb", "\x7f", "a\tb"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct reply reply = {.file = -1};

		reply_header(&reply, "Location", "/x/%s", bad[i]);
		assert_true(reply.body.failed);
		assert_int_equal(reply.n_headers, 0);
		reply_clear(&reply);
	}
}

static void a_file_name_goes_out_as_it_is(void **state)
{
	struct reply reply = {.file = -1};

	(void)state;
	reply_attachment(&reply, "attachment", "a \"b\"\r\n\xc3\xa4;.wav");
	assert_string_equal(header(&reply, "Content-Disposition"),
	                    "attachment; filename=\"a _b______.wav\"; "
	                    "filename*=UTF-8''a%20%22b%22%0D%0A%C3%A4%3B.wav");
	reply_clear(&reply);
}

static int file_of_ten(void)
{
	int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	assert_true(file >= 0);
	assert_int_equal(write(file, "0123456789", 10), 10);
	return file;
}

static void a_file_is_answered_whole_or_in_part(void **state)
{
	static const struct {
		const char *range, *if_range;
		unsigned status;
		const char *content_range;
		uint64_t offset, bytes;
	} rows[] = {
		{NULL,        NULL,                            200, NULL,           0, 10},
		{"bytes=2-4", NULL,                            206, "bytes 2-4/10", 2, 3 },
		{"bytes=2-4", "\"tag\"",                       206, "bytes 2-4/10", 2, 3 },
		{"bytes=2-4", "\"other\"",                     200, NULL,           0, 10},
		{"bytes=2-4", "Sun, 22 Nov 2026 10:00:00 GMT", 200, NULL,           0, 10},
		{"bytes=50-", NULL,                            416, "bytes */10",   0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct reply reply = {.file = -1};
		enum error_code code = reply_file(&reply, file_of_ten(), "audio/wav", "\"tag\"",
		                                  rows[i].range, rows[i].if_range, NULL);

		assert_int_equal(code, rows[i].status == 416 ? ERROR_INVALID : ERROR_OK);
		assert_int_equal(reply.status, rows[i].status);
		assert_string_equal(header(&reply, "Accept-Ranges"), "bytes");
		assert_string_equal(header(&reply, "ETag"), "\"tag\"");
		if (rows[i].content_range)
			assert_string_equal(header(&reply, "Content-Range"), rows[i].content_range);
		else
			assert_null(header(&reply, "Content-Range"));
		assert_int_equal(reply.file_offset, rows[i].offset);
		assert_int_equal(reply.file_bytes, rows[i].bytes);
		reply_clear(&reply);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_status_of_its_kind),
		cmocka_unit_test(a_fault_inside_is_not_told),
		cmocka_unit_test(a_status_set_before_and_further_errors_hold),
		cmocka_unit_test(some_cases_have_a_status_or_header_of_their_own),
		cmocka_unit_test(it_is_told_in_the_language_of_who_asks),
		cmocka_unit_test(a_header_takes_no_line_of_its_own),
		cmocka_unit_test(a_file_name_goes_out_as_it_is),
		cmocka_unit_test(a_file_is_answered_whole_or_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
