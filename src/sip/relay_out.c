#include "sip/relay_out.h"

enum {
	PACKET_US = 20000, /* what phones send at once, nearly all of them */
	STEP_USUAL = 160,
	STEP_MOST = 48000 / 1000 * 120,
	PAUSE_MOST = 500, /* packets: a longer one tells a phone no more */
	MARKER = 0x80,
	RTCP_SR = 200,
	RTCP_RR = 201,
	RTCP_SDES = 202,
	RTCP_BYE = 203,
	REPORT_SIZE = 24,
};

static uint16_t get16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static uint32_t get32(const uint8_t *bytes)
{
	return (uint32_t)get16(bytes) << 16 | get16(bytes + 2);
}

static void put16(uint8_t *bytes, uint16_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static void put32(uint8_t *bytes, uint32_t value)
{
	put16(bytes, (uint16_t)(value >> 16));
	put16(bytes + 2, (uint16_t)value);
}

/* Another speaks from now on: his first packet follows the last one sent, at its time. */
static void change(struct relay_out *out, uint32_t from, uint16_t sequence, uint32_t time,
                   int64_t now_us)
{
	int64_t packets = (now_us - out->at_us + PACKET_US / 2) / PACKET_US;

	packets = packets < 1 ? 1 : packets > PAUSE_MOST ? PAUSE_MOST : packets;
	out->from = from;
	out->sequence_shift = (uint16_t)(out->sequence + 1 - sequence);
	out->time_shift = out->time + (uint32_t)packets * out->step - time;
}

static void note(struct relay_out *out, uint16_t sequence, uint32_t time, int64_t now_us,
                 bool changed)
{
	const uint16_t ahead = (uint16_t)(sequence - out->sequence);
	const uint32_t step = time - out->time;

	if (ahead == 0 || ahead >= 0x8000)
		return; /* came late, or twice */
	if (!changed && ahead == 1 && step > 0 && step <= STEP_MOST)
		out->step = step;
	out->sequence = sequence;
	out->time = time;
	out->at_us = now_us;
}

void relay_out_rtp(struct relay_out *out, uint8_t *bytes, int64_t now_us)
{
	uint16_t sequence = get16(bytes + 2);
	uint32_t time = get32(bytes + 4);
	const uint32_t from = get32(bytes + 8);

	if (!out->begun) {
		*out = (struct relay_out){.begun = true,
		                          .ssrc = from,
		                          .from = from,
		                          .sequence = sequence,
		                          .time = time,
		                          .step = STEP_USUAL,
		                          .at_us = now_us};
		return;
	}
	const bool changed = from != out->from;
	if (changed) {
		change(out, from, sequence, time, now_us);
		bytes[1] |= MARKER;
	}
	sequence = (uint16_t)(sequence + out->sequence_shift);
	time += out->time_shift;
	put16(bytes + 2, sequence);
	put32(bytes + 4, time);
	put32(bytes + 8, out->ssrc);
	note(out, sequence, time, now_us, changed);
}

static void own_source(const struct relay_out *out, uint8_t *bytes)
{
	if (get32(bytes) == out->from)
		put32(bytes, out->ssrc);
}

/* What is said of the stream to the sender is meant for whoever speaks there. */
static void reports(const struct relay_out *back, uint8_t *bytes, size_t n, unsigned count)
{
	for (; count > 0 && n >= REPORT_SIZE; count--, bytes += REPORT_SIZE, n -= REPORT_SIZE) {
		if (!back->begun || get32(bytes) != back->ssrc)
			continue;
		put32(bytes, back->from);
		put16(bytes + 10, (uint16_t)(get16(bytes + 10) - back->sequence_shift));
	}
}

void relay_out_rtcp(const struct relay_out *out, const struct relay_out *back, uint8_t *bytes,
                    size_t n)
{
	while (n >= 8) {
		const size_t length = ((size_t)get16(bytes + 2) + 1) * 4;
		const unsigned count = bytes[0] & 0x1f;
		size_t head = 8;

		if (length > n || length < 8)
			return;
		if (out->begun && bytes[1] >= RTCP_SR && bytes[1] <= RTCP_BYE)
			own_source(out, bytes + 4);
		if (bytes[1] == RTCP_SR && length >= 28) {
			if (out->begun && get32(bytes + 4) == out->ssrc)
				put32(bytes + 16, get32(bytes + 16) + out->time_shift);
			head = 28;
		}
		if ((bytes[1] == RTCP_SR && length >= 28) || bytes[1] == RTCP_RR)
			reports(back, bytes + head, length - head, count);
		bytes += length;
		n -= length;
	}
}
