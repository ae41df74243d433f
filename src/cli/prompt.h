/* What is asked for beside the command line: passwords, and names typed again. */
#ifndef CENTREX_CLI_PROMPT_H
#define CENTREX_CLI_PROMPT_H

#include "base/error.h"
#include "base/text.h"

/* A password: twice from the terminal without echo, or the first line of standard input where that
 * is no terminal. The caller wipes ret_password. */
MUST_CHECK enum error_code prompt_password(struct text *ret_password, struct error *err);

/* One line of standard input, after the question where that is a terminal. */
MUST_CHECK enum error_code prompt_line(const char *question, struct text *ret_line,
                                       struct error *err);

/* The whole of a file, "-": standard input; at most `most` bytes. field: what to blame. */
MUST_CHECK enum error_code prompt_file(const char *path, size_t most, const char *field,
                                       struct text *ret_content, struct error *err);

/* Frees a text after wiping it; for AUTO(prompt_wipe). */
void prompt_wipe(struct text *text);

#endif
