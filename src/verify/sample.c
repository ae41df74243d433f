#include "verify/sample.h"

#include <string.h>

const char *sample_name(const struct scratch_side *side, size_t i)
{
	const char *const names[SAMPLE_NAMES] = {
		side->text,           side->users[0].text, side->extension,
		side->queue,          side->setting,       side->users[0].email,
		side->number,         side->domain,        side->users[1].text,
		side->users[1].email, side->users[2].text, side->users[2].email,
	};

	return names[i];
}

const char *sample_own(const struct scratch_side *side, const struct route *route, const char *name)
{
	const struct resource *resource = route->resource;

	if (strcmp(name, "tenant") == 0)
		return side->text;
	if (resource &&
	    (strcmp(resource->name, "member") == 0 || strcmp(resource->name, "user") == 0))
		return side->users[0].text;
	return strcmp(name, "name") == 0 ? side->setting : side->text;
}

bool sample_is_reference(const struct field *field)
{
	size_t n = strlen(field->name);

	return field->type == FIELD_UUID || field->references || strstr(field->name, "tenant") ||
	       (n > 3 && strcmp(field->name + n - 3, "_id") == 0);
}

bool sample_fields(const struct route *route, const struct field **ret_fields, size_t *ret_n)
{
	const struct resource *resource = route->resource;

	if (route->flags & (ROUTE_BODY_RAW | ROUTE_BODY_FILE))
		return false;
	if (route->body) {
		*ret_fields = route->body->fields;
		*ret_n = route->body->n_fields;
		return true;
	}
	if (!resource || route->action ||
	    (route->verb != RESOURCE_CREATE && route->verb != RESOURCE_UPDATE))
		return false;
	*ret_fields = resource->fields;
	*ret_n = resource->n_fields;
	return true;
}

/* The first text that the field takes. */
static json_t *text_for(const struct field *field)
{
	static const char *const texts[] = {
		"scratch",
		"199",
		"+15550199",
		"someone@verify-isolation.invalid",
		"Europe/Berlin",
		"en",
		"x.verify-isolation.invalid",
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		json_t *value = json_string(texts[i]);

		if (!value || field_check(field, value, NULL) == ERROR_OK)
			return value;
		json_decref(value);
	}
	return json_string("");
}

static json_t *value_for(const struct scratch_side *side, const struct field *field)
{
	switch (field->type) {
	case FIELD_TEXT:
		return text_for(field);
	case FIELD_INTEGER:
		return json_integer(field->least);
	case FIELD_UUID:
		return json_string(field->references && strcmp(field->references, "user") == 0
		                           ? side->users[0].text
		                           : side->text);
	case FIELD_CHOICE:
		return json_stringn(field->choices, strcspn(field->choices, " "));
	case FIELD_TIME:
		return json_string("2026-01-31T10:00:00Z");
	case FIELD_JSON:
	case FIELD_SWITCH:
		break;
	}
	return json_true();
}

json_t *sample_body(const struct scratch_side *side, const struct route *route)
{
	const enum resource_verb verb =
		route->method == WEB_PATCH ? RESOURCE_UPDATE : RESOURCE_CREATE;
	json_t *body = json_object();
	const struct field *fields;
	bool good = body != NULL;
	size_t n;

	if (!sample_fields(route, &fields, &n))
		return body;
	for (size_t i = 0; i < n && good; i++) {
		bool wanted = verb == RESOURCE_UPDATE ? !json_object_size(body)
		                                      : (fields[i].flags & FIELD_REQUIRED) != 0;

		if (wanted && field_settable(&fields[i], verb))
			good = json_object_set_new(body, fields[i].name,
			                           value_for(side, &fields[i])) == 0;
	}
	if (!good) {
		json_decref(body);
		return NULL;
	}
	return body;
}
