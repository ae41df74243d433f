#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "unit.h"
#include "web/multipart.h"

#define TYPE "multipart/form-data; boundary=b"

static int file_of(const char *bytes, size_t n)
{
	int file = memfd_create("body", MFD_CLOEXEC);

	assert_true(file >= 0);
	assert_int_equal(write(file, bytes, n), (ssize_t)n);
	return file;
}

static enum error_code read_all(const char *type, const char *body, struct text *out,
                                struct error *err)
{
	AUTO(auto_close) int file = file_of(body, strlen(body));
	AUTO(multipart_auto_close) struct multipart *multipart = NULL;
	static struct multipart_part part;
	bool more = true;
	enum error_code code = multipart_open(file, type, &multipart, err);

	while (!code && (code = multipart_next(multipart, &part, &more, err)) == ERROR_OK && more) {
		text_addf(out, "%s=", part.name);
		text_add_n(out, body + part.offset, part.bytes);
		if (part.is_file)
			text_addf(out, "<%s>", part.file_name);
		text_add_char(out, ';');
	}
	return code;
}

#define PART(disposition, content)                                                                 \
	"--b\r\nContent-Disposition: form-data; " disposition "\r\n\r\n" content "\r\n"

static void bodies_that_are_understood(void **state)
{
	static const struct {
		const char *type, *body, *parts;
	} rows[] = {
		{TYPE,			  PART("name=a",				       "1") PART("name=\"b c\"",                                              "") "--b--\r\n", "a=1;b c=;"},
		{TYPE,                  PART("name=f; filename=\"x.wav\"",								     "RI\r\nFF") "--b--",
	         "f=RI\r\nFF<x.wav>;"},
		{TYPE,          PART("name=f; filename=\"\"",							       "") "--b--",																    "f=<>;"},
		{TYPE,PART("filename=\"a\\\"b\\\\c%22d\"; name=f","") "--b--","f=<a\"b\\c\"d>;"},
		{TYPE,			  PART("name=f; filename=\"C:\\x\"",                                           "") "--b--",																    "f=<C:\\x>;"},
		{TYPE,			     PART("name=f; filename*=utf-8'en'%E2%82%AC; filename=x",                                                                             "") "--b--",
	         "f=<\xe2\x82\xac>;"},
		{TYPE,                 PART("name=a",								    "\r\n--\r\n--bx\r\n--b-") "--b--",
	         "a=\r\n--\r\n--bx\r\n--b-;"},
		{TYPE,
	         "--b \t\r\nContent-Disposition:form-data;name=a\r\nX: y\r\n\r\n1\r\n--b--epilogue",	                                                        "a=1;"																    },
		{"Multipart/Form-Data ; charset=x; BOUNDARY=\"b\"",PART("name=a","1") "--b--",
	         "a=1;"},
		{TYPE,			  "--b--", ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(text_clear) struct text parts = {0};
		struct error err = {0};

		assert_int_equal(read_all(rows[i].type, rows[i].body, &parts, &err), ERROR_OK);
		assert_string_equal(text_string(&parts), rows[i].parts);
	}
}

static void bodies_that_are_refused(void **state)
{
	static const struct {
		const char *type, *body, *field;
	} rows[] = {
		{NULL,				      "",					     "Content-Type"								     },
		{"multipart/form-data",                     "",					     "Content-Type"								     },
		{"multipart/mixed; boundary=b",             "",                                             "Content-Type"								     },
		{TYPE "; boundary=c",                       "",					     "Content-Type"								     },
		{"multipart/form-data; boundary=\"b\x01\"", "",                                             "Content-Type"                                                                     },
		{TYPE,				      "",					     "body"									     },
		{TYPE,				      "x--b--",				       "body"									     },
		{TYPE,				      "--b\r\n",				      "body"									     },
		{TYPE,				      PART("name=a",                                  "1"),										"body"},
		{TYPE,					 PART("name=a",										    "1") "--b-",														  "body"},
		{TYPE,				   PART("filename=x",										 "1") "--b--",                                                "body"},
		{TYPE,			     PART("name=a; name=b","1") "--b--",                         "body"},
		{TYPE,PART("name=\"a",                                      "1") "--b--",											   "body"},
		{TYPE,				      PART("name=a; filename*=latin1''x",									      "1") "--b--",														"body"},
		{TYPE,					 PART("name=a; filename*=utf-8''%4",										    "1") "--b--",												"body"},
		{TYPE,				   PART("name=a; filename=x; filename=y",										 "1") "--b--",                                                  "body"},
		{TYPE,			     PART("name=a\r\nContent-Disposition: form-data; name=b","1") "--b--",
	         "body"},
		{TYPE,PART("name=a\r\nContent-Transfer-Encoding: base64","1") "--b--","body"},
		{TYPE,				      PART("name=a\r\n folded: x", "1") "--b--",										       "body"},
		{TYPE,					 "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b--",                                                                                    "body"																		   },
		{TYPE,				   "--b\nContent-Disposition: form-data; name=a\n\n1\n--b--",                                                                                 "body"																										 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		AUTO(text_clear) struct text parts = {0};
		struct error err = {0};

		assert_int_equal(read_all(rows[i].type, rows[i].body, &parts, &err), ERROR_INVALID);
		assert_string_equal(err.field, rows[i].field);
	}
}

/* A boundary that lies across the end of what is read at one time is found all the same. */
static void a_boundary_is_found_wherever_it_lies(void **state)
{
	static const char head[] = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n";

	(void)state;
	for (size_t n = 64 * 1024 - 80; n < 64 * 1024 + 8; n++) {
		AUTO(text_clear) struct text body = {0}, parts = {0};

		text_add(&body, head);
		while (body.length < sizeof(head) - 1 + n)
			text_add_char(&body, '\r');
		text_add(&body, "\r\n--b--");
		assert_int_equal(read_all(TYPE, text_string(&body), &parts, NULL), ERROR_OK);
		assert_int_equal(parts.length, n + 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_that_are_understood),
		cmocka_unit_test(bodies_that_are_refused),
		cmocka_unit_test(a_boundary_is_found_wherever_it_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
