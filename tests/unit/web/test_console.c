#include <string.h>

#include "unit.h"
#include "web/console.h"

static const struct console_file files[] = {
	{.path = "/assets/a-1.js"},
	{.path = "/assets/b-2.css"},
	{.path = "/icon.svg"},
	{.path = "/index.html"},
};

static const struct console console = {files, COUNT_OF(files)};

static void a_path_is_a_file_a_page_or_nothing(void **state)
{
	static const struct {
		const char *path, *file,
			*page; /* for a script; for who wants HTML; NULL: nothing */
	} rows[] = {
		{"/",                  "/index.html",    "/index.html"   },
		{"/index.html",        "/index.html",    "/index.html"   },
		{"/t/acme/calls",      "/index.html",    "/index.html"   },
		{"/t/acme/calls/",     "/index.html",    "/index.html"   },
		{"/t/acme.pbx.test",   NULL,             "/index.html"   },
		{"/t/b%C3%BCro",       "/index.html",    "/index.html"   },
		{"/apis",              "/index.html",    "/index.html"   },
		{"/assetsx",           "/index.html",    "/index.html"   },
		{"/assets/a-1.js",     "/assets/a-1.js", "/assets/a-1.js"},
		{"/icon.svg",          "/icon.svg",      "/icon.svg"     },
		{"/icon.svg/",         "/index.html",    "/index.html"   },
		{"/Icon.svg",          NULL,             "/index.html"   },
		{"/favicon.ico",       NULL,             "/index.html"   },
		{"/assets/a-1.js.map", NULL,             NULL            },
		{"/assets/",           NULL,             NULL            },
		{"/assets",            NULL,             NULL            },
		{"/api",               NULL,             NULL            },
		{"/api/v1/tenants",    NULL,             NULL            },
		{"/freeswitch/x",      NULL,             NULL            },
		{"/metrics",           NULL,             NULL            },
		{"/healthz/",          NULL,             NULL            },
		{"/readyz",            NULL,             NULL            },
		{"//",                 NULL,             NULL            },
		{"//t",                NULL,             NULL            },
		{"/t//acme",           NULL,             NULL            },
		{"/t/../icon.svg",     NULL,             NULL            },
		{"/%2e%2E/icon.svg",   NULL,             NULL            },
		{"/.",                 NULL,             NULL            },
		{"/t/a%2fb",           NULL,             NULL            },
		{"/t/a%5Cb",           NULL,             NULL            },
		{"/t/a%00b",           NULL,             NULL            },
		{"/t/%ff",             NULL,             NULL            },
		{"/t/%4",              NULL,             NULL            },
		{"*",                  NULL,             NULL            },
		{"",                   NULL,             NULL            },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct console_file *file = console_find(&console, rows[i].path, false);
		const struct console_file *page = console_find(&console, rows[i].path, true);

		print_message("%s\n", rows[i].path);
		assert_string_equal(file ? file->path : "none",
		                    rows[i].file ? rows[i].file : "none");
		assert_string_equal(page ? page->path : "none",
		                    rows[i].page ? rows[i].page : "none");
	}
}

static void a_path_too_long_is_nothing(void **state)
{
	static char path[3 * ROUTE_PATH_MAX];

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	assert_null(console_find(&console, path, true));
}

static void without_files_every_page_says_so(void **state)
{
	static const struct console none;
	const struct console_file *file = console_find(&none, "/", false);

	(void)state;
	assert_non_null(file);
	assert_null(file->path);
	assert_non_null(strstr(file->forms[ENCODING_IDENTITY].bytes, "without its web console"));
	assert_ptr_equal(console_find(&none, "/t/acme", true), file);
	assert_null(console_find(&none, "/icon.svg", false));
	assert_null(console_find(&none, "/api/v1", true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_a_file_a_page_or_nothing),
		cmocka_unit_test(a_path_too_long_is_nothing),
		cmocka_unit_test(without_files_every_page_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
