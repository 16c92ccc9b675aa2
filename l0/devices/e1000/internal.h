/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the device want of each other. All with the function's lock held. */
#ifndef DEVICES_E1000_INTERNAL_H
#define DEVICES_E1000_INTERNAL_H

#include "devices/e1000/e1000.h"
#include "devices/net/packet.h"

#define MAC_BROADCAST 0xffffffffffffull
#define FCS_BYTES     4 /* a frame's check sequence, which only the wire has */

/* ---- registers.c ---- */

/* To their values after reset, all but PBA and what the EEPROM and the PHY hold. */
void e1000_registers_reset(struct e1000 *e);

/* @offset in BAR 0, of 4 bytes; what is no register reads 0 and takes nothing. */
uint32_t e1000_register_read(struct e1000 *e, uint32_t offset);
void e1000_register_write(struct e1000 *e, uint32_t offset, uint32_t value);

/* ---- e1000.c ---- */

/* The pin, and when the device is next due, after anything that may have changed either. */
void e1000_refresh(struct e1000 *e);

/* Does the function itself allow DMA now? And what a failed one leaves: PCI 3.0, 6.2.3. */
bool e1000_may_master(const struct e1000 *e);
void e1000_master_abort(struct e1000 *e);

void e1000_ctrl_written(struct e1000 *e, uint32_t value);
void e1000_ctrl_ext_written(struct e1000 *e, uint32_t value);
void e1000_pba_written(struct e1000 *e, uint32_t value);

/* ---- eeprom.c: 8254x manual, chapter 5 ---- */

void e1000_eeprom_init(struct e1000 *e);
/* The receive address that the EEPROM holds, into RAL and RAH 0. */
void e1000_eeprom_load(struct e1000 *e);
uint32_t e1000_eecd_read(struct e1000 *e, enum e1000_register r);
void e1000_eecd_written(struct e1000 *e, uint32_t value);
void e1000_eerd_written(struct e1000 *e, uint32_t value);

/* ---- phy.c: 8254x manual, 13.4 (MDIC) and the chapter on the PHY ---- */

void e1000_phy_reset(struct e1000 *e);
void e1000_mdic_written(struct e1000 *e, uint32_t value);
/* Does what is sent come back, from the MAC or the PHY, and nothing from the wire? */
bool e1000_loopback(const struct e1000 *e);
uint32_t e1000_status_read(struct e1000 *e, enum e1000_register r);
/* After a change of what the link depends on; @anew: it went down and came back in between. */
void e1000_link_update(struct e1000 *e, bool anew);

/* ---- interrupt.c ---- */

void e1000_cause(struct e1000 *e, uint32_t causes);
/* The pin or a message, as causes, mask and throttle have it now. */
void e1000_interrupt_update(struct e1000 *e);
/* When the throttle lets go what waits, or CLOCK_NEVER. */
uint64_t e1000_interrupt_due(const struct e1000 *e);
uint32_t e1000_icr_read(struct e1000 *e, enum e1000_register r);
void e1000_icr_written(struct e1000 *e, uint32_t value);
void e1000_ics_written(struct e1000 *e, uint32_t value);
void e1000_ims_written(struct e1000 *e, uint32_t value);
void e1000_imc_written(struct e1000 *e, uint32_t value);

/* ---- delay.c ---- */

/* @units of @ns nanoseconds in ticks of the clock, rounded up. */
uint64_t e1000_ticks(const struct e1000 *e, uint32_t units, uint32_t ns);
void e1000_delays_clear(struct e1000 *e);
/* A frame was received, or descriptors reported: the cause now, or when the delays say. */
void e1000_received(struct e1000 *e, uint32_t size);
void e1000_reported(struct e1000 *e, bool delayed);
/* Causes whose time has come, and when the next one's does. */
void e1000_delays_run(struct e1000 *e);
uint64_t e1000_delays_due(const struct e1000 *e);
void e1000_rdtr_written(struct e1000 *e, uint32_t value);
void e1000_tidv_written(struct e1000 *e, uint32_t value);

/* ---- statistics.c ---- */

uint32_t e1000_statistic_read(struct e1000 *e, enum e1000_register r);
uint32_t e1000_statistic_read_both(struct e1000 *e, enum e1000_register r);
void e1000_count(struct e1000 *e, enum e1000_register r, uint32_t n);
/* A frame that came, whether it is taken or not; one that is taken; and those that were sent. */
void e1000_count_seen(struct e1000 *e, uint32_t size);
void e1000_count_received(struct e1000 *e, const uint8_t *bytes, uint32_t size);
void e1000_count_sent(struct e1000 *e, const struct frame *frame);

/* ---- filter.c ---- */

enum e1000_match {
	E1000_NO_MATCH,
	E1000_EXACT,
	E1000_INEXACT, /* by hash, or because all are taken */
};

enum e1000_match e1000_match(const struct e1000 *e, const uint8_t *bytes);
/* The port lets through at least what the device takes. */
void e1000_filter_update(struct e1000 *e);

/* ---- ring.c: 8254x manual, 3.2.6 and 3.4; a ring is named by its first register ---- */

#define E1000_DESCRIPTOR_BYTES 16

/*
 * Descriptors from head to tail, which are the device's; a head or a tail outside of the ring
 * leaves none. And how many of them lie before the ring's end.
 */
uint32_t e1000_ring_available(const struct e1000 *e, enum e1000_register ring);
uint32_t e1000_ring_straight(const struct e1000 *e, enum e1000_register ring);
/* Of the head's descriptor, the bus address. */
uint64_t e1000_ring_address(const struct e1000 *e, enum e1000_register ring);
/* The head goes on; how many are left. Only where one was available. */
uint32_t e1000_ring_advance(struct e1000 *e, enum e1000_register ring);
/* The second half of the head's descriptor. False: out of reach. */
bool e1000_ring_write_half(struct e1000 *e, enum e1000_register ring, uint64_t half);

/* ---- receive.c ---- */

/* Puts what has arrived into the ring, a turn's worth of it. */
void e1000_receive(struct e1000 *e);
/* Forgets the frame that is on its way. */
void e1000_receive_reset(struct e1000 *e);
/* A plain frame of the device's own, in loopback. */
void e1000_receive_own(struct e1000 *e, const struct frame *frame);
/* When a frame arrives that there is something to do with, or CLOCK_NEVER. */
uint64_t e1000_receive_due(const struct e1000 *e);
void e1000_rctl_written(struct e1000 *e, uint32_t value);
void e1000_rdt_written(struct e1000 *e, uint32_t value);

/* ---- arrival.c ---- */

/* Segment @n of @frame on the wire, made ready for the ring in e->rx. False: it is not taken. */
bool e1000_arrival_open(struct e1000 *e, const struct frame *frame, unsigned n);

/* ---- verify.c ---- */

/* RXCSUM: status and errors for a frame; @trusted: its TCP or UDP checksum was made here. */
void e1000_verify(struct e1000 *e, const uint8_t *bytes, uint32_t size, bool trusted);

/* ---- sequence.c ---- */

/* The frame check sequence of IEEE 802.3, 3.2.9, over two pieces, as it is sent. */
uint32_t e1000_check_sequence(uint32_t crc, const uint8_t *bytes, uint32_t size);

/* ---- transmit.c ---- */

/* Sends what the ring holds; sets tx_more if there is more than a turn's worth. */
void e1000_transmit(struct e1000 *e);
void e1000_tctl_written(struct e1000 *e, uint32_t value);
void e1000_tdt_written(struct e1000 *e, uint32_t value);

/* ---- packet.c ---- */

/* One descriptor of a packet or a context. False: its data is out of reach. */
bool e1000_packet_take(struct e1000 *e, const struct e1000_descriptor *d);
void e1000_packet_reset(struct e1000 *e);

/* ---- offload.c ---- */

/* What the descriptors ask for: into the bytes, or left to others in @frame. False: impossible. */
bool e1000_offload(const struct e1000 *e, const struct e1000_descriptor *last, struct frame *frame,
		   uint8_t *bytes);

#endif
