// SPDX-License-Identifier: Apache-2.0
// The world that is under attack: L2's tables, EPT that lets it write its own memory alone,
// operands.
#include "race.h"

enum { RWX = 7, RX = 5, WRITE_BACK = 6 << 3, LARGE = 1 << 7, TABLE = 0x27, LEAF = 0x63 };

struct prey prey;
static uint64_t operand_pdpt[512] __attribute__((aligned(4096)));
static uint64_t operand_pd[512] __attribute__((aligned(4096)));
static uint64_t operand_pt[512] __attribute__((aligned(4096)));

static uint64_t *area_table(enum area_page page)
{
	return (uint64_t *)(uintptr_t)AREA_PAGE(page);
}

/* L2's page tables: the image as L1 has it, and AREA by small pages. */
static void build_l2_tables(void)
{
	area_table(AREA_PML4)[0] = AREA_PAGE(AREA_PDPT) | TABLE;
	area_table(AREA_PDPT)[0] = AREA_PAGE(AREA_PD) | TABLE;
	for (unsigned int i = 0; i < 8; i++)
		area_table(AREA_PD)[i] = pd[i];
	area_table(AREA_PD)[AREA >> 21] = AREA_PAGE(AREA_PT) | TABLE;
	for (uint64_t i = 0; i < 512; i++)
		area_table(AREA_PT)[i] = (AREA + i * PAGE_SIZE) | LEAF;
}

/* Of the image L2 can execute and read everything. */
static void build_ept(void)
{
	uint64_t *table = page_alloc(), *root = page_alloc(), *pdpt_page = page_alloc();
	uint64_t *directory = page_alloc();

	root[0] = address_of(pdpt_page) | RWX;
	pdpt_page[0] = address_of(directory) | RWX;
	for (uint64_t i = 0; i < 8; i++)
		directory[i] = i << 21 | RX | WRITE_BACK | LARGE;
	for (uint64_t i = 0; i < 512; i++)
		table[i] = (AREA + i * PAGE_SIZE) | RWX | WRITE_BACK;
	prey.ept_leaf = table;
	prey.ept_table = &directory[AREA >> 21];
	prey.ept_table_good = address_of(table) | RWX;
	*prey.ept_table = prey.ept_table_good;
	vm.ept = root;
}

static void build_operands(void)
{
	pml4[4] = address_of(operand_pdpt) | TABLE;
	operand_pdpt[0] = address_of(operand_pd) | TABLE;
	operand_pd[0] = address_of(operand_pt) | TABLE;
	for (unsigned int i = 0; i < 2; i++) {
		prey.operand_page[i] = address_of(page_alloc());
		operand_pt[i] = prey.operand_page[i] | LEAF;
	}
	prey.operand_leaf = operand_pt;
}

void area_build(void)
{
	volatile uint8_t *code = (volatile uint8_t *)(uintptr_t)AREA_PAGE(AREA_CODE);

	for (unsigned int i = 0; i < 2 * PAGE_SIZE; i++)
		code[i] = 0x90;
	code[SLOT + SLOT_BYTES - AREA] = 0x0f; /* VMCALL */
	code[SLOT + SLOT_BYTES + 1 - AREA] = 0x01;
	code[SLOT + SLOT_BYTES + 2 - AREA] = 0xc1;
	build_l2_tables();
	build_ept();
	build_operands();
	prey.virtual_apic = page_alloc();
	prey.entry_load = page_alloc();
	prey.exit_load = page_alloc();
	prey.exit_store = page_alloc();
	/* What ends L1 is no test: IA32_STAR takes every value. */
	for (unsigned int i = 0; i < LIST_ENTRIES; i++)
		prey.exit_load[i].index = prey.exit_store[i].index = MSR_STAR;
}
