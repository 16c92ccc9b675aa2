// SPDX-License-Identifier: Apache-2.0
// Instructions that exit, always or when a control says so: SDM vol. 3, 26.1 and 28.2.1.
#include "vmx.h"

struct exit_row {
	const char *name;
	void (*code)(void);
	enum control_word word;
	uint32_t bits; /* the control; 0 when the instruction exits always */
	uint32_t reason;
	uint64_t qualification;
	uint32_t length;
};

L2_CODE(x_cpuid, "cpuid");
L2_CODE(x_no_mark, "mov $0x54530005, %eax; cpuid");
L2_CODE(x_no_mark_either, "mov $0x5453ffff, %eax; cpuid");
L2_CODE(x_vmcall, "");
L2_CODE(x_invd, "invd");
L2_CODE(x_hlt, "hlt");
L2_CODE(x_invlpg, "mov $0x123000, %eax; invlpg 0x456(%rax)");
L2_CODE(x_rdtsc, "rdtsc");
L2_CODE(x_rdtscp, "rdtscp");
L2_CODE(x_rdpmc, "xor %ecx, %ecx; rdpmc");
L2_CODE(x_pause, "pause");
L2_CODE(x_monitor, "lea (%rip), %rax; xor %ecx, %ecx; xor %edx, %edx; monitor");
L2_CODE(x_wbinvd, "wbinvd");
L2_CODE(x_rdrand, "rdrand %rbx");
L2_CODE(x_rdseed, "rdseed %ebx");
L2_CODE(x_to_cr3, "mov %cr3, %rbx; mov %rbx, %cr3");
L2_CODE(x_from_cr3, "mov %cr3, %rdi");
L2_CODE(x_to_cr8, "xor %r9d, %r9d; mov %r9, %cr8");
L2_CODE(x_from_cr8, "mov %cr8, %rsi");
L2_CODE(x_to_dr, "xor %eax, %eax; mov %rax, %dr3");
L2_CODE(x_from_dr, "mov %dr6, %r10");
L2_CODE(x_in8, "inb $0x80, %al");
L2_CODE(x_out32, "mov $0x1234, %dx; outl %eax, %dx");
L2_CODE(x_outs, "lea (%rip), %rsi; mov $0x80, %dx; cld; outsb");
L2_CODE(x_rep_ins, "lea -64(%rsp), %rdi; mov $2, %ecx; mov $0x80, %dx; cld; rep insw");
L2_CODE(x_sgdt, "sgdt -16(%rsp)");
L2_CODE(x_sldt, "sldt %eax");
L2_CODE(x_vmxon, "vmxon -16(%rsp)");
L2_CODE(x_vmxoff, "vmxoff");
L2_CODE(x_vmclear, "vmclear -24(%rsp)");
L2_CODE(x_vmptrld, "vmptrld 0x100(,%rax,4)");
L2_CODE(x_vmptrst, "vmptrst -8(%rsp)");
L2_CODE(x_vmread, "vmread %rbx, %r9");
L2_CODE(x_vmwrite, "vmwrite %rcx, %rdx");
L2_CODE(x_vmlaunch, "vmlaunch");
L2_CODE(x_vmresume, "vmresume");
L2_CODE(x_invept, "invept -32(%rsp), %r11");
L2_CODE(x_invvpid, "invvpid -32(%rsp), %rax");

/* Qualification of a control-register access: number, type << 4, register << 8 (table 28-3). */
#define CR(number, type, reg) ((number) | (type) << 4 | (reg) << 8)
/* Of I/O: size - 1, in << 3, string << 4, rep << 5, immediate << 6, port << 16 (table 28-5). */
#define IO(size, flags, port) (((size)-1) | (flags) | (uint64_t)(port) << 16)

static const struct exit_row rows[] = {
	{"cpuid", x_cpuid, 0, 0, X_CPUID, 0, 2},
	{"vmcall", x_vmcall, 0, 0, X_VMCALL, 0, 3},
	{"cpuid behind L0's marks", x_no_mark, 0, 0, X_CPUID, 0, 2},
	{"cpuid far behind them", x_no_mark_either, 0, 0, X_CPUID, 0, 2},
	{"invd", x_invd, 0, 0, X_INVD, 0, 2},
	{"hlt", x_hlt, WORD_PROC, PROC_HLT, X_HLT, 0, 1},
	{"invlpg", x_invlpg, WORD_PROC, PROC_INVLPG, X_INVLPG, 0x123456, 7},
	{"rdtsc", x_rdtsc, WORD_PROC, PROC_RDTSC, X_RDTSC, 0, 2},
	{"rdpmc", x_rdpmc, WORD_PROC, PROC_RDPMC, X_RDPMC, 0, 2},
	{"pause", x_pause, WORD_PROC, PROC_PAUSE, X_PAUSE, 0, 2},
	{"monitor", x_monitor, WORD_PROC, PROC_MONITOR, X_MONITOR, 0, 3},
	{"wbinvd", x_wbinvd, WORD_PROC2, PROC2_WBINVD, X_WBINVD, 0, 2},
	{"rdrand", x_rdrand, WORD_PROC2, PROC2_RDRAND, X_RDRAND, 0, 4},
	{"rdseed", x_rdseed, WORD_PROC2, PROC2_RDSEED, 61, 0, 3},
	{"mov to cr3", x_to_cr3, WORD_PROC, PROC_CR3_LOAD, X_CR, CR(3, 0, 3), 3},
	{"mov from cr3", x_from_cr3, WORD_PROC, PROC_CR3_STORE, X_CR, CR(3, 1, 7), 3},
	{"mov to cr8", x_to_cr8, WORD_PROC, PROC_CR8_LOAD, X_CR, CR(8, 0, 9), 4},
	{"mov from cr8", x_from_cr8, WORD_PROC, PROC_CR8_STORE, X_CR, CR(8, 1, 6), 4},
	{"mov to dr3", x_to_dr, WORD_PROC, PROC_MOV_DR, X_DR, 3, 3},
	{"mov from dr6", x_from_dr, WORD_PROC, PROC_MOV_DR, X_DR, 6 | 1 << 4 | 10 << 8, 4},
	{"in", x_in8, WORD_PROC, PROC_IO_ALL, X_IO, IO(1, 1 << 3 | 1 << 6, 0x80), 2},
	{"out", x_out32, WORD_PROC, PROC_IO_ALL, X_IO, IO(4, 0, 0x1234), 1},
	{"outs", x_outs, WORD_PROC, PROC_IO_ALL, X_IO, IO(1, 1 << 4, 0x80), 1},
	{"rep ins", x_rep_ins, WORD_PROC, PROC_IO_ALL, X_IO, IO(2, 7 << 3, 0x80), 3},
	{"sgdt", x_sgdt, WORD_PROC2, PROC2_DESCRIPTOR, X_GDTR_IDTR, -16ULL, 5},
	{"sldt", x_sldt, WORD_PROC2, PROC2_DESCRIPTOR, X_LDTR_TR, 0, 3},
	{"vmxon", x_vmxon, 0, 0, X_VMXON, -16ULL, 6},
	{"vmxoff", x_vmxoff, 0, 0, X_VMXOFF, 0, 3},
	{"vmclear", x_vmclear, 0, 0, X_VMCLEAR, -24ULL, 6},
	{"vmptrld", x_vmptrld, 0, 0, X_VMPTRLD, 0x100, 8},
	{"vmptrst", x_vmptrst, 0, 0, X_VMPTRST, -8ULL, 5},
	{"vmread", x_vmread, 0, 0, X_VMREAD, 0, 4},
	{"vmwrite", x_vmwrite, 0, 0, X_VMWRITE, 0, 3},
	{"vmlaunch", x_vmlaunch, 0, 0, X_VMLAUNCH, 0, 3},
	{"vmresume", x_vmresume, 0, 0, X_VMRESUME, 0, 3},
	{"invept", x_invept, 0, 0, X_INVEPT, -32ULL, 8},
	{"invvpid", x_invvpid, 0, 0, X_INVVPID, -32ULL, 7},
};

/* The instruction may be missing from the processor, and its exit with it. */
static bool processor_has(const struct exit_row *row)
{
	uint64_t caps = rdmsr(MSR_VMX_EPT_VPID);

	if (row->reason == X_MONITOR)
		return cpuid(1, 0).ecx & BIT(3);
	if (row->reason == X_INVEPT)
		return caps & BIT(20);
	if (row->reason == X_INVVPID)
		return caps & BIT(32);
	return !row->bits || (control_allowed(row->word).may & row->bits);
}

TEST(instruction_exits)
{
	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct exit_row *row = &rows[i];

		if (!processor_has(row))
			continue;
		page_reset();
		vm_setup(row->code);
		if (row->bits)
			vm_set(row->word, row->bits);
		if (!vm_expect(row->name, row->reason))
			continue;
		/* Without a displacement the engine tells that of what it decoded there before. */
		if (row->qualification || !option("function"))
			check_eq(row->name, row->qualification, vmread(EXIT_QUALIFICATION));
		check_eq(row->name, row->length, vmread(EXIT_LENGTH));
		check_eq(row->name, 0, vmread(IDT_VECTORING) & BIT(31));
	}
}

/* Without its control each of them runs through to the VMCALL. */
TEST(instructions_that_do_not_exit)
{
	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct exit_row *row = &rows[i];
		enum field field = row->word == WORD_PROC ? PROC_CONTROLS : PROC2_CONTROLS;

		if (!row->bits || !processor_has(row) || row->reason == X_HLT ||
		    row->reason == X_RDPMC || (control_allowed(row->word).must & row->bits))
			continue;
		page_reset();
		vm_setup(row->code);
		vmwrite(field, vmread(field) & ~(uint64_t)row->bits);
		vm_expect(row->name, X_VMCALL);
	}
}

/* SDM vol. 3, 28.2.5: the fields that a hypervisor decodes operands from. */
TEST(instruction_information)
{
	static const struct {
		const char *name;
		void (*code)(void);
		uint32_t reason, information;
	} cases[] = {
		/* scaling, address size 2 << 7, segment << 15, index, no index bit 22, base */
		{"vmclear", x_vmclear, X_VMCLEAR, 2 << 7 | 2 << 15 | 1 << 22 | 4 << 23},
		{"vmptrld", x_vmptrld, X_VMPTRLD, 2 | 2 << 7 | 3 << 15 | 0 << 18 | 1 << 27},
		/* VMREAD: operand 1 in 6:3, register bit 10, operand 2 in 31:28 */
		{"vmread", x_vmread, X_VMREAD, 9 << 3 | 1 << 10 | 3U << 28},
		{"vmwrite", x_vmwrite, X_VMWRITE, 1 << 3 | 1 << 10 | 2U << 28},
		{"invept", x_invept, X_INVEPT, 2 << 7 | 2 << 15 | 1 << 22 | 4 << 23 | 11U << 28},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t mask = ~0U;
		uint32_t got;

		page_reset();
		vm_setup(cases[i].code);
		if (!vm_expect(cases[i].name, cases[i].reason))
			continue;
		got = (uint32_t)vmread(EXIT_INSTRUCTION);
		/* Undefined where a bit says that they are not used. */
		if (cases[i].information & BIT(10))
			mask = 0xf0000478;
		else
			mask &= ~(uint32_t)(BITS(6, 2) | BITS(14, 10));
		if (cases[i].information & BIT(22))
			mask &= ~(uint32_t)(BITS(21, 18) | BITS(1, 0));
		if (cases[i].information & BIT(27))
			mask &= ~(uint32_t)BITS(26, 23);
		if (cases[i].reason != X_INVEPT && !(cases[i].information & BIT(10)))
			mask &= 0x0fffffff;
		check_eq(cases[i].name, cases[i].information & mask, got & mask);
	}
}

L2_CODE(x_xsetbv, "xor %ecx, %ecx; xor %edx, %edx; mov $1, %eax; xsetbv");
TEST(xsetbv_exit)
{
	NEED(cpuid(1, 0).ecx & BIT(26), "no XSAVE");
	if (!vmx_begin())
		return;
	vm_setup(x_xsetbv);
	vmwrite(GUEST_CR4, vmread(GUEST_CR4) | CR4_OSXSAVE);
	vm_expect("xsetbv", X_XSETBV);
	check_eq("length", 3, vmread(EXIT_LENGTH));
}

L2_CODE(x_ud, "ud2");
TEST(triple_fault_exit)
{
	if (!vmx_begin())
		return;
	vm_setup(x_ud);
	vmwrite(GUEST_IDTR_LIMIT, 0);
	vm_expect("no usable descriptor table", X_TRIPLE_FAULT);
}

/* General registers pass an exit and an entry unchanged. */
L2_CODE(x_registers, "vmcall; add $1, %r15; add $1, %rbx");
TEST(registers_kept)
{
	if (!vmx_begin())
		return;
	vm_setup(x_registers);
	for (uint64_t i = 0; i < 16; i++)
		vm.regs[i] = 0x1111111111111111 * i + 5;
	vm_expect("first exit", X_VMCALL);
	vm_skip();
	vm_expect("second exit", X_VMCALL);
	for (uint64_t i = 0; i < 16; i++)
		if (i != RSP_UNUSED)
			check_eq("register", 0x1111111111111111 * i + 5 + (i == R15 || i == RBX),
				 vm.regs[i]);
}

L2_CODE(x_two_tsc, "rdtsc; shl $32, %rdx; or %rdx, %rax; mov %rax, %rbx; rdtscp; "
		   "shl $32, %rdx; or %rdx, %rax");
TEST(tsc_offset)
{
	uint64_t before, after;

	if (!vmx_begin())
		return;
	vm_setup(x_two_tsc);
	NEED(vm_set(WORD_PROC, PROC_TSC_OFFSET), "no TSC offset");
	vmwrite(TSC_OFFSET, 1ULL << 50);
	wrmsr(MSR_TSC_AUX, 7);
	before = rdtsc();
	vm_expect("rdtsc", X_VMCALL);
	after = rdtsc();
	check("RDTSC with the offset", vm.regs[RBX] - BIT(50) - before < after - before);
	check("RDTSCP with the offset", vm.regs[RAX] >= vm.regs[RBX]);
	check_eq("TSC_AUX", 7, (uint32_t)vm.regs[RCX]);
}
