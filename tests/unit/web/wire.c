#include "wire.h"

#include <poll.h>
#include <sys/socket.h>

#include "unit.h"

enum { WAIT_MS = 20000 };

void send_all(int s, const char *bytes, size_t n)
{
	while (n) {
		ssize_t sent = send(s, bytes, n, MSG_NOSIGNAL);

		assert_true(sent > 0);
		bytes += sent;
		n -= (size_t)sent;
	}
}

void say(int s, const char *text)
{
	send_all(s, text, strlen(text));
}

void hear(int s, const char *until, struct text *out)
{
	char block[65536];

	while (!until || !out->length || !strstr(out->data, until)) {
		struct pollfd wait = {.fd = s, .events = POLLIN};
		ssize_t n;

		assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
		n = recv(s, block, sizeof(block), 0);
		if (n <= 0) {
			assert_null(until);
			return;
		}
		text_add_n(out, block, (size_t)n);
	}
}
