#include "freeswitch/lookup.h"

#include <string.h>
#include <strings.h>

#include "freeswitch/ha1.h"
#include "freeswitch/lookup_private.h"

static const char not_found[] =
	"<document type=\"freeswitch/xml\"><section name=\"result\"><result status=\"not found\"/>"
	"</section></document>\n";

static const struct {
	const char *name; /* of the form's field "section" */
	lookup_section_h *answer;
} sections[] = {
	[LOOKUP_DIRECTORY] = {"directory",     lookup_directory    },
	[LOOKUP_DIALPLAN] = {"dialplan",      lookup_dialplan     },
	[LOOKUP_CONFIGURATION] = {"configuration", lookup_configuration},
};

_Static_assert(COUNT_OF(sections) == LOOKUP_SECTION_COUNT, "one row per section");

bool question_read(const struct question *question, const char *const *keys, size_t n_keys,
                   struct form_field *fields)
{
	for (size_t i = 0; i < n_keys; i++)
		fields[i].key = keys[i];
	/* Whose configuration points the section at another's address asks us nothing. */
	return form_read(question->form, question->n, fields, n_keys) &&
	       !strcmp(fields[0].value, question->section);
}

/* What a worker found out: an error that is no answer is a database that is away. */
static enum lookup_result found(enum error_code code)
{
	if (code == ERROR_OK)
		return LOOKUP_FOUND;
	return code == ERROR_NOT_FOUND ? LOOKUP_NOT_FOUND : LOOKUP_UNAVAILABLE;
}

enum lookup_result question_domain(const struct question *question, const char *domain,
                                   struct snapshot **ret_snapshot)
{
	struct directory *directory = question->lookup->directory;

	switch (directory_peek_domain(directory, domain, ret_snapshot)) {
	case DIRECTORY_HIT:
		return LOOKUP_FOUND;
	case DIRECTORY_ABSENT:
		return LOOKUP_NOT_FOUND;
	case DIRECTORY_ASK:
	default:
		if (!question->may_load)
			return LOOKUP_ASK;
		return found(directory_find_domain(directory, domain, ret_snapshot, NULL));
	}
}

enum lookup_result question_user(const struct question *question, const struct uuid *user,
                                 struct snapshot **ret_snapshot)
{
	struct directory *directory = question->lookup->directory;

	switch (directory_peek_auth_username(directory, user, ret_snapshot)) {
	case DIRECTORY_HIT:
		return LOOKUP_FOUND;
	case DIRECTORY_ABSENT:
		return LOOKUP_NOT_FOUND;
	case DIRECTORY_ASK:
	default:
		if (!question->may_load)
			return LOOKUP_ASK;
		return found(directory_find_auth_username(directory, user, ret_snapshot, NULL));
	}
}

static size_t domain_length(const char *domain)
{
	size_t n = strlen(domain);

	return n && domain[n - 1] == '.' ? n - 1 : n;
}

bool same_domain(const char *a, const char *b)
{
	size_t n = domain_length(a);

	return n && n == domain_length(b) && !strncasecmp(a, b, n);
}

struct xml document_begin(const struct question *question, const char *section)
{
	struct xml xml = {.out = question->out};

	xml_begin(&xml, "document");
	xml_attr(&xml, "type", "freeswitch/xml");
	xml_begin(&xml, "section");
	xml_attr(&xml, "name", section);
	return xml;
}

enum lookup_result document_end(struct xml *xml)
{
	while (xml->depth)
		xml_end(xml);
	text_add_char(xml->out, '\n');
	return xml->misused || xml->out->failed ? LOOKUP_UNAVAILABLE : LOOKUP_FOUND;
}

void document_pair(struct xml *xml, const char *element, const char *name, const char *value)
{
	xml_begin(xml, element);
	xml_attr(xml, "name", name);
	xml_attr(xml, "value", value);
	xml_end(xml);
}

void document_action(struct xml *xml, const char *application, const char *data)
{
	xml_begin(xml, "action");
	xml_attr(xml, "application", application);
	xml_attr(xml, "data", data);
	xml_end(xml);
}

void document_media(const struct question *question, const struct sound *sound, const char *file,
                    struct text *ret_path)
{
	const struct lookup_settings *settings = &question->lookup->settings;

	text_add(ret_path, settings->media);
	text_add(ret_path, settings->media_below);
	text_add_char(ret_path, '/');
	text_add(ret_path, sound->directory);
	text_add_char(ret_path, '/');
	text_add(ret_path, file);
}

void lookup_init(const struct config *config, struct directory *directory,
                 struct lookup *ret_lookup)
{
	const char *media = config_text(config, CONFIG_FREESWITCH_MEDIA);

	*ret_lookup = (struct lookup){
		.directory = directory,
		.settings =
			{
				   .profile = config_text(config, CONFIG_FREESWITCH_PROFILE),
				   .media = *media ? media : config_text(config, CONFIG_STATE),
				   .media_below = *media ? "" : "/media",
				   .ring_s = (unsigned)config_number(config, CONFIG_SIP_RING_S),
				   .event_socket = *config_text(config, CONFIG_FREESWITCH_NODES),
				   },
		.md5 = ha1_open(),
	};
}

void lookup_clear(struct lookup *lookup)
{
	EVP_MD_free(TAKE(lookup->md5));
}

enum lookup_result lookup_answer(const struct lookup *lookup, enum lookup_section section,
                                 const char *form, size_t n, bool may_load,
                                 struct text *ret_document)
{
	const struct question question = {
		.lookup = lookup,
		.section = sections[section].name,
		.form = form,
		.n = n,
		.may_load = may_load,
		.out = ret_document,
	};
	size_t before = ret_document->length;
	enum lookup_result result = sections[section].answer(&question);

	if (result == LOOKUP_FOUND)
		return result;
	text_cut(ret_document, before);
	if (result == LOOKUP_NOT_FOUND)
		text_add(ret_document, not_found);
	return result;
}
