// SPDX-License-Identifier: Apache-2.0
#include "ept_walk.h"
#include "ept_table.h"

/* Rights that a present entry may have, as a set over the values of bits 2:0. */
#define RIGHTS_VALID     ((1u << 1) | (1u << 3) | (1u << 5) | (1u << 7))
#define RIGHTS_EXEC_ONLY (1u << 4)
/* Memory types that a leaf may have, as a set. */
#define MEMTYPES_VALID                                                                             \
	((1u << EPT_UC) | (1u << EPT_WC) | (1u << EPT_WT) | (1u << EPT_WP) | (1u << EPT_WB))
/* Reserved where an entry points to a table: memory type, ignore-PAT. */
#define TABLE_RESERVED (EPT_MEMTYPE_MASK | EPT_IPAT)

static bool leaf_misconfigured(uint64_t entry, unsigned level, const struct ept_caps *caps)
{
	uint64_t below = ((UINT64_C(1) << ept_shift(level)) - 1) & EPT_ADDR_MASK;

	if (level == 4 || (level == 3 && !caps->page_1g))
		return true;
	return (entry & below) || !(MEMTYPES_VALID >> ept_memtype(entry) & 1);
}

/* SDM vol. 3, "EPT Misconfigurations", for an entry that is present. */
static bool misconfigured(uint64_t entry, unsigned level, const struct ept_caps *caps)
{
	unsigned rights = RIGHTS_VALID | (caps->exec_only ? RIGHTS_EXEC_ONLY : 0);

	if (!(rights >> (entry & EPT_RWX) & 1) || (entry & ept_reserved_addr(caps)))
		return true;
	if (ept_is_leaf(entry, level))
		return leaf_misconfigured(entry, level, caps);
	return entry & TABLE_RESERVED;
}

static void take_leaf(struct ept_walk *walk, uint64_t gpa)
{
	uint64_t offset;

	walk->status = EPT_WALK_OK;
	walk->shift = ept_shift(walk->level);
	offset = gpa & ((UINT64_C(1) << walk->shift) - 1);
	walk->addr = (walk->entry & EPT_ADDR_MASK) | offset;
	walk->memtype = (uint8_t)ept_memtype(walk->entry);
	walk->ipat = walk->entry & EPT_IPAT;
}

/*
 * Takes in one entry; true if the walk goes on below it. Presence comes before misconfiguration,
 * and both before rights, which only the whole walk knows (SDM vol. 3, "Prioritization of EPT
 * Misconfigurations and EPT Violations").
 */
static bool step(struct ept_walk *walk, uint64_t entry, uint64_t gpa, const struct ept_caps *caps)
{
	walk->entry = entry;
	if (!ept_present(entry) || misconfigured(entry, walk->level, caps)) {
		walk->status = ept_present(entry) ? EPT_WALK_MISCONFIG : EPT_WALK_VIOLATION;
		walk->rights = 0;
		return false;
	}
	walk->rights &= (uint8_t)(entry & EPT_RWX);
	if (!ept_is_leaf(entry, walk->level)) {
		walk->level--;
		return true;
	}
	take_leaf(walk, gpa);
	return false;
}

/* A walk that has not begun; false if four levels do not reach that address. */
static bool start(struct ept_walk *walk, uint64_t gpa)
{
	*walk = (struct ept_walk){
		.status = EPT_WALK_VIOLATION,
		.level = EPT_LEVELS,
		.rights = EPT_RWX,
	};
	if (!(gpa >> EPT_GPA_BITS))
		return true;
	walk->rights = 0;
	return false;
}

/*
 * The entry of EPT01 that ends the walk, and what it covers. Short, because each table of EPT12
 * needs one: ept01_map() makes no entry that needs checks, and limits rights in leaves alone.
 */
static inline uint64_t find01(const struct ept01 *ept01, uint64_t l1_gpa, unsigned *level)
{
	uint64_t table = ept01->root, entry;

	for (*level = EPT_LEVELS;; --*level) {
		entry = ept_load(ept_entry(table, l1_gpa, *level));
		if (!ept_present(entry) || ept_is_leaf(entry, *level))
			return entry;
		table = entry & EPT_ADDR_MASK;
	}
}

void ept01_walk(const struct ept01 *ept01, uint64_t l1_gpa, struct ept_walk *out)
{
	if (!start(out, l1_gpa))
		return;
	out->entry = find01(ept01, l1_gpa, &out->level);
	out->rights = (uint8_t)(out->entry & EPT_RWX);
	if (out->rights)
		take_leaf(out, l1_gpa);
}

/* An entry of EPT12 that the walk used. */
struct used {
	uint64_t *where; /* NULL: nothing readable there */
	uint64_t value;
	bool writable;
};

/* The page of EPT01 that the last table of EPT12 was found in; the next one mostly is there, too.
 */
struct window {
	uint64_t entry; /* 0: none yet */
	uint64_t l1_gpa;
	unsigned shift;
};

static bool look(struct window *window, const struct ept01 *ept01, uint64_t l1_gpa)
{
	unsigned level;

	if (window->entry && !((window->l1_gpa ^ l1_gpa) >> window->shift))
		return true;
	if (l1_gpa >> EPT_GPA_BITS)
		return false;
	window->entry = find01(ept01, l1_gpa, &level);
	window->l1_gpa = l1_gpa;
	window->shift = ept_shift(level);
	if (!(window->entry & EPT_R))
		window->entry = 0;
	return window->entry;
}

/* One load of an entry of EPT12. Nothing there reads as all ones, which no level accepts. */
static struct used read_entry12(struct window *window, const struct ept01 *ept01, uint64_t l1_gpa)
{
	struct used used = {.value = UINT64_MAX};
	uint64_t offset;

	if (!look(window, ept01, l1_gpa))
		return used;
	offset = l1_gpa & ((UINT64_C(1) << window->shift) - 1);
	used.where = ept_ptr((window->entry & EPT_ADDR_MASK) + offset);
	used.value = ept_load(used.where);
	used.writable = window->entry & EPT_W;
	return used;
}

/*
 * Sets bits in an entry as long as it is still the one that was read: a plain OR could put them
 * into an entry that L1 has meanwhile given another meaning. False if it was changed.
 */
static bool set_bits(const struct used *used, uint64_t bits)
{
	uint64_t expected = used->value;

	if ((expected & bits) == bits || !used->writable)
		return true;
	return __atomic_compare_exchange_n(used->where, &expected, expected | bits, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* SDM vol. 3, "Accessed and Dirty Flags for EPT"; used[] is indexed by level. */
static void mark_used(struct ept_walk *walk, const struct used *used, bool write)
{
	for (unsigned level = EPT_LEVELS; level >= walk->level; level--) {
		uint64_t bits = EPT_A | (write && level == walk->level ? EPT_D : 0);

		if (!set_bits(&used[level], bits)) {
			walk->status = EPT_WALK_RACED;
			return;
		}
	}
}

/*
 * The short way of step(): nearly every entry of a table above the leaves gives all rights and has
 * no bit that needs a thought. @reserved: the address bits that must be 0.
 */
static inline bool plain_table(uint64_t entry, unsigned level, uint64_t reserved)
{
	return level > 1 && (entry & (EPT_RWX | TABLE_RESERVED | EPT_LARGE | reserved)) == EPT_RWX;
}

/* The walk ends at a leaf that allows the access: A and D, where they are not set already. */
static void mark_leaf(struct ept_walk *walk, const struct used *used, uint64_t all, bool write)
{
	if (!(all & EPT_A) || (write && !(walk->entry & EPT_D)))
		mark_used(walk, used, write);
	walk->dirty = write || (walk->entry & EPT_D);
}

void ept12_walk(const struct ept01 *ept01, const struct ept_caps *caps12, uint64_t eptp12,
		uint64_t l2_gpa, uint64_t access, struct ept_walk *out)
{
	struct used used[EPT_LEVELS + 1];
	uint64_t table = eptp12 & EPTP_ADDR_MASK, reserved = ept_reserved_addr(caps12);
	uint64_t all = UINT64_MAX; /* AND of the entries */
	struct window window = {0};
	struct used *now;

	if (!start(out, l2_gpa))
		return;
	for (;;) {
		uint64_t where = table + ept_index(l2_gpa, out->level) * sizeof(uint64_t);

		now = &used[out->level];
		*now = read_entry12(&window, ept01, where);
		if (!now->where) {
			out->table_gone = true;
			out->addr = where;
		}
		all &= now->value;
		if (plain_table(now->value, out->level, reserved))
			out->level--;
		else if (!step(out, now->value, l2_gpa, caps12))
			break;
		table = now->value & EPT_ADDR_MASK;
	}
	if (out->status != EPT_WALK_OK)
		return;
	if ((out->rights & access) != access)
		out->status = EPT_WALK_VIOLATION;
	else if (eptp12 & EPTP_AD)
		mark_leaf(out, used, all, access & EPT_W);
}

bool ept_eptp_valid(uint64_t eptp, const struct ept_caps *caps)
{
	uint64_t memtype = eptp & EPTP_MEMTYPE_MASK;
	uint64_t known = EPTP_MEMTYPE_MASK | EPTP_WALK_MASK | EPTP_ADDR_MASK;

	known &= ~ept_reserved_addr(caps);
	if (caps->ad)
		known |= EPTP_AD;
	return memtype == EPT_WB && (eptp & EPTP_WALK_MASK) == EPTP_WALK_4 && !(eptp & ~known);
}
