/* What a queue decided, as a person reads it. */
#ifndef CENTREX_CLI_QUEUE_STORY_H
#define CENTREX_CLI_QUEUE_STORY_H

#include <jansson.h>

#include "base/text.h"

/* explained: of queue_report_explain. The oldest first; a paragraph for each call's turn, and at
 * the end what became of the callers. Nothing in it steers a terminal. */
void queue_story(const json_t *explained, struct text *out);

#endif
