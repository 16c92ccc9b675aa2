// SPDX-License-Identifier: Apache-2.0
#include "lib/asm.h"
#include "hw/host.h"
#include "hw/x86.h"
#include "measure/panic.h"
#include "vmcs12.h"
#include "vmcs_access.h"

#define VECTORS 32

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, io_map;
} __attribute__((packed));

struct gate {
	uint16_t offset0, selector;
	uint8_t ist, type;
	uint16_t offset1;
	uint32_t offset2, reserved;
};

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

/* What exceptions.S leaves on the stack. */
struct frame {
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

/* An instruction that may fault, and where to go on then (exceptions.S puts the rows here). */
struct fixup {
	uint64_t fault, resume;
};

#define IST_SIZE 4096

extern const uint64_t exception_entry[VECTORS];
extern const struct fixup fixup_start[], fixup_end[];

static uint64_t gdt[5] __attribute__((aligned(16)));
static struct tss tss;
static struct gate idt[VECTORS];
static uint8_t nmi_stack[IST_SIZE] __attribute__((aligned(16)));

static void set_gate(unsigned vector, uint64_t entry)
{
	idt[vector] = (struct gate){
		.offset0 = (uint16_t)entry,
		.selector = HOST_CS,
		.ist = vector == VECTOR_NMI || vector == VECTOR_DF || vector == VECTOR_MC,
		.type = 0x8e,
		.offset1 = (uint16_t)(entry >> 16),
		.offset2 = (uint32_t)(entry >> 32),
	};
}

static void load_tables(void)
{
	uint64_t base = (uintptr_t)&tss;
	struct table_pointer gdtr = {sizeof(gdt) - 1, (uintptr_t)gdt};
	struct table_pointer idtr = {sizeof(idt) - 1, (uintptr_t)idt};

	gdt[1] = 0x00af9b000000ffff;
	gdt[2] = 0x00cf93000000ffff;
	gdt[3] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
		 (base >> 24 & 0xff) << 56;
	gdt[4] = base >> 32;
	tss.ist[0] = (uintptr_t)nmi_stack + sizeof(nmi_stack);
	tss.io_map = sizeof(tss);
	for (unsigned i = 0; i < VECTORS; i++)
		set_gate(i, exception_entry[i]);
	__asm__ volatile("lgdt %0" : : "m"(gdtr));
	__asm__ volatile("lidt %0" : : "m"(idtr));
	__asm__ volatile("ltr %w0" : : "r"(HOST_TR));
}

void host_init(void)
{
	load_tables();
	write_cr0((read_cr0() | rdmsr(MSR_VMX_CR0_FIXED0)) & rdmsr(MSR_VMX_CR0_FIXED1));
	write_cr4((read_cr4() | rdmsr(MSR_VMX_CR4_FIXED0) |
		   CR4_MCE | (cpuid(1, 0).ecx & (1u << 26) ? CR4_OSXSAVE : 0)) &
		  rdmsr(MSR_VMX_CR4_FIXED1));
}

void host_debug_gate(uint64_t entry)
{
	set_gate(VECTOR_DB, entry);
}

void host_write_vmcs(uint64_t stack_top, uint64_t entry_point)
{
	vmcs_write(VMCS_HOST_CS_SELECTOR, HOST_CS);
	vmcs_write(VMCS_HOST_SS_SELECTOR, HOST_DS);
	vmcs_write(VMCS_HOST_DS_SELECTOR, HOST_DS);
	vmcs_write(VMCS_HOST_ES_SELECTOR, HOST_DS);
	vmcs_write(VMCS_HOST_FS_SELECTOR, 0);
	vmcs_write(VMCS_HOST_GS_SELECTOR, 0);
	vmcs_write(VMCS_HOST_TR_SELECTOR, HOST_TR);
	vmcs_write(VMCS_HOST_FS_BASE, 0);
	vmcs_write(VMCS_HOST_GS_BASE, 0);
	vmcs_write(VMCS_HOST_TR_BASE, (uintptr_t)&tss);
	vmcs_write(VMCS_HOST_GDTR_BASE, (uintptr_t)gdt);
	vmcs_write(VMCS_HOST_IDTR_BASE, (uintptr_t)idt);
	vmcs_write(VMCS_HOST_SYSENTER_CS, 0);
	vmcs_write(VMCS_HOST_SYSENTER_ESP, 0);
	vmcs_write(VMCS_HOST_SYSENTER_EIP, 0);
	vmcs_write(VMCS_HOST_CR0, read_cr0());
	vmcs_write(VMCS_HOST_CR3, read_cr3());
	vmcs_write(VMCS_HOST_CR4, read_cr4());
	vmcs_write(VMCS_HOST_EFER, rdmsr(MSR_EFER));
	vmcs_write(VMCS_HOST_PAT, rdmsr(MSR_PAT));
	vmcs_write(VMCS_HOST_RSP, stack_top);
	vmcs_write(VMCS_HOST_RIP, entry_point);
}

void host_exception(struct frame *f);

/* Called by exceptions.S: to the instruction's fix-up, or the end. NMIs are counted by nobody. */
void host_exception(struct frame *f)
{
	if (f->vector == VECTOR_NMI)
		return;
	for (const struct fixup *x = fixup_start; x < fixup_end; x++)
		if (x->fault == f->rip) {
			f->rip = x->resume;
			return;
		}
	panic("exception %lu (error %lx) in L0 at %lx, rsp %lx, cr2 %lx", f->vector, f->error,
	      f->rip, f->rsp, read_cr2());
}

/* The row for label 1, which goes on at label 2 with CF set. */
#define FIXUP                                                                                      \
	"2: setc %0\n"                                                                             \
	".pushsection .fixup_code, \"ax\"\n"                                                       \
	"3: stc; jmp 2b\n"                                                                         \
	".popsection\n"                                                                            \
	".pushsection .fixup, \"a\"\n"                                                             \
	".quad 1b, 3b\n"                                                                           \
	".popsection\n"

bool rdmsr_safe(uint32_t msr, uint64_t *value)
{
	uint32_t lo = 0, hi = 0;
	bool fault;

	__asm__ volatile("clc\n1: rdmsr\n" FIXUP
			 : "=qm"(fault), "+a"(lo), "+d"(hi)
			 : "c"(msr)
			 : "cc");
	*value = (uint64_t)hi << 32 | lo;
	return !fault;
}

bool wrmsr_safe(uint32_t msr, uint64_t value)
{
	bool fault;

	__asm__ volatile("clc\n1: wrmsr\n" FIXUP
			 : "=qm"(fault)
			 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "cc", "memory");
	return !fault;
}

bool xsetbv_safe(uint32_t index, uint64_t value)
{
	bool fault;

	__asm__ volatile("clc\n1: xsetbv\n" FIXUP
			 : "=qm"(fault)
			 : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "cc", "memory");
	return !fault;
}
