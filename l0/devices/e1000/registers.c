// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "devices/e1000/internal.h"

struct row {
	uint32_t reset, writable;
	uint32_t (*read)(struct e1000 *e, enum e1000_register r);
	void (*write)(struct e1000 *e, uint32_t value);
};

#define plain   0
#define nothing 0
#define it      e1000_statistic_read
#define both    e1000_statistic_read_both

static const struct row rows[E1000_REGISTERS] = {
#define REG(offset, name, reset, writable, read, write)                                            \
	[REG_##name] = {reset, writable, read, write},
#include "devices/e1000/registers.def"
#undef REG
#define STAT(offset, name, clears) [STAT_##name] = {0, 0, clears, 0},
#include "devices/e1000/statistics.def"
#undef STAT
};

/* The row of each offset, plus one; 0: none. */
#define LAST_OFFSET 0x5fff

static const uint8_t row_at[LAST_OFFSET / 4 + 1] = {
#define REG(offset, name, reset, writable, read, write) [(offset) / 4] = REG_##name + 1,
#include "devices/e1000/registers.def"
#undef REG
#define STAT(offset, name, clears) [(offset) / 4] = STAT_##name + 1,
#include "devices/e1000/statistics.def"
#undef STAT
};

_Static_assert(E1000_REGISTERS < 256, "a row is a byte");

#define MTA_OFFSET  0x5200
#define RA_OFFSET   0x5400
#define VFTA_OFFSET 0x5600
#define RAH_BITS    0x8003ffffu

void e1000_registers_reset(struct e1000 *e)
{
	uint32_t pba = e->reg[REG_PBA];

	for (unsigned r = 0; r < E1000_REGISTERS; r++)
		e->reg[r] = rows[r].reset;
	/* It takes effect by a reset, so it outlives it. */
	if (pba)
		e->reg[REG_PBA] = pba;
}

/* The word of a table at @offset; NULL: there is none. */
static uint32_t *table_at(struct e1000 *e, uint32_t offset)
{
	if (offset - MTA_OFFSET < sizeof(e->multicast))
		return &e->multicast[(offset - MTA_OFFSET) / 4];
	if (offset - RA_OFFSET < sizeof(e->address))
		return &e->address[(offset - RA_OFFSET) / 4];
	if (offset - VFTA_OFFSET < sizeof(e->vlan))
		return &e->vlan[(offset - VFTA_OFFSET) / 4];
	return NULL;
}

/* Row plus one. */
static unsigned find(uint32_t offset)
{
	return offset <= LAST_OFFSET ? row_at[offset / 4] : 0;
}

uint32_t e1000_register_read(struct e1000 *e, uint32_t offset)
{
	unsigned found = find(offset);
	const uint32_t *word;

	if (found == 0) {
		word = table_at(e, offset);
		return word ? *word : 0;
	}
	if (rows[found - 1].read)
		return rows[found - 1].read(e, (enum e1000_register)(found - 1));
	return e->reg[found - 1];
}

static void table_write(struct e1000 *e, uint32_t offset, uint32_t value)
{
	uint32_t *word = table_at(e, offset);

	if (offset - RA_OFFSET < sizeof(e->address) && offset & 4)
		value &= RAH_BITS;
	if (!word || *word == value)
		return;
	*word = value;
	e1000_filter_update(e);
}

void e1000_register_write(struct e1000 *e, uint32_t offset, uint32_t value)
{
	unsigned found = find(offset);
	const struct row *row = &rows[found ? found - 1 : 0];
	uint32_t *reg = &e->reg[found ? found - 1 : 0];

	if (found == 0) {
		table_write(e, offset, value);
		return;
	}
	*reg = (*reg & ~row->writable) | (value & row->writable);
	if (row->write)
		row->write(e, value);
}
