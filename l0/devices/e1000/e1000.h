/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An Intel 82540EM, such as Linux's e1000 driver works: PCI function, registers, EEPROM, PHY,
 * descriptor rings, offloads, and interrupts with their delays. "8254x manual" is the "PCI/PCI-X
 * Family of Gigabit Ethernet Controllers Software Developer's Manual", 317453.
 *
 *     guest ── BAR ──▶ registers ──▶ transmit ring ──▶ packet, offloads ──▶ switch_send()
 *     switch_next() ──▶ filters ──▶ receive ring ──▶ causes, delays, throttle ──▶ INTx or MSI
 */
#ifndef DEVICES_E1000_E1000_H
#define DEVICES_E1000_E1000_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/e1000/regs.h"
#include "devices/net/frame.h"
#include "platform/pci.h"

struct switch_port;

#define E1000_EEPROM_WORDS 64
#define E1000_ADDRESSES    16
#define E1000_TABLE_WORDS  128 /* of the multicast and the VLAN table */

struct e1000_config {
	uint16_t id; /* requester: bus, device, function */
	uint8_t mac[MAC_BYTES];
	uint32_t tsc_khz;
	struct switch_port *port;
	/* A received frame's check sequence is computed where the driver wants it; else it is 0. */
	bool check_sequence;
};

/* Microwire, 93C46: 64 words of 16 bits. */
struct e1000_eeprom {
	uint16_t word[E1000_EEPROM_WORDS];
	uint32_t in;    /* bits since the start bit */
	unsigned count; /* how many, the start bit included */
	uint32_t out;   /* bits to come, the next one uppermost */
	bool data_out, writable;
};

/* The two delays of one direction, each a point of the clock or CLOCK_NEVER. */
struct e1000_delay {
	uint64_t packet, absolute;
};

/* What the PHY and its partner agree on; speed as STATUS has it: 0, 1, 2 for 10, 100, 1000. */
struct e1000_mode {
	bool up, full;
	uint8_t speed;
};

/* An offload context (8254x manual, 3.3.6), offsets from the frame's start. */
struct e1000_context {
	uint8_t ip_start, ip_offset;
	uint8_t l4_start, l4_offset;
	uint16_t ip_end, l4_end; /* the last byte, 0: the frame's */
	uint32_t command;
	uint8_t header;
	uint16_t mss;
};

struct e1000_descriptor {
	uint64_t address;
	uint32_t lower, upper;
};

struct e1000_transmit {
	struct e1000_context context[2]; /* by TSE */
	struct e1000_descriptor first;   /* of the packet: its options */
	bool open;                       /* a packet has begun */
	bool bad;                        /* and is too long */
	uint32_t size;
	uint8_t bytes[ETHERNET_TAG + FRAME_MAX]; /* room for a tag before it */
};

/* A frame on its way into the ring in parts: two, between which a tag was, and its check sequence.
 */
struct e1000_part {
	const uint8_t *bytes;
	uint32_t size;
};

#define E1000_PARTS 3

struct e1000_receive {
	bool open;        /* one is on its way */
	bool held;        /* and waits for descriptors */
	unsigned segment; /* of the large frame that is the queue's first */
	struct e1000_part part[E1000_PARTS];
	uint32_t size, stored; /* of all parts */
	uint16_t tag, checksum;
	uint8_t status, errors;
	uint8_t sequence[4];
	uint64_t missed; /* by the port's queue, as last seen */
	uint8_t bytes[FRAME_SEGMENT_MAX];
};

struct e1000 {
	struct pci_function function;
	struct e1000_config config;
	uint32_t reg[E1000_REGISTERS];
	uint32_t address[2 * E1000_ADDRESSES]; /* RAL, RAH */
	uint32_t multicast[E1000_TABLE_WORDS], vlan[E1000_TABLE_WORDS];
	uint32_t io_address;
	bool link;            /* as STATUS last showed it */
	bool asserted;        /* the interrupt, before pin or message */
	uint64_t asserted_at; /* 0: not yet */
	struct e1000_delay rx_delay, tx_delay;
	bool tx_more;                /* left for the next turn */
	bool tx_stopped, rx_stopped; /* after a master abort, until a reset */
	uint16_t phy[32];
	struct e1000_mode mode;
	struct e1000_eeprom eeprom;
	struct e1000_transmit tx;
	struct e1000_receive rx;
};

/*
 * Power-on: the function with its capabilities and BARs, ready for pci_register(). All of @e is
 * written; it is about 80 KiB. The port, which is on its switch, belongs to the device from then
 * on: its owner, its wake and its filter.
 */
void e1000_init(struct e1000 *e, const struct e1000_config *config);

#endif
