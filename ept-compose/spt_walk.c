// SPDX-License-Identifier: Apache-2.0
#include "spt_walk.h"
#include <stddef.h>
#include "ept_table.h"
#include "ept_walk.h"

#define PDPTE_RESERVED UINT64_C(0x1e6)    /* bits 2:1 and 8:5 */
#define PSE36_ADDRESS  UINT64_C(0x1fe000) /* bits 20:13 hold address bits 39:32 */
#define PSE36_RESERVED UINT64_C(0x200000)
#define TABLE_32       UINT64_C(0xfffff000)

/* How one format looks: said once for the walk below. */
struct format {
	uint8_t levels, index_bits, entry_bytes;
};

static const struct format formats[] = {
	[SPT_32] = {2, 10, 4},
	[SPT_PAE] = {2, 9, 8}, /* below the PDPTE registers */
	[SPT_LONG] = {4, 9, 8},
};

/* An entry that the walk used, to be marked accessed when it is over. */
struct used {
	void *where; /* NULL: nothing readable there */
	uint64_t value;
	bool writable;
};

static struct used read_entry(const struct ept01 *ept01, uint64_t gpa, unsigned bytes)
{
	struct used used = {.value = UINT64_MAX};
	struct ept_walk walk;

	ept01_walk(ept01, gpa, &walk);
	if (walk.status != EPT_WALK_OK || !(walk.rights & EPT_R))
		return used;
	used.where = ept_ptr(walk.addr);
	used.writable = walk.rights & EPT_W;
	used.value = bytes == 8 ? __atomic_load_n((uint64_t *)used.where, __ATOMIC_ACQUIRE)
				: __atomic_load_n((uint32_t *)used.where, __ATOMIC_ACQUIRE);
	return used;
}

/* Only while the entry is still the one that was read; false if the guest has changed it. */
static bool set_bits(const struct used *used, uint64_t bits, unsigned bytes)
{
	uint64_t expected = used->value;
	uint32_t expected32 = (uint32_t)expected;

	if ((expected & bits) == bits || !used->writable)
		return true;
	if (bytes == 8)
		return __atomic_compare_exchange_n((uint64_t *)used->where, &expected,
						   expected | bits, false, __ATOMIC_SEQ_CST,
						   __ATOMIC_RELAXED);
	return __atomic_compare_exchange_n((uint32_t *)used->where, &expected32,
					   expected32 | (uint32_t)bits, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_RELAXED);
}

static bool is_leaf(const struct spt_registers *regs, uint64_t entry, unsigned level)
{
	if (level == 1)
		return true;
	if (level == 4 || !(entry & SPT_PTE_LARGE))
		return false;
	return regs->mode != SPT_32 || regs->pse;
}

/* Log2 of what an entry at this level covers. */
static unsigned shift_of(const struct format *format, unsigned level)
{
	return 12 + format->index_bits * (level - 1);
}

/* SDM vol. 3, the tables of entry formats of each mode. */
static uint64_t reserved_bits(const struct spt_caps *caps, const struct spt_registers *regs,
			      uint64_t entry, unsigned level)
{
	const struct format *format = &formats[regs->mode];
	uint64_t reserved = SPT_PTE_ADDR_MASK & ~((UINT64_C(1) << caps->maxphyaddr) - 1);
	bool leaf = is_leaf(regs, entry, level);

	if (regs->mode == SPT_32) {
		unsigned width = caps->maxphyaddr < 40 ? caps->maxphyaddr : 40;

		return leaf && level == 2 ? PSE36_RESERVED | (PSE36_ADDRESS &
							      ~((UINT64_C(1) << (width - 19)) - 1))
					  : 0;
	}
	if (regs->mode == SPT_PAE)
		reserved |= UINT64_C(0x7ff) << 52;
	if (!regs->nxe)
		reserved |= SPT_PTE_NX;
	if (level == 4 || (level == 3 && !caps->page_1g))
		reserved |= SPT_PTE_LARGE;
	if (leaf && level > 1)
		reserved |= ((UINT64_C(1) << shift_of(format, level)) - 1) & ~UINT64_C(0x1fff);
	return reserved;
}

/* The address that a leaf or a pointer to a table holds. */
static uint64_t address_in(const struct spt_registers *regs, uint64_t entry, unsigned level)
{
	if (regs->mode != SPT_32)
		return entry & SPT_PTE_ADDR_MASK;
	if (level == 2 && is_leaf(regs, entry, level))
		return (entry & UINT64_C(0xffc00000)) | (entry & PSE36_ADDRESS) << 19;
	return entry & TABLE_32;
}

static void take_leaf(struct spt_walk *walk, const struct spt_registers *regs, uint64_t linear,
		      uint64_t entry, unsigned level)
{
	uint64_t offset;

	walk->shift = shift_of(&formats[regs->mode], level);
	offset = (UINT64_C(1) << walk->shift) - 1;
	walk->gpa = (address_in(regs, entry, level) & ~offset) | (linear & offset);
	walk->cache = entry & (SPT_PTE_PWT | SPT_PTE_PCD);
	if (entry & (level == 1 ? SPT_PTE_PAT : SPT_PTE_PAT_LARGE))
		walk->cache |= SPT_PTE_PAT;
	walk->user_page = walk->rights & SPT_PTE_U;
	walk->dirty = entry & SPT_PTE_D;
}

/* SDM vol. 3, "Determination of Access Rights". */
static bool allowed(const struct spt_walk *walk, const struct spt_registers *regs,
		    const struct spt_access *access)
{
	bool user = access->error & SPT_ERROR_U, fetch = access->error & SPT_ERROR_ID;

	if (user && !walk->user_page)
		return false;
	if ((access->error & SPT_ERROR_W) && !(walk->rights & SPT_PTE_W) && (user || regs->wp))
		return false;
	if (fetch && ((walk->rights & SPT_PTE_NX) || (!user && regs->smep && walk->user_page)))
		return false;
	return user || fetch || !regs->smap || !access->smap || !walk->user_page;
}

/* What the guest's error code says besides P and RSVD; I/D only where the guest has it. */
static uint32_t base_error(const struct spt_registers *regs, const struct spt_access *access)
{
	bool has_id =
		regs->smep || (regs->nxe && (regs->mode == SPT_PAE || regs->mode == SPT_LONG));

	return access->error & (SPT_ERROR_W | SPT_ERROR_U | (has_id ? SPT_ERROR_ID : 0));
}

static void fault(struct spt_walk *walk, uint32_t bits)
{
	walk->status = SPT_WALK_FAULT;
	walk->error |= bits;
}

/* Where the walk begins; false: a PDPTE register is not present. */
static bool first_table(const struct spt_registers *regs, uint64_t linear, uint64_t *table)
{
	uint64_t pdpte = regs->pdpte[linear >> 30 & 3];

	*table = regs->cr3 & (regs->mode == SPT_32 ? TABLE_32 : SPT_PTE_ADDR_MASK);
	if (regs->mode != SPT_PAE)
		return true;
	*table = pdpte & SPT_PTE_ADDR_MASK;
	return pdpte & SPT_PTE_P;
}

/*
 * Goes down to the leaf: used[] by level. Returns the leaf's level, 0 after a fault. Presence comes
 * before reserved bits, and both before rights, which only the whole walk knows.
 */
static unsigned descend(const struct ept01 *ept01, const struct spt_caps *caps,
			const struct spt_registers *regs, uint64_t linear, struct used *used,
			struct spt_walk *walk)
{
	const struct format *format = &formats[regs->mode];
	unsigned level = format->levels;
	uint64_t table;

	if (!first_table(regs, linear, &table)) {
		fault(walk, 0);
		return 0;
	}
	for (;; level--) {
		uint64_t index =
			linear >> shift_of(format, level) & ((1u << format->index_bits) - 1);
		uint64_t entry;

		used[level] =
			read_entry(ept01, table + index * format->entry_bytes, format->entry_bytes);
		entry = used[level].value;
		walk->step[level] = (struct spt_step){table, entry, walk->rights};
		if (!(entry & SPT_PTE_P) || !used[level].where ||
		    (entry & reserved_bits(caps, regs, entry, level))) {
			fault(walk, entry & SPT_PTE_P ? SPT_ERROR_P | SPT_ERROR_RSVD : 0);
			return 0;
		}
		walk->rights &= entry | SPT_PTE_NX;
		walk->rights |= entry & SPT_PTE_NX;
		if (is_leaf(regs, entry, level))
			return level;
		table = address_in(regs, entry, level);
	}
}

/* No tables: everything is allowed. */
static void walk_unpaged(uint64_t linear, struct spt_walk *out)
{
	out->gpa = (uint32_t)linear;
	out->shift = 32;
	out->user_page = out->dirty = true;
}

void spt_walk(const struct ept01 *ept01, const struct spt_caps *caps,
	      const struct spt_registers *regs, const struct spt_access *access,
	      struct spt_walk *out)
{
	bool write = access->error & SPT_ERROR_W;
	struct used used[SPT_LEVELS + 1];
	unsigned leaf;

	*out = (struct spt_walk){.status = SPT_WALK_OK, .rights = SPT_PTE_W | SPT_PTE_U};
	if (regs->mode == SPT_UNPAGED) {
		walk_unpaged(access->linear, out);
		return;
	}
	out->error = base_error(regs, access);
	leaf = descend(ept01, caps, regs, access->linear, used, out);
	if (!leaf)
		return;
	take_leaf(out, regs, access->linear, used[leaf].value, leaf);
	if (!allowed(out, regs, access)) {
		fault(out, SPT_ERROR_P);
		return;
	}
	for (unsigned level = formats[regs->mode].levels; level >= leaf; level--) {
		uint64_t bits = SPT_PTE_A | (write && level == leaf ? SPT_PTE_D : 0);

		if (!set_bits(&used[level], bits, formats[regs->mode].entry_bytes))
			out->status = SPT_WALK_RACED;
		else if (used[level].writable)
			out->step[level].entry |= bits;
	}
	out->dirty |= write;
}

uint64_t spt_guest_entry(enum spt_mode mode, const void *table, uint64_t linear, unsigned level)
{
	const struct format *format = &formats[mode];
	uint64_t index = linear >> shift_of(format, level) & ((1u << format->index_bits) - 1);

	if (format->entry_bytes == 8)
		return __atomic_load_n((const uint64_t *)table + index, __ATOMIC_ACQUIRE);
	return __atomic_load_n((const uint32_t *)table + index, __ATOMIC_ACQUIRE);
}

bool spt_pdptes_valid(const uint64_t pdpte[4], const struct spt_caps *caps)
{
	uint64_t reserved = PDPTE_RESERVED | ~((UINT64_C(1) << caps->maxphyaddr) - 1);

	for (unsigned i = 0; i < 4; i++)
		if ((pdpte[i] & SPT_PTE_P) && (pdpte[i] & reserved))
			return false;
	return true;
}
