// SPDX-License-Identifier: Apache-2.0
// L2 in the other modes: compatibility, PAE, protected without paging, real; task switches.
#include "vmx.h"

static uint64_t rip_of(void (*code)(void))
{
	return address_of((const void *)(uintptr_t)code);
}

static void leave_long_mode(uint64_t cr0, uint64_t cr4)
{
	vm_clear(WORD_ENTRY, ENTRY_IA32E);
	vmwrite(GUEST_EFER, 0);
	vmwrite(GUEST_CS_RIGHTS, 0xc09b);
	vmwrite(GUEST_CS, SEL_CODE32);
	vmwrite(GUEST_CR0, cr0 | CR0_NE | CR0_ET);
	vmwrite(GUEST_CR4, cr4 | CR4_VMXE);
}

L2_CODE(c_compat, ".code32; mov $0x12345678, %eax; push %eax; pop %ebx; inc %ecx; .code64");

TEST(compatibility_mode)
{
	if (!vmx_begin())
		return;
	vm_setup(c_compat);
	vmwrite(GUEST_CS_RIGHTS, 0xc09b);
	vmwrite(GUEST_CS, SEL_CODE32);
	vm.regs[RCX] = 0xffffffff;
	vm_expect("L2", X_VMCALL);
	check_eq("32-bit push and pop", 0x12345678, vm.regs[RBX]);
	check_eq("32-bit increment", 0, vm.regs[RCX]);
}

L2_CODE(c_pae, ".code32; mov %cr3, %ebx; mov 0x1000000, %ecx; mov %ebx, %cr3; "
	       "mov 0x1000000, %edx; .code64");

/* PDPTEs come from the VMCS at entry, from memory at MOV to CR3. SDM vol. 3, 27.3.2.4 */
TEST(pae_paging)
{
	uint64_t *table;

	if (!vmx_begin())
		return;
	NEED(control_allowed(WORD_PROC2).may & PROC2_EPT, "no EPT");
	vm_setup(c_pae);
	table = page_alloc();
	leave_long_mode(CR0_PE | CR0_PG, CR4_PAE);
	*(uint32_t *)0x1000000 = 0x600d;
	vmwrite(GUEST_CR3, address_of(table));
	for (uint64_t i = 0; i < 4; i++) {
		table[i] = (address_of(pd) + i * PAGE_SIZE) | 1;
		vmwrite((enum field)(GUEST_PDPTE0 + 2 * i), table[i]);
	}
	/* The memory copy of the last one differs: it is loaded by the MOV. */
	table[3] |= BIT(9);
	vm_expect("L2", X_VMCALL);
	check_eq("CR3", address_of(table), vm.regs[RBX]);
	check_eq("memory", 0x600d, vm.regs[RCX]);
	check_eq("memory after MOV to CR3", 0x600d, vm.regs[RDX]);
	check_eq("PDPTE saved", table[3], vmread(GUEST_PDPTE3));
}

L2_CODE(c_flat, ".code32; mov %cr0, %eax; mov 0x1000000, %ebx; .code64");

TEST(protected_without_paging)
{
	if (!vmx_begin())
		return;
	vm_setup(c_flat);
	NEED(vm_set(WORD_PROC2, PROC2_UNRESTRICTED), "no unrestricted guest");
	leave_long_mode(CR0_PE, 0);
	*(uint32_t *)0x1000000 = 0xf1a7;
	vm_expect("L2", X_VMCALL);
	check_eq("CR0", CR0_PE | CR0_NE | CR0_ET, vm.regs[RAX]);
	check_eq("memory", 0xf1a7, vm.regs[RBX]);
}

/* ---- real mode; the code is copied below 1 MiB ---- */

#define REAL_BASE 0x7000ULL

asm(".text\n.balign 16\n"
    "real_start: .code16\n"
    "mov $0x1234, %ax\n"
    "mov %ax, 0x200\n"
    "vmcall\n"
    "int $0x30\n"
    "vmcall\n"
    "mov %cr0, %eax\n"
    "or $1, %al\n"
    "lgdtl 0x300\n"
    "mov %eax, %cr0\n"
    "ljmpl $0x18, $(0x7000 + real_flat - real_start)\n"
    "real_flat: .code32\n"
    "mov $0x10, %eax\n"
    "mov %eax, %ds\n"
    "mov 0x7200, %ebx\n"
    "vmcall\n"
    "real_handler: .code16\n"
    "inc %cx\n"
    "iretw\n"
    "real_end: .code64\n");
extern const char real_start[], real_handler[], real_end[];

static void enter_real_mode(void)
{
	volatile uint8_t *low = (volatile uint8_t *)REAL_BASE;
	volatile uint16_t *vectors = (volatile uint16_t *)(REAL_BASE + 0x400);

	for (long i = 0; i < real_end - real_start; i++)
		low[i] = (uint8_t)real_start[i];
	/* A vector table of its own at 7400H: handler segment 0700H. */
	vectors[2 * 0x30] = (uint16_t)(real_handler - real_start);
	vectors[2 * 0x30 + 1] = REAL_BASE >> 4;
	*(volatile uint16_t *)(REAL_BASE + 0x300) = 12 * 8 - 1;
	*(volatile uint32_t *)(REAL_BASE + 0x302) = (uint32_t)address_of(gdt);
	leave_long_mode(0, 0);
	for (uint32_t i = 0; i < 6; i++) {
		vmwrite((enum field)(GUEST_ES + 2 * i), REAL_BASE >> 4);
		vmwrite((enum field)(GUEST_ES_BASE + 2 * i), REAL_BASE);
		vmwrite((enum field)(GUEST_ES_LIMIT + 2 * i), 0xffff);
		vmwrite((enum field)(GUEST_ES_RIGHTS + 2 * i), i == 1 ? 0x9b : 0x93);
	}
	vmwrite(GUEST_IDTR_BASE, REAL_BASE + 0x400);
	vmwrite(GUEST_IDTR_LIMIT, 0x3ff);
	vmwrite(GUEST_RIP, 0);
	vmwrite(GUEST_RSP, 0xff0);
}

TEST(real_mode)
{
	if (!vmx_begin())
		return;
	vm_setup(c_flat);
	NEED(vm_set(WORD_PROC2, PROC2_UNRESTRICTED), "no unrestricted guest");
	enter_real_mode();
	vm.regs[RCX] = 0;
	vm_expect("16-bit code", X_VMCALL);
	check_eq("its store", 0x1234, *(volatile uint16_t *)(REAL_BASE + 0x200));
	vm_skip();
	vm_expect("INT through the vector table", X_VMCALL);
	check_eq("handler ran", 1, vm.regs[RCX]);
	/* The same vector again, injected. */
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vmwrite(ENTRY_EVENT, EVENT(EVENT_EXTERNAL, 0x30));
	vm_expect("injected", X_VMCALL);
	check_eq("handler ran again", 2, vm.regs[RCX]);
	vm_skip();
	vm_expect("after the switch to protected mode", X_VMCALL);
	check_eq("read there", 0x1234, vm.regs[RBX] & 0xffff);
	check_eq("CR0.PE saved", CR0_PE, vmread(GUEST_CR0) & CR0_PE);
	check_eq("CS saved", SEL_CODE32, vmread(GUEST_CS));
}

/* ---- task switches always exit: SDM vol. 3, 26.4.2 and table 28-2 ---- */

asm(".text\n.balign 16\n.globl c_task\nc_task: .code32\nljmp $0x50, $0\nhlt\n.code64\n");
void c_task(void);

static void prepare_task(void)
{
	/* An available 32-bit TSS at 16 MiB. */
	gdt[SEL_SPARE / 8] = 103 | (0x89ULL << 40) | (1ULL << 56);
	leave_long_mode(CR0_PE, 0);
}

TEST(task_switch_by_jump)
{
	if (!vmx_begin())
		return;
	vm_setup(c_task);
	NEED(vm_set(WORD_PROC2, PROC2_UNRESTRICTED), "no unrestricted guest");
	prepare_task();
	vm_expect("task switch", X_TASK_SWITCH);
	check_eq("selector and source", SEL_SPARE | 2ULL << 30, vmread(EXIT_QUALIFICATION));
	check_eq("length", 7, vmread(EXIT_LENGTH));
	check_eq("RIP", rip_of(c_task), vmread(GUEST_RIP));
}

/* Through a task gate, while an event is delivered: the event is in flight. */
TEST(task_switch_by_gate)
{
	uint64_t *idt;

	if (!vmx_begin())
		return;
	vm_setup(c_flat);
	NEED(vm_set(WORD_PROC2, PROC2_UNRESTRICTED), "no unrestricted guest");
	prepare_task();
	idt = page_alloc();
	idt[0x21] = (SEL_SPARE << 16) | (0x85ULL << 40);
	vmwrite(GUEST_IDTR_BASE, address_of(idt));
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vmwrite(ENTRY_EVENT, EVENT(EVENT_EXTERNAL, 0x21));
	vm_expect("task switch", X_TASK_SWITCH);
	check_eq("selector and source", SEL_SPARE | 3ULL << 30, vmread(EXIT_QUALIFICATION));
	check_eq("in flight", EVENT(EVENT_EXTERNAL, 0x21), vmread(IDT_VECTORING) & ~BIT(12));
}
