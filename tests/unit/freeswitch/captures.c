#include "freeswitch/captures.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

enum { CAPTURE_MAX = 64 * 1024 };

struct capture capture_read(const char *name)
{
	struct capture capture = {0};
	char path[512];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/tests/freeswitch/captures/%s.http",
	         getenv("CENTREX_SOURCE"), name);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	capture.all = calloc(1, CAPTURE_MAX);
	assert_non_null(capture.all);
	n = read(fd, capture.all, CAPTURE_MAX - 1);
	assert_true(n > 0 && n < CAPTURE_MAX - 1);
	close(fd);
	capture.body = strstr(capture.all, "\r\n\r\n") + 4;
	capture.n = (size_t)(capture.all + n - capture.body);
	return capture;
}

void capture_clear(struct capture *capture)
{
	free(capture->all);
}
