// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>
#include "viommu_registers.h"

enum kind { NONE, RO, RW, W1C, WO };

struct row {
	uint8_t width;
	enum kind kind;
	uint64_t mask, reset;
	void (*start)(struct viommu *u, uint64_t written);
};

/* By offset / 4. X of two rows that start the same declares it twice, which C allows. */
static const struct row rows[] = {
#define X(name, offset, width, kind, mask, reset, start)                                           \
	[(offset) / 4] = {width, kind, mask, reset, viommu_start_##start},
#include "registers.def"
#undef X
};

static const struct row records[2] = {
	{8, RO, 0, 0, viommu_start_nothing},
	{8, W1C, VTD_FRCD_F, 0, viommu_start_record},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The row of the register in which this aligned offset lies; NULL: there is none. */
static const struct row *find(const struct viommu *u, uint32_t offset)
{
	uint32_t n = offset / 4;

	if (offset >= VTD_FRO && offset < viommu_frcd(u->config.fault_registers, false))
		return &records[offset / 8 % 2];
	if (n < ROWS && rows[n].kind != NONE)
		return &rows[n];
	if (n % 2 && n - 1 < ROWS && rows[n - 1].width == 8)
		return &rows[n - 1];
	return NULL;
}

bool viommu_register_wide(const struct viommu *u, uint32_t offset)
{
	const struct row *row = find(u, offset);

	return row && row->width == 8;
}

void viommu_start_nothing(struct viommu *u, uint64_t written)
{
	(void)u;
	(void)written;
}

/* The register's new value; @touched: the bits that this access has. */
static uint64_t combine(const struct row *row, uint64_t old, uint64_t value, uint64_t touched)
{
	uint64_t mask = row->mask & touched;

	switch (row->kind) {
	case RW:
		return (old & ~mask) | (value & mask);
	case W1C:
		return old & ~(value & mask);
	default:
		return old;
	}
}

static uint64_t ones(unsigned bytes)
{
	return ~UINT64_C(0) >> (64 - bytes * 8);
}

/*
 * A half of a wide register leaves the other as it is, so what starts sees both: a command whose
 * bit is in the upper half begins when that is written.
 */
void viommu_register_write(struct viommu *u, uint32_t offset, unsigned size, uint64_t value)
{
	const struct row *row = find(u, offset);
	uint32_t base = row && row->width == 8 ? offset & ~7u : offset;
	unsigned shift = (offset - base) * 8;
	uint64_t old, new;

	if (!row || row->kind == RO)
		return;
	old = row->width == 8 ? viommu_reg64(u, base) : viommu_reg32(u, base);
	value = (value & ones(size)) << shift;
	new = combine(row, old, value, ones(size) << shift);
	if (row->width == 8)
		viommu_set64(u, base, new);
	else
		viommu_set32(u, base, (uint32_t) new);
	row->start(u, value);
}

static bool allowed(uint32_t offset, unsigned size)
{
	return (size == 4 || size == 8) && !(offset & (size - 1)) && offset < VIOMMU_WORDS * 8;
}

/* What a driver writes most by far: it has no upper half, and is there for the queue alone. */
static void write_tail(struct viommu *u, uint64_t value)
{
	viommu_set64(u, VTD_IQT, value & rows[VTD_IQT / 4].mask);
	viommu_run(u, u->config.run_limit);
}

void viommu_write(struct viommu *u, uint32_t offset, unsigned size, uint64_t value)
{
	if (!allowed(offset, size))
		return;
	if (offset == VTD_IQT) {
		write_tail(u, value);
		return;
	}
	if (size == 8 && !viommu_register_wide(u, offset)) {
		viommu_register_write(u, offset + 4, 4, value >> 32);
		size = 4;
	}
	viommu_register_write(u, offset, size, value);
	viommu_run(u, u->config.run_limit);
}

uint64_t viommu_read(const struct viommu *u, uint32_t offset, unsigned size)
{
	if (!allowed(offset, size))
		return 0;
	return size == 8 ? viommu_reg64(u, offset) : viommu_reg32(u, offset);
}

static uint64_t capabilities(const struct viommu_config *c)
{
	return VTD_CAP_ND((c->domain_bits - 4u) / 2) | (c->caching_mode ? VTD_CAP_CM : 0) |
	       (c->agaw_39 ? VTD_CAP_SAGAW_39 : 0) | (c->agaw_48 ? VTD_CAP_SAGAW_48 : 0) |
	       VTD_CAP_MGAW(c->mgaw) | VTD_CAP_FRO(VTD_FRO) | (c->page_2m ? VTD_CAP_SLLPS_2M : 0) |
	       (c->page_1g ? VTD_CAP_SLLPS_1G : 0) | VTD_CAP_PSI | VTD_CAP_NFR(c->fault_registers) |
	       VTD_CAP_MAMV(c->max_am) | VTD_CAP_DWD | VTD_CAP_DRD | (c->posting ? VTD_CAP_PI : 0);
}

static uint64_t more_capabilities(const struct viommu_config *c)
{
	return VTD_ECAP_C | (c->queued ? VTD_ECAP_QI : 0) | (c->remapping ? VTD_ECAP_IR : 0) |
	       (c->eim ? VTD_ECAP_EIM : 0) | (c->pass_through ? VTD_ECAP_PT : 0) |
	       (c->snoop ? VTD_ECAP_SC : 0) | VTD_ECAP_IRO(VTD_IRO) |
	       (c->remapping ? VTD_ECAP_MHMV(15) : 0);
}

void viommu_registers_reset(struct viommu *u)
{
	for (uint32_t word = 0; word < VIOMMU_WORDS; word++) {
		u->reg[word] = 0;
		if (find(u, word * 8) || find(u, word * 8 + 4))
			u->words |= UINT64_C(1) << word;
	}
	for (uint32_t n = 0; n < ROWS; n++) {
		if (rows[n].width == 8)
			viommu_set64(u, n * 4, rows[n].reset);
		else if (rows[n].width == 4)
			viommu_set32(u, n * 4, (uint32_t)rows[n].reset);
	}
	viommu_set64(u, VTD_CAP, capabilities(&u->config));
	viommu_set64(u, VTD_ECAP, more_capabilities(&u->config));
	u->dirty = u->words;
}
