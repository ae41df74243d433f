/* Help of the entities' commands, from the resource table alone. */
#include <stdio.h>
#include <string.h>

#include "cli/entity.h"
#include "cli/exit.h"
#include "cli/extra.h"
#include "cli/request.h"

enum { FLAG_WIDTH = 20, LINE_WIDTH = 92 };

/* One command of an entity: a verb or an action. */
struct shape {
	const struct resource *resource;
	enum resource_verb verb;
	const struct resource_action *action;
};

static const char *shape_name(const struct shape *shape)
{
	return shape->action ? shape->action->name : resource_verb_name(shape->verb);
}

static void add_upper(struct text *out, const char *name)
{
	for (; *name; name++)
		text_add_char(out,
		              *name >= 'a' && *name <= 'z' ? (char)(*name - 'a' + 'A') : *name);
}

static void add_flag(struct text *out, const char *name)
{
	for (; *name; name++)
		text_add_char(out, *name == '_' ? '-' : *name);
}

static bool names_a_row(const struct shape *shape)
{
	return shape->verb != RESOURCE_CREATE && shape->verb != RESOURCE_LIST;
}

/* What stands for the i-th key: DOMAIN, QUEUE, ID. */
static void add_key(const struct resource *resource, size_t i, struct text *out)
{
	const struct field *field = resource_field(resource, resource->keys[i]);

	if (field->references)
		add_upper(out, field->references);
	else if (resource->natural && i == 0)
		add_upper(out, resource->natural);
	else
		add_upper(out, field->name);
}

static bool takes_column(const struct shape *shape, const struct field *field)
{
	if (shape->action || (field->flags & FIELD_HIDDEN))
		return false;
	switch (shape->verb) {
	case RESOURCE_CREATE:
	case RESOURCE_UPDATE:
		return field_settable(field, shape->verb) &&
		       !(shape->verb == RESOURCE_CREATE && (field->flags & FIELD_INPUT));
	case RESOURCE_LIST:
		return field_is_column(field) && !(field->flags & FIELD_SECRET) &&
		       field->type != FIELD_JSON && field->type != FIELD_TIME;
	default:
		return false;
	}
}

static void add_usage(const struct shape *shape, struct text *out)
{
	const struct resource *resource = shape->resource;

	text_addf(out, "centrex %s %s", resource->name, shape_name(shape));
	for (size_t i = 0; names_a_row(shape) && i < resource_key_count(resource); i++) {
		text_add_char(out, ' ');
		add_key(resource, i, out);
	}
	if (resource_in_tenant(resource))
		text_add(out, " --tenant TENANT");
	for (size_t i = 0; shape->verb == RESOURCE_CREATE && i < resource->n_fields; i++) {
		const struct field *field = &resource->fields[i];

		if (!(field->flags & FIELD_REQUIRED) || (field->flags & FIELD_INPUT))
			continue;
		text_add(out, " --");
		add_flag(out, field->name);
		text_add_char(out, ' ');
		add_upper(out, field->name);
	}
	text_add(out, " [FLAGS]\n");
}

static void add_line(struct text *out, const struct text *flag, const char *help)
{
	/* A long one has a line of its own. */
	if (flag->length > FLAG_WIDTH)
		text_addf(out, "  %s\n  %-*s  %s\n", text_string(flag), FLAG_WIDTH, "", help);
	else
		text_addf(out, "  %-*s  %s\n", FLAG_WIDTH, text_string(flag), help);
}

/* ": ring-all or round-robin": the rule without its "must be". */
static void add_values(const struct field *field, struct text *help)
{
	static const char must_be[] = "must be ";
	AUTO(text_clear) struct text rule = {0};
	const char *words;

	field_rule(field, &rule);
	words = text_string(&rule);
	if (strncmp(words, must_be, sizeof(must_be) - 1) == 0)
		words += sizeof(must_be) - 1;
	text_addf(help, ": %s", words);
}

static void add_column(const struct shape *shape, const struct field *field, struct text *out)
{
	AUTO(text_clear) struct text flag = {0};
	AUTO(text_clear) struct text help = {0};

	text_add(&flag, "--");
	add_flag(&flag, field->name);
	text_add(&help, field->description);
	if (field->type == FIELD_CHOICE || field->type == FIELD_INTEGER ||
	    field->type == FIELD_SWITCH)
		add_values(field, &help);
	if (shape->verb == RESOURCE_CREATE && (field->flags & FIELD_REQUIRED))
		text_add(&help, " (required)");
	add_line(out, &flag, text_string(&help));
}

/* A list's columns need no words each: what they are stands under create. */
static void add_filters(const struct shape *shape, struct text *out)
{
	size_t begin = out->length;

	text_add(out, "  only the rows where these are so:");
	for (size_t i = 0; i < shape->resource->n_fields; i++) {
		const struct field *field = &shape->resource->fields[i];

		if (!takes_column(shape, field))
			continue;
		if (out->length - begin > LINE_WIDTH - strlen(field->name)) {
			begin = out->length + 1;
			text_add(out, "\n   ");
		}
		text_add(out, " --");
		add_flag(out, field->name);
	}
	text_add_char(out, '\n');
}

static void add_flags(const struct shape *shape, struct text *out)
{
	const struct resource *resource = shape->resource;
	const struct field *input = request_input_field(resource);

	if (shape->verb == RESOURCE_LIST)
		add_filters(shape, out);
	for (size_t i = 0; shape->verb != RESOURCE_LIST && i < resource->n_fields; i++)
		if (takes_column(shape, &resource->fields[i]))
			add_column(shape, &resource->fields[i], out);
	for (unsigned option = 0; option < OPTION_COUNT; option++) {
		AUTO(text_clear) struct text flag = {0};

		if (!request_option_fits(resource, shape->verb, shape->action, option))
			continue;
		text_addf(&flag, "--%s", request_option_name(option));
		add_line(out, &flag, request_option_help(option));
	}
	if (input && shape->verb == RESOURCE_CREATE)
		text_addf(out, "  The %s is %s (%s).\n", input->name, input->description,
		          input->rule);
}

static void add_shape(const struct shape *shape, bool flags, struct text *out)
{
	add_usage(shape, out);
	if (shape->action)
		text_addf(out, "  %s\n", shape->action->description);
	if (flags)
		add_flags(shape, out);
}

static void add_entity(const struct resource *resource, const char *only, struct text *out)
{
	struct shape shape = {.resource = resource};
	bool first = true;

	for (unsigned verb = 0; verb < RESOURCE_VERB_COUNT; verb++) {
		if (!(resource->verbs & RESOURCE_VERB(verb)) ||
		    (only && strcmp(only, resource_verb_name(verb)) != 0))
			continue;
		shape.verb = verb;
		text_add(out, first ? "" : "\n");
		add_shape(&shape, true, out);
		first = false;
	}
	shape.verb = RESOURCE_UPDATE;
	for (size_t i = 0; i < resource->n_actions; i++) {
		shape.action = &resource->actions[i];
		if (only && strcmp(only, shape.action->name) != 0)
			continue;
		text_add(out, first ? "" : "\n");
		add_shape(&shape, true, out);
		first = false;
	}
}

static bool has_verb(const struct resource *resource, const char *word)
{
	for (unsigned verb = 0; verb < RESOURCE_VERB_COUNT; verb++)
		if ((resource->verbs & RESOURCE_VERB(verb)) &&
		    strcmp(resource_verb_name(verb), word) == 0)
			return true;
	for (size_t i = 0; i < resource->n_actions; i++)
		if (strcmp(resource->actions[i].name, word) == 0)
			return true;
	return false;
}

int entity_help(int argc, char **argv)
{
	const struct resource *resource = resource_find(argv[0]);
	const struct extra *extra = extra_find(argc, argv);
	const char *only = argc > 1 && has_verb(resource, argv[1]) ? argv[1] : NULL;
	AUTO(text_clear) struct text out = {0};
	struct error err;

	if (!only && !extra)
		text_addf(&out, "%s: %s\n\n", resource->name, resource->description);
	if (!extra)
		add_entity(resource, only, &out);
	for (size_t i = 0; !only && extra_of(resource->name, i); i++)
		if (!extra || extra == extra_of(resource->name, i))
			text_addf(&out, "%s%s", out.length ? "\n" : "",
			          extra_of(resource->name, i)->usage);
	if (out.failed) {
		error_set(&err, ERROR_MEMORY, NULL, NULL);
		return exit_report(&err, false);
	}
	fputs(text_string(&out), stdout);
	return exit_flushed();
}
