// SPDX-License-Identifier: Apache-2.0
// What the attacker writes: good values, refused ones and nonsense, never where L1 itself would
// fall.
#include "race.h"

enum { RWX = 7, WRITE_BACK = 6 << 3, LEAF = 0x63, TABLE = 0x27 };

uint64_t random_next(struct random *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return r->state;
}

static void store(volatile uint64_t *word, uint64_t value)
{
	*word = value;
}

/* Any word behind the revision, which the victim mends; it writes anew what L1 itself lives on. */
static void attack_vmcs(struct random *r)
{
	uint64_t at = random_below(r, 512), value = random_next(r);

	store(&prey.vmcs[at], r->state & 64 ? value : prey.vmcs[at] ^ BIT(value % 64));
}

static void attack_msr_bitmap(struct random *r)
{
	vm.msr_bitmap[random_below(r, 4096)] = (uint8_t)random_next(r);
}

static void attack_io_bitmap(struct random *r)
{
	vm.io_bitmap[random_below(r, 8192)] = (uint8_t)random_next(r);
}

/* Registers that no L1 dies of; then some that no list may load, and some that do not exist. */
static const uint32_t listed[] = {
	MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_STAR, MSR_KERNEL_GS_BASE, MSR_FS_BASE,
	MSR_BIOS_SIGN,   MSR_LSTAR,        0x808,    0xdeadbeef,         0x40000000,
};
enum { READABLE = 5 };

/* A list that L1's exits need may hold what they take, or L1 ends by a VMX abort. */
static void attack_lists(struct random *r)
{
	struct msr_entry *e = &prey.entry_load[random_below(r, LIST_ENTRIES)];

	e->index = listed[random_below(r, ARRAY_SIZE(listed))];
	e->reserved = random_below(r, 16) ? 0 : 1;
	e->value = random_below(r, 2) ? random_next(r) : 0;
	prey.exit_load[random_below(r, LIST_ENTRIES)].value = random_next(r);
	e = &prey.exit_store[random_below(r, LIST_ENTRIES)];
	e->index = listed[random_below(r, READABLE)];
}

/* An entry of a page table: right, absent, read-only, of the other page, reserved bits, nonsense.
 */
static uint64_t bad_entry(struct random *r, uint64_t good)
{
	switch (random_below(r, 64)) { /* L2 is to come through now and then */
	case 0:
		return 0;
	case 1:
		return good & ~BIT(1);
	case 2:
		return good ^ PAGE_SIZE;
	case 3:
		return good | BIT(51);
	case 4:
		return good & ~(BIT(5) | BIT(6));
	case 5:
		return good ^ BIT(random_below(r, 64));
	default:
		return good;
	}
}

static volatile uint64_t *area_word(enum area_page page, uint64_t i)
{
	return (volatile uint64_t *)(uintptr_t)AREA_PAGE(page) + i;
}

static void attack_l2_tables(struct random *r)
{
	uint64_t page = random_below(r, 5);

	switch (random_below(r, 8)) {
	case 0:
		store(area_word(AREA_PML4, 0), bad_entry(r, AREA_PAGE(AREA_PDPT) | TABLE));
		break;
	case 1:
		store(area_word(AREA_PD, AREA >> 21), bad_entry(r, AREA_PAGE(AREA_PT) | TABLE));
		break;
	default:
		store(area_word(AREA_PT, page), bad_entry(r, AREA_PAGE(page) | LEAF));
	}
}

/* Whatever becomes of the flags, the pages are these two. */
static void attack_operands(struct random *r)
{
	uint64_t leaf = bad_entry(r, LEAF) & ~BITS(50, 12);
	uint64_t *page = (uint64_t *)(uintptr_t)prey.operand_page[random_below(r, 2)];

	store(&prey.operand_leaf[random_below(r, 2)], leaf | address_of(page));
	store(&page[random_below(r, 512)], random_next(r));
}

/* Device holes, no memory at all, misconfigurations; never any RAM but L2's. */
static const uint64_t bad_leaves[] = {
	0,
	2,
	RWX | BIT(51) | AREA,
	RWX | 7 << 3 | AREA,
	RWX | WRITE_BACK | 0xfee00000,
	RWX | WRITE_BACK | 0xfec00000,
	RWX | 0xfed00000,
	RWX | WRITE_BACK | 0xc0000000,
	RWX | WRITE_BACK | BIT(37),
	4 | WRITE_BACK | AREA_PAGE(AREA_DATA),
	1 | WRITE_BACK | AREA_PAGE(AREA_DATA),
	RWX | WRITE_BACK | 0xb8000,
};

static void attack_ept(struct random *r)
{
	uint64_t page = random_below(r, 16), good = AREA_PAGE(page) | RWX | WRITE_BACK;
	uint64_t bad = bad_leaves[random_below(r, ARRAY_SIZE(bad_leaves))];
	bool data = page == AREA_DATA || page == AREA_DATA + 1;

	if (random_below(r, 4) == 0)
		store(prey.ept_table,
		      random_below(r, 32) ? prey.ept_table_good : random_below(r, 3));
	else
		store(&prey.ept_leaf[page], random_below(r, data ? 2 : 32) ? good : bad);
}

static void attack_vtpr(struct random *r)
{
	*(volatile uint8_t *)(prey.virtual_apic + 0x80) = (uint8_t)random_next(r);
}

/* Instructions that L0 decodes when they meet a device, and that exit; the rest of a slot is NOP.
 */
static const struct {
	uint8_t bytes[SLOT_BYTES];
} codes[] = {
	{{0x8b, 0x18}},                         /* mov (%rax), %ebx */
	{{0x89, 0x18}},                         /* mov %ebx, (%rax) */
	{{0x01, 0x18}},                         /* add %ebx, (%rax) */
	{{0xf0, 0x0f, 0xc1, 0x18}},             /* lock xadd %ebx, (%rax) */
	{{0x0f, 0xb1, 0x18}},                   /* cmpxchg %ebx, (%rax) */
	{{0x87, 0x18}},                         /* xchg %ebx, (%rax) */
	{{0x0f, 0xb6, 0x18}},                   /* movzbl (%rax), %ebx */
	{{0x0f, 0xa3, 0x18}},                   /* bt %ebx, (%rax) */
	{{0xff, 0x00}},                         /* incl (%rax) */
	{{0xff, 0x30}},                         /* push (%rax) */
	{{0x0f, 0x38, 0xf0, 0x18}},             /* movbe (%rax), %ebx */
	{{0x0f, 0x10, 0x00}},                   /* movups (%rax), %xmm0 */
	{{0xc7, 0x00, 1, 2, 3, 4}},             /* movl $imm, (%rax) */
	{{0x48, 0x81, 0x08, 1, 2, 3, 4}},       /* orq $imm, (%rax) */
	{{0xf3, 0xa4}},                         /* rep movsb */
	{{0xf3, 0xab}},                         /* rep stosl */
	{{0xf3, 0xa6}},                         /* repe cmpsb */
	{{0xf3, 0x6c}},                         /* rep insb */
	{{0xf3, 0x6e}},                         /* rep outsb */
	{{0x6d}},                               /* insl */
	{{0x6f}},                               /* outsl */
	{{0xec}},                               /* in %dx, %al */
	{{0xee}},                               /* out %al, %dx */
	{{0x0f, 0x32}},                         /* rdmsr */
	{{0x0f, 0xa2}},                         /* cpuid */
	{{0x44, 0x0f, 0x22, 0xc3}},             /* mov %rbx, %cr8 */
	{{0x44, 0x0f, 0x20, 0xc3}},             /* mov %cr8, %rbx */
	{{0x0f, 0x20, 0xdb, 0x0f, 0x22, 0xdb}}, /* mov %cr3, %rbx; mov %rbx, %cr3 */
	{{0x0f, 0x01, 0x38}},                   /* invlpg (%rax) */
	{{0xfb, 0xf4}},                         /* sti; hlt */
	{{0x9d}},                               /* popf */
	{{0xcc}},                               /* int3 */
	{{0xf1}},                               /* int1 */
	{{0x0f, 0x0b}},                         /* ud2 */
};

static void attack_code(struct random *r)
{
	volatile uint8_t *slot = (volatile uint8_t *)(uintptr_t)SLOT;
	const uint8_t *bytes = codes[random_below(r, ARRAY_SIZE(codes))].bytes;

	for (unsigned int i = 0; i < SLOT_BYTES; i++)
		slot[i] = bytes[i] ? bytes[i] : 0x90;
	if (random_below(r, 16) == 0)
		slot[random_below(r, SLOT_BYTES)] = (uint8_t)random_next(r);
}

void attack_once(struct random *r)
{
	static void (*const attacks[])(struct random * r) = {
		attack_vmcs,      attack_msr_bitmap, attack_io_bitmap, attack_lists,
		attack_l2_tables, attack_operands,   attack_ept,       attack_ept,
		attack_vtpr,      attack_code,       attack_code,      attack_code,
	};

	attacks[random_below(r, ARRAY_SIZE(attacks))](r);
}
