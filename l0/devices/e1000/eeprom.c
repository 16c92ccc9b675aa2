// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

/*
 * A 93C46 on the wires that EECD shows (8254x manual, 5.3): while selected, a rising clock takes
 * one bit of an instruction (a start bit, two of operation, six of address, and data for some) and
 * shows one of the answer.
 */
#define EECD_SK   0x00000001u
#define EECD_CS   0x00000002u
#define EECD_DI   0x00000004u
#define EECD_DO   0x00000008u
#define EECD_FWE  0x00000030u
#define EECD_REQ  0x00000040u
#define EECD_GNT  0x00000080u
#define EECD_BITS (EECD_SK | EECD_CS | EECD_DI | EECD_FWE | EECD_REQ)

#define EERD_START      0x00000001u
#define EERD_DONE       0x00000010u
#define EERD_ADDR_SHIFT 8
#define EERD_DATA_SHIFT 16

/* 8254x manual, 5.6: the words that say something here. */
#define WORD_CONTROL1  0x0a
#define WORD_SUBSYSTEM 0x0b
#define WORD_SUBVENDOR 0x0c
#define WORD_DEVICE    0x0d
#define WORD_VENDOR    0x0e
#define WORD_CHECKSUM  0x3f
#define CHECKSUM       0xbaba /* the sum of all words */

#define CONTROL1_VALID 0x4000 /* bits 15 and 14: 01 is a valid image */
#define CONTROL1_IDS   0x0003 /* vendor and subsystem come from here */

#define HEADER_BITS 9 /* of an instruction */
#define WORD_BITS   16

enum operation { OP_SPECIAL, OP_WRITE, OP_READ, OP_ERASE };

void e1000_eeprom_init(struct e1000 *e)
{
	uint16_t *word = e->eeprom.word, sum = 0;

	for (unsigned i = 0; i < MAC_BYTES / 2; i++)
		word[i] = (uint16_t)(e->config.mac[2 * i] | e->config.mac[2 * i + 1] << 8);
	word[WORD_CONTROL1] = CONTROL1_VALID | CONTROL1_IDS;
	word[WORD_SUBSYSTEM] = (uint16_t)pci_get(&e->function, 0x2e, 2);
	word[WORD_SUBVENDOR] = (uint16_t)pci_get(&e->function, 0x2c, 2);
	word[WORD_DEVICE] = (uint16_t)pci_get(&e->function, 2, 2);
	word[WORD_VENDOR] = (uint16_t)pci_get(&e->function, 0, 2);
	for (unsigned i = 0; i < WORD_CHECKSUM; i++)
		sum = (uint16_t)(sum + word[i]);
	word[WORD_CHECKSUM] = (uint16_t)(CHECKSUM - sum);
}

void e1000_eeprom_load(struct e1000 *e)
{
	const uint16_t *word = e->eeprom.word;

	e->address[0] = (uint32_t)word[1] << 16 | word[0];
	e->address[1] = RAH_AV | word[2];
	e->eeprom.count = 0;
	e->eeprom.data_out = true;
}

static uint16_t *addressed(struct e1000_eeprom *p, uint32_t header)
{
	return &p->word[header % E1000_EEPROM_WORDS];
}

static enum operation operation(uint32_t header)
{
	return (enum operation)(header >> 6 & 3);
}

/* Write-enable and its opposite; of the others none is for one word. */
static void special(struct e1000_eeprom *p, uint32_t header)
{
	unsigned which = header >> 4 & 3;

	if (which == 3 || which == 0)
		p->writable = which == 3;
}

static void header_complete(struct e1000_eeprom *p)
{
	switch (operation(p->in)) {
	case OP_READ:
		p->out = (uint32_t)*addressed(p, p->in) << WORD_BITS;
		p->data_out = false; /* the bit before the first */
		break;
	case OP_ERASE:
		if (p->writable)
			*addressed(p, p->in) = 0xffff;
		break;
	case OP_SPECIAL:
		special(p, p->in);
		break;
	case OP_WRITE:
		break; /* its data follows */
	}
}

static void clock_rises(struct e1000_eeprom *p, bool data_in)
{
	if (p->count == 0 && !data_in)
		return; /* the start bit is a 1 */
	if (p->count >= HEADER_BITS) {
		p->data_out =
			p->out >> 31 || operation(p->in >> (p->count - HEADER_BITS)) != OP_READ;
		p->out <<= 1;
	}
	if (p->count == HEADER_BITS + WORD_BITS)
		return;
	p->in = p->in << 1 | data_in;
	p->count++;
	if (p->count == HEADER_BITS)
		header_complete(p);
	else if (p->count == HEADER_BITS + WORD_BITS && p->writable &&
		 operation(p->in >> WORD_BITS) == OP_WRITE)
		*addressed(p, p->in >> WORD_BITS) = (uint16_t)p->in;
}

void e1000_eecd_written(struct e1000 *e, uint32_t value)
{
	uint32_t old = e->reg[REG_EECD];

	e->reg[REG_EECD] = (old & ~(EECD_BITS | EECD_GNT)) | (value & EECD_BITS);
	if (value & EECD_REQ)
		e->reg[REG_EECD] |= EECD_GNT; /* nobody else asks */
	if (!(value & EECD_CS)) {
		e->eeprom.count = 0;
		e->eeprom.in = e->eeprom.out = 0;
		e->eeprom.data_out = true; /* ready, and pulled up */
	} else if (value & ~old & EECD_SK) {
		clock_rises(&e->eeprom, (value & EECD_DI) != 0);
	}
}

uint32_t e1000_eecd_read(struct e1000 *e, enum e1000_register r)
{
	return e->reg[r] | (e->eeprom.data_out ? EECD_DO : 0);
}

void e1000_eerd_written(struct e1000 *e, uint32_t value)
{
	unsigned address = value >> EERD_ADDR_SHIFT & 0xff;
	uint32_t word = address < E1000_EEPROM_WORDS ? e->eeprom.word[address] : 0xffff;

	if (value & EERD_START)
		e->reg[REG_EERD] = word << EERD_DATA_SHIFT | address << EERD_ADDR_SHIFT | EERD_DONE;
}
