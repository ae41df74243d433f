/* Answers a file of the tenant's media directory: its type by content, Range, an entity tag. */
#ifndef CENTREX_WEB_STORED_FILE_H
#define CENTREX_WEB_STORED_FILE_H

#include "web/reply.h"
#include "web/request.h"

struct stored_file {
	const char *path; /* below the tenant's directory */
	const char *type; /* media type; NULL: audio of what kind its content says */
	const char *name; /* for whoever saves it; NULL: none */
};

/* ERROR_NOT_FOUND: there is none, or the path leads out of the directory (media_open_file). */
MUST_CHECK enum error_code stored_file_answer(const struct request *request,
                                              const struct stored_file *stored, struct reply *reply,
                                              struct error *err);

#endif
