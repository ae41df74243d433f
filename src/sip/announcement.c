#include "sip/announcement.h"

#include "base/log.h"

static void on_played(struct call *call, bool whole)
{
	if (!whole)
		log_event(LOG_ERROR, "call", "an announcement cannot be played",
		          LOG_TEXT("tenant", call->snapshot->domain),
		          LOG_TEXT("number", call->dialled));
	call_end(call, cause_of(whole ? CAUSE_ANNOUNCEMENT : CAUSE_ANNOUNCEMENT_FAILED), "engine");
}

static const struct call_service announcement = {.slug = "announcement", .played = on_played};

void announcement_start(struct call *call, const struct sound *sound)
{
	const struct voice_sound voice = voice_of_sound(sound);

	call_serve(call, &announcement, NULL);
	if (call->caller->state == LEG_INVITED)
		record_calling(call);
	if (call_answer(call))
		call_play(call, &voice, true);
}
