/* Where people reach the API, for links and for what is printed. */
#ifndef CENTREX_CLI_WEB_URL_H
#define CENTREX_CLI_WEB_URL_H

#include "base/config.h"
#include "base/text.h"

/* The setting web-url, else where the web process says it listens, else where it is to: without "/"
 * at the end. */
void web_url(const struct config *config, struct text *out);

#endif
