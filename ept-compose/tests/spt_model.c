// SPDX-License-Identifier: Apache-2.0
#include "spt_model.h"
#include "arena.h"
#include "suites.h"

const struct model_range model_memory[MODEL_RANGES] = {
	{0, 0x200000, ARENA_L1, true, true}, /* where the guest's tables are */
	{0x200000, 0x5000, 0x2000003000, true, true},
	{0x207000, 0x3000, 0x2000009000, false, true},
	{0x400000, 0x800000, 0x2040400000, true, true},
	{0x40000000, 0x80000000, 0x4040000000, true, false},
};

static bool bit(uint64_t word, unsigned n)
{
	return word >> n & 1;
}

static uint64_t bits(uint64_t word, unsigned high, unsigned low)
{
	return high < low ? 0 : word << (63 - high) >> (63 - high + low);
}

static const struct model_range *range_of(uint64_t gpa)
{
	for (unsigned i = 0; i < MODEL_RANGES; i++)
		if (gpa >= model_memory[i].gpa && gpa - model_memory[i].gpa < model_memory[i].size)
			return &model_memory[i];
	return NULL;
}

/* An entry of 4 or 8 bytes; all ones where no memory is. Frames outside of the arena hold zeros. */
static uint64_t load(uint64_t gpa, unsigned bytes, uint64_t *hpa)
{
	const struct model_range *range = range_of(gpa);
	uint64_t word;

	*hpa = 0;
	if (!range)
		return UINT64_MAX;
	*hpa = range->hpa + (gpa - range->gpa);
	word = arena_get(*hpa & ~UINT64_C(7));
	if (bytes == 8)
		return word;
	return bit(*hpa, 2) ? word >> 32 : word & 0xffffffff;
}

/* Does the manual's figure for this kind of entry show a reserved bit that is 1? */
static bool reserved(const struct spt_registers *regs, const struct spt_caps *caps, uint64_t e,
		     unsigned level, bool large)
{
	unsigned m = caps->maxphyaddr;

	if (regs->mode == SPT_32)
		return large && (bit(e, 21) || (m < 40 && bits(e, 20, m - 19)));
	if (bits(e, 51, m) || (bit(e, 63) && !regs->nxe))
		return true;
	if (regs->mode == SPT_PAE && bits(e, 62, 52))
		return true;
	if (level == 4)
		return bit(e, 7);
	if (level == 3)
		return bit(e, 7) && (!caps->page_1g || bits(e, 29, 13));
	return level == 2 && large && bits(e, 20, 13);
}

/* Takes down one entry: the flags it gets if the access succeeds. */
static void note(struct spt_model *out, uint64_t hpa, uint64_t entry, bool dirty)
{
	out->entry[out->entries].hpa = hpa;
	out->entry[out->entries].before = entry;
	out->entry[out->entries++].after = entry | 0x20 | (dirty ? 0x40 : 0);
}

struct rights {
	bool user, write, fetch;
};

static void judge(const struct spt_registers *regs, const struct spt_access *access,
		  const struct rights *may, struct spt_model *out)
{
	bool w = bit(access->error, 1), u = bit(access->error, 2), f = bit(access->error, 4);
	bool wrong = u && !may->user;

	out->by_privilege = w && !may->write && !u;
	if (w && !may->write && (u || regs->wp))
		wrong = true;
	if (f && !may->fetch)
		wrong = true;
	if (f && !u && regs->smep && may->user)
		wrong = true;
	out->only_smap = !wrong && !u && !f && regs->smap && access->smap && may->user;
	if (wrong || out->only_smap) {
		out->end = SPT_MODEL_FAULT;
		out->error |= 1;
	}
}

static void finish(const struct spt_access *access, struct spt_model *out)
{
	const struct model_range *range = range_of(out->gpa);

	if (!range || (bit(access->error, 1) && !range->writable) ||
	    (bit(access->error, 4) && !range->executable))
		out->end = SPT_MODEL_OWN;
	else
		out->hpa = range->hpa + (out->gpa - range->gpa);
}

static uint32_t error_word(const struct spt_registers *regs, const struct spt_access *access)
{
	bool nx = regs->nxe && (regs->mode == SPT_PAE || regs->mode == SPT_LONG);

	return access->error & (nx || regs->smep ? 0x16 : 0x6);
}

/* The table where the walk begins, and the level of its entries. */
static bool begin(const struct spt_registers *regs, uint64_t linear, uint64_t *table,
		  unsigned *level)
{
	uint64_t pdpte = regs->pdpte[bits(linear, 31, 30)];

	*level = regs->mode == SPT_LONG ? 4 : 2;
	*table = bits(regs->cr3, regs->mode == SPT_32 ? 31 : 51, 12) << 12;
	if (regs->mode != SPT_PAE)
		return true;
	*table = bits(pdpte, 51, 12) << 12;
	return bit(pdpte, 0);
}

static void walk(const struct spt_registers *regs, const struct spt_caps *caps,
		 const struct spt_access *access, struct spt_model *out, struct rights *may)
{
	unsigned per = regs->mode == SPT_32 ? 10 : 9, size = regs->mode == SPT_32 ? 4 : 8, level;
	uint64_t table, entry, hpa;

	if (!begin(regs, access->linear, &table, &level)) {
		out->end = SPT_MODEL_FAULT;
		return;
	}
	for (;; level--) {
		unsigned low = 12 + per * (level - 1);
		bool large;

		entry = load(table + bits(access->linear, low + per - 1, low) * size, size, &hpa);
		large = (level == 2 || level == 3) && bit(entry, 7) &&
			(regs->mode != SPT_32 || regs->pse);
		out->shift = low;
		out->leaf = !bit(entry, 0) || large || level == 1;
		note(out, hpa, entry, bit(access->error, 1) && (large || level == 1));
		if (!bit(entry, 0) || !hpa || reserved(regs, caps, entry, level, large)) {
			out->end = SPT_MODEL_FAULT;
			out->error |= bit(entry, 0) ? 9 : 0;
			return;
		}
		may->write = may->write && bit(entry, 1);
		may->user = may->user && bit(entry, 2);
		may->fetch = may->fetch && !bit(entry, 63);
		table = bits(entry, regs->mode == SPT_32 ? 31 : 51, 12) << 12;
		if (large || level == 1)
			break;
	}
	if (regs->mode == SPT_32 && level == 2)
		table = bits(entry, 31, 22) << 22 | bits(entry, 20, 13) << 32;
	out->gpa =
		bits(table, 51, out->shift) << out->shift | bits(access->linear, out->shift - 1, 0);
}

void spt_model_access(const struct spt_registers *regs, const struct spt_caps *caps,
		      const struct spt_access *access, struct spt_model *out)
{
	struct rights may = {true, true, true};

	*out = (struct spt_model){.end = SPT_MODEL_OK};
	if (regs->mode == SPT_UNPAGED) {
		out->gpa = access->linear & 0xffffffff;
	} else {
		out->error = error_word(regs, access);
		walk(regs, caps, access, out, &may);
		if (out->end == SPT_MODEL_OK)
			judge(regs, access, &may, out);
	}
	if (out->end == SPT_MODEL_OK)
		finish(access, out);
}

bool spt_cpu_access(const struct spt *spt, const struct spt_access *access, uint64_t *hpa)
{
	bool paged = spt->regs.mode != SPT_UNPAGED, four = spt->regs.mode == SPT_LONG;
	bool w = bit(access->error, 1), u = bit(access->error, 2), f = bit(access->error, 4);
	bool user = true, write = true, fetch = true;
	uint64_t table = spt->root, entry;
	unsigned low;

	for (unsigned level = four ? 4 : 3;; level--) {
		low = 12 + 9 * (level - 1);
		entry = arena_get(table + bits(access->linear, low + 8, low) * 8);
		if (!bit(entry, 0))
			return false;
		EXPECT(!bits(entry, 62, 52) && !(level == 4 && bit(entry, 7)));
		/* A page-directory-pointer register: bits 2:1 and 8:5 are reserved. */
		EXPECT(four || level < 3 || !(entry & 0x80000000000001e6));
		if (four || level < 3) {
			write = write && bit(entry, 1);
			user = user && bit(entry, 2);
			fetch = fetch && !bit(entry, 63);
		}
		table = bits(entry, 51, 12) << 12;
		if (level == 1 || bit(entry, 7))
			break;
	}
	EXPECT(low == 12 || !bits(entry, low - 1, 13));
	EXPECT(bit(entry, 5) && (bit(entry, 6) || !bit(entry, 1)));
	*hpa = bits(entry, 51, low) << low | bits(access->linear, low - 1, 0);
	if ((u && !user) || (w && !write) || (f && !fetch))
		return false;
	if (!u && user && paged &&
	    ((f && spt->regs.smep) || (!f && spt->regs.smap && access->smap)))
		return false;
	return true;
}
