// SPDX-License-Identifier: Apache-2.0
#include "memory/paging.h"

#include "ept_walk.h"
#include "hw/x86.h"
#include "vmcs12.h"
#include "vmcs_access.h"

#define PTE_PRESENT  0x1ull
#define PTE_WRITABLE 0x2ull
#define PTE_USER     0x4ull
#define PTE_ACCESSED 0x20ull
#define PTE_DIRTY    0x40ull
#define PTE_LARGE    0x80ull
#define PTE_ADDRESS  0x000ffffffffff000ull
#define PTE_NX       (1ull << 63)

/* A 4 MiB page's address bits 39:32 are the entry's 20:13 (SDM vol. 3, table 4-4). */
#define PSE36_BITS  0x001fe000ull
#define PSE36_SHIFT 19

/* How often a walk begins anew because another processor changed an entry under it. */
#define WALKS 4

/* How one kind of paging looks (SDM vol. 3, chapter 4): said once for the walk below. */
struct paging {
	uint8_t levels, index_bits, entry_bytes;
	uint8_t large_levels;    /* bit n: an entry of level n may be a leaf */
	uint8_t no_large_levels; /* bit n: the bit that would say so is reserved */
	uint64_t high;           /* bits that are reserved from MAXPHYADDR on */
};

#define HIGH_LONG PTE_ADDRESS
#define HIGH_PAE  (~0ull & ~PTE_NX & ~0xfffull)

static const struct paging paging_long = {4, 9, 8, 1u << 2 | 1u << 3, 1u << 4, HIGH_LONG};
static const struct paging paging_long_2m = {4, 9, 8, 1u << 2, 1u << 3 | 1u << 4, HIGH_LONG};
static const struct paging paging_pae = {3, 9, 8, 1u << 2, 0, HIGH_PAE};
static const struct paging paging_32 = {2, 10, 4, 0, 0, 0};
static const struct paging paging_32_pse = {2, 10, 4, 1u << 2, 0, 0};

static const struct paging *paging_mode(const struct guest_space *s, uint64_t efer)
{
	if (!(vmcs_read(VMCS_GUEST_CR0) & CR0_PG))
		return NULL;
	if (efer & EFER_LMA)
		return s->page_1g ? &paging_long : &paging_long_2m;
	if (vmcs_read(VMCS_GUEST_CR4) & CR4_PAE)
		return &paging_pae;
	return vmcs_read(VMCS_GUEST_CR4) & CR4_PSE ? &paging_32_pse : &paging_32;
}

/* What is tried, and what the walk met. */
struct walk {
	const struct guest_space *space;
	uint64_t linear, efer;
	uint32_t access; /* bits of the error code */
	void *where[5];  /* by level: the entries, NULL where is no RAM */
	uint64_t at[5], entry[5];
	uint64_t rights; /* AND of the writable, user and accessed bits */
	uint64_t nx;     /* OR of that bit */
	unsigned leaf;   /* level of the last entry */
	unsigned shift;  /* log2 of what it maps */
};

/* The exit that an answer of EPT12 is. */
static bool stopped_by_ept12(const struct ept_walk *walk, uint64_t access, struct guest_answer *why)
{
	if (walk->status == EPT_WALK_RACED)
		why->verdict = GUEST_AGAIN;
	else if (walk->status == EPT_WALK_MISCONFIG)
		why->verdict = GUEST_MISCONFIG;
	else
		why->verdict = GUEST_VIOLATION;
	if (why->verdict == GUEST_VIOLATION)
		why->qualification |= access | (uint64_t)walk->rights << EPT_QUAL_RIGHTS_SHIFT;
	else
		why->qualification = 0;
	return false;
}

/* Not inlined: most accesses are L1's, which need none of this. */
static __attribute__((noinline)) bool through_ept12(const struct guest_space *s, uint64_t gpa,
						    uint64_t access, uint64_t flags,
						    uint64_t linear, uint64_t *l1_gpa,
						    struct guest_answer *why)
{
	struct ept_walk walk;

	/* With accessed and dirty flags in EPT12 walks count as writes (SDM vol. 3, 29.3.3.2). */
	if (flags == EPT_QUAL_LINEAR && (s->eptp12 & EPTP_AD))
		access = EPT_W;
	ept12_walk(s->ept01, s->caps12, s->eptp12, gpa, access, &walk);
	*l1_gpa = walk.addr;
	if (walk.status == EPT_WALK_OK)
		return true;
	*why = (struct guest_answer){.linear = linear, .gpa = gpa, .qualification = flags};
	return stopped_by_ept12(&walk, access, why);
}

bool guest_physical(const struct guest_space *s, uint64_t gpa, uint64_t access, bool final,
		    uint64_t linear, uint64_t *l1_gpa, struct guest_answer *why)
{
	*l1_gpa = gpa;
	return !s->eptp12 ||
	       through_ept12(s, gpa, access, EPT_QUAL_LINEAR | (final ? EPT_QUAL_FINAL : 0), linear,
			     l1_gpa, why);
}

bool guest_pdptes(const struct guest_space *s, uint64_t gpa, uint64_t pdpte[4],
		  struct guest_answer *why)
{
	const volatile uint64_t *table;

	if (s->eptp12 && !through_ept12(s, gpa, EPT_R, 0, 0, &gpa, why))
		return false;
	table = ram_ptr(s->ram, gpa, 32);
	for (unsigned i = 0; i < 4; i++)
		pdpte[i] = table ? table[i] : ~0ull;
	return true;
}

/* One load of an entry. Where there is no RAM all bits read as ones. */
static inline __attribute__((always_inline)) bool
read_entry(struct walk *w, uint64_t gpa, unsigned bytes, struct guest_answer *why)
{
	uint64_t l1_gpa;
	void *p;

	if (!guest_physical(w->space, gpa, EPT_R, false, w->linear, &l1_gpa, why))
		return false;
	p = ram_ptr(w->space->ram, l1_gpa, bytes);
	w->at[w->leaf] = gpa;
	w->where[w->leaf] = p;
	if (bytes == 8)
		w->entry[w->leaf] = p ? *(const volatile uint64_t *)p : ~0ull;
	else
		w->entry[w->leaf] = p ? *(const volatile uint32_t *)p : ~0u;
	return true;
}

/* The error code tells of a fetch only where something can forbid one (SDM vol. 3, 4.7). */
static bool page_fault(const struct walk *w, uint32_t bits, struct guest_answer *why)
{
	uint64_t cr4 = vmcs_read(VMCS_GUEST_CR4);
	bool tells = (cr4 & CR4_SMEP) || ((cr4 & CR4_PAE) && (w->efer & EFER_NX));

	*why = (struct guest_answer){
		.verdict = GUEST_FAULT,
		.vector = VECTOR_PF,
		.error = (w->access & ~(tells ? 0 : PF_FETCH)) | bits,
		.linear = w->linear,
	};
	return false;
}

/* Reserved bits of a large leaf beside those of every entry. */
static uint64_t reserved_large(const struct walk *w, const struct paging *mode)
{
	unsigned address_bits = w->space->maxphyaddr < 40 ? w->space->maxphyaddr : 40;

	if (mode->entry_bytes == 8)
		return ((1ull << w->shift) - 1) & ~0x1fffull; /* bit 12 is PAT */
	return 1ull << 21 | (PSE36_BITS & ~((1ull << (address_bits - PSE36_SHIFT)) - 1));
}

static bool reserved_set(const struct walk *w, const struct paging *mode)
{
	uint64_t entry = w->entry[w->leaf];

	if (!(entry & PTE_LARGE) || w->leaf == 1)
		return false;
	if (mode->no_large_levels >> w->leaf & 1)
		return true;
	return (mode->large_levels >> w->leaf & 1) && (entry & reserved_large(w, mode));
}

static inline __attribute__((always_inline)) bool walk_levels(const struct paging *mode,
							      unsigned top, uint64_t table,
							      struct walk *w,
							      struct guest_answer *why)
{
	uint64_t reserved = mode->high & ~((1ull << w->space->maxphyaddr) - 1);

	if (mode->high && !(w->efer & EFER_NX))
		reserved |= PTE_NX;
	w->rights = PTE_WRITABLE | PTE_USER | PTE_ACCESSED;
	w->nx = 0;
	w->leaf = top;
	w->shift = 12 + mode->index_bits * (top - 1u);
	for (;; w->leaf--, w->shift -= mode->index_bits) {
		uint64_t index = w->linear >> w->shift & ((1u << mode->index_bits) - 1), entry;

		if (!read_entry(w, table + index * mode->entry_bytes, mode->entry_bytes, why))
			return false;
		entry = w->entry[w->leaf];
		if (!(entry & PTE_PRESENT))
			return page_fault(w, 0, why);
		if ((entry & reserved) || ((entry & PTE_LARGE) && reserved_set(w, mode)))
			return page_fault(w, PF_PRESENT | PF_RESERVED, why);
		w->rights &= entry;
		w->nx |= entry;
		table = entry & PTE_ADDRESS;
		if (w->leaf == 1 || ((entry & PTE_LARGE) && mode->large_levels >> w->leaf & 1))
			return true;
	}
}

/* PAE: the four top entries are registers of the processor, which the VMCS holds. */
static bool walk_pae(struct walk *w, struct guest_answer *why)
{
	uint64_t pdpte = vmcs_read(VMCS_GUEST_PDPTE0 + 2 * (uint32_t)(w->linear >> 30 & 3));

	if (!(pdpte & PTE_PRESENT))
		return page_fault(w, 0, why);
	return walk_levels(&paging_pae, 2, pdpte & PTE_ADDRESS, w, why);
}

/*
 * The walk of a 64-bit guest, by far the most frequent, is made by the compiler from the same text
 * with the constants of its mode.
 */
static bool walk_tables(const struct paging *mode, struct walk *w, struct guest_answer *why)
{
	if (mode == &paging_pae)
		return walk_pae(w, why);
	if (mode == &paging_long)
		return walk_levels(&paging_long, 4, vmcs_read(VMCS_GUEST_CR3) & PTE_ADDRESS, w,
				   why);
	return walk_levels(mode, mode->levels, vmcs_read(VMCS_GUEST_CR3) & PTE_ADDRESS, w, why);
}

static uint64_t leaf_address(const struct paging *mode, const struct walk *w)
{
	uint64_t offset = (1ull << w->shift) - 1, entry = w->entry[w->leaf];
	uint64_t address = (entry & PTE_ADDRESS & ~offset) | (w->linear & offset);

	if (mode->entry_bytes == 4 && w->leaf == 2)
		address |= (entry & PSE36_BITS) << PSE36_SHIFT;
	return address;
}

/* A supervisor's access to a user page: SMEP, and SMAP unless EFLAGS.AC lets it. */
static bool supervisor_allowed(uint32_t access)
{
	uint64_t cr4 = vmcs_read(VMCS_GUEST_CR4);

	if (access & PF_FETCH)
		return !(cr4 & CR4_SMEP);
	return !(cr4 & CR4_SMAP) || (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_AC);
}

/*
 * CPL 3 needs the user bit throughout, a write the writable bit, but for a supervisor with CR0.WP
 * off, a fetch no NX (SDM vol. 3, 4.6).
 */
static bool rights_allow(const struct walk *w)
{
	bool user = w->access & PF_USER;

	if (user && !(w->rights & PTE_USER))
		return false;
	if ((w->access & PF_WRITE) && !(w->rights & PTE_WRITABLE) &&
	    (user || (vmcs_read(VMCS_GUEST_CR0) & CR0_WP)))
		return false;
	if ((w->access & PF_FETCH) && (w->nx & PTE_NX))
		return false;
	return user || !(w->rights & PTE_USER) || supervisor_allowed(w->access);
}

/*
 * Flags come into the entry only as long as it is the one that was checked. False: it is not, or
 * EPT12 lets nothing be written there. What lies in no RAM keeps no flags.
 */
static bool set_flags(const struct walk *w, unsigned level, unsigned bytes, uint64_t flags,
		      struct guest_answer *why)
{
	uint64_t entry = w->entry[level], l1_gpa;
	uint32_t half = (uint32_t)entry;

	if ((entry & flags) == flags || !w->where[level])
		return true;
	if (!guest_physical(w->space, w->at[level], EPT_W, false, w->linear, &l1_gpa, why))
		return false;
	why->verdict = GUEST_AGAIN;
	if (bytes == 4)
		return __atomic_compare_exchange_n((uint32_t *)w->where[level], &half,
						   half | (uint32_t)flags, false, __ATOMIC_SEQ_CST,
						   __ATOMIC_RELAXED);
	return __atomic_compare_exchange_n((uint64_t *)w->where[level], &entry, entry | flags,
					   false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* As the processor does when it uses the entries (SDM vol. 3, 4.8); a PDPTE of PAE has none. */
static bool mark_used(const struct walk *w, const struct paging *mode, struct guest_answer *why)
{
	unsigned top = mode == &paging_pae ? 2 : mode->levels;
	bool write = w->access & PF_WRITE;

	if ((w->rights & PTE_ACCESSED) && (!write || (w->entry[w->leaf] & PTE_DIRTY)))
		return true;
	for (unsigned level = top; level >= w->leaf; level--)
		if (!set_flags(w, level, mode->entry_bytes,
			       PTE_ACCESSED | (level == w->leaf && write ? PTE_DIRTY : 0), why))
			return false;
	return true;
}

static bool translate_once(const struct paging *mode, struct walk *w, struct guest_answer *why)
{
	if (!walk_tables(mode, w, why))
		return false;
	if (!rights_allow(w))
		return page_fault(w, PF_PRESENT, why);
	return mark_used(w, mode, why);
}

bool guest_translate(const struct guest_space *s, uint64_t linear, enum guest_access access,
		     bool user, uint64_t *gpa, struct guest_answer *why)
{
	struct walk w;
	const struct paging *mode;
	unsigned walks = 0;

	w.space = s;
	w.efer = vmcs_read(VMCS_GUEST_EFER);
	w.linear = w.efer & EFER_LMA ? linear : (uint32_t)linear;
	w.access = (uint32_t)access | (user ? PF_USER : 0);
	mode = paging_mode(s, w.efer);
	*gpa = w.linear;
	if (!mode)
		return true;
	while (!translate_once(mode, &w, why))
		if (why->verdict != GUEST_AGAIN || ++walks == WALKS)
			return false;
	*gpa = leaf_address(mode, &w);
	return true;
}

/* What must be clear in each entry, and in all together, that is read on the short way. */
static uint64_t odd_bits(unsigned maxphyaddr, uint64_t efer, enum guest_access access)
{
	bool nx_is_odd = !(efer & EFER_NX) || access == GUEST_FETCH;

	return (HIGH_LONG & ~((1ull << maxphyaddr) - 1)) | (nx_is_odd ? PTE_NX : 0);
}

/* ram_ptr() of a page-table entry: RAM ends with a page, and is mostly below the hole. */
static inline const volatile uint64_t *ram_entry(const struct ram *ram, uint64_t at)
{
	if (__builtin_expect(at < ram->below, true))
		return (const volatile uint64_t *)(uintptr_t)(ram->hpa_below + at);
	return ram_ptr(ram, at, 8);
}

/* A walk the short way: what each entry must be, what the last one was, and what all had. */
struct short_walk {
	const struct ram *ram;
	uint64_t linear, wanted, looked_at;
	uint64_t entry, all;
	struct guest_path *path; /* NULL: nobody asks for it */
};

/* What comes after this one is the same, until it is found. */
static inline void note_step(struct guest_path *path, unsigned level,
			     const volatile uint64_t *where, uint64_t entry)
{
	for (; level < GUEST_PATH_LEVELS; level++) {
		path->entry[level] = where;
		path->value[level] = entry;
	}
}

/*
 * The next entry, from the table that the last one names. @clear: what this one may not have
 * beside. False: the long way tells.
 */
static inline __attribute__((always_inline)) bool short_step(struct short_walk *w, unsigned shift,
							     uint64_t clear)
{
	uint64_t at = (w->entry & PTE_ADDRESS) + (w->linear >> shift & 511) * 8;

	const volatile uint64_t *p = ram_entry(w->ram, at);

	if (!p)
		return false;
	w->entry = *p;
	if (w->path)
		note_step(w->path, (39 - shift) / 9, p, w->entry);
	w->all &= w->entry;
	return (w->entry & (w->looked_at | clear)) == w->wanted;
}

static inline __attribute__((always_inline)) bool
walk_at_once(const struct ram *ram, unsigned maxphyaddr, uint64_t linear, enum guest_access access,
	     uint64_t *gpa, struct guest_path *path)
{
	uint64_t efer = vmcs_read(VMCS_GUEST_EFER), write = access == GUEST_WRITE;
	uint64_t wanted = PTE_PRESENT | PTE_ACCESSED | (write ? PTE_WRITABLE : 0), offset;
	struct short_walk w = {
		.ram = ram,
		.linear = linear,
		.wanted = wanted,
		.looked_at = wanted | odd_bits(maxphyaddr, efer, access),
		.entry = vmcs_read(VMCS_GUEST_CR3),
		.all = ~0ull,
		.path = path,
	};

	/* A page of 1 GiB is for the long way. */
	if (!(efer & EFER_LMA) || !short_step(&w, 39, PTE_LARGE) ||
	    !short_step(&w, 30, PTE_LARGE) || !short_step(&w, 21, 0))
		return false;
	offset = w.entry & PTE_LARGE ? 0x1fffff : 0xfff;
	if (w.entry & PTE_LARGE ? w.entry & 0x1fe000 : !short_step(&w, 12, 0))
		return false;
	if ((w.all & PTE_USER) || (write && !(w.entry & PTE_DIRTY)))
		return false;
	*gpa = (w.entry & PTE_ADDRESS & ~offset) | (linear & offset);
	return true;
}

bool guest_translate_at_once(const struct ram *ram, unsigned maxphyaddr, uint64_t linear,
			     enum guest_access access, uint64_t *gpa)
{
	return walk_at_once(ram, maxphyaddr, linear, access, gpa, NULL);
}

bool guest_path_take(const struct ram *ram, unsigned maxphyaddr, uint64_t linear, uint64_t *gpa,
		     struct guest_path *out)
{
	out->efer = vmcs_read(VMCS_GUEST_EFER);
	out->first = (linear >> 39 & 511) * 8;
	return (vmcs_read(VMCS_GUEST_CR3) & GUEST_PATH_TABLE) + out->first < ram->below &&
	       walk_at_once(ram, maxphyaddr, linear, GUEST_FETCH, gpa, out);
}
