/*
 * The web console (console/): its files are part of the program (script/build-console), and are
 * answered from its memory on the reactor: no disk, no database, no limit of rate.
 *
 * A path that no route has is a file of that name, or a page of the console's own, for which
 * index.html is answered; which pages there are the console alone knows. Each index.html has a
 * nonce of its own, in the page and in its content security policy (ADR 0090).
 */
#ifndef CENTREX_WEB_CONSOLE_H
#define CENTREX_WEB_CONSOLE_H

#include "web/encoding.h"
#include "web/route.h"

struct console_file {
	const char *path; /* "/assets/main-x.js" */
	const char *type;
	const char *etag; /* of its bytes as they are; a form's has the coding's name behind it */
	struct {
		const char *bytes; /* not terminated */
		size_t n;          /* 0: there is no such form */
	} forms[ENCODING_COUNT];
};

struct console {
	const struct console_file *files; /* by path, as strcmp orders them */
	size_t n;                         /* 0: the program was built without */
};

extern const struct console console_built_in;

/* What the path (as sent, without its query) is answered with; NULL: nothing of the console's.
 * wants_page: the client would like HTML, so that also a path that looks like a file's is a page.
 * Hostile: fuzzed with the router. */
const struct console_file *console_find(const struct console *console, const char *path,
                                        bool wants_page);

/* GET of request.file. Not in the table of routes: it is no part of the API. */
extern const struct route console_route;

#endif
