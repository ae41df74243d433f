#include "domain/resource.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/uuid.h"

static const char *const verb_names[] = {
	[RESOURCE_CREATE] = "create", [RESOURCE_LIST] = "list",     [RESOURCE_SHOW] = "show",
	[RESOURCE_UPDATE] = "update", [RESOURCE_DELETE] = "delete",
};

_Static_assert(COUNT_OF(verb_names) == RESOURCE_VERB_COUNT, "one name per verb");

enum { REFERENCE_MAX = 254 }; /* the longest name of a row: an e-mail address */

void json_auto_unref(json_t **json)
{
	json_decref(*json);
}

const char *resource_verb_name(enum resource_verb verb)
{
	return (unsigned)verb < RESOURCE_VERB_COUNT ? verb_names[verb] : "";
}

/* Equal, where a and b may use - or _. */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}

const struct resource *resource_find(const char *name)
{
	for (size_t i = 0; i < n_resources; i++)
		if (same_name(resources[i].name, name))
			return &resources[i];
	return NULL;
}

const struct field *resource_field(const struct resource *resource, const char *name)
{
	for (size_t i = 0; i < resource->n_fields; i++)
		if (same_name(resource->fields[i].name, name))
			return &resource->fields[i];
	return NULL;
}

bool resource_in_tenant(const struct resource *resource)
{
	return resource->read_door == TX_TENANT || resource->tenant_column;
}

bool field_is_column(const struct field *field)
{
	return !(field->flags & (FIELD_INPUT | FIELD_COMPUTED));
}

bool field_settable(const struct field *field, enum resource_verb verb)
{
	if (field->flags & (FIELD_READ_ONLY | FIELD_COMPUTED | FIELD_HIDDEN))
		return false;
	return verb == RESOURCE_CREATE || !(field->flags & FIELD_IMMUTABLE);
}

static void choices_rule(const char *choices, struct text *text)
{
	text_add(text, "must be ");
	for (const char *c = choices; *c; c++) {
		if (*c != ' ')
			text_add_char(text, *c);
		else
			text_add(text, strchr(c + 1, ' ') ? ", " : " or ");
	}
}

void field_rule(const struct field *field, struct text *text)
{
	if (field->rule) {
		text_add(text, field->rule);
		return;
	}
	switch (field->type) {
	case FIELD_TEXT:
		text_addf(text, "must be text of %" PRId64 " to %" PRId64 " characters",
		          field->least, field->most);
		return;
	case FIELD_INTEGER:
		text_addf(text, "must be a whole number from %" PRId64 " to %" PRId64, field->least,
		          field->most);
		return;
	case FIELD_UUID:
		if (field->references)
			text_addf(text, "must be a UUID or the name of a row of %s",
			          field->references);
		else
			text_add(text, "must be a UUID");
		return;
	case FIELD_CHOICE:
		choices_rule(field->choices, text);
		return;
	case FIELD_TIME:
		text_add(text, "must be a time like 2026-01-31T10:00:00Z");
		return;
	case FIELD_JSON:
		text_addf(text, "must be a JSON value of at most %" PRId64 " bytes", field->most);
		return;
	case FIELD_SWITCH:
		text_add(text, "must be true or false");
		return;
	}
}

static enum error_code broken(const struct field *field, struct error *err)
{
	AUTO(text_clear) struct text rule = {0};

	field_rule(field, &rule);
	if (rule.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return error_set(err, ERROR_INVALID, field->name, "%s", text_string(&rule));
}

/* The text is UTF-8: every byte that does not continue a character begins one. */
static int64_t characters(const char *text)
{
	int64_t n = 0;

	for (; *text; text++)
		if (((unsigned char)*text & 0xc0) != 0x80)
			n++;
	return n;
}

static enum error_code check_pattern(const struct field *field, const char *text, struct error *err)
{
	regex_t expression;
	int status;

	/* Before the expression sees it: its work grows with the text. */
	if (characters(text) < field->least || characters(text) > field->most)
		return broken(field, err);
	if (!field->pattern)
		return ERROR_OK;
	status = regcomp(&expression, field->pattern, REG_EXTENDED | REG_NOSUB);
	if (status)
		return status == REG_ESPACE ? error_set(err, ERROR_MEMORY, NULL, NULL)
		                            : error_set(err, ERROR_INTERNAL, field->name,
		                                        "its rule cannot be read");
	status = regexec(&expression, text, 0, NULL, 0);
	regfree(&expression);
	if (status == REG_ESPACE)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return status ? broken(field, err) : ERROR_OK;
}

static bool is_choice(const char *choices, const char *text)
{
	size_t n = strcspn(text, " ");

	if (text[n])
		return false;
	for (const char *c = choices; c; c = strchr(c, ' ')) {
		if (*c == ' ')
			c++;
		if (strncmp(c, text, n) == 0 && n && (c[n] == ' ' || c[n] == '\0'))
			return true;
	}
	return false;
}

/* The shape only, so that a date like the 31st of February is PostgreSQL's to refuse. */
static bool is_time(const char *text)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";
	size_t i;

	for (i = 0; shape[i]; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';

		if (shape[i] == 'd' ? !digit : text[i] != shape[i])
			return false;
	}
	if (text[i] == '.')
		for (i++; text[i] >= '0' && text[i] <= '9';)
			i++;
	if (strcmp(text + i, "Z") == 0)
		return i <= sizeof(shape) + 6;
	return (text[i] == '+' || text[i] == '-') && strlen(text + i) == 6 && text[i + 3] == ':' &&
	       strspn(text + i + 1, "0123456789") == 2 && strspn(text + i + 4, "0123456789") == 2;
}

static enum error_code check_string(const struct field *field, const char *text, struct error *err)
{
	struct uuid uuid;

	switch (field->type) {
	case FIELD_TEXT:
		return check_pattern(field, text, err);
	case FIELD_UUID:
		if (uuid_parse(text, &uuid))
			return ERROR_OK;
		/* Which row has that name is looked up by the store. */
		if (field->references && *text && strlen(text) <= REFERENCE_MAX)
			return ERROR_OK;
		return broken(field, err);
	case FIELD_CHOICE:
		return is_choice(field->choices, text) ? ERROR_OK : broken(field, err);
	case FIELD_TIME:
		return is_time(text) ? ERROR_OK : broken(field, err);
	case FIELD_INTEGER:
	case FIELD_JSON:
	case FIELD_SWITCH:
		break;
	}
	return broken(field, err);
}

static enum error_code check_no_nul(const struct field *field, const json_t *value,
                                    struct error *err)
{
	const char *text = json_string_value(value);

	if (text && memchr(text, '\0', json_string_length(value)))
		return error_set(err, ERROR_INVALID, field->name, "must not contain a NUL");
	return ERROR_OK;
}

/* PostgreSQL cannot keep \u0000 in jsonb, wherever it stands. */
static enum error_code check_tree(const struct field *field, const json_t *value, struct error *err)
{
	const char *key;
	json_t *child;
	size_t i;

	json_array_foreach(value, i, child) if (check_tree(field, child, err)) return ERROR_INVALID;
	json_object_foreach((json_t *)value, key,
	                    child) if (check_tree(field, child, err)) return ERROR_INVALID;
	return check_no_nul(field, value, err);
}

static enum error_code check_json(const struct field *field, const json_t *value, struct error *err)
{
	size_t n = json_dumpb(value, NULL, 0, JSON_ENCODE_ANY | JSON_COMPACT);

	if (!n)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (n > (size_t)field->most)
		return broken(field, err);
	return check_tree(field, value, err);
}

enum error_code field_check(const struct field *field, const json_t *value, struct error *err)
{
	enum error_code code;

	if (json_is_null(value) && (field->flags & FIELD_NULLABLE))
		return ERROR_OK;
	if (field->type == FIELD_JSON)
		return check_json(field, value, err);
	if (field->type == FIELD_SWITCH)
		return json_is_boolean(value) ? ERROR_OK : broken(field, err);
	if (field->type == FIELD_INTEGER) {
		if (!json_is_integer(value) || json_integer_value(value) < field->least ||
		    json_integer_value(value) > field->most)
			return broken(field, err);
		return ERROR_OK;
	}
	if (!json_is_string(value))
		return broken(field, err);
	code = check_no_nul(field, value, err);
	return code ? code : check_string(field, json_string_value(value), err);
}

/* A whole number, without sign +, blanks or leading zeros. */
static json_t *parse_integer(const char *bytes, size_t n)
{
	const char *digits = n && *bytes == '-' ? bytes + 1 : bytes;
	size_t n_digits = n - (size_t)(digits - bytes);
	json_int_t value = 0;

	if (!n_digits || n_digits > 18 || (*digits == '0' && n_digits > 1))
		return json_null();
	for (size_t i = 0; i < n_digits; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return json_null();
		value = value * 10 + (digits[i] - '0');
	}
	return json_integer(digits == bytes ? value : -value);
}

/* "true" or "yes", "false" or "no"; what is neither, the check refuses. */
static json_t *parse_switch(const char *bytes, size_t n)
{
	static const struct {
		const char *word;
		bool on;
	} words[] = {
		{"true",  true },
                {"yes",   true },
                {"false", false},
                {"no",    false}
        };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strlen(words[i].word) == n && memcmp(words[i].word, bytes, n) == 0)
			return json_boolean(words[i].on);
	return json_null();
}

/* A bare word is a text: --value ring-all needs no quotes inside quotes, and neither does an id
 * that begins with a digit. What begins as JSON that no word begins with is JSON, broken or not. */
static bool is_bare_word(const char *bytes, size_t n)
{
	AUTO(json_auto_unref) json_t *value = NULL;

	if (!n || memchr("{[\"", *bytes, strlen("{[\"")))
		return !n;
	value = json_loadb(bytes, n, JSON_DECODE_ANY, NULL);
	return !value;
}

static enum error_code parse_json(const struct field *field, const char *bytes, size_t n,
                                  json_t **ret_value, struct error *err)
{
	AUTO(json_auto_unref)
	json_t *value = json_loadb(bytes, n,
	                           JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	enum error_code code = value ? field_check(field, value, err) : broken(field, err);

	if (!code)
		*ret_value = TAKE(value);
	return code;
}

enum error_code field_parse(const struct field *field, const char *bytes, size_t n,
                            json_t **ret_value, struct error *err)
{
	AUTO(json_auto_unref) json_t *value = NULL;
	enum error_code code;

	if (n > RESOURCE_BODY_MAX)
		return broken(field, err);
	if (!text_is_utf8(bytes, n)) {
		bool nul = memchr(bytes, '\0', n);

		return error_set(err, ERROR_INVALID, field->name,
		                 nul ? "must not contain a NUL" : "must be UTF-8");
	}
	if (!n && (field->flags & FIELD_NULLABLE))
		value = json_null();
	else if (field->type == FIELD_INTEGER)
		value = parse_integer(bytes, n);
	else if (field->type == FIELD_SWITCH)
		value = parse_switch(bytes, n);
	else if (field->type == FIELD_JSON && !is_bare_word(bytes, n))
		return parse_json(field, bytes, n, ret_value, err);
	else
		value = json_stringn_nocheck(bytes, n);
	if (!value)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = field_check(field, value, err);
	if (code)
		return code;
	*ret_value = TAKE(value);
	return ERROR_OK;
}

enum error_code resource_parse(const char *bytes, size_t n, json_t **ret_body, struct error *err)
{
	AUTO(json_auto_unref) json_t *body = NULL;
	json_error_t why;

	if (n > RESOURCE_BODY_MAX)
		return error_set(err, ERROR_TOO_LARGE, "body", "must have at most %d bytes",
		                 RESOURCE_BODY_MAX);
	body = json_loadb(bytes, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
	/* jansson tells most failed allocations as an invalid token: the answer is no either way.
	 */
	if (!body && (json_error_code(&why) == json_error_out_of_memory || !why.text[0]))
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (!body)
		return error_set(err, ERROR_INVALID, "body", "is not JSON: line %d, column %d: %s",
		                 why.line, why.column, why.text);
	if (!json_is_object(body))
		return error_set(err, ERROR_INVALID, "body", "must be a JSON object");
	*ret_body = TAKE(body);
	return ERROR_OK;
}

/* whose: what has the fields, for the message. In a body the name is the column's, to the letter.
 */
static enum error_code check_members(const struct field *fields, size_t n, const char *whose,
                                     enum resource_verb verb, unsigned optional, const json_t *body,
                                     struct error *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(body))
		return error_set(err, ERROR_INVALID, "body", "must be a JSON object");
	json_object_foreach((json_t *)body, key, value)
	{
		const struct field *field = fields;
		enum error_code code;

		while (field < fields + n && strcmp(field->name, key) != 0)
			field++;
		if (field == fields + n || (field->flags & FIELD_HIDDEN))
			return error_set(err, ERROR_UNKNOWN_FIELD, key, "%s has no such field",
			                 whose);
		if (!field_settable(field, RESOURCE_CREATE))
			return error_set(err, ERROR_READ_ONLY, field->name, "cannot be set");
		if (!field_settable(field, verb))
			return error_set(err, ERROR_READ_ONLY, field->name, "cannot be changed");
		code = field_check(field, value, err);
		if (code)
			return code;
	}
	for (size_t i = 0; verb == RESOURCE_CREATE && i < n; i++)
		if ((fields[i].flags & FIELD_REQUIRED) && !(fields[i].flags & optional) &&
		    !json_object_get(body, fields[i].name))
			return error_set(err, ERROR_MISSING, fields[i].name, "is required");
	return ERROR_OK;
}

enum error_code fields_check(const struct field *fields, size_t n, enum resource_verb verb,
                             const json_t *body, struct error *err)
{
	return check_members(fields, n, "this", verb, 0, body, err);
}

enum error_code resource_check(const struct resource *resource, enum resource_verb verb,
                               const json_t *body, struct error *err)
{
	enum error_code code = check_members(resource->fields, resource->n_fields, resource->name,
	                                     verb, 0, body, err);

	if (!code && verb == RESOURCE_UPDATE && json_object_size(body) == 0)
		return error_set(err, ERROR_MISSING, NULL, "nothing to change was given");
	return code;
}

enum error_code resource_check_import(const struct resource *resource, const json_t *body,
                                      struct error *err)
{
	return check_members(resource->fields, resource->n_fields, resource->name, RESOURCE_CREATE,
	                     FIELD_INPUT, body, err);
}
