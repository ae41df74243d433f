/* A request's target from a stranger: the path through the product's route table and to the
 * console's files, the query through its decoder. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "web/console.h"
#include "web/route.h"
#include "web/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void match(const struct routes *routes, const char *path)
{
	struct route_match found;

	for (enum web_method method = 0; method < WEB_METHOD_COUNT; method++) {
		routes_match(routes, method, path, &found);
		must(!found.route || (found.route->method == method && !found.allowed));
		for (size_t i = 0; i < found.n; i++) {
			const char *value = found.parameters[i].value;

			must(*value && !strchr(value, '/') && text_is_utf8(value, strlen(value)));
			must(strcmp(value, "..") != 0);
		}
	}
}

static void find_file(const char *path)
{
	static const struct console_file files[] = {{.path = "/assets/a.js"},
	                                            {.path = "/index.html"}};
	static const struct console console = {files, COUNT_OF(files)};
	const struct console_file *file = console_find(&console, path, false);

	must(!file || strcmp(path, file->path) == 0 || file == &files[1]);
	must(!file || !strstr(path, "//"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct routes *routes; /* the same for every input */
	AUTO(auto_free) char *text = malloc(size + 1);
	struct url_query query;
	char *mark;

	if (!routes)
		must(routes_open(&routes, NULL) == ERROR_OK);
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	mark = strchr(text, '?');
	if (mark)
		*mark = '\0';
	match(routes, text);
	find_file(text);
	if (mark && url_query_parse(mark + 1, &query, NULL) == ERROR_OK) {
		for (size_t i = 0; i < query.n; i++)
			must(url_query_find(&query, query.parameters[i].name) ==
			     query.parameters[i].value);
		url_query_clear(&query);
	}
	return 0;
}
