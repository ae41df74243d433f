#include "base/base.h"

#include <unistd.h>

void auto_close(int *descriptor)
{
	if (*descriptor >= 0)
		close(*descriptor);
}
