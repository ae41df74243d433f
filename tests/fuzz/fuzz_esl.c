/* What answers where FreeSWITCH's event socket should be: frames, and the events in them. The first
 * byte says in which pieces the others arrive. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "freeswitch/esl.h"
#include "freeswitch/esl_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void look_at_event(const struct esl_frame *frame)
{
	struct esl_event *event = esl_event_new(frame->body, frame->n);

	if (!event)
		return;
	(void)esl_header(event, "Event-Name");
	(void)esl_header(event, "");
	esl_event_free(event);
}

/* False: nothing more can be read. */
static bool read_frames(struct esl_reader *reader)
{
	struct esl_frame frame;
	bool whole = true;

	while (esl_reader_next(reader, &frame, &whole, NULL) == ERROR_OK) {
		if (!whole)
			return true;
		must(frame.body[frame.n] == '\0' && frame.n <= ESL_BODY_MAX);
		if (frame.kind == ESL_EVENT)
			look_at_event(&frame);
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct esl_reader reader = {0};
	size_t step = size ? data[0] + 1u : 1;
	bool good = true;

	for (size_t at = 1; good && at < size; at += step) {
		size_t left = size - at < step ? size - at : step;
		size_t room;
		char *to = esl_reader_room(&reader, &room);

		must(to && room >= left);
		memcpy(to, data + at, left);
		esl_reader_add(&reader, left);
		good = read_frames(&reader);
	}
	esl_reader_clear(&reader);
	return 0;
}
