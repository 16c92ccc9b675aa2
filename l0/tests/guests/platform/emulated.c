// SPDX-License-Identifier: Apache-2.0
// Instructions on device registers, which a hypervisor has to carry out: beside the same ones on
// RAM.
#include "platform.h"

/* The task priority: a register of eight bits that keeps what is written. */
#define TPR ((volatile uint32_t *)0xfee00080ULL)

#define FLAGS 0x8d5ULL /* CF, PF, AF, ZF, SF, OF */

struct outcome {
	uint64_t memory, rax, rcx, flags;
};

/* What an instruction leaves of its operand at @at, of RAX and RCX, and of the flags. */
#define INSTRUCTION(name, text)                                                                    \
	static struct outcome do_##name(volatile uint32_t *at)                                     \
	{                                                                                          \
		struct outcome o = {.rax = 0x21, .rcx = 3};                                        \
                                                                                                   \
		*at = 0x21;                                                                        \
		asm volatile("test %%esp, %%esp; stc; " text "; pushf; pop %2"                     \
			     : "+a"(o.rax), "+c"(o.rcx), "=r"(o.flags)                             \
			     : "S"(at)                                                             \
			     : "memory", "cc");                                                    \
		o.memory = *at;                                                                    \
		o.flags &= FLAGS;                                                                  \
		return o;                                                                          \
	}

INSTRUCTION(inc, "incl (%%rsi)")
INSTRUCTION(dec, "decl (%%rsi)")
INSTRUCTION(adc, "adcl $1, (%%rsi)")
INSTRUCTION(sbb, "sbbl (%%rsi), %%eax")
INSTRUCTION(cmp, "cmpl $0x22, (%%rsi)")
INSTRUCTION(xadd, "lock xaddl %%ecx, (%%rsi)")
INSTRUCTION(cmpxchg, "lock cmpxchgl %%ecx, (%%rsi)")
INSTRUCTION(cmpxchg_not, "inc %%eax; lock cmpxchgl %%ecx, (%%rsi)")
INSTRUCTION(xchg, "xchgl %%ecx, (%%rsi)")
INSTRUCTION(btc, "lock btcl %%ecx, (%%rsi)")
INSTRUCTION(btr_imm, "btrl $5, (%%rsi)")
INSTRUCTION(shl, "shll $2, (%%rsi)")
INSTRUCTION(ror, "rorl %%cl, (%%rsi)")
INSTRUCTION(shld, "shldl $4, %%ecx, (%%rsi)")
INSTRUCTION(movzx, "movzwl (%%rsi), %%ecx")
INSTRUCTION(cmov, "cmovcl (%%rsi), %%ecx")
INSTRUCTION(imul, "imull (%%rsi), %%ecx")
INSTRUCTION(movnti, "movnti %%ecx, (%%rsi)")

TEST(instructions_on_registers)
{
	static const struct {
		const char *name;
		struct outcome (*run)(volatile uint32_t *at);
		uint64_t undefined; /* flags */
	} rows[] = {
		{"inc", do_inc, 0},         {"dec", do_dec, 0},
		{"adc", do_adc, 0},         {"sbb", do_sbb, 0},
		{"cmp", do_cmp, 0},         {"xadd", do_xadd, 0},
		{"cmpxchg", do_cmpxchg, 0}, {"cmpxchg, unequal", do_cmpxchg_not, 0},
		{"xchg", do_xchg, 0},       {"btc", do_btc, 0x894},
		{"btr", do_btr_imm, 0x894}, {"shl", do_shl, 0x810},
		{"ror", do_ror, 0x800},     {"shld", do_shld, 0x810},
		{"movzx", do_movzx, 0},     {"cmov", do_cmov, 0},
		{"imul", do_imul, 0xd4},    {"movnti", do_movnti, 0},
	};
	volatile uint32_t ram;

	NEED_PLATFORM(!(rdmsr(MSR_APIC_BASE) & APIC_BASE_X2), "the local APIC is not in memory");
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct outcome expected = rows[i].run(&ram), got = rows[i].run(TPR);

		check_eq(rows[i].name, expected.memory & 0xff, got.memory);
		check_eq("rax", expected.rax, got.rax);
		check_eq("rcx", expected.rcx, got.rcx);
		check_eq("flags", expected.flags & ~rows[i].undefined,
			 got.flags & ~rows[i].undefined);
	}
	*TPR = 0;
}

/* Between a register and RAM, and from one register to another. */
TEST(strings_on_registers)
{
	volatile uint32_t ram[2] = {0x35, 0};
	uint64_t count = 1, from = address_of(ram), to = address_of(TPR);

	NEED_PLATFORM(!(rdmsr(MSR_APIC_BASE) & APIC_BASE_X2), "the local APIC is not in memory");
	asm volatile("rep movsl" : "+c"(count), "+S"(from), "+D"(to)::"memory");
	check_eq("to the register", 0x35, *TPR);
	check_eq("count", 0, count);
	check_eq("source", address_of(&ram[1]), from);
	from = to = address_of(TPR);
	to = address_of(&ram[1]);
	asm volatile("movsl" : "+S"(from), "+D"(to)::"memory");
	check_eq("from the register", 0x35, ram[1]);
	from = address_of(ram), to = address_of(TPR);
	asm volatile("cmpsl; setz %b0" : "=a"(count), "+S"(from), "+D"(to)::"memory", "cc");
	check_eq("equal", 1, count & 0xff);
	asm volatile("pushq $0x47; popq (%0)" ::"r"(ram) : "memory");
	*TPR = 0;
}

/* A port or an address that is watched: the trap comes right after, whoever did it. SDM 18.2.2. */
static void watched(const char *what, int got, uint64_t after)
{
	check_eq(what, DB, (uint64_t)got);
	check_eq("B0", 1, read_dr6() & 15);
	check_eq("after the instruction", after, last_fault.rip);
	write_dr7(0x400);
}

#define WATCH(address, kind)                                                                       \
	do {                                                                                       \
		asm volatile("mov %0, %%dr0" ::"r"((uint64_t)(address)));                          \
		asm volatile("mov %0, %%dr6" ::"r"(0xffff0ff0ULL));                                \
		write_dr7(0x402 | (uint64_t)(kind) << 16);                                         \
	} while (0)

extern char after_read[], after_write[], after_out[];

TEST(breakpoints_on_emulation)
{
	NEED_PLATFORM(!(rdmsr(MSR_APIC_BASE) & APIC_BASE_X2), "the local APIC is not in memory");
	WATCH(TPR, 0xf); /* reads and writes of four bytes */
	watched("a register is read",
		CATCH(asm volatile("mov (%0), %%eax; after_read: nop" ::"r"(TPR)
				   : "rax")),
		address_of(after_read));
	WATCH(TPR, 0xd); /* writes */
	watched("a register is written",
		CATCH(asm volatile("movl $0, (%0); after_write: nop" ::"r"(TPR)
				   : "memory")),
		address_of(after_write));
	WATCH(TPR, 0xd);
	check_eq("not by a read", (uint64_t)NO_FAULT,
		 (uint64_t)CATCH(asm volatile("mov (%0), %%eax; nop" ::"r"(TPR)
					      : "rax")));
	write_cr4(read_cr4() | BIT(3)); /* DE */
	WATCH(0x80, 2);
	watched("a port", CATCH(asm volatile("out %%al, $0x80; after_out: nop" ::)),
		address_of(after_out));
	write_cr4(read_cr4() & ~BIT(3));
}

/* The same checks as of any operand. */
TEST(string_io_faults)
{
	check_eq("not canonical", GP,
		 (uint64_t)CATCH(asm volatile("outsb" ::"S"(BIT(63)), "d"(0x80)
					      : "memory")));
	check_eq("not mapped", PF,
		 (uint64_t)CATCH(asm volatile("outsb" ::"S"(5 * BIT(39)), "d"(0x80)
					      : "memory")));
	check_eq("its address", 5 * BIT(39), read_cr2());
	check_eq("error code", 0, last_fault.error);
	pml4[5] = BIT(51) | 7;
	check_eq("reserved bit", PF,
		 (uint64_t)CATCH(asm volatile("insb" ::"D"(5 * BIT(39)), "d"(0x80)
					      : "memory")));
	check_eq("error code", 0xb, last_fault.error);
	pml4[5] = 0;
}

/* One page of code, mapped for its own: what a hypervisor keeps of it has to notice each change. */
#define CODE_AT (5 * BIT(39))

static uint64_t code_tables[4][512] __attribute__((aligned(4096)));
static uint8_t code_pages[2][4096] __attribute__((aligned(4096)));

enum { DIRECTORIES, DIRECTORY, TABLE, OTHER_TABLE };

static void map_code(unsigned int table, unsigned int page)
{
	pml4[5] = address_of(code_tables[DIRECTORIES]) | 3;
	code_tables[DIRECTORIES][0] = address_of(code_tables[DIRECTORY]) | 3;
	code_tables[DIRECTORY][0] = address_of(code_tables[table]) | 3;
	code_tables[table][0] = address_of(code_pages[page]) | 3;
	invlpg(CODE_AT);
}

/* The register that it reads into, by its number: A, C, D. */
static void write_code(unsigned int page, unsigned int reg)
{
	code_pages[page][0] = 0x8b; /* mov (%rdi), reg */
	code_pages[page][1] = (uint8_t)(7 | reg << 3);
	code_pages[page][2] = 0xc3;
	asm volatile("cpuid" ::"a"(0) : "rbx", "rcx", "rdx", "memory");
}

static void runs_into(const char *what, unsigned int reg)
{
	for (unsigned int n = 0; n < 3; n++) {
		uint64_t got[3] = {~0ULL, ~0ULL, ~0ULL};

		asm volatile("call *%3"
			     : "+a"(got[0]), "+c"(got[1]), "+d"(got[2])
			     : "r"(CODE_AT), "D"(TPR)
			     : "memory");
		for (unsigned int i = 0; i < 3; i++)
			check_eq(what, i == reg ? 0x21 : ~0ULL, got[i]);
	}
}

TEST(changed_code_on_registers)
{
	NEED_PLATFORM(!(rdmsr(MSR_APIC_BASE) & APIC_BASE_X2), "the local APIC is not in memory");
	*TPR = 0x21;
	write_code(0, 0);
	write_code(1, 1);
	map_code(TABLE, 0);
	runs_into("as written", 0);
	write_code(0, 2);
	runs_into("other bytes", 2);
	map_code(TABLE, 1);
	runs_into("another page", 1);
	map_code(OTHER_TABLE, 0);
	runs_into("another table", 2);
	code_tables[OTHER_TABLE][0] = 0;
	invlpg(CODE_AT);
	check_eq("no page", PF,
		 (uint64_t)CATCH(asm volatile("call *%0" ::"r"(CODE_AT), "D"(TPR)
					      : "rax", "rcx", "rdx", "memory")));
	pml4[5] = 0;
	*TPR = 0;
}
