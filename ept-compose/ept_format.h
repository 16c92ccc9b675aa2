/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bits of EPT paging-structure entries and of the EPT pointer.
 * Source: SDM vol. 3, "The Extended Page Table Mechanism (EPT)", the tables of entry formats,
 * and "Extended-Page-Table Pointer (EPTP)".
 */
#ifndef EPT_FORMAT_H
#define EPT_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

/* Rights. The same three bits, in the same places, are the access bits of an exit qualification. */
#define EPT_R   UINT64_C(0x1)
#define EPT_W   UINT64_C(0x2)
#define EPT_X   UINT64_C(0x4)
#define EPT_RWX (EPT_R | EPT_W | EPT_X)

/* The rest of an entry. An entry with none of EPT_RWX is not present; its other bits mean nothing.
 */
#define EPT_MEMTYPE_SHIFT 3
#define EPT_MEMTYPE_MASK  UINT64_C(0x38) /* leaves only, reserved elsewhere */
#define EPT_IPAT          UINT64_C(0x40) /* leaves only: the guest's PAT does not count */
#define EPT_LARGE         UINT64_C(0x80) /* leaf at level 2 or 3, reserved at level 4 */
#define EPT_A             UINT64_C(0x100)
#define EPT_D             UINT64_C(0x200)
#define EPT_SUPPRESS_VE   (UINT64_C(1) << 63)
#define EPT_ADDR_MASK     UINT64_C(0x000ffffffffff000)

enum ept_memtype {
	EPT_UC = 0,
	EPT_WC = 1,
	EPT_WT = 4,
	EPT_WP = 5,
	EPT_WB = 6,
};

/* Levels are counted as the hardware walks: 4 is the root (PML4), 1 the table of 4 KiB leaves. */
#define EPT_LEVELS    4
#define EPT_ENTRIES   512u
#define EPT_PAGE_SIZE UINT64_C(4096)
#define EPT_GPA_BITS  48 /* what four levels reach */
#define EPT_SHIFT_4K  12u
#define EPT_SHIFT_2M  21u
#define EPT_SHIFT_1G  30u

/* Log2 of what one entry of a table at this level covers. */
static inline unsigned ept_shift(unsigned level)
{
	return EPT_SHIFT_4K + 9 * (level - 1);
}

static inline unsigned ept_index(uint64_t gpa, unsigned level)
{
	return (unsigned)(gpa >> ept_shift(level)) & (EPT_ENTRIES - 1);
}

static inline bool ept_present(uint64_t entry)
{
	return entry & EPT_RWX;
}

/* Does this (present) entry map a page, rather than point to a table? */
static inline bool ept_is_leaf(uint64_t entry, unsigned level)
{
	return level == 1 || (entry & EPT_LARGE);
}

static inline unsigned ept_memtype(uint64_t entry)
{
	return (unsigned)((entry & EPT_MEMTYPE_MASK) >> EPT_MEMTYPE_SHIFT);
}

/* EPT pointer. */
#define EPTP_MEMTYPE_MASK UINT64_C(0x7)
#define EPTP_WALK_MASK    UINT64_C(0x38)
#define EPTP_WALK_4       (UINT64_C(3) << 3)
#define EPTP_AD           UINT64_C(0x40)
#define EPTP_ADDR_MASK    EPT_ADDR_MASK

/*
 * What a level of virtualization may use: for EPT12 what L1 was offered in IA32_VMX_EPT_VPID_CAP
 * and CPUID, for EPT01 and EPT02 what the processor has. 2 MiB leaves are taken for granted.
 */
struct ept_caps {
	uint8_t maxphyaddr; /* bits above are reserved in every entry; 32 to 52 */
	bool exec_only;     /* X without R is allowed */
	bool page_1g;
	bool ad; /* accessed and dirty flags, EPTP bit 6 */
};

/* Address bits that are reserved in an entry or an EPTP under these capabilities: 51:MAXPHYADDR. */
static inline uint64_t ept_reserved_addr(const struct ept_caps *caps)
{
	return EPT_ADDR_MASK & ~((UINT64_C(1) << caps->maxphyaddr) - 1);
}

/* Exit qualification of an EPT violation (SDM vol. 3, "Exit Qualification for EPT Violations"). */
#define EPT_QUAL_ACCESS       EPT_RWX         /* bits 2:0: what was tried */
#define EPT_QUAL_RIGHTS_SHIFT 3               /* bits 5:3: AND of the rights along the walk */
#define EPT_QUAL_LINEAR       UINT64_C(0x80)  /* the guest-linear address is valid */
#define EPT_QUAL_FINAL        UINT64_C(0x100) /* the access itself, not a guest page-walk */
#define EPT_QUAL_NMI_UNBLOCK  UINT64_C(0x1000)

/* Errors: zero, or one of these. */
enum ept_error {
	EPT_ENOMEM = -12, /* the pool is empty */
	EPT_EINVAL = -22, /* an argument is unaligned, out of range or otherwise impossible */
};

#endif
