// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

/* The registers of a ring, from its first one on. */
enum { LOW, HIGH, LENGTH, HEAD, TAIL };

_Static_assert(REG_RDT == REG_RDBAL + TAIL && REG_TDT == REG_TDBAL + TAIL, "five rows in order");

static uint32_t size_of(const struct e1000 *e, enum e1000_register ring)
{
	return e->reg[ring + LENGTH] / E1000_DESCRIPTOR_BYTES;
}

uint32_t e1000_ring_available(const struct e1000 *e, enum e1000_register ring)
{
	uint32_t head = e->reg[ring + HEAD], tail = e->reg[ring + TAIL], size = size_of(e, ring);

	if (head >= size || tail >= size)
		return 0;
	return tail >= head ? tail - head : tail + size - head;
}

uint32_t e1000_ring_straight(const struct e1000 *e, enum e1000_register ring)
{
	uint32_t available = e1000_ring_available(e, ring);
	uint32_t to_end = size_of(e, ring) - e->reg[ring + HEAD];

	return available < to_end ? available : to_end;
}

uint64_t e1000_ring_address(const struct e1000 *e, enum e1000_register ring)
{
	uint64_t base = (uint64_t)e->reg[ring + HIGH] << 32 | e->reg[ring + LOW];

	return base + (uint64_t)e->reg[ring + HEAD] * E1000_DESCRIPTOR_BYTES;
}

uint32_t e1000_ring_advance(struct e1000 *e, enum e1000_register ring)
{
	e->reg[ring + HEAD] = (e->reg[ring + HEAD] + 1) % size_of(e, ring);
	return e1000_ring_available(e, ring);
}

/* In one store: a driver on another CPU that sees DD sees the rest too. */
bool e1000_ring_write_half(struct e1000 *e, enum e1000_register ring, uint64_t half)
{
	uint32_t size = sizeof(half);
	uint64_t at = e1000_ring_address(e, ring) + sizeof(half);
	uint64_t *to = pci_dma(&e->function, at, &size, true);

	if (!to || size < sizeof(half))
		return false;
	__atomic_store_n(to, half, __ATOMIC_RELEASE);
	return true;
}
