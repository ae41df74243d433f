#include "sip/leg_idle.h"

#include "sip/leg_media.h"
#include "sip/leg_private.h"
#include "sip/voice.h"

void leg_idle_acked(struct leg *leg, struct sdp *answer)
{
	if (leg->proposed && leg_proposed(leg, answer))
		leg->events->gone(leg, "no_audio");
}

/* It may hold and resume as it likes: the answer is that of a phone, who says nothing. */
void leg_idle_modify(struct leg *leg, const struct sip_msg *msg, struct sdp *offer)
{
	struct sdp *told = NULL;

	(void)msg;
	if (!offer || !leg->media || voice_describe(offer, &told) || leg_answer(leg, offer, told))
		leg_tell(leg, 488);
	mem_deref(told);
}

void leg_idle_withdrawn(struct leg *leg)
{
	(void)leg;
}

/* Of what its call had asked before it was released. */
void leg_idle_modified(struct leg *leg, uint16_t status, struct sdp *description)
{
	if (status == 408 || status == 481)
		leg->events->gone(leg, "session_expired");
	else
		leg_modified(leg, status, description);
}

void leg_idle_info(struct leg *leg, const struct sip_msg *msg)
{
	leg_refuse(leg, msg, 200, NULL);
}

void leg_idle_settled(struct leg *leg)
{
	(void)leg;
}

/* It is on hold, or hears nobody: it has no reason to speak. */
void leg_idle_silent(struct leg *leg, bool both)
{
	(void)leg;
	(void)both;
}
