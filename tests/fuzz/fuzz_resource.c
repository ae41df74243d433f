/* A body from a stranger against every resource: read once, checked as what it would create and
 * change; and as text, against every field, as filters and imported cells are. What passes can be
 * written as JSON and passes again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/resource.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

/* A message may go to a client: it is text, in one line. */
static void must_be_said(enum error_code code, const struct error *err)
{
	must(code == err->code, "the code is another than the error's");
	must(err->message[0], "nothing was said");
	must(text_is_utf8(err->message, strlen(err->message)), "what was said is no text");
	must(text_is_utf8(err->field, strlen(err->field)), "the field is no text");
}

static void check_body(const struct resource *resource, enum resource_verb verb, const json_t *body)
{
	AUTO(json_auto_unref) json_t *again = NULL;
	AUTO(auto_free) char *text = NULL;
	struct error err;
	enum error_code code = resource_check(resource, verb, body, &err);

	if (code) {
		must_be_said(code, &err);
		return;
	}
	text = json_dumps(body, RESOURCE_JSON);
	must(text, "what passed cannot be written");
	must(!resource_parse(text, strlen(text), &again, NULL), "what we wrote cannot be read");
	must(!resource_check(resource, verb, again, NULL), "what we wrote does not pass");
}

static void check_text(const struct resource *resource, const char *bytes, size_t n)
{
	for (size_t i = 0; i < resource->n_fields; i++) {
		AUTO(json_auto_unref) json_t *value = NULL;
		struct error err;
		enum error_code code = field_parse(&resource->fields[i], bytes, n, &value, &err);

		if (code)
			must_be_said(code, &err);
		else
			must(!field_check(&resource->fields[i], value, NULL),
			     "what was parsed does not pass");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(json_auto_unref) json_t *body = NULL;
	struct error err;
	enum error_code code = resource_parse((const char *)data, size, &body, &err);

	if (code)
		must_be_said(code, &err);
	for (size_t i = 0; i < n_resources; i++) {
		check_text(&resources[i], (const char *)data, size);
		if (code)
			continue;
		check_body(&resources[i], RESOURCE_CREATE, body);
		check_body(&resources[i], RESOURCE_UPDATE, body);
	}
	return 0;
}
