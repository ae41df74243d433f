#include "load_sip.h"

#include <errno.h>
#include <re.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { ID_FIRST = 10000000 };

uint64_t load_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int load_socket(unsigned server_port, unsigned *ret_own_port)
{
	struct sockaddr_in server = {.sin_family = AF_INET,
	                             .sin_port = htons((uint16_t)server_port)};
	struct sockaddr_in own = {.sin_family = AF_INET};
	socklen_t size = sizeof(own);
	const int handle = socket(AF_INET, SOCK_DGRAM, 0);

	server.sin_addr.s_addr = own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &(int){8 << 20}, sizeof(int));
	if (handle < 0 || bind(handle, (struct sockaddr *)&own, sizeof(own)) < 0 ||
	    connect(handle, (struct sockaddr *)&server, sizeof(server)) < 0 ||
	    getsockname(handle, (struct sockaddr *)&own, &size) < 0) {
		perror("socket");
		exit(1);
	}
	*ret_own_port = ntohs(own.sin_port);
	return handle;
}

void load_send(int handle, const char *message, size_t n)
{
	if (send(handle, message, n, 0) < 0 && errno != EAGAIN && errno != ECONNREFUSED) {
		perror("send");
		exit(1);
	}
}

static void hex_md5(char ret_hex[static 33], const char *text)
{
	uint8_t digest[16];

	md5((const uint8_t *)text, strlen(text), digest);
	for (int i = 0; i < 16; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
}

bool load_nonce(const char *message, char ret_nonce[static LOAD_NONCE_MAX])
{
	const char *line = message;

	while ((line = strcasestr(line, "\r\nWWW-Authenticate:"))) {
		const char *end = strstr(line + 2, "\r\n");
		const char *nonce = strcasestr(line, "nonce=\"");
		const char *other = strcasestr(line, "SHA-256");
		size_t n;

		line += 2;
		if (!end || !nonce || nonce > end || (other && other < end))
			continue;
		nonce += 7;
		n = strcspn(nonce, "\"");
		if (n >= LOAD_NONCE_MAX)
			return false;
		memcpy(ret_nonce, nonce, n);
		ret_nonce[n] = '\0';
		return true;
	}
	return false;
}

void load_authorization(unsigned index, const char *domain, const char *method, const char *uri,
                        const char *nonce, char *ret_text, size_t size)
{
	char text[1024], ha1[33], ha2[33], response[33];
	const unsigned id = ID_FIRST + index;

	snprintf(text, sizeof(text), "00000000-0000-4000-8000-1000%u:%s:password-of-the-phone-%u",
	         id, domain, id);
	hex_md5(ha1, text);
	snprintf(text, sizeof(text), "%s:%s", method, uri);
	hex_md5(ha2, text);
	snprintf(text, sizeof(text), "%s:%s:00000001:0a4f113b:auth:%s", ha1, nonce, ha2);
	hex_md5(response, text);
	snprintf(ret_text, size,
	         "Authorization: Digest username=\"00000000-0000-4000-8000-1000%u\", realm=\"%s\", "
	         "nonce=\"%s\", uri=\"%s\", response=\"%s\", algorithm=MD5, "
	         "cnonce=\"0a4f113b\", qop=auth, nc=00000001\r\n",
	         id, domain, nonce, uri, response);
}
