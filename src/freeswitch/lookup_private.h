/* Shared by lookup.c and the files of its sections; for nobody else. */
#ifndef CENTREX_FREESWITCH_LOOKUP_PRIVATE_H
#define CENTREX_FREESWITCH_LOOKUP_PRIVATE_H

#include "base/xml.h"
#include "freeswitch/form.h"
#include "freeswitch/lookup.h"

/* One question on its way to an answer. */
struct question {
	const struct lookup *lookup;
	const char *section; /* what the form has to say it is about */
	const char *form;
	size_t n;
	bool may_load;
	struct text *out; /* the document so far; what is not LOOKUP_FOUND is taken back */
};

/* Reads the fields that a section wants, keys[i] into fields[i]; the first of keys is "section".
 * False: malformed, or about another section. */
bool question_read(const struct question *question, const char *const *keys, size_t n_keys,
                   struct form_field *fields);

/* The tenant of a domain. LOOKUP_FOUND: ret_snapshot holds a reference. */
enum lookup_result question_domain(const struct question *question, const char *domain,
                                   struct snapshot **ret_snapshot);
/* The tenant of an extension's auth_username, the same. */
enum lookup_result question_user(const struct question *question, const struct uuid *user,
                                 struct snapshot **ret_snapshot);

/* Domains are compared without regard to case, and to a dot at the end. */
bool same_domain(const char *a, const char *b);

/* <document><section name=>, and all of its ends. */
struct xml document_begin(const struct question *question, const char *section);
enum lookup_result document_end(struct xml *xml);

/* <element name= value=/> */
void document_pair(struct xml *xml, const char *element, const char *name, const char *value);
/* <action application= data=/> */
void document_action(struct xml *xml, const char *application, const char *data);

/* Appends the place of a file of a sound, as FreeSWITCH sees it. */
void document_media(const struct question *question, const struct sound *sound, const char *file,
                    struct text *ret_path);

typedef enum lookup_result lookup_section_h(const struct question *question);

lookup_section_h lookup_directory, lookup_dialplan, lookup_configuration;

#endif
