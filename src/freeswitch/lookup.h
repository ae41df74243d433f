/*
 * What mod_xml_curl asks (docs/freeswitch.md): a form comes in, a document goes out,
 * from snapshots alone. Source: FreeSWITCH mod_xml_curl.c, switch_xml.c, sofia_reg.c,
 * mod_callcenter.c.
 *
 * Every question has an answer: what is malformed, unknown or refused gets the "not found"
 * document, on which FreeSWITCH goes on with its own (empty) files. Nothing here can be turned into
 * code that FreeSWITCH would run: see freeswitch/inert.h.
 */
#ifndef CENTREX_FREESWITCH_LOOKUP_H
#define CENTREX_FREESWITCH_LOOKUP_H

#include <stdbool.h>

#include "base/config.h"
#include "base/text.h"
#include "domain/directory.h"

enum lookup_section {
	LOOKUP_DIRECTORY,
	LOOKUP_DIALPLAN,
	LOOKUP_CONFIGURATION,
	LOOKUP_SECTION_COUNT
};

/* Bytes of a document FreeSWITCH takes (mod_xml_curl.c:69, response-max-bytes). */
enum { LOOKUP_ANSWER_MAX = 1024 * 1024 };

/* Fixed for the life of the process; texts are the settings'. */
struct lookup_settings {
	const char *profile; /* SIP profile of phones */
	/* Directory of media, as FreeSWITCH sees it: media, and media_below behind it. */
	const char *media, *media_below;
	unsigned ring_s;   /* of a tenant that says no other */
	bool event_socket; /* queues are loaded over it: callcenter.conf without a queue is small */
};

struct lookup {
	struct directory *directory;
	struct lookup_settings settings;
	struct evp_md_st *md5; /* ha1.h's; NULL: no phone can log in */
};

void lookup_init(const struct config *config, struct directory *directory,
                 struct lookup *ret_lookup);
void lookup_clear(struct lookup *lookup);

enum lookup_result {
	LOOKUP_FOUND,
	LOOKUP_NOT_FOUND,   /* the document says so */
	LOOKUP_ASK,         /* not in memory, and may_load was false: nothing was written */
	LOOKUP_UNAVAILABLE, /* not in memory, and the database is away: nothing was written */
};

/*
 * form: n bytes as they came, any bytes. may_load: may wait for the database (on a worker); false
 * on a reactor. Appends the document to ret_document.
 */
enum lookup_result lookup_answer(const struct lookup *lookup, enum lookup_section section,
                                 const char *form, size_t n, bool may_load,
                                 struct text *ret_document);

#endif
