// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "machine.h"
#include "platform/decode.h"
#include "suites.h"

#define M16 INSN_16
#define M32 INSN_32
#define M64 INSN_64

/* Instruction by instruction: bytes as an assembler gives them, and every field of the answer. */
static const struct {
	const char *text;
	enum insn_mode mode;
	uint8_t bytes[15];
	uint8_t length;
	uint8_t op;
	uint8_t size;
	uint8_t reg_size;
	uint8_t reg;
	const char *
		flags; /* r reads, w writes, t to register, f register first, h high, i, p rep, l */
	int64_t value;
} rows[] = {
	/* clang-format off */
	{ "mov [rdi],al",             M64, { 0x88, 0x07 }, 2, INSN_MOV, 1, 1, 0, "w", 0 },
	{ "mov [rdi],ah",             M64, { 0x88, 0x27 }, 2, INSN_MOV, 1, 1, 0, "wh", 0 },
	{ "mov [rdi],spl",            M64, { 0x40, 0x88, 0x27 }, 3, INSN_MOV, 1, 1, 4, "w", 0 },
	{ "mov [rdi],eax",            M64, { 0x89, 0x07 }, 2, INSN_MOV, 4, 4, 0, "w", 0 },
	{ "mov [rdi+8],r10",          M64, { 0x4c, 0x89, 0x57, 0x08 }, 4, INSN_MOV, 8, 8, 10, "w", 0 },
	{ "mov [rip+0x12345678],ecx", M64, { 0x89, 0x0d, 0x78, 0x56, 0x34, 0x12 }, 6, INSN_MOV, 4, 4, 1, "w", 0 },
	{ "mov [abs32],ecx",          M64, { 0x89, 0x0c, 0x25, 0x80, 0xb0, 0xe0, 0xfe }, 7, INSN_MOV, 4, 4, 1, "w", 0 },
	{ "mov [rsp+rax*2+0x100],dx", M64, { 0x66, 0x89, 0x94, 0x44, 0x00, 0x01, 0x00, 0x00 }, 8, INSN_MOV, 2, 2, 2, "w", 0 },
	{ "mov ebx,[r13+0]",          M64, { 0x41, 0x8b, 0x5d, 0x00 }, 4, INSN_MOV, 4, 4, 3, "rtf", 0 },
	{ "mov r15b,[rax]",           M64, { 0x44, 0x8a, 0x38 }, 3, INSN_MOV, 1, 1, 15, "rtf", 0 },
	{ "mov dword [rax],imm",      M64, { 0xc7, 0x00, 0x78, 0x56, 0x34, 0x12 }, 6, INSN_MOV, 4, 4, 0, "wi", 0x12345678 },
	{ "mov qword [rax],-1",       M64, { 0x48, 0xc7, 0x00, 0xff, 0xff, 0xff, 0xff }, 7, INSN_MOV, 8, 8, 0, "wi", -1 },
	{ "mov word [rax],0x1234",    M64, { 0x66, 0xc7, 0x00, 0x34, 0x12 }, 5, INSN_MOV, 2, 2, 0, "wi", 0x1234 },
	{ "mov byte [rax+4],0x7f",    M64, { 0xc6, 0x40, 0x04, 0x7f }, 4, INSN_MOV, 1, 1, 0, "wi", 0x7f },
	{ "movabs eax,[moffs64]",     M64, { 0xa1, 1, 2, 3, 4, 5, 6, 7, 8 }, 9, INSN_MOV, 4, 4, 0, "rtf", 0 },
	{ "movabs [moffs64],rax",     M64, { 0x48, 0xa3, 1, 2, 3, 4, 5, 6, 7, 8 }, 10, INSN_MOV, 8, 8, 0, "w", 0 },
	{ "mov al,[moffs32]",         M32, { 0xa0, 1, 2, 3, 4 }, 5, INSN_MOV, 1, 1, 0, "rtf", 0 },
	{ "mov [moffs16],ax",         M16, { 0xa3, 1, 2 }, 3, INSN_MOV, 2, 2, 0, "w", 0 },
	{ "a32 mov eax,[moffs64->32]", M64, { 0x67, 0xa1, 1, 2, 3, 4 }, 6, INSN_MOV, 4, 4, 0, "rtf", 0 },
	{ "movzx eax,byte [rcx]",     M64, { 0x0f, 0xb6, 0x01 }, 3, INSN_MOVZX, 1, 4, 0, "rtf", 0 },
	{ "movzx r8,word [rcx]",      M64, { 0x4c, 0x0f, 0xb7, 0x01 }, 4, INSN_MOVZX, 2, 8, 8, "rtf", 0 },
	{ "movsx ax,byte [rcx]",      M64, { 0x66, 0x0f, 0xbe, 0x01 }, 4, INSN_MOVSX, 1, 2, 0, "rtf", 0 },
	{ "movsx esp,word [rcx]",     M64, { 0x0f, 0xbf, 0x21 }, 3, INSN_MOVSX, 2, 4, 4, "rtf", 0 },
	{ "movsxd rax,dword [rcx]",   M64, { 0x48, 0x63, 0x01 }, 3, INSN_MOVSX, 4, 8, 0, "rtf", 0 },
	{ "and [rax],edx",            M64, { 0x21, 0x10 }, 2, INSN_AND, 4, 4, 2, "rw", 0 },
	{ "or edx,[rax]",             M64, { 0x0b, 0x10 }, 2, INSN_OR, 4, 4, 2, "rtf", 0 },
	{ "xor [rax],dl",             M64, { 0x30, 0x10 }, 2, INSN_XOR, 1, 1, 2, "rw", 0 },
	{ "lock add [rax],rdx",       M64, { 0xf0, 0x48, 0x01, 0x10 }, 4, INSN_ADD, 8, 8, 2, "rwl", 0 },
	{ "sub edx,[rax]",            M64, { 0x2b, 0x10 }, 2, INSN_SUB, 4, 4, 2, "rtf", 0 },
	{ "cmp [rax],edx",            M64, { 0x39, 0x10 }, 2, INSN_CMP, 4, 4, 2, "r", 0 },
	{ "cmp edx,[rax]",            M64, { 0x3b, 0x10 }, 2, INSN_CMP, 4, 4, 2, "rf", 0 },
	{ "adc [rax],edx",            M64, { 0x11, 0x10 }, 2, INSN_ADC, 4, 4, 2, "rw", 0 },
	{ "sbb dl,[rax]",             M64, { 0x1a, 0x10 }, 2, INSN_SBB, 1, 1, 2, "rtf", 0 },
	{ "or dword [rax],0x100",     M64, { 0x81, 0x08, 0x00, 0x01, 0x00, 0x00 }, 6, INSN_OR, 4, 4, 0, "rwi", 0x100 },
	{ "and dword [rax],-17",      M64, { 0x83, 0x20, 0xef }, 3, INSN_AND, 4, 4, 0, "rwi", -17 },
	{ "cmp byte [rax],5",         M64, { 0x80, 0x38, 0x05 }, 3, INSN_CMP, 1, 1, 0, "ri", 5 },
	{ "test [rax],ecx",           M64, { 0x85, 0x08 }, 2, INSN_TEST, 4, 4, 1, "r", 0 },
	{ "test byte [rax+0xf0],1",   M64, { 0xf6, 0x80, 0xf0, 0, 0, 0, 0x01 }, 7, INSN_TEST, 1, 1, 0, "ri", 1 },
	{ "test dword [rax],0x1000",  M64, { 0xf7, 0x00, 0x00, 0x10, 0, 0 }, 6, INSN_TEST, 4, 4, 0, "ri", 0x1000 },
	{ "xchg [rdi],eax",           M64, { 0x87, 0x07 }, 2, INSN_XCHG, 4, 4, 0, "rwt", 0 },
	{ "bt dword [rax],12",        M64, { 0x0f, 0xba, 0x20, 0x0c }, 4, INSN_BT, 4, 4, 0, "ri", 12 },
	{ "rep stosd",                M64, { 0xf3, 0xab }, 2, INSN_STOS, 4, 4, 0, "wp", 0 },
	{ "stosb",                    M64, { 0xaa }, 1, INSN_STOS, 1, 1, 0, "w", 0 },
	{ "rep movsq",                M64, { 0xf3, 0x48, 0xa5 }, 3, INSN_MOVS, 8, 8, 0, "rwp", 0 },
	{ "mov gs:[ecx],eax",         M64, { 0x65, 0x67, 0x89, 0x01 }, 4, INSN_MOV, 4, 4, 0, "w", 0 },
	{ "mov [0xfee000b0],eax",     M32, { 0x89, 0x05, 0xb0, 0x00, 0xe0, 0xfe }, 6, INSN_MOV, 4, 4, 0, "w", 0 },
	{ "mov [eax+ebp],ecx",        M32, { 0x89, 0x0c, 0x28 }, 3, INSN_MOV, 4, 4, 1, "w", 0 },
	{ "a16 mov [bx+si+5],cx",     M32, { 0x66, 0x67, 0x89, 0x48, 0x05 }, 5, INSN_MOV, 2, 2, 1, "w", 0 },
	{ "mov [0x1234],cx",          M16, { 0x89, 0x0e, 0x34, 0x12 }, 4, INSN_MOV, 2, 2, 1, "w", 0 },
	{ "o32 a32 mov [ebx],eax",    M16, { 0x66, 0x67, 0x89, 0x03 }, 4, INSN_MOV, 4, 4, 0, "w", 0 },
	{ "mov bx,[bp+si+0x100]",     M16, { 0x8b, 0x9a, 0x00, 0x01 }, 4, INSN_MOV, 2, 2, 3, "rtf", 0 },
	/* clang-format on */
};

static bool has(const char *flags, char flag)
{
	return strchr(flags, flag) != NULL;
}

START_TEST(table)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *f = rows[i].flags, *text = rows[i].text;
		struct insn d;

		ck_assert_msg(insn_decode(rows[i].bytes, 15, rows[i].mode, &d) == 0, "%s", text);
		ck_assert_msg(d.length == rows[i].length, "%s: length %u", text, d.length);
		ck_assert_msg(d.op == rows[i].op, "%s: op %u", text, d.op);
		ck_assert_msg(d.size == rows[i].size, "%s: size %u", text, d.size);
		ck_assert_msg(d.reg_size == rows[i].reg_size, "%s: reg size %u", text, d.reg_size);
		ck_assert_msg(d.reg == rows[i].reg, "%s: reg %u", text, d.reg);
		ck_assert_msg(d.value == rows[i].value, "%s: value %ld", text, (long)d.value);
		ck_assert_msg(d.reads == has(f, 'r') && d.writes == has(f, 'w'), "%s", text);
		ck_assert_msg(d.to_register == has(f, 't'), "%s: to register", text);
		ck_assert_msg(d.register_first == has(f, 'f'), "%s: first", text);
		ck_assert_msg(d.high_byte == has(f, 'h'), "%s: high byte", text);
		ck_assert_msg(d.immediate == has(f, 'i'), "%s: immediate", text);
		ck_assert_msg(d.rep == has(f, 'p') && d.lock == has(f, 'l'), "%s", text);
		/* One byte less is not enough. */
		ck_assert_msg(insn_decode(rows[i].bytes, rows[i].length - 1u, rows[i].mode, &d) ==
				      -1,
			      "%s: cut off", text);
	}
}
END_TEST

START_TEST(refused)
{
	static const struct {
		enum insn_mode mode;
		uint8_t bytes[15];
	} bad[] = {
		{M64, {0x89, 0xc0}},             /* register operand */
		{M64, {0xf0, 0x89, 0x00}},       /* lock mov */
		{M64, {0xf0, 0x39, 0x00}},       /* lock cmp */
		{M64, {0xf0, 0x03, 0x00}},       /* lock add r, m */
		{M64, {0xc7, 0x08}},             /* no such member of the group */
		{M64, {0xf7, 0x10}},             /* NOT */
		{M64, {0x0f, 0xba, 0x28, 1}},    /* BTS */
		{M32, {0x63, 0x01}},             /* ARPL */
		{M64, {0x48, 0x66, 0x89, 0x00}}, /* REX before a prefix */
		{M64, {0x0f, 0x0b}},             /* UD2 */
		{M64, {0xff, 0x30}},             /* PUSH */
		{M64,
		 {0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
		  0x66, 0x66}},
	};
	struct insn d;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(insn_decode(bad[i].bytes, 15, bad[i].mode, &d), -1);
	ck_assert_int_eq(insn_decode(bad[0].bytes, 0, M64, &d), -1);
}
END_TEST

static uint64_t gpr[16], rflags, value;

static bool run(const char *bytes, unsigned length)
{
	struct insn d;

	ck_assert_int_eq(insn_decode((const uint8_t *)bytes, length, M64, &d), 0);
	return insn_apply(&d, gpr, &rflags, &value);
}
#define RUN(bytes) run(bytes, sizeof(bytes) - 1)

START_TEST(moves)
{
	gpr[0] = 0x1122334455667788;
	value = 0xffffffffffffffff;
	ck_assert(RUN("\x8b\x01")); /* mov eax,[rcx] clears the upper half */
	ck_assert_uint_eq(gpr[0], 0xffffffff);
	gpr[0] = 0x1122334455667788;
	value = 0xabcd;
	RUN("\x66\x8b\x01");
	ck_assert_uint_eq(gpr[0], 0x112233445566abcd);
	RUN("\x8a\x21"); /* mov ah,[rcx] */
	ck_assert_uint_eq(gpr[0], 0x112233445566cdcd);
	RUN("\x88\x21");
	ck_assert_uint_eq(value, 0xcd);
	value = 0x80;
	RUN("\x48\x0f\xbe\x01"); /* movsx rax,byte */
	ck_assert_uint_eq(gpr[0], 0xffffffffffffff80);
	RUN("\x0f\xbe\x01"); /* movsx eax,byte */
	ck_assert_uint_eq(gpr[0], 0xffffff80);
	RUN("\x0f\xb6\x01");
	ck_assert_uint_eq(gpr[0], 0x80);
	gpr[0] = 5;
	value = 7;
	RUN("\x87\x01"); /* xchg */
	ck_assert_uint_eq(gpr[0], 7);
	ck_assert_uint_eq(value, 5);
	RUN("\x48\xc7\x01\xfe\xff\xff\xff");
	ck_assert_uint_eq(value, 0xfffffffffffffffe);
}
END_TEST

START_TEST(strings)
{
	gpr[0] = 0x1234;
	gpr[1] = 2;
	gpr[7] = 0x1000;
	rflags = 2;
	ck_assert(!RUN("\xf3\xab"));
	ck_assert_uint_eq(value, 0x1234);
	ck_assert_uint_eq(gpr[7], 0x1004);
	ck_assert_uint_eq(gpr[1], 1);
	ck_assert(RUN("\xf3\xab"));
	ck_assert_uint_eq(gpr[1], 0);
	rflags |= 0x400; /* downwards */
	gpr[6] = 0x2000;
	value = 0x99;
	ck_assert(RUN("\xa4"));
	ck_assert_uint_eq(value, 0x99);
	ck_assert_uint_eq(gpr[6], 0x1fff);
	ck_assert_uint_eq(gpr[7], 0x1007);
}
END_TEST

/* Arithmetic and its six flags, against the processor that runs the test. */
#define NATIVE(name, text)                                                                         \
	static uint64_t native_##name(uint64_t a, uint64_t b, unsigned size, uint64_t *flags)      \
	{                                                                                          \
		uint64_t carry = *flags & 1;                                                       \
		switch (size) {                                                                    \
		case 1:                                                                            \
			__asm__("bt $0, %q3\n\t" text " %b2, %b0\n\tpushfq\n\tpopq %1"             \
				: "+q"(a), "=r"(*flags)                                            \
				: "q"(b), "r"(carry)                                               \
				: "cc");                                                           \
			break;                                                                     \
		case 2:                                                                            \
			__asm__("bt $0, %q3\n\t" text " %w2, %w0\n\tpushfq\n\tpopq %1"             \
				: "+r"(a), "=r"(*flags)                                            \
				: "r"(b), "r"(carry)                                               \
				: "cc");                                                           \
			break;                                                                     \
		case 4:                                                                            \
			__asm__("bt $0, %q3\n\t" text " %k2, %k0\n\tpushfq\n\tpopq %1"             \
				: "+r"(a), "=r"(*flags)                                            \
				: "r"(b), "r"(carry)                                               \
				: "cc");                                                           \
			break;                                                                     \
		default:                                                                           \
			__asm__("bt $0, %q3\n\t" text " %q2, %q0\n\tpushfq\n\tpopq %1"             \
				: "+r"(a), "=r"(*flags)                                            \
				: "r"(b), "r"(carry)                                               \
				: "cc");                                                           \
		}                                                                                  \
		return a;                                                                          \
	}
NATIVE(add, "add")
NATIVE(or, "or")
NATIVE(adc, "adc")
NATIVE(sbb, "sbb")
NATIVE(and, "and")
NATIVE(sub, "sub")
NATIVE(xor, "xor")
NATIVE(cmp, "cmp")
NATIVE(test, "test")

START_TEST(arithmetic)
{
	static const struct {
		uint8_t op;
		uint64_t (*native)(uint64_t, uint64_t, unsigned, uint64_t *);
		uint64_t flags; /* AF is undefined after logic */
	} ops[] = {
		{INSN_ADD, native_add, 0x8d5},   {INSN_OR, native_or, 0x8c5},
		{INSN_ADC, native_adc, 0x8d5},   {INSN_SBB, native_sbb, 0x8d5},
		{INSN_AND, native_and, 0x8c5},   {INSN_SUB, native_sub, 0x8d5},
		{INSN_XOR, native_xor, 0x8c5},   {INSN_CMP, native_cmp, 0x8d5},
		{INSN_TEST, native_test, 0x8c5},
	};
	uint64_t seed = 7;

	for (unsigned i = 0; i < 200000; i++) {
		unsigned o = i % 9, size = 1u << i / 9 % 4;
		uint64_t mask = size == 8 ? ~0ull : (1ull << 8 * size) - 1, expected, native,
			 before;
		struct insn d = {.op = ops[o].op,
				 .size = (uint8_t)size,
				 .reg_size = (uint8_t)size,
				 .reg = 2,
				 .reads = true,
				 .writes = o < 7};

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		value = (seed >> 8 & 1 ? seed >> 20 : 0x7fffffffffffffffull >> seed % 64) & mask;
		gpr[2] = seed >> 9 & 1 ? seed >> 13 : ~0ull << seed % 61;
		rflags = native = seed >> 3 & 1;
		before = value;
		expected = ops[o].native(value, gpr[2] & mask, size, &native) & mask;
		insn_apply(&d, gpr, &rflags, &value);
		ensure(value == (o < 7 ? expected : before));
		ensure(((rflags ^ native) & ops[o].flags) == 0);
	}
}
END_TEST

START_TEST(operand_order)
{
	gpr[2] = 5;
	value = 3;
	RUN("\x2b\x10"); /* sub edx,[rax] */
	ck_assert_uint_eq(gpr[2], 2);
	RUN("\x29\x10"); /* sub [rax],edx */
	ck_assert_uint_eq(value, 1);
	RUN("\x3b\x10"); /* cmp edx,[rax]: 2 - 1 */
	ck_assert_uint_eq(rflags & 1, 0);
	RUN("\x39\x10"); /* cmp [rax],edx: 1 - 2 */
	ck_assert_uint_eq(rflags & 1, 1);
	value = 0x1000;
	RUN("\x0f\xba\x20\x0c");
	ck_assert_uint_eq(rflags & 1, 1);
	RUN("\x0f\xba\x20\x0b");
	ck_assert_uint_eq(rflags & 1, 0);
}
END_TEST

TCase *decode_tests(void)
{
	TCase *t = tcase_create("decoder");

	tcase_add_test(t, table);
	tcase_add_test(t, refused);
	tcase_add_test(t, moves);
	tcase_add_test(t, strings);
	tcase_add_test(t, arithmetic);
	tcase_add_test(t, operand_order);
	return t;
}
