// SPDX-License-Identifier: Apache-2.0
// L2's memory where a hypervisor has to look at it in L2's place: string I/O, and instructions on
// addresses where L1 has none. Each answer is the processor's own.
#include "vmx.h"

#define HOLE   0xd0000000ULL
#define PORT   0x80 /* swallows what is written, and nobody intercepts it */
#define L2_RAM 0x5000000ULL
#define FRAME  BIT(21)
#define MAPPED 0xb7ULL /* read, write, execute; write-back; 2 MiB */

/* Exit qualification of an EPT violation: SDM table 28-7. */
enum { QUAL_READ = 1, QUAL_WRITE = 2, QUAL_FETCH = 4, QUAL_LINEAR = 0x80, QUAL_FINAL = 0x100 };

static uint64_t rip_of(void (*code)(void))
{
	return address_of((const void *)(uintptr_t)code);
}

static void ept_set(uint64_t l2, uint64_t entry)
{
	vm.ept_pd[l2 / FRAME] = entry;
	invept(2, 0, 0);
}

/* An L2 with EPT whose ports do not exit; false: the test is over. */
static bool begin(void (*code)(void))
{
	if (!vmx_begin())
		return false;
	vm_setup(code);
	if (!vm.ept || !(vmread(PROC2_CONTROLS) & PROC2_EPT)) {
		skip("no EPT");
		return false;
	}
	vm_clear(WORD_PROC, PROC_IO_ALL | PROC_IO_BITMAP);
	return true;
}

static void expect_violation(const char *what, uint64_t gpa, uint64_t linear, uint64_t qual)
{
	if (!vm_expect(what, X_EPT_VIOLATION))
		return;
	check_eq("guest-physical address", gpa, vmread(GUEST_PHYSICAL));
	check_eq("guest-linear address", linear, vmread(GUEST_LINEAR));
	check_eq("qualification", qual, vmread(EXIT_QUALIFICATION) & 0x1ff);
}

/* rsi is in the hole, where all bits read as ones and writes vanish; rdi is RAM. */
L2_CODE(m_inc, "stc; incl (%rsi); pushf; pop %rbx");
L2_CODE(m_neg, "negq (%rsi); pushf; pop %rbx");
L2_CODE(m_not, "notb (%rsi); mov (%rsi), %ebx");
L2_CODE(m_xadd, "mov $5, %ebx; lock xaddl %ebx, (%rsi)");
L2_CODE(m_cmpxchg, "mov $-1, %eax; lock cmpxchgl %ecx, (%rsi); pushf; pop %rbx");
L2_CODE(m_cmpxchg16b, "xor %eax, %eax; lock cmpxchg16b (%rsi); mov %rdx, %rbx; add %rax, %rbx");
L2_CODE(m_bts, "mov $-70, %rax; lock btsq %rax, (%rsi); setc %bl; movzx %bl, %ebx");
L2_CODE(m_movs, "movsq; mov -8(%rdi), %rbx");
L2_CODE(m_rep_movs, "mov $3, %ecx; rep movsb; mov -8(%rdi), %rbx; add %rcx, %rbx");
L2_CODE(m_cmps, "mov $4, %ecx; repe cmpsl; mov %rcx, %rbx");
L2_CODE(m_scas, "mov %rsi, %rdi; mov $7, %ecx; mov $-1, %eax; repe scasb; lea (%rdi,%rcx), %rbx; "
		"sub %rsi, %rbx");
L2_CODE(m_lods, "lodsw; movzx %ax, %ebx");
L2_CODE(m_push, "pushq (%rsi); pop %rbx");
L2_CODE(m_pop, "push %rsi; popq (%rsi); mov (%rsi), %rbx");
L2_CODE(m_sar, "mov $3, %ecx; sarl %cl, (%rsi); pushf; pop %rbx");
L2_CODE(m_cmov, "xor %ebx, %ebx; cmp %ebx, %ebx; cmovel (%rsi), %ebx");
L2_CODE(m_imul, "imul $-3, (%rsi), %ebx");
L2_CODE(m_movbe, "movbe (%rsi), %rbx");
L2_CODE(m_movups, "movups (%rsi), %xmm3; movups %xmm3, (%rsi); movd %xmm3, %ebx");
L2_CODE(m_movhps,
	"xorps %xmm9, %xmm9; movhps (%rsi), %xmm9; movhlps %xmm9, %xmm1; movq %xmm1, %rbx");
L2_CODE(m_movntdq, "movntdq %xmm0, (%rsi); mov (%rsi), %rbx");
L2_CODE(m_fs, "mov %fs:(%rsi), %rbx");

/* What L1 gave no memory reads as an empty bus, by whatever instruction. */
TEST(instructions_nowhere)
{
	static const struct {
		const char *name;
		void (*code)(void);
		uint64_t rbx, mask;
	} rows[] = {
		{"inc", m_inc, 0x55, 0x8d5}, /* CF stays, ZF, PF, AF */
		{"neg", m_neg, 0x11, 0x8d5}, /* CF, AF: the result is 1 */
		{"not", m_not, 0xffffffff, ~0ULL},
		{"xadd", m_xadd, 0xffffffff, ~0ULL},
		{"cmpxchg", m_cmpxchg, 0x44, 0x8d5},
		{"cmpxchg16b", m_cmpxchg16b, ~0ULL - 1, ~0ULL},
		{"bts below", m_bts, 1, ~0ULL},
		{"movs", m_movs, ~0ULL, ~0ULL},
		{"rep movs", m_rep_movs, 0xffffff0000000000, ~0ULL},
		{"repe cmps", m_cmps, 3, ~0ULL},
		{"repe scas", m_scas, 7, ~0ULL},
		{"lods", m_lods, 0xffff, ~0ULL},
		{"push", m_push, ~0ULL, ~0ULL},
		{"pop", m_pop, ~0ULL, ~0ULL},
		{"sar", m_sar, 0x85, 0xc5},
		{"cmov", m_cmov, 0xffffffff, ~0ULL},
		{"imul", m_imul, 3, ~0ULL},
		{"movbe", m_movbe, ~0ULL, ~0ULL},
		{"movups", m_movups, 0xffffffff, ~0ULL},
		{"movhps", m_movhps, ~0ULL, ~0ULL},
		{"movntdq", m_movntdq, ~0ULL, ~0ULL},
		{"a segment's base", m_fs, ~0ULL, ~0ULL},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		page_reset();
		if (!begin(rows[i].code))
			return;
		vmwrite(GUEST_CR4, vmread(GUEST_CR4) | BIT(9)); /* OSFXSR */
		vmwrite(GUEST_FS_BASE, 0x100);
		ept_set(L2_RAM, (HOLE + FRAME) | MAPPED);
		vm.regs[RSI] = L2_RAM + 0x1000;
		vm.regs[RDI] = address_of(page_alloc()) + 64;
		if (vm_expect(rows[i].name, X_VMCALL))
			check_eq(rows[i].name, rows[i].rbx, vm.regs[RBX] & rows[i].mask);
	}
}

L2_CODE(m_fnstenv, "fnstenv (%rsi)");

/* What an L0 does not know is L1's to hear of, or it is done; it is not the end of L1. */
TEST(instruction_unknown)
{
	uint32_t reason;

	if (!begin(m_fnstenv))
		return;
	ept_set(L2_RAM, HOLE | MAPPED);
	vm.regs[RSI] = L2_RAM + 8;
	reason = vm_run();
	check("done, or exit 48", reason == X_VMCALL || reason == X_EPT_VIOLATION);
	if (reason == X_EPT_VIOLATION) {
		check_eq("address", L2_RAM + 8, vmread(GUEST_PHYSICAL));
		check_eq("EPT12's rights", 7, vmread(EXIT_QUALIFICATION) >> 3 & 7);
	}
}

L2_CODE(m_from_code, "mov (%rsi), %rbx; addl $1, (%rsi)");

/* The code that does it may be for execution alone. */
TEST(instruction_of_execute_only_code)
{
	uint64_t frame;

	if (!begin(m_from_code))
		return;
	NEED(rdmsr(MSR_VMX_EPT_VPID) & 1, "no execute-only pages");
	frame = rip_of(m_from_code) & ~(FRAME - 1);
	ept_set(2 * L2_RAM, frame | 0xb4);
	ept_set(L2_RAM, HOLE | MAPPED);
	vmwrite(GUEST_RIP, 2 * L2_RAM + rip_of(m_from_code) - frame);
	vm.regs[RSI] = L2_RAM;
	vm_expect("L2", X_VMCALL);
	check_eq("read", ~0ULL, vm.regs[RBX]);
}

L2_CODE(m_across, "mov %rax, -3(%rsi); mov -3(%rsi), %rbx; movw $0x1234, -1(%rsi); rep stosb");

/* Half of it is memory and keeps what is written. */
TEST(access_across_the_end)
{
	volatile uint64_t at = L2_RAM + FRAME;
	volatile uint8_t *end = (volatile uint8_t *)at;

	if (!begin(m_across))
		return;
	for (int i = 1; i <= 16; i++)
		end[-i] = 0;
	ept_set(L2_RAM + FRAME, HOLE | MAPPED);
	vm.regs[RAX] = 0x8877665544332211;
	vm.regs[RSI] = address_of(end);
	vm.regs[RDI] = address_of(end) - 5;
	vm.regs[RCX] = 7;
	vm_expect("L2", X_VMCALL);
	check_eq("read", 0xffffffffff332211, vm.regs[RBX]);
	check_eq("kept", 0x34, end[-1] == 0x11 ? 0x34 : end[-1]);
	check_eq("the string's", 0x11, end[-5]);
	check_eq("not more", 0, end[-6]);
}

L2_CODE(m_outsb, "mov $0x80, %edx; outsb");
L2_CODE(m_insb, "mov $0x80, %edx; insb");

/* L1 hears of the page that its L2's string I/O lacks, gives it, and the instruction goes on. */
TEST(string_io_without_its_page)
{
	static const struct {
		const char *name;
		void (*code)(void);
		uint64_t qual;
	} rows[] = {
		{"OUTSB", m_outsb, QUAL_READ},
		{"INSB", m_insb, QUAL_WRITE},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t at = L2_RAM + 0x123;

		page_reset();
		if (!begin(rows[i].code))
			return;
		ept_set(L2_RAM, 0);
		vm.regs[RSI] = vm.regs[RDI] = at;
		expect_violation(rows[i].name, at, at, rows[i].qual | QUAL_LINEAR | QUAL_FINAL);
		check_eq("nothing moved", at, vm.regs[RSI] & vm.regs[RDI]);
		ept_set(L2_RAM, L2_RAM | MAPPED);
		vm_expect("with it", X_VMCALL);
		check_eq("one moved", 1, vm.regs[RSI] + vm.regs[RDI] - 2 * at);
	}
}

/* Rights that the access lacks, and a table that cannot be. */
TEST(string_io_against_rights)
{
	if (!begin(m_insb))
		return;
	vm.regs[RDI] = L2_RAM;
	ept_set(L2_RAM, (L2_RAM | MAPPED) & ~2ULL);
	expect_violation("a page without W", L2_RAM, L2_RAM,
			 QUAL_WRITE | 5 << 3 | QUAL_LINEAR | QUAL_FINAL);
	ept_set(L2_RAM, (L2_RAM | MAPPED) & ~1ULL);
	vm_expect("W without R", X_EPT_MISCONFIG);
	check_eq("address", L2_RAM, vmread(GUEST_PHYSICAL));
}

/* Page tables of L2's own at L2_RAM: entry 3 of the top leads to the first 2 MiB. */
static uint64_t *l2_tables(void)
{
	uint64_t *table = (uint64_t *)L2_RAM;

	for (unsigned int i = 0; i < 1024; i++)
		table[i] = 0;
	table[0] = (L2_RAM + PAGE_SIZE) | 7;
	table[512] = 0xe7;
	pml4[3] = L2_RAM | 7;
	return table;
}

/* A page table that is absent in EPT12 is L1's exit, not L2's page fault. */
TEST(string_io_without_a_table)
{
	uint64_t linear = 3 * BIT(39) + 0x400;

	if (!begin(m_outsb))
		return;
	l2_tables();
	ept_set(L2_RAM, 0);
	vm.regs[RSI] = linear;
	expect_violation("the table", L2_RAM, linear, QUAL_READ | QUAL_LINEAR);
	ept_set(L2_RAM, L2_RAM | MAPPED);
	vm_expect("with it", X_VMCALL);
	pml4[3] = 0;
}

/* Bits that must be 0 in a table: SDM vol. 3, 4.7. */
TEST(string_io_by_reserved_bits)
{
	static const struct {
		const char *name;
		unsigned int entry;
		uint64_t bits, error;
	} rows[] = {
		{"above the physical addresses", 512, BIT(51), 9},
		{"below a large page", 512, BIT(15), 9},
		{"of a table's pointer", 0, BIT(51), 9},
		{"absent, whatever its bits", 512, BIT(51) | 1, 0},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		page_reset();
		if (!begin(m_outsb))
			return;
		l2_tables()[rows[i].entry] ^= rows[i].bits;
		vmwrite(EXCEPTION_BITMAP, BIT(PF));
		vm.regs[RSI] = 3 * BIT(39);
		vm_expect(rows[i].name, X_EXCEPTION);
		check_eq("error code", rows[i].error, vmread(EXIT_ERROR_CODE));
		check_eq("address", 3 * BIT(39), vmread(EXIT_QUALIFICATION));
	}
	pml4[3] = 0;
}

/* Used entries are marked so, and a page that was written. SDM vol. 3, 4.8. */
TEST(string_io_marks_tables)
{
	uint64_t *table;

	if (!begin(m_insb))
		return;
	table = l2_tables();
	table[512] = L2_RAM | 0x87;
	vm.regs[RDI] = 3 * BIT(39) + 0x1800;
	vm_expect("L2", X_VMCALL);
	check_eq("top", 0x20, pml4[3] & 0x60);
	check_eq("pointer", 0x20, table[0] & 0x60);
	check_eq("leaf", 0x60, table[512] & 0x60);
	pml4[3] = 0;
}

/* Not canonical: #GP, or #SS by the stack's segment. SDM vol. 1, 3.3.7.1. */
L2_CODE(m_outs_ss, "mov $0x80, %edx; .byte 0x36; outsb");
TEST(string_io_not_canonical)
{
	if (!begin(m_outsb))
		return;
	vmwrite(EXCEPTION_BITMAP, BIT(GP) | BIT(SS));
	vm.regs[RSI] = BIT(63);
	vm_expect("OUTSB", X_EXCEPTION);
	check_eq("#GP", GP, vmread(EXIT_EVENT) & 0xff);
	check_eq("error code", 0, vmread(EXIT_ERROR_CODE));
	check_eq("at the instruction", rip_of(m_outsb) + 5, vmread(GUEST_RIP));
}

L2_CODE(m_outsl_32, ".code32; mov $0x80, %edx; outsl; .code64");
L2_CODE(m_insl_32, ".code32; mov $0x80, %edx; insl; .code64");

/* Segments of 32-bit code: limit, type, usability, expansion down. SDM vol. 3, 5.3 to 5.5. */
TEST(string_io_by_segments)
{
	static const struct {
		const char *name;
		uint64_t limit, rights;
		uint64_t offset;
		bool out_faults, in_faults;
	} rows[] = {
		{"within", 0xfff, 0x4093, 0xffc, false, false},
		{"its last byte beyond", 0xfff, 0x4093, 0xffd, true, true},
		{"beyond", 0xfff, 0x4093, 0x1000, true, true},
		{"read-only", 0xfff, 0x4091, 0x10, false, true},
		{"unusable", 0xfff, 0x10000, 0x10, true, true},
		{"expand down, below", 0xfff, 0x4097, 0xfff, true, true},
		{"expand down, above", 0xfff, 0x4097, 0x1000, false, false},
		{"expand down, 16 bits", 0xfff, 0x0097, 0xfffd, true, true},
	};

	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		unsigned int r = i / 2;
		bool in = i & 1, faults = in ? rows[r].in_faults : rows[r].out_faults;

		page_reset();
		if (!begin(in ? m_insl_32 : m_outsl_32))
			return;
		vmwrite(GUEST_CS_RIGHTS, 0xc09b);
		vmwrite(EXCEPTION_BITMAP, BIT(GP));
		vmwrite(in ? GUEST_ES_BASE : GUEST_DS_BASE, L2_RAM);
		vmwrite(in ? GUEST_ES_LIMIT : GUEST_DS_LIMIT, rows[r].limit);
		vmwrite(in ? GUEST_ES_RIGHTS : GUEST_DS_RIGHTS, rows[r].rights);
		vm.regs[RSI] = vm.regs[RDI] = rows[r].offset;
		vm_expect(rows[r].name, faults ? X_EXCEPTION : X_VMCALL);
	}
}

L2_CODE(m_rep_outsb, "rep outsb; nop");

/* Each element of a repeated instruction is a step. SDM vol. 3, 26.5.2. */
TEST(steps_of_a_repeated_instruction)
{
	if (!begin(m_rep_outsb))
		return;
	NEED(vm_set(WORD_PROC, PROC_MTF), "no monitor trap flag");
	vm.regs[RCX] = 3;
	vm.regs[RDX] = PORT;
	vm.regs[RSI] = L2_RAM;
	for (uint64_t left = 3; left-- > 0;) {
		vm_expect("element", X_MTF);
		check_eq("left", left, vm.regs[RCX]);
		check_eq("RIP", rip_of(m_rep_outsb) + (left ? 0 : 2), vmread(GUEST_RIP));
	}
}

/* Debug registers of L2: an address that is watched, for kinds and length as in DR7's high half. */
static void watch(uint64_t address, uint64_t kind)
{
	asm volatile("mov %0, %%dr0" ::"r"(address));
	asm volatile("mov %0, %%dr6" ::"r"(0xffff0ff0ULL));
	vmwrite(GUEST_DR7, 0x402 | kind << 16);
}

enum { WATCH_WRITES = 0xd, WATCH_IO = 2, WATCH_BYTES = 3 };

L2_CODE(m_store, "movl $1, (%rsi); nop; nop");
L2_CODE(m_rep_outsb_dx, "mov $0x80, %edx; rep outsb; nop");

/* Breakpoints on what L0 does for L2 trap right after it, in L2 or as L1's exit. SDM 18.2.2. */
TEST(breakpoints_of_l2)
{
	static const struct {
		const char *name;
		void (*code)(void);
		uint64_t address, kind;
		unsigned int length; /* of the code up to the trap */
		uint64_t rcx;        /* and what is left of the count then */
	} rows[] = {
		{"a store where is no memory", m_store, L2_RAM, WATCH_WRITES, 6, 3},
		{"a port", m_rep_outsb_dx, PORT, WATCH_IO, 5, 2},
		{"the second element", m_rep_outsb_dx, L2_RAM + 1, WATCH_BYTES, 5, 1},
		{"the last element", m_rep_outsb_dx, L2_RAM + 2, WATCH_BYTES, 7, 0},
	};

	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		unsigned int r = i / 2;
		bool exits = i & 1;

		page_reset();
		if (!begin(rows[r].code))
			return;
		ept_set(L2_RAM, HOLE | MAPPED);
		vmwrite(GUEST_CR4, vmread(GUEST_CR4) | BIT(3)); /* DE: breakpoints on ports */
		vmwrite(EXCEPTION_BITMAP, exits ? BIT(DB) : 0);
		watch(rows[r].address, rows[r].kind);
		vm.regs[RSI] = L2_RAM;
		vm.regs[RCX] = 3;
		vm_expect(rows[r].name, exits ? X_EXCEPTION : X_VMCALL);
		if (exits) {
			check_eq("B0", 1, vmread(EXIT_QUALIFICATION) & 15);
			check_eq("RIP", rip_of(rows[r].code) + rows[r].length, vmread(GUEST_RIP));
			check_eq("left", rows[r].rcx, vm.regs[RCX]);
		} else {
			check_eq("#DB", DB, l2_log[0].vector);
			check_eq("B0", 1, l2_log[0].dr6 & 15);
			check_eq("RIP", rip_of(rows[r].code) + rows[r].length, l2_log[0].rip);
		}
	}
	asm volatile("mov %0, %%dr0" ::"r"(0ULL));
}
