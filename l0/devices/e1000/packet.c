// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

#include "devices/net/switch.h"
#include "lib/string.h"

/* Packets are gathered from descriptors up to the one with EOP (8254x manual, 3.3). */
#define LENGTH_LEGACY   0x0000ffffu
#define LENGTH_EXTENDED 0x000fffffu

static bool is_context(const struct e1000_descriptor *d)
{
	return d->lower & TX_DEXT && !(d->lower & TX_TYPE_DATA);
}

/* There is one context for segmentation, one for the rest (8254x manual, 3.3.6). */
static void take_context(struct e1000 *e, const struct e1000_descriptor *d)
{
	struct e1000_context *c = &e->tx.context[(d->lower & TX_TSE) != 0];

	*c = (struct e1000_context){
		.ip_start = (uint8_t)d->address,
		.ip_offset = (uint8_t)(d->address >> 8),
		.ip_end = (uint16_t)(d->address >> 16),
		.l4_start = (uint8_t)(d->address >> 32),
		.l4_offset = (uint8_t)(d->address >> 40),
		.l4_end = (uint16_t)(d->address >> 48),
		.command = d->lower,
		.header = (uint8_t)(d->upper >> 8),
		.mss = (uint16_t)(d->upper >> 16),
	};
	if (d->lower & TX_TSE)
		e1000_count(e, STAT_TSCTC, 1);
}

/* The tag after the addresses; what the offload says moves with the rest. */
static uint8_t *insert_tag(struct e1000 *e, struct frame *frame, uint8_t *bytes, uint16_t tag)
{
	struct frame_offload *o = &frame->offload;
	uint8_t *tagged = bytes - ETHERNET_TAG;

	memmove(tagged, bytes, ETHERNET_TYPE);
	put16(tagged + ETHERNET_TYPE, e->reg[REG_VET]);
	put16(tagged + ETHERNET_TYPE + 2, tag);
	frame->size += ETHERNET_TAG;
	if (o->checksum)
		o->checksum_start = (uint16_t)(o->checksum_start + ETHERNET_TAG);
	if (o->gso != FRAME_GSO_NONE)
		o->header_size = (uint16_t)(o->header_size + ETHERNET_TAG);
	return tagged;
}

/* Without IFCS the driver has put the check sequence there; a wrong one nobody would take. */
static bool take_sequence(struct frame *frame, const uint8_t *bytes)
{
	uint32_t crc;

	if (frame->size < ETHERNET_BYTES + FCS_BYTES)
		return false;
	frame->size -= FCS_BYTES;
	memcpy(&crc, bytes + frame->size, FCS_BYTES);
	return crc == e1000_check_sequence(0, bytes, frame->size);
}

static bool is_large(const struct e1000 *e)
{
	return e->tx.first.lower & TX_DEXT && e->tx.first.lower & TX_TSE;
}

/* With segmentation VLE, IFCS and the tag are the first descriptor's (8254x manual, 3.3.7). */
static const struct e1000_descriptor *rules(const struct e1000 *e,
					    const struct e1000_descriptor *last)
{
	return is_large(e) ? &e->tx.first : last;
}

/* Nothing shorter leaves a card that does not pad and arrives. */
static bool long_enough(const struct e1000 *e, const struct frame *frame)
{
	return frame->size >= (e->reg[REG_TCTL] & TCTL_PSP ? ETHERNET_BYTES : FRAME_MIN);
}

static bool finish(struct e1000 *e, const struct e1000_descriptor *last, struct frame *frame)
{
	const struct e1000_descriptor *d = rules(e, last);
	uint8_t *bytes = e->tx.bytes + ETHERNET_TAG;

	frame->bytes = bytes;
	if (!(d->lower & TX_IFCS) && !take_sequence(frame, bytes))
		return false;
	if (!long_enough(e, frame) || !e1000_offload(e, last, frame, bytes))
		return false;
	if (e->reg[REG_CTRL] & CTRL_VME && d->lower & TX_VLE)
		frame->bytes = insert_tag(e, frame, bytes, (uint16_t)(d->upper >> 16));
	return frame_valid(frame);
}

static void send(struct e1000 *e, const struct e1000_descriptor *last)
{
	struct frame frame = {.size = e->tx.size};

	if (!e->link)
		return;
	if (e->tx.bad || !finish(e, last, &frame)) {
		e1000_count(e, STAT_TSCTFC, is_large(e));
		return;
	}
	e1000_count_sent(e, &frame);
	if (e1000_loopback(e))
		e1000_receive_own(e, &frame);
	else
		switch_send(e->config.port, &frame, e->function.now);
}

static void begin(struct e1000_transmit *tx, const struct e1000_descriptor *d)
{
	tx->first = *d;
	tx->open = true;
	tx->bad = false;
	tx->size = 0;
}

static bool gather(struct e1000 *e, const struct e1000_descriptor *d)
{
	struct e1000_transmit *tx = &e->tx;
	uint32_t size = d->lower & (d->lower & TX_DEXT ? LENGTH_EXTENDED : LENGTH_LEGACY);

	if (size > FRAME_MAX - tx->size)
		tx->bad = true;
	if (tx->bad || size == 0)
		return true;
	if (!pci_dma_read(&e->function, d->address, tx->bytes + ETHERNET_TAG + tx->size, size))
		return false;
	tx->size += size;
	return true;
}

bool e1000_packet_take(struct e1000 *e, const struct e1000_descriptor *d)
{
	if (is_context(d)) {
		take_context(e, d);
		return true;
	}
	if (!e->tx.open)
		begin(&e->tx, d);
	if (!gather(e, d))
		return false;
	if (d->lower & TX_EOP) {
		send(e, d);
		e1000_packet_reset(e);
	}
	return true;
}

void e1000_packet_reset(struct e1000 *e)
{
	e->tx.open = false;
}
