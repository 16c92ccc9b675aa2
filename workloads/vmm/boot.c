// SPDX-License-Identifier: Apache-2.0
#include "boot.h"

#include <string.h>

#include "multiboot.h"

#define PML4      0x1000u
#define PDPT      0x2000u
#define PD        0x3000u // four of them
#define INFO      0x8000u
#define MAP       0x8100u
#define NAME      0x8200u
#define CMDLINE   0x9000u
#define STACK_TOP 0x80000u

#define PRESENT_WRITE 0x03u
#define LARGE         0x80u
#define LARGE_PAGE    (2ull << 20)

#define LOW_END 0x9fc00u // the usual end of conventional memory
#define HIGH    0x100000u

#define CR0_PE   0x00000001u
#define CR0_ET   0x00000010u
#define CR0_NE   0x00000020u
#define CR0_PG   0x80000000u
#define CR4_PAE  0x20u
#define EFER_LME 0x100u
#define EFER_LMA 0x400u

static void put64(struct ram ram, uint32_t at, uint64_t value)
{
	memcpy(ram.bytes + at, &value, sizeof(value));
}

static void page_tables(struct ram ram)
{
	put64(ram, PML4, PDPT | PRESENT_WRITE);
	for (uint32_t i = 0; i < 4; i++)
		put64(ram, PDPT + 8 * i, (PD + 0x1000 * i) | PRESENT_WRITE);
	for (uint32_t i = 0; i < 2048; i++)
		put64(ram, PD + 8 * i, i * LARGE_PAGE | LARGE | PRESENT_WRITE);
}

void boot_memory(struct ram ram, const char *cmdline)
{
	const uint32_t each = sizeof(struct multiboot_region) - sizeof(uint32_t);
	const struct multiboot_region map[] = {
		{each, 0, LOW_END, MULTIBOOT_RAM},
		{each, LOW_END, HIGH - LOW_END, MULTIBOOT_RAM + 1},
		{each, HIGH, ram.size - HIGH, MULTIBOOT_RAM},
	};
	const struct multiboot_info info = {
		.flags = MULTIBOOT_HAS_MEMORY | MULTIBOOT_HAS_CMDLINE | MULTIBOOT_HAS_MAP |
			 MULTIBOOT_HAS_NAME,
		.mem_lower = LOW_END / 1024,
		.mem_upper = (uint32_t)((ram.size - HIGH) / 1024),
		.cmdline = CMDLINE,
		.mmap_length = sizeof(map),
		.mmap_addr = MAP,
		.boot_loader_name = NAME,
	};

	page_tables(ram);
	memcpy(ram.bytes + INFO, &info, sizeof(info));
	memcpy(ram.bytes + MAP, map, sizeof(map));
	strcpy((char *)ram.bytes + NAME, "vmm");
	strncpy((char *)ram.bytes + CMDLINE, cmdline, BOOT_CMDLINE_MAX);
}

// Flat segments; the descriptor caches are what counts, there is no GDT yet.
static void flat_segments(struct kvm_sregs *sregs, bool long_mode)
{
	const struct kvm_segment data = {
		.limit = 0xffffffff,
		.selector = 0x10,
		.type = 3,
		.present = 1,
		.db = 1,
		.s = 1,
		.g = 1,
	};
	struct kvm_segment code = data;

	code.selector = 0x08;
	code.type = 11;
	code.l = long_mode;
	code.db = !long_mode;
	sregs->cs = code;
	sregs->ds = sregs->es = sregs->fs = sregs->gs = sregs->ss = data;
}

void boot_registers(const struct payload *payload, struct kvm_regs *regs, struct kvm_sregs *sregs)
{
	bool long_mode = payload->state == ENTRY_LONG;

	flat_segments(sregs, long_mode);
	sregs->cr0 = CR0_PE | CR0_ET;
	*regs = (struct kvm_regs){.rip = payload->entry, .rflags = 2};
	if (long_mode) {
		sregs->cr0 |= CR0_NE | CR0_PG;
		sregs->cr3 = PML4;
		sregs->cr4 = CR4_PAE;
		sregs->efer = EFER_LME | EFER_LMA;
		regs->rdi = INFO;
		regs->rsp = STACK_TOP;
	} else {
		regs->rax = MULTIBOOT_LOADER_MAGIC;
		regs->rbx = INFO;
	}
}
