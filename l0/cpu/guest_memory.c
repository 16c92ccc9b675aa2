// SPDX-License-Identifier: Apache-2.0
#include "cpu/asm.h"
#include "cpu/guest_memory.h"
#include "cpu/vcpu.h"
#include "cpu/x86.h"
#include "ept_walk.h"
#include "lib/string.h"
#include "vm.h"
#include "vmcs_access.h"

#define PTE_PRESENT  0x1ull
#define PTE_WRITABLE 0x2ull
#define PTE_USER     0x4ull
#define PTE_LARGE    0x80ull
#define PTE_ADDRESS  0x000ffffffffff000ull
#define PAGE_BYTES   4096ull

/* How one kind of paging looks (SDM vol. 3, chapter 4): said once for the walk below. */
struct paging {
	uint8_t levels, index_bits, entry_bytes;
	bool large_always; /* bit 7 means a large page without CR4.PSE */
};

static const struct paging paging_long = {4, 9, 8, true};
static const struct paging paging_pae = {3, 9, 8, true};
static const struct paging paging_32 = {2, 10, 4, false};

static const struct paging *paging_mode(void)
{
	if (!(vmcs_read(VMCS_GUEST_CR0) & CR0_PG))
		return NULL;
	if (vmcs_read(VMCS_GUEST_EFER) & EFER_LMA)
		return &paging_long;
	return vmcs_read(VMCS_GUEST_CR4) & CR4_PAE ? &paging_pae : &paging_32;
}

/* Memory at a physical address of the guest that runs: L2's go through EPT12. */
static void *guest_ram(const struct vcpu *v, uint64_t gpa, uint64_t size, uint64_t access)
{
	const struct nested *n = &v->nested;
	struct ept_walk walk;

	if (v->level == 1 || !n->ept_slot)
		return ram_ptr(&v->vm->ram, gpa, size);
	ept12_walk(&v->vm->ept01, &n->ept02.caps12, n->ept_slot->eptp12, gpa, access, &walk);
	return walk.status == EPT_WALK_OK ? ram_ptr(&v->vm->ram, walk.addr, size) : NULL;
}

static uint64_t read_entry(const struct vcpu *v, uint64_t gpa, unsigned bytes)
{
	const volatile void *p = guest_ram(v, gpa, bytes, EPT_R);

	if (!p)
		return 0;
	return bytes == 8 ? *(const volatile uint64_t *)p : *(const volatile uint32_t *)p;
}

/*
 * Linear to L1-physical. Returns false and the error code's bits if the walk or the rights stop
 * it. A CPL 3 access needs the user bit throughout; a write needs the writable bit, but for a
 * supervisor with CR0.WP off.
 */
static bool translate(const struct vcpu *v, uint64_t linear, uint32_t access, uint64_t *gpa,
		      uint32_t *error)
{
	const struct paging *mode = paging_mode();
	uint64_t rights = PTE_WRITABLE | PTE_USER, table;
	unsigned shift;

	*gpa = linear;
	if (!mode)
		return true;
	table = vmcs_read(VMCS_GUEST_CR3) & (mode == &paging_pae ? ~0x1full : PTE_ADDRESS);
	shift = 12 + mode->index_bits * (mode->levels - 1u);
	*error = access;
	for (unsigned level = mode->levels;; level--, shift -= mode->index_bits) {
		uint64_t index = linear >> shift & ((1u << mode->index_bits) - 1);
		uint64_t entry =
			read_entry(v, table + index * mode->entry_bytes, mode->entry_bytes);

		if (!(entry & PTE_PRESENT))
			return false;
		if (mode != &paging_pae || level < 3) /* PDPTEs have no rights */
			rights &= entry;
		table = entry & PTE_ADDRESS;
		if (level == 1 ||
		    (level < 4 && (entry & PTE_LARGE) && !(mode == &paging_pae && level == 3)))
			break;
	}
	*error |= PF_PRESENT;
	if ((access & PF_USER) && !(rights & PTE_USER))
		return false;
	if ((access & PF_WRITE) && !(rights & PTE_WRITABLE) &&
	    ((access & PF_USER) || (vmcs_read(VMCS_GUEST_CR0) & CR0_WP)))
		return false;

	uint64_t offset = (1ull << shift) - 1;

	*gpa = (table & ~offset) | (linear & offset);
	return true;
}

/* One piece that does not cross a page; @buffer is written for a read, read for a write. */
static bool copy_piece(struct vcpu *v, uint64_t linear, uint8_t *buffer, uint64_t size,
		       enum guest_access access)
{
	uint32_t error = 0, kind = access | (vcpu_cpl() == 3 ? PF_USER : 0);
	uint64_t gpa;

	if (!translate(v, linear, kind, &gpa, &error)) {
		write_cr2(linear);
		vcpu_inject(v, VECTOR_PF, true, error);
		return false;
	}

	void *p = guest_ram(v, gpa, size, access == GUEST_WRITE ? EPT_R | EPT_W : EPT_R);

	/* Not RAM: reads as a PC's empty bus, writes vanish. */
	if (access == GUEST_WRITE && p)
		memcpy(p, buffer, size);
	else if (access == GUEST_READ && p)
		memcpy(buffer, p, size);
	else if (access == GUEST_READ)
		memset(buffer, 0xff, size);
	return true;
}

/* Both pages are translated before anything is copied only when there are two: rare. */
static bool copy(struct vcpu *v, uint64_t linear, uint8_t *buffer, uint64_t size,
		 enum guest_access access)
{
	uint64_t first = PAGE_BYTES - (linear & (PAGE_BYTES - 1));

	if (size <= first)
		return copy_piece(v, linear, buffer, size, access);

	uint64_t gpa;
	uint32_t error, kind = access | (vcpu_cpl() == 3 ? PF_USER : 0);

	if (!translate(v, linear + first, kind, &gpa, &error)) {
		write_cr2(linear + first);
		vcpu_inject(v, VECTOR_PF, true, error);
		return false;
	}
	return copy_piece(v, linear, buffer, first, access) &&
	       copy_piece(v, linear + first, buffer + first, size - first, access);
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
		uint64_t gpa, piece = PAGE_BYTES - ((linear + done) & (PAGE_BYTES - 1));
		uint32_t error;

		if (piece > size - done)
			piece = size - done;
		if (!translate(v, linear + done, 0, &gpa, &error))
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

static bool canonical(uint64_t address)
{
	return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

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
		return offset > limit;
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
	if (long_mode ? canonical(*linear) : segment_allows(segment, offset, size, access))
		return true;
	vcpu_inject(v, segment == SEGMENT_SS_NUMBER ? VECTOR_SS : VECTOR_GP, true, 0);
	return false;
}
