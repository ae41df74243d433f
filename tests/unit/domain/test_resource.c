#include "domain/resource.h"
#include "oom.h"
#include "unit.h"

static const struct resource *find(const char *name)
{
	const struct resource *resource = resource_find(name);

	assert_non_null(resource);
	return resource;
}

static void test_tables_are_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_resources; i++) {
		const struct resource *resource = &resources[i];

		assert_ptr_equal(resource_find(resource->name), resource);
		assert_true(resource->n_fields <= 32); /* store's masks */
		assert_non_null(resource->description);
		assert_non_null(resource->keys[0]);
		assert_non_null(resource->order[0]);
		for (size_t k = 0; k < RESOURCE_KEYS_MAX && resource->keys[k]; k++)
			assert_non_null(resource_field(resource, resource->keys[k]));
		for (size_t k = 0; k < RESOURCE_ORDER_MAX && resource->order[k]; k++)
			assert_non_null(resource_field(resource, resource->order[k]));
		if (resource->natural)
			assert_non_null(resource_field(resource, resource->natural));
		if (resource->confirm)
			assert_non_null(resource_field(resource, resource->confirm));
		for (size_t k = 0; k < resource->n_rules; k++)
			assert_non_null(resource_field(resource, resource->rules[k].field));
		for (size_t k = 0; k < resource->n_fields; k++) {
			const struct field *field = &resource->fields[k];

			assert_ptr_equal(resource_field(resource, field->name), field);
			assert_non_null(field->description);
			assert_true(field->type != FIELD_CHOICE || field->choices);
			assert_true(!(field->flags & FIELD_COMPUTED) == !field->computed);
			assert_true(!field->pattern || field->rule);
			if (field->references)
				assert_non_null(resource_find(field->references)->natural);
			/* Neither can people set what is generated, nor miss what is required. */
			if (field->flags & FIELD_REQUIRED)
				assert_true(field_settable(field, RESOURCE_CREATE));
		}
	}
}

/* Verb, entity, body, and what is wrong with it: code, field, part of the message. */
static const struct {
	enum resource_verb verb;
	const char *resource;
	const char *body;
	enum error_code code;
	const char *field;
	const char *message;
} bodies[] = {
	{RESOURCE_CREATE, "extension",      "{\"extension_number\":\"101\"}",                         ERROR_OK,            "",                 ""                                                           },
	{RESOURCE_CREATE, "extension",      "{\"extension_number\":\"1\"}",                           ERROR_INVALID,
         "extension_number",														   "must be 2 to 5 digits"                                      },
	{RESOURCE_CREATE, "extension",      "{\"extension_number\":\"123456\"}",                      ERROR_INVALID,
         "extension_number",														   "must be 2 to 5 digits"                                      },
	{RESOURCE_CREATE, "extension",      "{\"extension_number\":\"10a\"}",                         ERROR_INVALID,
         "extension_number",														   "must be 2 to 5 digits"                                      },
	{RESOURCE_CREATE, "extension",      "{\"extension_number\":\"101\\n\"}",                      ERROR_INVALID,
         "extension_number",														   "must be 2 to 5 digits"                                      },
	{RESOURCE_CREATE, "extension",      "{\"extension_number\":\"\xd9\xa1\xd9\xa2\xd9\xa3\"}",
         ERROR_INVALID,												    "extension_number", "must be 2 to 5 digits"                                      },
	{RESOURCE_CREATE, "extension",      "{\"extension_number\":101}",                             ERROR_INVALID,
         "extension_number",														   "must be 2 to 5 digits"                                      },
	{RESOURCE_CREATE, "extension",      "{\"extension_number\":null}",                            ERROR_INVALID,
         "extension_number",														   "must be 2 to 5 digits"                                      },
	{RESOURCE_CREATE, "extension",      "{\"extension_number\":\"10\\u00001\"}",                  ERROR_INVALID,
         "extension_number",														   "must not contain a NUL"                                     },
	{RESOURCE_CREATE, "extension",      "{}",						     ERROR_MISSING,       "extension_number", "is required"                                                },
	{RESOURCE_CREATE, "extension",      "{\"extension_number\":\"101\",\"auth_password\":\"x\"}",
         ERROR_READ_ONLY,												  "auth_password",    "cannot be set"                                              },
	{RESOURCE_UPDATE, "extension",      "{\"auth_username\":\"x\"}",                              ERROR_READ_ONLY,
         "auth_username",														      "cannot be set"					      },
	{RESOURCE_UPDATE, "extension",      "{\"id\":\"x\"}",                                         ERROR_READ_ONLY,     "id",               "cannot be set"                                              },
	{RESOURCE_UPDATE, "extension",      "{\"email\":\"x\"}",                                      ERROR_READ_ONLY,     "email",
         "cannot be set"																						    },
	{RESOURCE_UPDATE, "extension",      "{\"user_id\":null}",                                     ERROR_OK,            "",                 ""                                                           },
	{RESOURCE_UPDATE, "extension",      "{\"user_id\":\"\"}",                                     ERROR_INVALID,       "user_id",
         "must be a UUID or the name of a row of user"																		      },
	{RESOURCE_UPDATE, "extension",      "{\"colour\":\"red\"}",                                   ERROR_UNKNOWN_FIELD, "colour",
         "extension has no such field"																				      },
	{RESOURCE_UPDATE, "extension",      "{\"user-id\":null}",                                     ERROR_UNKNOWN_FIELD, "user-id",
         "extension has no such field"																				      },
	{RESOURCE_UPDATE, "extension",      "{}",						     ERROR_MISSING,       "",                 "nothing to change was given"                                },
	{RESOURCE_CREATE, "tenant",         "{\"name\":\"A\",\"domain\":\"a b.example\"}",            ERROR_INVALID,
         "domain",															     "must be a domain name in lower case, like cust1.pbx.example"},
	{RESOURCE_CREATE, "tenant",         "{\"name\":\"A\",\"domain\":\"A.example\"}",              ERROR_INVALID,
         "domain",															     "must be a domain name"                                      },
	{RESOURCE_CREATE, "tenant",         "{\"name\":\"A\",\"domain\":\"xn--mnchen-3ya.example\"}",
         ERROR_OK,													 "",                 ""							   },
	{RESOURCE_CREATE, "tenant",         "{\"name\":\"\",\"domain\":\"a.example\"}",               ERROR_INVALID,
         "name",															       "must be 1 to 200 characters without control characters"     },
	{RESOURCE_CREATE, "tenant",
         "{\"name\":\"A\",\"domain\":\"a.example\",\"schema_name\":\"public\"}",                      ERROR_READ_ONLY,
         "schema_name",															"cannot be set"					      },
	{RESOURCE_CREATE, "user",           "{\"email\":\"a@b\",\"password\":\"long enough\"}",       ERROR_INVALID,
         "email",															      "must be an e-mail address"                                  },
	{RESOURCE_CREATE, "user",           "{\"email\":\"a@b.example\"}",                            ERROR_MISSING,       "password",
         "is required"																						      },
	{RESOURCE_CREATE, "user",           "{\"email\":\"a@b.example\",\"password\":\"short\"}",
         ERROR_INVALID,												    "password",         "must have 8 to 200 characters"                              },
	{RESOURCE_CREATE, "user",           "{\"password_hash\":\"x\"}",                              ERROR_UNKNOWN_FIELD, "password_hash",
         "user has no such field"																					   },
	{RESOURCE_CREATE, "queue",          "{\"name\":\"q\",\"strategy\":\"ring\"}",                 ERROR_INVALID,
         "strategy",															   "must be ring-all or round-robin"                            },
	{RESOURCE_CREATE, "queue",          "{\"name\":\"q\",\"strategy\":\"ring-all round-robin\"}",
         ERROR_INVALID,												    "strategy",         "must be ring-all or round-robin"                            },
	{RESOURCE_UPDATE, "queue-member",   "{\"tier\":1001}",                                        ERROR_INVALID,       "tier",
         "must be a whole number from 0 to 1000"																			    },
	{RESOURCE_UPDATE, "queue-member",   "{\"tier\":1.5}",                                         ERROR_INVALID,       "tier",
         "must be a whole number from 0 to 1000"																			    },
	{RESOURCE_UPDATE, "queue-member",   "{\"queue_id\":\"q\"}",                                   ERROR_READ_ONLY,     "queue_id",
         "cannot be changed"																						},
	{RESOURCE_CREATE, "setting",        "{\"name\":\"a\",\"value\":{\"b\":[\"\\u0000\"]}}",
         ERROR_INVALID,												    "value",            "must not contain a NUL"                                     },
	{RESOURCE_UPDATE, "queue-settings", "{\"tier_rules_apply\":true}",                            ERROR_OK,            "",                 ""                                                           },
	{RESOURCE_UPDATE, "queue-settings", "{\"tier_rules_apply\":\"true\"}",                        ERROR_INVALID,
         "tier_rules_apply",														   "must be true or false"                                      },
	{RESOURCE_UPDATE, "queue-settings", "{\"tier_rules_apply\":1}",                               ERROR_INVALID,
         "tier_rules_apply",														   "must be true or false"                                      },
	{RESOURCE_UPDATE, "queue-settings", "{\"tier_rules_apply\":null}",                            ERROR_INVALID,
         "tier_rules_apply",														   "must be true or false"                                      },
	{RESOURCE_CREATE, "member",         "{\"user_id\":\"a@b.example\",\"role\":\"boss\"}",
         ERROR_INVALID,												    "role",             "must be owner, admin or agent"                              },
};

static void test_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		const char *text = bodies[i].body;
		json_t *body = NULL;
		struct error err = {0};
		enum error_code code;

		assert_int_equal(resource_parse(text, strlen(text), &body, &err), ERROR_OK);
		code = resource_check(find(bodies[i].resource), bodies[i].verb, body, &err);
		assert_int_equal(code, bodies[i].code);
		assert_string_equal(err.field, bodies[i].field);
		assert_non_null(strstr(err.message, bodies[i].message));
		json_decref(body);
	}
}

static void test_not_a_body(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"\"a\"",
		"{\"a\":1}x",
		"{\"a\":1,\"a\":2}",
		"{\"a\":\"\xff\"}",
		"{\"a\\u0000\":1}",
		"nul",
		"{\"a\":1e999}",
	};
	AUTO(auto_free) char *large = malloc(RESOURCE_BODY_MAX + 1);
	struct error err = {0};
	json_t *body = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_int_equal(resource_parse(texts[i], strlen(texts[i]), &body, &err),
		                 ERROR_INVALID);
		assert_string_equal(err.field, "body");
	}
	memset(large, ' ', RESOURCE_BODY_MAX + 1);
	assert_int_equal(resource_parse(large, RESOURCE_BODY_MAX + 1, &body, &err),
	                 ERROR_TOO_LARGE);
	assert_null(body);
}

/* A list nested so deep that a careless reader would run out of stack. */
static void test_deep_body(void **state)
{
	enum { DEEP = 100000 };
	AUTO(auto_free) char *text = malloc(DEEP);
	struct error err;
	json_t *body = NULL;

	(void)state;
	memset(text, '[', DEEP);
	assert_int_equal(resource_parse(text, DEEP, &body, &err), ERROR_INVALID);
	assert_string_equal(err.field, "body");
}

static void test_typed(void **state)
{
	const struct field *tier = resource_field(find("queue-member"), "tier");
	const struct field *user = resource_field(find("extension"), "user_id");
	const struct field *start = resource_field(find("cdr"), "start_time");
	const struct field *value = resource_field(find("setting"), "value");
	const struct field *rules = resource_field(find("queue-settings"), "tier_rules_apply");
	static const struct {
		const char *typed;
		bool on;
	} switches[] = {
		{"true",  true },
                {"yes",   true },
                {"false", false},
                {"no",    false}
        };
	static const char *const no_switches[] = {"", "1", "True", "on", "truethy"};
	static const char *const not_numbers[] = {
		"", "-", "+1", "01", "1 ", "0x1", "1.0", "1e3", "99999999999999999999"};
	static const char *const not_times[] = {
		"2026-01-31", "2026-01-31T10:00:00",  "2026-01-31T10:00:00+1",
		"now",        "2026-01-31 10:00:00Z", "2026-01-31T10:00:00.1234567890Z"};
	struct error err;
	json_t *json;

	(void)state;
	assert_int_equal(field_parse(tier, "7", 1, &json, &err), ERROR_OK);
	assert_int_equal(json_integer_value(json), 7);
	json_decref(json);
	for (size_t i = 0; i < COUNT_OF(not_numbers); i++)
		assert_int_equal(
			field_parse(tier, not_numbers[i], strlen(not_numbers[i]), &json, &err),
			ERROR_INVALID);
	assert_int_equal(field_parse(user, "", 0, &json, &err), ERROR_OK);
	assert_true(json_is_null(json));
	assert_int_equal(field_parse(start, "2026-01-31T10:00:00.5Z", 22, &json, &err), ERROR_OK);
	json_decref(json);
	for (size_t i = 0; i < COUNT_OF(not_times); i++)
		assert_int_equal(
			field_parse(start, not_times[i], strlen(not_times[i]), &json, &err),
			ERROR_INVALID);
	for (size_t i = 0; i < COUNT_OF(switches); i++) {
		assert_int_equal(field_parse(rules, switches[i].typed, strlen(switches[i].typed),
		                             &json, &err),
		                 ERROR_OK);
		assert_int_equal(json_is_true(json), switches[i].on);
	}
	for (size_t i = 0; i < COUNT_OF(no_switches); i++)
		assert_int_equal(
			field_parse(rules, no_switches[i], strlen(no_switches[i]), &json, &err),
			ERROR_INVALID);
	assert_int_equal(field_parse(value, "ring-all", 8, &json, &err), ERROR_OK);
	assert_string_equal(json_string_value(json), "ring-all");
	json_decref(json);
	assert_int_equal(field_parse(value, "01a2-07pm.wav", 13, &json, &err), ERROR_OK);
	assert_string_equal(json_string_value(json), "01a2-07pm.wav");
	json_decref(json);
	assert_int_equal(field_parse(value, "-12", 3, &json, &err), ERROR_OK);
	assert_int_equal(json_integer_value(json), -12);
	json_decref(json);
	assert_int_equal(field_parse(value, "[1", 2, &json, &err), ERROR_INVALID);
	assert_int_equal(field_parse(value, "{\"a\":[1]}", 9, &json, &err), ERROR_OK);
	assert_true(json_is_object(json));
	json_decref(json);
	assert_int_equal(field_parse(value, "a\0b", 3, &json, &err), ERROR_INVALID);
	assert_string_equal(err.message, "must not contain a NUL");
	assert_int_equal(field_parse(value, "\xff", 1, &json, &err), ERROR_INVALID);
	assert_string_equal(err.message, "must be UTF-8");
}

static void test_rules_for_people(void **state)
{
	AUTO(text_clear) struct text rule = {0};

	(void)state;
	field_rule(resource_field(find("media"), "category"), &rule);
	assert_string_equal(text_string(&rule), "must be moh or ivr");
	assert_null(resource_find("exten"));
	assert_non_null(resource_find("queue_member"));
	assert_true(resource_in_tenant(find("member")));
	assert_false(resource_in_tenant(find("user")));
}

static enum error_code parse_and_check(void *arg)
{
	const char *text = arg;
	json_t *body = NULL;
	enum error_code code = resource_parse(text, strlen(text), &body, NULL);

	if (!code)
		code = resource_check(resource_find("setting"), RESOURCE_CREATE, body, NULL);
	json_decref(body);
	return code;
}

static enum error_code parse_value(void *arg)
{
	const struct field *field = resource_field(resource_find("setting"), arg);
	json_t *value = NULL;
	enum error_code code = field_parse(field, "ring", 4, &value, NULL);

	json_decref(value);
	return code;
}

static enum error_code say_rule(void *arg)
{
	json_t *value = NULL;
	struct error err;
	enum error_code code = field_parse(resource_field(resource_find("queue"), "strategy"), arg,
	                                   strlen(arg), &value, &err);

	return code == ERROR_INVALID ? ERROR_OK : code;
}

static void test_no_memory(void **state)
{
	(void)state;
	/* jansson calls most of them an invalid token. */
	assert_true(oom_check_any(parse_and_check,
	                          "{\"name\":\"ring_s\",\"value\":{\"a\":[1,\"two\",null,2.5]}}") >
	            4);
	assert_true(oom_check(parse_value, "name") > 0);
	assert_true(oom_check_any(parse_value, "value") > 0);
	assert_true(oom_check(say_rule, "loudest") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_are_whole),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_not_a_body),
		cmocka_unit_test(test_deep_body),
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_rules_for_people),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
