/* Fields, shapes and resources as JSON Schema (2020-12, the dialect of OpenAPI 3.1). */
#include <ctype.h>
#include <string.h>

#include "web/openapi_parts.h"

void openapi_set(struct openapi_draft *draft, json_t *object, const char *key, json_t *value)
{
	/* Takes value also when it fails. */
	if (json_object_set_new(object, key, value))
		draft->failed = true;
}

void openapi_append(struct openapi_draft *draft, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		draft->failed = true;
}

json_t *openapi_literal(struct openapi_draft *draft, const char *json)
{
	AUTO(text_clear) struct text text = {0};
	json_t *value;

	for (; *json; json++)
		text_add_char(&text, (char)(*json == '\'' ? '"' : *json));
	value = text.failed ? NULL : json_loads(text_string(&text), 0, NULL);
	if (!value)
		draft->failed = true;
	return value;
}

void openapi_add_name(struct text *text, const char *name)
{
	bool begins = true;

	for (; *name; name++) {
		if (!isalnum((unsigned char)*name)) {
			begins = true;
			continue;
		}
		text_add_char(text, begins ? (char)toupper((unsigned char)*name) : *name);
		begins = false;
	}
}

json_t *openapi_reference(const char *kind, const char *name, const char *suffix)
{
	AUTO(text_clear) struct text path = {0};

	text_addf(&path, "#/components/%s/", kind);
	openapi_add_name(&path, name);
	text_add(&path, suffix);
	return path.failed ? NULL : json_pack("{s:s}", "$ref", text_string(&path));
}

/* POSIX's names of kinds of characters are none of ECMA-262's, which JSON Schema uses; the rest of
 * our patterns reads alike in both. */
static json_t *ecma_pattern(const char *pattern)
{
	static const struct {
		const char *posix, *ecma;
	} kinds[] = {
		{"[:cntrl:]", "\\u0000-\\u001f\\u007f"},
		{"[:space:]", "\\s"                   },
	};
	AUTO(text_clear) struct text text = {0};

	while (*pattern) {
		size_t i = 0;

		while (i < COUNT_OF(kinds) &&
		       strncmp(pattern, kinds[i].posix, strlen(kinds[i].posix)) != 0)
			i++;
		if (i == COUNT_OF(kinds)) {
			text_add_char(&text, *pattern++);
			continue;
		}
		text_add(&text, kinds[i].ecma);
		pattern += strlen(kinds[i].posix);
	}
	return text.failed ? NULL : json_string(text_string(&text));
}

static json_t *words_of(struct openapi_draft *draft, const char *choices, bool nullable)
{
	json_t *words = json_array();

	while (*choices) {
		size_t n = strcspn(choices, " ");

		openapi_append(draft, words, json_stringn(choices, n));
		choices += n;
		choices += strspn(choices, " ");
	}
	if (nullable)
		openapi_append(draft, words, json_null());
	return words;
}

static void text_limits(struct openapi_draft *draft, json_t *schema, const struct field *field,
                        bool input)
{
	if (input && field->least > 0)
		openapi_set(draft, schema, "minLength", json_integer(field->least));
	if (field->most > 0)
		openapi_set(draft, schema, "maxLength", json_integer(field->most));
	if (input && field->pattern)
		openapi_set(draft, schema, "pattern", ecma_pattern(field->pattern));
}

static void add_type(struct openapi_draft *draft, json_t *schema, const char *type, bool nullable)
{
	openapi_set(draft, schema, "type",
	            nullable ? json_pack("[s,s]", type, "null") : json_string(type));
}

/* Which members a schema has, and for what it is. */
enum purpose { SHOWN, CREATED, CHANGED };

static json_t *object_schema(struct openapi_draft *draft, const struct field *fields, size_t n,
                             enum purpose purpose);

enum { REFERENCE_MAX = 254 }; /* the longest name of a row: an e-mail address */

json_t *openapi_field(struct openapi_draft *draft, const struct field *field, bool input)
{
	bool nullable = field->flags & FIELD_NULLABLE;
	json_t *schema = json_object();

	switch (field->type) {
	case FIELD_TEXT:
		add_type(draft, schema, "string", nullable);
		text_limits(draft, schema, field, input);
		break;
	case FIELD_INTEGER:
		add_type(draft, schema, "integer", nullable);
		if (field->least < field->most) {
			openapi_set(draft, schema, "minimum", json_integer(field->least));
			openapi_set(draft, schema, "maximum", json_integer(field->most));
		}
		break;
	case FIELD_UUID:
		add_type(draft, schema, "string", nullable);
		if (input && field->references) {
			openapi_set(draft, schema, "minLength", json_integer(1));
			openapi_set(draft, schema, "maxLength", json_integer(REFERENCE_MAX));
		} else {
			openapi_set(draft, schema, "format", json_string("uuid"));
		}
		break;
	case FIELD_CHOICE:
		add_type(draft, schema, "string", nullable);
		openapi_set(draft, schema, "enum", words_of(draft, field->choices, nullable));
		break;
	case FIELD_TIME:
		add_type(draft, schema, "string", nullable);
		openapi_set(draft, schema, "format", json_string("date-time"));
		break;
	case FIELD_SWITCH:
		add_type(draft, schema, "boolean", nullable);
		break;
	case FIELD_JSON:
		if (!field->parts)
			break;
		openapi_set(draft, schema, "type", json_string("array"));
		openapi_set(draft, schema, "items",
		            object_schema(draft, field->parts, field->n_parts, SHOWN));
		break;
	}
	if (field->description)
		openapi_set(draft, schema, "description", json_string(field->description));
	return schema;
}

static bool belongs(const struct field *field, enum purpose purpose)
{
	if (purpose == SHOWN)
		return !(field->flags & (FIELD_HIDDEN | FIELD_INPUT));
	return field_settable(field, purpose == CREATED ? RESOURCE_CREATE : RESOURCE_UPDATE);
}

static bool is_required(const struct field *field, enum purpose purpose)
{
	if (purpose == SHOWN)
		return !(field->flags & FIELD_DETAIL);
	return purpose == CREATED && (field->flags & FIELD_REQUIRED);
}

static json_t *object_schema(struct openapi_draft *draft, const struct field *fields, size_t n,
                             enum purpose purpose)
{
	json_t *properties = json_object(), *required = json_array();
	json_t *schema;

	for (size_t i = 0; i < n; i++) {
		if (!belongs(&fields[i], purpose))
			continue;
		openapi_set(draft, properties, fields[i].name,
		            openapi_field(draft, &fields[i], purpose != SHOWN));
		if (is_required(&fields[i], purpose))
			openapi_append(draft, required, json_string(fields[i].name));
	}
	schema = json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties,
	                   "required", required, "additionalProperties", 0);
	if (purpose == CHANGED)
		openapi_set(draft, schema, "minProperties", json_integer(1));
	return schema;
}

/* Adds the schema unless one of that name is there; returns the reference to it. */
static json_t *define(struct openapi_draft *draft, const char *name, const char *suffix,
                      const struct field *fields, size_t n, enum purpose purpose)
{
	AUTO(text_clear) struct text full = {0};

	openapi_add_name(&full, name);
	text_add(&full, suffix);
	if (full.failed)
		return NULL;
	if (!json_object_get(draft->schemas, text_string(&full)))
		openapi_set(draft, draft->schemas, text_string(&full),
		            object_schema(draft, fields, n, purpose));
	return openapi_reference("schemas", name, suffix);
}

static const char page_schema[] =
	"{'type': 'object', 'properties': {'items': {'type': 'array'}, 'next': {'type': ['string',"
	" 'null'], 'description': 'cursor of the next page; null on the last one'}},"
	" 'required': ['items', 'next'], 'additionalProperties': false}";

/* A page of what `row` refers to; takes row. */
static json_t *define_list(struct openapi_draft *draft, const char *name, json_t *row)
{
	AUTO(text_clear) struct text full = {0};
	json_t *list;

	openapi_add_name(&full, name);
	text_add(&full, "List");
	if (full.failed) {
		json_decref(row);
		return NULL;
	}
	list = openapi_literal(draft, page_schema);
	openapi_set(draft, json_object_get(json_object_get(list, "properties"), "items"), "items",
	            row);
	openapi_set(draft, draft->schemas, text_string(&full), list);
	return openapi_reference("schemas", name, "List");
}

json_t *openapi_body(struct openapi_draft *draft, const struct route *route)
{
	const struct resource *resource = route->resource;

	if (route->body)
		return define(draft, route->body->name, "Input", route->body->fields,
		              route->body->n_fields, CREATED);
	if (!resource || route->action ||
	    (route->verb != RESOURCE_CREATE && route->verb != RESOURCE_UPDATE))
		return NULL;
	return define(draft, resource->name, route->verb == RESOURCE_CREATE ? "Create" : "Update",
	              resource->fields, resource->n_fields,
	              route->verb == RESOURCE_CREATE ? CREATED : CHANGED);
}

json_t *openapi_answer(struct openapi_draft *draft, const struct route *route)
{
	const struct resource *resource = route->resource;
	json_t *row;

	if (route->answer) {
		row = define(draft, route->answer->name, "", route->answer->fields,
		             route->answer->n_fields, SHOWN);
		return route->answer->list ? define_list(draft, route->answer->name, row) : row;
	}
	if (!resource || (!route->action && route->verb == RESOURCE_DELETE))
		return NULL;
	row = define(draft, resource->name, "", resource->fields, resource->n_fields, SHOWN);
	return !route->action && route->verb == RESOURCE_LIST
	               ? define_list(draft, resource->name, row)
	               : row;
}
