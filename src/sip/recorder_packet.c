#include "sip/recorder_packet.h"

enum { RTP_HEADER = 12 };

static uint32_t read_number(const uint8_t *bytes, size_t n)
{
	uint32_t number = 0;

	for (size_t i = 0; i < n; i++)
		number = number << 8 | bytes[i];
	return number;
}

bool recorder_packet_read(const uint8_t *bytes, size_t n, struct record_packet *packet,
                          uint8_t *ret_type)
{
	size_t head;

	if (n < RTP_HEADER || bytes[0] >> 6 != 2)
		return false;
	head = RTP_HEADER + 4U * (bytes[0] & 0x0f);
	if (bytes[0] & 0x10) { /* an extension: its length is in words */
		if (n < head + 4)
			return false;
		head += 4 + 4 * (size_t)read_number(bytes + head + 2, 2);
	}
	if (n > head && bytes[0] & 0x20) /* padding: its last byte counts it */
		n -= bytes[n - 1] <= n - head ? bytes[n - 1] : 0;
	if (n < head)
		return false;
	*ret_type = bytes[1] & 0x7f;
	packet->sequence = (uint16_t)read_number(bytes + 2, 2);
	packet->timestamp = read_number(bytes + 4, 4);
	packet->ssrc = read_number(bytes + 8, 4);
	packet->payload = bytes + head;
	packet->n = n - head;
	return true;
}
