#include "freeswitch/lookup_private.h"

enum lookup_result lookup_dialplan(const struct question *question)
{
	(void)question;
	return LOOKUP_NOT_FOUND;
}
