/* The description of the API says what the tables say. */
#include "base/random.h"
#include "unit.h"
#include "web/openapi_parts.h"

static struct routes *routes;
static struct openapi openapi;
static json_t *document;

static int start(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(random_open(&err), ERROR_OK);
	assert_int_equal(routes_open(&routes, &err), ERROR_OK);
	assert_int_equal(openapi_write(routes, &openapi, &err), ERROR_OK);
	document = json_loadb(openapi.document.data, openapi.document.length, 0, NULL);
	assert_non_null(document);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	json_decref(document);
	openapi_clear(&openapi);
	routes_close(routes);
	return 0;
}

/* The member at the end of names, "" ends them; NULL: not there. */
static const json_t *at(const json_t *value, const char *const *names)
{
	for (; value && **names; names++)
		value = json_object_get(value, *names);
	return value;
}

#define AT(value, ...) at(value, (const char *const[]){__VA_ARGS__, ""})

static void test_every_route_is_described(void **state)
{
	json_t *ids = json_object();

	(void)state;
	for (size_t i = 0; i < routes_count(routes); i++) {
		const struct route *route = routes_at(routes, i);
		char method[8] = "", id[OPENAPI_ID_MAX];
		const json_t *operation;

		for (size_t n = 0; web_method_name(route->method)[n]; n++)
			method[n] = (char)(web_method_name(route->method)[n] | 0x20);
		operation = AT(document, "paths", route->path, method);
		if (!operation)
			fail_msg("%s %s is not described", method, route->path);
		assert_string_equal(json_string_value(AT(operation, "x-access")),
		                    access_slug(route->access));
		openapi_id(route, id);
		assert_string_equal(json_string_value(AT(operation, "operationId")), id);
		if (json_object_get(ids, id))
			fail_msg("two routes are called %s", id);
		json_object_set_new(ids, id, json_true());
		assert_int_equal(json_array_size(AT(operation, "tags")), 1);
	}
	json_decref(ids);
}

static const json_t *schema(const char *name)
{
	return AT(document, "components", "schemas", name);
}

/* Hidden columns and inputs are never shown; what is shown is always there, and nothing else. */
static void test_rows(void **state)
{
	(void)state;
	assert_null(AT(schema("User"), "properties", "password_hash"));
	assert_null(AT(schema("User"), "properties", "password"));
	assert_non_null(AT(schema("UserCreate"), "properties", "password"));
	assert_non_null(AT(schema("Extension"), "properties", "auth_password"));
	assert_null(AT(schema("ExtensionCreate"), "properties", "auth_password"));
	assert_null(AT(schema("MemberUpdate"), "properties", "user_id"));
	assert_true(json_is_false(AT(schema("Extension"), "additionalProperties")));
	assert_int_equal(json_array_size(AT(schema("Extension"), "required")),
	                 json_object_size(AT(schema("Extension"), "properties")));
	assert_int_equal(json_array_size(AT(schema("ExtensionCreate"), "required")), 1);
	assert_int_equal(json_integer_value(AT(schema("QueueUpdate"), "minProperties")), 1);
}

static void test_fields(void **state)
{
	static const struct {
		struct field field;
		bool input;
		const char *json;
	} rows[] = {
		{{.name = "a", .type = FIELD_TEXT, .least = 2, .most = 5, .pattern = "^[0-9]+$"},
	         true,  "{\"type\":\"string\",\"minLength\":2,\"maxLength\":5,\"pattern\":\"^[0-9]+$\"}"},
		{{.name = "a", .type = FIELD_TEXT, .least = 2, .most = 5, .pattern = "^[0-9]+$"},
	         false, "{\"type\":\"string\",\"maxLength\":5}"                                         },
		{{.name = "a", .type = FIELD_TEXT, .pattern = "^[^[:cntrl:]]*$"},
	         true,  "{\"type\":\"string\",\"pattern\":\"^[^\\\\u0000-\\\\u001f\\\\u007f]*$\"}"      },
		{{.name = "a", .type = FIELD_INTEGER, .least = 0, .most = 9},
	         true,  "{\"type\":\"integer\",\"minimum\":0,\"maximum\":9}"                            },
		{{.name = "a", .type = FIELD_UUID, .references = "user", .flags = FIELD_NULLABLE},
	         true,  "{\"type\":[\"string\",\"null\"],\"minLength\":1,\"maxLength\":254}"            },
		{{.name = "a", .type = FIELD_UUID, .references = "user"},
	         false, "{\"type\":\"string\",\"format\":\"uuid\"}"                                     },
		{{.name = "a", .type = FIELD_CHOICE, .choices = "x yy", .flags = FIELD_NULLABLE},
	         true,  "{\"type\":[\"string\",\"null\"],\"enum\":[\"x\",\"yy\",null]}"                 },
		{{.name = "a", .type = FIELD_TIME},
	         false, "{\"type\":\"string\",\"format\":\"date-time\"}"                                },
		{{.name = "a", .type = FIELD_JSON, .description = "any"},
	         true,  "{\"description\":\"any\"}"						     },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct openapi_draft draft = {0};
		json_t *one = openapi_field(&draft, &rows[i].field, rows[i].input);
		char *text = json_dumps(one, JSON_COMPACT);

		assert_false(draft.failed);
		assert_string_equal(text, rows[i].json);
		free(text);
		json_decref(one);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_route_is_described),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_fields),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
