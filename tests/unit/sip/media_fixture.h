/* A relay with two legs that are bridged, each with a "phone": UDP sockets of the test. */
#ifndef MEDIA_FIXTURE_H
#define MEDIA_FIXTURE_H

#include "sip/media.h"
#include "sip/relay.h"

enum { PORT_LEAST = 42000, PORT_MOST = 42999 };

struct phone {
	int rtp, rtcp;
	struct sa rtp_address;
	uint16_t seq;
	uint32_t ssrc;
	uint32_t heard; /* the source of all it has heard; 0: nothing yet */
	struct srtp *send, *receive;
};

struct fixture {
	struct media *media;
	struct media_leg *a, *b;
	struct phone pa, pb;
};

void phone_open(struct phone *phone, const char *address, uint32_t ssrc);
void phone_close(struct phone *phone);
void send_from(int descriptor, uint16_t port, const void *bytes, size_t n);
void phone_speak(struct phone *phone, uint16_t port);
/* The number of bytes that came within wait_ms; 0: none. */
size_t receive_within(int descriptor, uint8_t *bytes, size_t size, int wait_ms);
bool phone_hears(struct phone *phone, uint32_t ssrc, int wait_ms);
void phone_is_at(struct media_leg *leg, const struct phone *phone);
void media_settle(void);
void fixture_media(struct fixture *f, unsigned silence_s);
int media_setup(void **state);
int media_teardown(void **state);

#endif
