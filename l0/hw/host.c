// SPDX-License-Identifier: Apache-2.0
#include "boot/paging.h"
#include "hw/cpu.h"
#include "lib/asm.h"
#include "lib/sealed.h"
#include "hw/host.h"
#include "hw/x86.h"
#include "measure/panic.h"
#include "vmcs12.h"
#include "vmcs_access.h"

#define VECTORS 32

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

extern const uint64_t exception_entry[VECTORS];
extern const struct fixup fixup_start[], fixup_end[];

/* One for all CPUs: written once. */
SEALED static struct gate idt[VECTORS];

/* These come in on a stack of their own, since they may come at any place, or for want of a stack.
 */
static const uint8_t trap_stack_of[VECTORS] = {
	[VECTOR_NMI] = 1,
	[VECTOR_DF] = 2,
	[VECTOR_MC] = 3,
};

static void set_gate(unsigned vector, uint64_t entry)
{
	idt[vector] = (struct gate){
		.offset0 = (uint16_t)entry,
		.selector = HOST_CS,
		.ist = trap_stack_of[vector],
		.type = 0x8e,
		.offset1 = (uint16_t)(entry >> 16),
		.offset2 = (uint32_t)(entry >> 32),
	};
}

void host_make_idt(void)
{
	for (unsigned i = 0; i < VECTORS; i++)
		set_gate(i, exception_entry[i]);
}

static void make_tables(struct cpu *c)
{
	uint64_t base = (uintptr_t)&c->tss;

	c->gdt[1] = 0x00af9b000000ffff;
	c->gdt[2] = 0x00cf93000000ffff;
	c->gdt[3] = (sizeof(c->tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
		    (base >> 24 & 0xff) << 56;
	c->gdt[4] = base >> 32;
	for (unsigned i = 0; i < CPU_TRAP_STACKS; i++)
		c->tss.ist[i] = (uintptr_t)(&c->trap_stack[i] + 1);
	c->tss.io_map = sizeof(c->tss);
}

void host_init(struct cpu *c)
{
	struct table_pointer gdtr = {sizeof(c->gdt) - 1, (uintptr_t)c->gdt};
	struct table_pointer idtr = {sizeof(idt) - 1, (uintptr_t)idt};

	make_tables(c);
	__asm__ volatile("lgdt %0" : : "m"(gdtr));
	__asm__ volatile("lidt %0" : : "m"(idtr));
	__asm__ volatile("ltr %w0" : : "r"(HOST_TR));
	wrmsr(MSR_GS_BASE, (uintptr_t)c);
	write_cr0((read_cr0() | rdmsr(MSR_VMX_CR0_FIXED0)) & rdmsr(MSR_VMX_CR0_FIXED1));
	write_cr4((read_cr4() | rdmsr(MSR_VMX_CR4_FIXED0) | CR4_OSFXSR | CR4_MCE |
		   (cpuid(1, 0).ecx & (1u << 26) ? CR4_OSXSAVE : 0)) &
		  rdmsr(MSR_VMX_CR4_FIXED1));
}

void host_debug_gate(uint64_t entry)
{
	set_gate(VECTOR_DB, entry);
}

void host_write_vmcs(uint64_t stack_top, uint64_t entry_point)
{
	const struct cpu *c = cpu_this();

	vmcs_write(VMCS_HOST_CS_SELECTOR, HOST_CS);
	vmcs_write(VMCS_HOST_SS_SELECTOR, HOST_DS);
	vmcs_write(VMCS_HOST_DS_SELECTOR, HOST_DS);
	vmcs_write(VMCS_HOST_ES_SELECTOR, HOST_DS);
	vmcs_write(VMCS_HOST_FS_SELECTOR, 0);
	vmcs_write(VMCS_HOST_GS_SELECTOR, 0);
	vmcs_write(VMCS_HOST_TR_SELECTOR, HOST_TR);
	vmcs_write(VMCS_HOST_FS_BASE, 0);
	vmcs_write(VMCS_HOST_GS_BASE, (uintptr_t)c);
	vmcs_write(VMCS_HOST_TR_BASE, (uintptr_t)&c->tss);
	vmcs_write(VMCS_HOST_GDTR_BASE, (uintptr_t)c->gdt);
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

/* What can be said of the address that an access of L0's own failed at. */
static const char *kind_of(const struct frame *f)
{
	uint64_t cr2 = read_cr2();

	if (f->vector != VECTOR_PF && f->vector != VECTOR_DF)
		return "";
	if (paging_is_guard(cr2))
		return ": a stack has overflowed";
	return f->vector == VECTOR_PF && (f->error & PF_WRITE) && (f->error & PF_PRESENT)
		       ? ": it writes what is read-only"
		       : "";
}

/*
 * Called by exceptions.S: to the instruction's fix-up, or the end. An NMI is a ring, or
 * nothing.
 */
void host_exception(struct frame *f)
{
	if (f->vector == VECTOR_NMI) {
		cpu_nmi(cpu_this());
		return;
	}
	for (const struct fixup *x = fixup_start; x < fixup_end; x++)
		if (x->fault == f->rip) {
			f->rip = x->resume;
			return;
		}
	panic("exception %lu (error %lx) in L0 at %lx on CPU %u, rsp %lx, cr2 %lx%s", f->vector,
	      f->error, f->rip, cpu_this()->number, f->rsp, read_cr2(), kind_of(f));
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
