#include "cli/actor.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

struct actor actor_of_command(char buffer[static ACTOR_NAME_MAX])
{
	struct passwd entry, *found = NULL;
	char room[4096];

	if (getpwuid_r(getuid(), &entry, room, sizeof(room), &found) == 0 && found)
		snprintf(buffer, ACTOR_NAME_MAX, "%s", found->pw_name);
	else
		snprintf(buffer, ACTOR_NAME_MAX, "uid %u", (unsigned)getuid());
	return (struct actor){.kind = ACTOR_COMMAND, .name = buffer};
}
