// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

#include "devices/net/packet.h"

uint32_t e1000_statistic_read(struct e1000 *e, enum e1000_register r)
{
	uint32_t value = e->reg[r];

	e->reg[r] = 0;
	return value;
}

/* The upper half of two words: the lower one was read before. */
uint32_t e1000_statistic_read_both(struct e1000 *e, enum e1000_register r)
{
	e->reg[r - 1] = 0;
	return e1000_statistic_read(e, r);
}

void e1000_count(struct e1000 *e, enum e1000_register r, uint32_t n)
{
	uint32_t sum;

	e->reg[r] = __builtin_add_overflow(e->reg[r], n, &sum) ? UINT32_MAX : sum;
}

/* @low: the lower of two words. */
static void count_octets(struct e1000 *e, enum e1000_register low, uint64_t n)
{
	uint64_t sum = (uint64_t)e->reg[low + 1] << 32 | e->reg[low];

	if (__builtin_add_overflow(sum, n, &sum))
		sum = UINT64_MAX;
	e->reg[low] = (uint32_t)sum;
	e->reg[low + 1] = (uint32_t)(sum >> 32);
}

/* Which of the six rows from @first on counts a frame of @wire octets: 64, 127, 255 and so on. */
static enum e1000_register bucket(enum e1000_register first, uint32_t wire)
{
	unsigned n = 0;

	while (n < 5 && wire >= (n ? 64u << n : 65u))
		n++;
	return (enum e1000_register)(first + n);
}

void e1000_count_seen(struct e1000 *e, uint32_t size)
{
	e1000_count(e, STAT_TPR, 1);
	count_octets(e, STAT_TORL, size + FCS_BYTES);
}

/* A broadcast is no multicast here (8254x manual, 13.7). */
static void count_cast(struct e1000 *e, const uint8_t *bytes, enum e1000_register broadcast,
		       enum e1000_register multicast, uint32_t n)
{
	if (get_mac(bytes) == MAC_BROADCAST)
		e1000_count(e, broadcast, n);
	else if (bytes[0] & 1)
		e1000_count(e, multicast, n);
}

void e1000_count_received(struct e1000 *e, const uint8_t *bytes, uint32_t size)
{
	e1000_count(e, STAT_GPRC, 1);
	e1000_count(e, bucket(STAT_PRC64, size + FCS_BYTES), 1);
	count_octets(e, STAT_GORCL, size + FCS_BYTES);
	count_cast(e, bytes, STAT_BPRC, STAT_MPRC, 1);
}

/* @n frames of @size bytes each. */
static void count_sent(struct e1000 *e, uint32_t n, uint32_t size)
{
	uint32_t wire = (size < FRAME_MIN ? FRAME_MIN : size) + FCS_BYTES;

	e1000_count(e, STAT_GPTC, n);
	e1000_count(e, STAT_TPT, n);
	if (n)
		e1000_count(e, bucket(STAT_PTC64, wire), n);
	count_octets(e, STAT_GOTCL, (uint64_t)n * wire);
	count_octets(e, STAT_TOTL, (uint64_t)n * wire);
}

/* All segments of a large frame but the last have the same size. */
void e1000_count_sent(struct e1000 *e, const struct frame *frame)
{
	const struct frame_offload *o = &frame->offload;
	uint32_t whole = frame_segments(frame) - 1;

	count_sent(e, whole, (uint32_t)o->header_size + o->gso_size);
	count_sent(e, 1, frame->size - whole * o->gso_size);
	count_cast(e, frame->bytes, STAT_BPTC, STAT_MPTC, whole + 1);
}
