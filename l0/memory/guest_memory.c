// SPDX-License-Identifier: Apache-2.0
#include "lib/asm.h"
#include "memory/guest_memory.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "ept_walk.h"
#include "lib/string.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define PTE_PRESENT  0x1ull
#define PTE_WRITABLE 0x2ull
#define PTE_USER     0x4ull
#define PTE_ACCESSED 0x20ull
#define PTE_DIRTY    0x40ull
#define PTE_LARGE    0x80ull
#define PTE_ADDRESS  0x000ffffffffff000ull
#define PAGE_BYTES   4096ull

/* How one kind of paging looks (SDM vol. 3, chapter 4): said once for the walk below. */
struct paging {
	uint8_t levels, index_bits, entry_bytes;
	uint8_t large_levels; /* bit n: an entry of level n may be a leaf */
};

static const struct paging paging_long = {4, 9, 8, 1u << 2 | 1u << 3};
static const struct paging paging_pae = {3, 9, 8, 1u << 2};
static const struct paging paging_32 = {2, 10, 4, 0};
static const struct paging paging_32_pse = {2, 10, 4, 1u << 2};

static const struct paging *paging_mode(void)
{
	if (!(vmcs_read(VMCS_GUEST_CR0) & CR0_PG))
		return NULL;
	if (vmcs_read(VMCS_GUEST_EFER) & EFER_LMA)
		return &paging_long;
	if (vmcs_read(VMCS_GUEST_CR4) & CR4_PAE)
		return &paging_pae;
	return vmcs_read(VMCS_GUEST_CR4) & CR4_PSE ? &paging_32_pse : &paging_32;
}

/* Not inlined: most walks are of L1's tables, which need none of this. */
static __attribute__((noinline)) void *ram_by_ept12(const struct vcpu *v, uint64_t gpa,
						    uint64_t size, uint64_t access)
{
	const struct nested *n = &v->nested;
	struct ept_walk walk;

	ept12_walk(&v->vm->ept01, &n->ept02.caps12, n->ept_slot->eptp12, gpa, access, &walk);
	return walk.status == EPT_WALK_OK ? ram_ptr(&v->vm->ram, walk.addr, size) : NULL;
}

static inline void *ram_at(const struct vcpu *v, uint64_t gpa, uint64_t size, uint64_t access)
{
	if (v->level == 1 || !v->nested.ept_slot)
		return ram_ptr(&v->vm->ram, gpa, size);
	return ram_by_ept12(v, gpa, size, access);
}

void *guest_ram(const struct vcpu *v, uint64_t gpa, uint64_t size, uint64_t access)
{
	return ram_at(v, gpa, size, access);
}

static inline uint64_t read_entry(const struct vcpu *v, uint64_t gpa, unsigned bytes)
{
	const volatile void *p = ram_at(v, gpa, bytes, EPT_R);

	if (!p)
		return 0;
	return bytes == 8 ? *(const volatile uint64_t *)p : *(const volatile uint32_t *)p;
}

/* The flags of an entry are in its first byte; what lies in no RAM keeps none. */
static void set_flags(const struct vcpu *v, uint64_t gpa, uint64_t entry, uint8_t flags)
{
	uint8_t *p;

	if ((entry & flags) == flags)
		return;
	p = guest_ram(v, gpa, 1, EPT_R | EPT_W);
	if (p)
		__atomic_fetch_or(p, flags, __ATOMIC_SEQ_CST);
}

/* A walk: the entries that it used, by level, and what they have in common. */
struct walk {
	uint64_t at[5], entry[5];
	uint64_t rights; /* AND of the writable, user and accessed bits */
	unsigned leaf;   /* level of the last entry */
	unsigned shift;  /* log2 of what it maps */
};

static inline __attribute__((always_inline)) bool
walk_levels(const struct vcpu *v, const struct paging *mode, uint64_t linear, struct walk *w)
{
	uint64_t table = vmcs_read(VMCS_GUEST_CR3) & (mode == &paging_pae ? ~0x1full : PTE_ADDRESS);

	w->rights = PTE_WRITABLE | PTE_USER | PTE_ACCESSED;
	w->leaf = mode->levels;
	w->shift = 12 + mode->index_bits * (mode->levels - 1u);
	for (;; w->leaf--, w->shift -= mode->index_bits) {
		uint64_t index = linear >> w->shift & ((1u << mode->index_bits) - 1);
		uint64_t at = table + index * mode->entry_bytes;
		uint64_t entry = read_entry(v, at, mode->entry_bytes);

		w->at[w->leaf] = at;
		w->entry[w->leaf] = entry;
		if (!(entry & PTE_PRESENT))
			return false;
		if (mode != &paging_pae || w->leaf < 3) /* PDPTEs have no rights, no flags */
			w->rights &= entry;
		table = entry & PTE_ADDRESS;
		if (w->leaf == 1 || ((entry & PTE_LARGE) && mode->large_levels >> w->leaf & 1))
			return true;
	}
}

/*
 * False: an entry is not present. The walk of a 64-bit guest, by far the most frequent, is made by
 * the compiler from the same text with the constants of its mode.
 */
static bool walk_tables(const struct vcpu *v, const struct paging *mode, uint64_t linear,
			struct walk *w)
{
	return mode == &paging_long ? walk_levels(v, &paging_long, linear, w)
				    : walk_levels(v, mode, linear, w);
}

static uint64_t leaf_address(const struct walk *w, uint64_t linear)
{
	uint64_t offset = (1ull << w->shift) - 1;

	return (w->entry[w->leaf] & PTE_ADDRESS & ~offset) | (linear & offset);
}

/*
 * CPL 3 needs the user bit throughout, a write the writable bit, but for a supervisor with CR0.WP
 * off; with SMAP a supervisor must not touch user pages unless EFLAGS.AC says so (SDM vol. 3, 4.6).
 */
static bool rights_allow(uint64_t rights, uint32_t access)
{
	bool user = access & PF_USER;

	if (user && !(rights & PTE_USER))
		return false;
	if ((access & PF_WRITE) && !(rights & PTE_WRITABLE) &&
	    (user || (vmcs_read(VMCS_GUEST_CR0) & CR0_WP)))
		return false;
	return user || !(rights & PTE_USER) || !(vmcs_read(VMCS_GUEST_CR4) & CR4_SMAP) ||
	       (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_AC);
}

/* As the processor does when it uses the entries (SDM vol. 3, 4.8). */
static void mark_used(const struct vcpu *v, const struct paging *mode, const struct walk *w,
		      uint32_t access)
{
	unsigned top = mode == &paging_pae ? 2 : mode->levels;

	if ((w->rights & PTE_ACCESSED) && (!(access & PF_WRITE) || (w->entry[w->leaf] & PTE_DIRTY)))
		return;
	for (unsigned level = top; level >= w->leaf; level--)
		set_flags(v, w->at[level], w->entry[level],
			  (uint8_t)(PTE_ACCESSED |
				    (level == w->leaf && (access & PF_WRITE) ? PTE_DIRTY : 0)));
}

/*
 * Linear to physical, for data. Returns false and the error code's bits if the walk or the rights
 * stop it.
 */
static bool translate(const struct vcpu *v, uint64_t linear, uint32_t access, uint64_t *gpa,
		      uint32_t *error)
{
	const struct paging *mode = paging_mode();
	struct walk w;

	if (mode != &paging_long)
		linear = (uint32_t)linear;
	*gpa = linear;
	if (!mode)
		return true;
	*error = access;
	if (!walk_tables(v, mode, linear, &w))
		return false;
	*error |= PF_PRESENT;
	if (!rights_allow(w.rights, access))
		return false;
	mark_used(v, mode, &w, access);
	*gpa = leaf_address(&w, linear);
	return true;
}

/* For code that the processor has just fetched: rights and flags were its own business. */
static bool translate_fetch(const struct vcpu *v, uint64_t linear, uint64_t *gpa)
{
	const struct paging *mode = paging_mode();
	struct walk w;

	*gpa = linear;
	if (mode && !walk_tables(v, mode, linear, &w))
		return false;
	if (mode)
		*gpa = leaf_address(&w, linear);
	return true;
}

static uint32_t access_kind(enum guest_access access)
{
	return access | (vcpu_cpl() == 3 ? PF_USER : 0);
}

/* The same, and the page fault if it must be. */
static bool reach(struct vcpu *v, uint64_t linear, enum guest_access access, uint64_t *gpa)
{
	uint32_t error = 0;

	if (translate(v, linear, access_kind(access), gpa, &error))
		return true;
	vcpu_inject_page_fault(v, linear, error);
	return false;
}

/* One piece that does not cross a page; @buffer is written for a read, read for a write. */
static void copy_piece(const struct vcpu *v, uint64_t gpa, uint8_t *buffer, uint64_t size,
		       enum guest_access access)
{
	void *p = guest_ram(v, gpa, size, access == GUEST_WRITE ? EPT_R | EPT_W : EPT_R);

	/* Not RAM: reads as a PC's empty bus, writes vanish. */
	if (access == GUEST_WRITE && p)
		memcpy(p, buffer, size);
	else if (access == GUEST_READ && p)
		memcpy(buffer, p, size);
	else if (access == GUEST_READ)
		memset(buffer, 0xff, size);
}

static uint64_t to_page_end(uint64_t linear)
{
	return PAGE_BYTES - (linear & (PAGE_BYTES - 1));
}

/* Physical addresses of the one or two pages of an operand; nothing is touched if either faults. */
static bool reach_all(struct vcpu *v, uint64_t linear, uint64_t size, enum guest_access access,
		      uint64_t gpa[2])
{
	uint64_t first = to_page_end(linear);

	if (vcpu_long_mode() && !(x86_canonical(linear) && x86_canonical(linear + size - 1))) {
		vcpu_inject_gp(v);
		return false;
	}
	return reach(v, linear, access, &gpa[0]) &&
	       (size <= first || reach(v, linear + first, access, &gpa[1]));
}

static bool copy(struct vcpu *v, uint64_t linear, uint8_t *buffer, uint64_t size,
		 enum guest_access access)
{
	uint64_t first = to_page_end(linear), gpa[2];

	if (!reach_all(v, linear, size, access, gpa))
		return false;
	copy_piece(v, gpa[0], buffer, size < first ? size : first, access);
	if (size > first)
		copy_piece(v, gpa[1], buffer + first, size - first, access);
	return true;
}

bool guest_writable(struct vcpu *v, uint64_t linear, uint64_t size)
{
	uint64_t gpa[2];

	return reach_all(v, linear, size, GUEST_WRITE, gpa);
}

bool guest_read(struct vcpu *v, uint64_t linear, void *buffer, uint64_t size)
{
	return copy(v, linear, buffer, size, GUEST_READ);
}

bool guest_write(struct vcpu *v, uint64_t linear, const void *buffer, uint64_t size)
{
	/* copy() only reads from the buffer of a write. */
	return copy(v, linear, (uint8_t *)(uintptr_t)buffer, size, GUEST_WRITE);
}

unsigned guest_fetch(struct vcpu *v, uint8_t *buffer, unsigned size)
{
	uint64_t linear = vmcs_read(VMCS_GUEST_RIP);
	unsigned done = 0;

	if (!vcpu_long_mode())
		linear = (uint32_t)(linear + vmcs_read(VMCS_GUEST_CS_BASE));
	while (done < size) {
		uint64_t gpa, piece = to_page_end(linear + done);

		if (piece > size - done)
			piece = size - done;
		if (!translate_fetch(v, linear + done, &gpa))
			break;

		const void *p = guest_ram(v, gpa, piece, EPT_R);

		if (!p)
			break;
		memcpy(buffer + done, p, piece);
		done += (unsigned)piece;
	}
	return done;
}

#define INFO_SCALING(i)   ((i)&3)
#define INFO_ADDRESS(i)   ((i) >> 7 & 7) /* 0: 16 bits, 1: 32, 2: 64 */
#define INFO_SEGMENT(i)   ((i) >> 15 & 7)
#define INFO_INDEX(i)     ((i) >> 18 & 15)
#define INFO_NO_INDEX(i)  ((i)&1u << 22)
#define INFO_BASE(i)      ((i) >> 23 & 15)
#define INFO_NO_BASE(i)   ((i)&1u << 27)
#define SEGMENT_SS_NUMBER 2
#define SEGMENT_FS_NUMBER 4

/* Limit, type and null checks of a segment outside 64-bit mode (SDM vol. 3, 5.3 to 5.6). */
static bool segment_allows(unsigned segment, uint64_t offset, uint64_t size,
			   enum guest_access access)
{
	uint32_t rights = (uint32_t)vmcs_read(VMCS_GUEST_ES_ACCESS + 2 * segment);
	uint64_t limit = vmcs_read(VMCS_GUEST_ES_LIMIT + 2 * segment);
	bool code = rights & SEGMENT_CODE, flag = rights & SEGMENT_WRITABLE;

	if (rights & SEGMENT_UNUSABLE)
		return false;
	if (access == GUEST_WRITE ? code || !flag : code && !flag)
		return false;
	if (!code && (rights & 4)) /* expands down */
		return offset > limit &&
		       offset + size - 1 <= (rights & SEGMENT_DB ? 0xffffffff : 0xffff);
	return offset + size - 1 <= limit;
}

bool guest_operand(struct vcpu *v, uint32_t info, uint64_t displacement, uint64_t size,
		   enum guest_access access, uint64_t *linear)
{
	static const uint64_t mask[] = {0xffff, 0xffffffff, ~0ull, ~0ull};
	unsigned segment = INFO_SEGMENT(info);
	bool long_mode = vcpu_long_mode();
	uint64_t offset = displacement;

	if (!INFO_NO_BASE(info))
		offset += vcpu_reg(v, INFO_BASE(info));
	if (!INFO_NO_INDEX(info))
		offset += vcpu_reg(v, INFO_INDEX(info)) << INFO_SCALING(info);
	offset &= mask[INFO_ADDRESS(info) & 3];
	*linear = offset;
	if (!long_mode || segment >= SEGMENT_FS_NUMBER)
		*linear += vmcs_read(VMCS_GUEST_ES_BASE + 2 * segment);
	if (!long_mode)
		*linear = (uint32_t)*linear;
	if (long_mode ? x86_canonical(*linear) && x86_canonical(*linear + size - 1)
		      : segment_allows(segment, offset, size, access))
		return true;
	vcpu_inject(v, segment == SEGMENT_SS_NUMBER ? VECTOR_SS : VECTOR_GP, true, 0);
	return false;
}
