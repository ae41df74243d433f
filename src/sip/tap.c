#include "sip/tap.h"

#include <stdatomic.h>
#include <string.h>

/* Before each packet in the ring. */
struct head {
	int64_t arrived_us;
	uint16_t n;
	uint8_t side;
};

/* Positions count bytes from the beginning and never turn over; the ring's size is a power of two.
 * What each thread writes stands on lines of its own. */
struct tap {
	_Alignas(64) _Atomic uint64_t put;
	_Atomic uint64_t lost;
	atomic_bool closed;
	uint64_t taken_seen; /* `taken` as the one who puts saw it last */
	_Alignas(64) _Atomic uint64_t taken;
	uint64_t lost_told;
	_Alignas(64) atomic_uint references;
	uint8_t ring[TAP_RING];
};

_Static_assert((TAP_RING & (TAP_RING - 1)) == 0, "positions are cut to the ring by a mask");

struct tap *tap_new(void)
{
	struct tap *tap = aligned_alloc(_Alignof(struct tap), sizeof(*tap));

	if (!tap)
		return NULL;
	/* Not the ring: its pages come as they are used. */
	memset(tap, 0, offsetof(struct tap, ring));
	atomic_init(&tap->references, 1);
	return tap;
}

struct tap *tap_ref(struct tap *tap)
{
	atomic_fetch_add_explicit(&tap->references, 1, memory_order_relaxed);
	return tap;
}

void tap_unref(struct tap *tap)
{
	if (tap && atomic_fetch_sub_explicit(&tap->references, 1, memory_order_acq_rel) == 1)
		free(tap);
}

static void copy_in(struct tap *tap, uint64_t at, const void *bytes, size_t n)
{
	const size_t from = (size_t)(at & (TAP_RING - 1));
	const size_t first = n < TAP_RING - from ? n : TAP_RING - from;

	memcpy(tap->ring + from, bytes, first);
	memcpy(tap->ring, (const uint8_t *)bytes + first, n - first);
}

static void copy_out(const struct tap *tap, uint64_t at, void *bytes, size_t n)
{
	const size_t from = (size_t)(at & (TAP_RING - 1));
	const size_t first = n < TAP_RING - from ? n : TAP_RING - from;

	memcpy(bytes, tap->ring + from, first);
	memcpy((uint8_t *)bytes + first, tap->ring, n - first);
}

void tap_put(struct tap *tap, unsigned side, int64_t arrived_us, const uint8_t *bytes, size_t n)
{
	const uint64_t at = atomic_load_explicit(&tap->put, memory_order_relaxed);
	const struct head head = {arrived_us, (uint16_t)n, (uint8_t)side};

	if (atomic_load_explicit(&tap->closed, memory_order_relaxed))
		return;
	if (at + sizeof(head) + n - tap->taken_seen > TAP_RING)
		tap->taken_seen = atomic_load_explicit(&tap->taken, memory_order_acquire);
	if (n > TAP_PACKET_MAX || at + sizeof(head) + n - tap->taken_seen > TAP_RING) {
		atomic_fetch_add_explicit(&tap->lost, 1, memory_order_relaxed);
		return;
	}
	copy_in(tap, at, &head, sizeof(head));
	copy_in(tap, at + sizeof(head), bytes, n);
	atomic_store_explicit(&tap->put, at + sizeof(head) + n, memory_order_release);
}

bool tap_take(struct tap *tap, struct tap_packet *ret_packet)
{
	const uint64_t at = atomic_load_explicit(&tap->taken, memory_order_relaxed);
	struct head head;

	if (at == atomic_load_explicit(&tap->put, memory_order_acquire))
		return false;
	copy_out(tap, at, &head, sizeof(head));
	copy_out(tap, at + sizeof(head), ret_packet->bytes, head.n);
	ret_packet->side = head.side;
	ret_packet->arrived_us = head.arrived_us;
	ret_packet->n = head.n;
	atomic_store_explicit(&tap->taken, at + sizeof(head) + head.n, memory_order_release);
	return true;
}

uint64_t tap_lost(struct tap *tap)
{
	const uint64_t lost = atomic_load_explicit(&tap->lost, memory_order_relaxed);
	const uint64_t more = lost - tap->lost_told;

	tap->lost_told = lost;
	return more;
}

void tap_close(struct tap *tap)
{
	atomic_store_explicit(&tap->closed, true, memory_order_relaxed);
}

bool tap_is_over(const struct tap *tap)
{
	return atomic_load_explicit(&tap->closed, memory_order_relaxed) ||
	       atomic_load_explicit(&tap->references, memory_order_acquire) == 1;
}
