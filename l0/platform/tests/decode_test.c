// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "machine.h"
#include "platform/decode.h"
#include "platform/decode_memo.h"
#include "suites.h"

#define M16 INSN_16
#define M32 INSN_32
#define M64 INSN_64

enum { ES, CS, SS, DS, FS, GS };

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
	const char *flags; /* r reads, w writes, L register left, h high, i, p rep, l */
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
	{ "mov ebx,[r13+0]",          M64, { 0x41, 0x8b, 0x5d, 0x00 }, 4, INSN_MOV, 4, 4, 3, "rL", 0 },
	{ "mov r15b,[rax]",           M64, { 0x44, 0x8a, 0x38 }, 3, INSN_MOV, 1, 1, 15, "rL", 0 },
	{ "mov dword [rax],imm",      M64, { 0xc7, 0x00, 0x78, 0x56, 0x34, 0x12 }, 6, INSN_MOV, 4, 4, 0, "wi", 0x12345678 },
	{ "mov qword [rax],-1",       M64, { 0x48, 0xc7, 0x00, 0xff, 0xff, 0xff, 0xff }, 7, INSN_MOV, 8, 8, 0, "wi", -1 },
	{ "mov word [rax],0x1234",    M64, { 0x66, 0xc7, 0x00, 0x34, 0x12 }, 5, INSN_MOV, 2, 2, 0, "wi", 0x1234 },
	{ "mov byte [rax+4],0x7f",    M64, { 0xc6, 0x40, 0x04, 0x7f }, 4, INSN_MOV, 1, 1, 0, "wi", 0x7f },
	{ "movabs eax,[moffs64]",     M64, { 0xa1, 1, 2, 3, 4, 5, 6, 7, 8 }, 9, INSN_MOV, 4, 4, 0, "rL", 0 },
	{ "movabs [moffs64],rax",     M64, { 0x48, 0xa3, 1, 2, 3, 4, 5, 6, 7, 8 }, 10, INSN_MOV, 8, 8, 0, "w", 0 },
	{ "mov al,[moffs32]",         M32, { 0xa0, 1, 2, 3, 4 }, 5, INSN_MOV, 1, 1, 0, "rL", 0 },
	{ "mov [moffs16],ax",         M16, { 0xa3, 1, 2 }, 3, INSN_MOV, 2, 2, 0, "w", 0 },
	{ "a32 mov eax,[moffs64->32]", M64, { 0x67, 0xa1, 1, 2, 3, 4 }, 6, INSN_MOV, 4, 4, 0, "rL", 0 },
	{ "movzx eax,byte [rcx]",     M64, { 0x0f, 0xb6, 0x01 }, 3, INSN_MOVZX, 1, 4, 0, "rL", 0 },
	{ "movzx r8,word [rcx]",      M64, { 0x4c, 0x0f, 0xb7, 0x01 }, 4, INSN_MOVZX, 2, 8, 8, "rL", 0 },
	{ "movsx ax,byte [rcx]",      M64, { 0x66, 0x0f, 0xbe, 0x01 }, 4, INSN_MOVSX, 1, 2, 0, "rL", 0 },
	{ "movsx esp,word [rcx]",     M64, { 0x0f, 0xbf, 0x21 }, 3, INSN_MOVSX, 2, 4, 4, "rL", 0 },
	{ "movsxd rax,dword [rcx]",   M64, { 0x48, 0x63, 0x01 }, 3, INSN_MOVSX, 4, 8, 0, "rL", 0 },
	{ "and [rax],edx",            M64, { 0x21, 0x10 }, 2, INSN_AND, 4, 4, 2, "rw", 0 },
	{ "or edx,[rax]",             M64, { 0x0b, 0x10 }, 2, INSN_OR, 4, 4, 2, "rL", 0 },
	{ "xor [rax],dl",             M64, { 0x30, 0x10 }, 2, INSN_XOR, 1, 1, 2, "rw", 0 },
	{ "lock add [rax],rdx",       M64, { 0xf0, 0x48, 0x01, 0x10 }, 4, INSN_ADD, 8, 8, 2, "rwl", 0 },
	{ "sub edx,[rax]",            M64, { 0x2b, 0x10 }, 2, INSN_SUB, 4, 4, 2, "rL", 0 },
	{ "cmp [rax],edx",            M64, { 0x39, 0x10 }, 2, INSN_CMP, 4, 4, 2, "r", 0 },
	{ "cmp edx,[rax]",            M64, { 0x3b, 0x10 }, 2, INSN_CMP, 4, 4, 2, "rL", 0 },
	{ "adc [rax],edx",            M64, { 0x11, 0x10 }, 2, INSN_ADC, 4, 4, 2, "rw", 0 },
	{ "sbb dl,[rax]",             M64, { 0x1a, 0x10 }, 2, INSN_SBB, 1, 1, 2, "rL", 0 },
	{ "or dword [rax],0x100",     M64, { 0x81, 0x08, 0x00, 0x01, 0x00, 0x00 }, 6, INSN_OR, 4, 4, 0, "rwi", 0x100 },
	{ "and dword [rax],-17",      M64, { 0x83, 0x20, 0xef }, 3, INSN_AND, 4, 4, 0, "rwi", -17 },
	{ "cmp byte [rax],5",         M64, { 0x80, 0x38, 0x05 }, 3, INSN_CMP, 1, 1, 0, "ri", 5 },
	{ "test [rax],ecx",           M64, { 0x85, 0x08 }, 2, INSN_TEST, 4, 4, 1, "r", 0 },
	{ "test byte [rax+0xf0],1",   M64, { 0xf6, 0x80, 0xf0, 0, 0, 0, 0x01 }, 7, INSN_TEST, 1, 1, 0, "ri", 1 },
	{ "test dword [rax],0x1000",  M64, { 0xf7, 0x00, 0x00, 0x10, 0, 0 }, 6, INSN_TEST, 4, 4, 0, "ri", 0x1000 },
	{ "xchg [rdi],eax",           M64, { 0x87, 0x07 }, 2, INSN_XCHG, 4, 4, 0, "rw", 0 },
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
	{ "mov bx,[bp+si+0x100]",     M16, { 0x8b, 0x9a, 0x00, 0x01 }, 4, INSN_MOV, 2, 2, 3, "rL", 0 },
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

		ck_assert_msg(insn_decode(rows[i].bytes, 15, rows[i].mode, &d) == INSN_DECODED,
			      "%s", text);
		ck_assert_msg(d.length == rows[i].length, "%s: length %u", text, d.length);
		ck_assert_msg(d.op == rows[i].op, "%s: op %u", text, d.op);
		ck_assert_msg(d.size == rows[i].size, "%s: size %u", text, d.size);
		ck_assert_msg(d.reg_size == rows[i].reg_size, "%s: reg size %u", text, d.reg_size);
		ck_assert_msg(d.reg == rows[i].reg, "%s: reg %u", text, d.reg);
		ck_assert_msg(d.value == rows[i].value, "%s: value %ld", text, (long)d.value);
		ck_assert_msg(d.reads == has(f, 'r') && d.writes == has(f, 'w'), "%s", text);
		ck_assert_msg(d.register_left == has(f, 'L'), "%s: register left", text);
		ck_assert_msg(d.high_byte == has(f, 'h'), "%s: high byte", text);
		ck_assert_msg(d.immediate == has(f, 'i'), "%s: immediate", text);
		ck_assert_msg((d.rep != INSN_REP_NONE) == has(f, 'p'), "%s: rep", text);
		ck_assert_msg(d.lock == has(f, 'l'), "%s: lock", text);
		/* One byte less is not enough. */
		ck_assert_msg(insn_decode(rows[i].bytes, rows[i].length - 1u, rows[i].mode, &d) ==
				      INSN_SHORT,
			      "%s: cut off", text);
	}
}
END_TEST

static const struct {
	const char *text;
	enum insn_mode mode;
	enum insn_verdict verdict;
	uint8_t bytes[15];
} bad[] = {
	/* clang-format off */
	{ "register operand",    M64, INSN_UNKNOWN,   { 0x89, 0xc0 } },
	{ "lock mov",            M64, INSN_UNDEFINED, { 0xf0, 0x89, 0x00 } },
	{ "lock cmp",            M64, INSN_UNDEFINED, { 0xf0, 0x39, 0x00 } },
	{ "lock add r,m",        M64, INSN_UNDEFINED, { 0xf0, 0x03, 0x00 } },
	{ "lock xchg",           M64, INSN_DECODED,   { 0xf0, 0x87, 0x00 } },
	{ "lock bt",             M64, INSN_UNDEFINED, { 0xf0, 0x0f, 0xa3, 0x00 } },
	{ "lock bts",            M64, INSN_DECODED,   { 0xf0, 0x0f, 0xab, 0x00 } },
	{ "lock shl",            M64, INSN_UNDEFINED, { 0xf0, 0xd1, 0x20 } },
	{ "lock movs",           M64, INSN_UNDEFINED, { 0xf0, 0xa5 } },
	{ "lock movups",         M64, INSN_UNDEFINED, { 0xf0, 0x0f, 0x11, 0x00 } },
	{ "lock push",           M64, INSN_UNDEFINED, { 0xf0, 0xff, 0x30 } },
	{ "group 11 /1",         M64, INSN_UNDEFINED, { 0xc7, 0x08 } },
	{ "group 4 /2",          M64, INSN_UNDEFINED, { 0xfe, 0x10 } },
	{ "group 5 /7",          M64, INSN_UNDEFINED, { 0xff, 0x38 } },
	{ "group 8 /0",          M64, INSN_UNDEFINED, { 0x0f, 0xba, 0x00, 1 } },
	{ "group 9 /2",          M64, INSN_UNDEFINED, { 0x0f, 0xc7, 0x10 } },
	{ "group 1a /1",         M64, INSN_UNDEFINED, { 0x8f, 0x08 } },
	{ "ud2",                 M64, INSN_UNDEFINED, { 0x0f, 0x0b } },
	{ "push es in 64",       M64, INSN_UNDEFINED, { 0x06 } },
	{ "push es in 32",       M32, INSN_UNKNOWN,   { 0x06 } },
	{ "82 in 64",            M64, INSN_UNDEFINED, { 0x82, 0x00, 1 } },
	{ "82 in 32",            M32, INSN_DECODED,   { 0x82, 0x00, 1 } },
	{ "arpl",                M32, INSN_UNKNOWN,   { 0x63, 0x01 } },
	{ "call m",              M64, INSN_UNKNOWN,   { 0xff, 0x10 } },
	{ "div m",               M64, INSN_UNKNOWN,   { 0xf7, 0x30 } },
	{ "vmptrld",             M64, INSN_UNKNOWN,   { 0x0f, 0xc7, 0x30 } },
	{ "fnstenv",             M64, INSN_UNKNOWN,   { 0xd9, 0x30 } },
	{ "crc32",               M64, INSN_UNKNOWN,   { 0xf2, 0x0f, 0x38, 0xf1, 0x00 } },
	{ "movq mm",             M64, INSN_UNKNOWN,   { 0x0f, 0x6f, 0x00 } },
	{ "les in 32",           M32, INSN_UNKNOWN,   { 0xc4, 0x00 } },
	{ "vex movups in 32",    M32, INSN_DECODED,   { 0xc5, 0xf8, 0x10, 0x00 } },
	{ "vex after 66",        M64, INSN_UNDEFINED, { 0x66, 0xc5, 0xf8, 0x10, 0x00 } },
	{ "vex after rex",       M64, INSN_UNDEFINED, { 0x48, 0xc5, 0xf8, 0x10, 0x00 } },
	{ "vex with vvvv",       M64, INSN_UNDEFINED, { 0xc5, 0xf0, 0x10, 0x00 } },
	{ "vmovd ymm",           M64, INSN_UNDEFINED, { 0xc5, 0xfd, 0x6e, 0x00 } },
	{ "vmovhps, 3 operands", M64, INSN_UNKNOWN,   { 0xc5, 0xf0, 0x16, 0x00 } },
	{ "vaddps",              M64, INSN_UNKNOWN,   { 0xc5, 0xf0, 0x58, 0x00 } },
	{ "evex",                M64, INSN_UNKNOWN,   { 0x62, 0xf1, 0x7c, 0x48, 0x10, 0x00 } },
	{ "no bytes",            M64, INSN_TOO_LONG,
	  { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
	    0x66, 0x66 } },
	/* clang-format on */
};

/* What is no decoded memory operand: refused by the processor, or left alone by L0. */
START_TEST(refused)
{
	struct insn d;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(insn_decode(bad[i].bytes, 15, bad[i].mode, &d) == bad[i].verdict,
			      "%s", bad[i].text);
	ck_assert_int_eq(insn_decode(bad[0].bytes, 0, M64, &d), INSN_SHORT);
}
END_TEST

/* Registers for the addresses below: 100H times their number, and something above 32 bits. */
static void draw_registers(uint64_t *gpr)
{
	for (unsigned i = 0; i < 16; i++)
		gpr[i] = 0xabcd00000000 + 0x10000 + 0x100 * i;
}

static const struct {
	const char *text;
	enum insn_mode mode;
	uint8_t bytes[15];
	uint8_t segment;
	uint64_t offset;
} list[] = {
	/* clang-format off */
	{ "16: [bx+si]",      M16, { 0x8b, 0x00 }, DS, 0x0900 },
	{ "16: [bx+di+7f]",   M16, { 0x8b, 0x41, 0x7f }, DS, 0x0a7f },
	{ "16: [bp+si-1]",    M16, { 0x8b, 0x42, 0xff }, SS, 0x0aff },
	{ "16: [bp+di+1234]", M16, { 0x8b, 0x83, 0x34, 0x12 }, SS, 0x1e34 },
	{ "16: [si]",         M16, { 0x8b, 0x04 }, DS, 0x0600 },
	{ "16: [di]",         M16, { 0x8b, 0x05 }, DS, 0x0700 },
	{ "16: [fffe]",       M16, { 0x8b, 0x06, 0xfe, 0xff }, DS, 0xfffe },
	{ "16: [bp+0]",       M16, { 0x8b, 0x46, 0x00 }, SS, 0x0500 },
	{ "16: [bx]",         M16, { 0x8b, 0x07 }, DS, 0x0300 },
	{ "16: wraps",        M16, { 0x8b, 0x87, 0xff, 0xff }, DS, 0x02ff },
	{ "16: es:[bp]",      M16, { 0x26, 0x8b, 0x46, 0x00 }, ES, 0x0500 },
	{ "16: cs:[bx]",      M16, { 0x2e, 0x8b, 0x07 }, CS, 0x0300 },
	{ "16: last wins",    M16, { 0x2e, 0x65, 0x8b, 0x07 }, GS, 0x0300 },
	{ "32: [eax]",        M32, { 0x8b, 0x00 }, DS, 0x10000 },
	{ "32: [ebp-8]",      M32, { 0x8b, 0x45, 0xf8 }, SS, 0x104f8 },
	{ "32: [esp]",        M32, { 0x8b, 0x04, 0x24 }, SS, 0x10400 },
	{ "32: [esi+ebp*4]",  M32, { 0x8b, 0x04, 0xae }, DS, 0x51a00 },
	{ "32: [disp]",       M32, { 0x8b, 0x05, 4, 3, 2, 0x81 }, DS, 0x81020304 },
	{ "32: [ebp*2+disp]", M32, { 0x8b, 0x04, 0x6d, 0, 0, 0, 0xff }, DS, 0xff020a00 },
	{ "32: ds:[ebp]",     M32, { 0x3e, 0x8b, 0x45, 0x00 }, DS, 0x10500 },
	{ "32: moffs",        M32, { 0x64, 0xa1, 4, 3, 2, 0x81 }, FS, 0x81020304 },
	{ "32: a16 moffs",    M32, { 0x67, 0xa1, 4, 0x83 }, DS, 0x8304 },
	{ "64: [rbp+0]",      M64, { 0x8b, 0x45, 0x00 }, SS, 0xabcd00010500 },
	{ "64: ds:[rbp+0]",   M64, { 0x3e, 0x8b, 0x45, 0x00 }, SS, 0xabcd00010500 },
	{ "64: gs:[rbp+0]",   M64, { 0x65, 0x8b, 0x45, 0x00 }, GS, 0xabcd00010500 },
	{ "64: [r13+0]",      M64, { 0x41, 0x8b, 0x45, 0x00 }, DS, 0xabcd00010d00 },
	{ "64: [r12]",        M64, { 0x41, 0x8b, 0x04, 0x24 }, DS, 0xabcd00010c00 },
	{ "64: [rip+1]",      M64, { 0x8b, 0x05, 1, 0, 0, 0 }, DS, 0x700000007 },
	{ "64: a32 [eip+1]",  M64, { 0x67, 0x8b, 0x05, 1, 0, 0, 0 }, DS, 8 },
	{ "64: [rip+1], imm", M64, { 0xc7, 0x05, 1, 0, 0, 0, 9, 9, 9, 9 }, DS, 0x70000000b },
	{ "64: moffs64",      M64, { 0xa1, 1, 2, 3, 4, 5, 6, 7, 0x88 }, DS, 0x8807060504030201 },
	{ "64: stos",         M64, { 0x64, 0xab }, ES, 0xabcd00010700 },
	{ "64: lods fs:",     M64, { 0x64, 0xad }, FS, 0xabcd00010600 },
	{ "32: a16 cmps",     M32, { 0x67, 0xa7 }, DS, 0x0600 },
	{ "32: cs: movs",     M32, { 0x2e, 0xa5 }, CS, 0x10600 },
	{ "64: bts far down", M64, { 0x48, 0x0f, 0xab, 0x00 }, DS, 0xabcd00010000 + (0xabcd00010000 >> 6) * 8 },
	{ "16: pop [bx]",     M16, { 0x8f, 0x07 }, SS, 0x0400 },
	{ "16: push [bx]",    M16, { 0xff, 0x37 }, DS, 0x0300 },
	/* clang-format on */
};

/* Segment and offset, where the native test cannot look: other modes, other segments. */
START_TEST(addresses)
{
	uint64_t gpr[16];
	struct insn_state s = {.gpr = gpr, .rip = 0x700000000, .stack_size = 2};
	struct insn_access access[INSN_ACCESSES_MAX];
	struct insn d;

	draw_registers(gpr);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		ck_assert_msg(insn_decode(list[i].bytes, 15, list[i].mode, &d) == INSN_DECODED,
			      "%s", list[i].text);
		ck_assert_msg(insn_accesses(&d, &s, access) > 0, "%s", list[i].text);
		ck_assert_msg(access[0].segment == list[i].segment, "%s: segment %u", list[i].text,
			      access[0].segment);
		ck_assert_msg(access[0].offset == list[i].offset, "%s: offset %lx", list[i].text,
			      access[0].offset);
	}
}
END_TEST

/* The second operand: the stack's, by the stack's size, and ES:rDI. */
START_TEST(second_operands)
{
	static const uint8_t push[] = {0xff, 0x30}, movs[] = {0x64, 0xa5};
	uint64_t gpr[16];
	struct insn_state s = {.gpr = gpr, .stack_size = 2};
	struct insn_access access[INSN_ACCESSES_MAX];
	struct insn d;

	draw_registers(gpr);
	gpr[4] = 0x70001;
	ck_assert_int_eq(insn_decode(push, 2, M32, &d), INSN_DECODED);
	ck_assert_uint_eq(insn_accesses(&d, &s, access), 2);
	ck_assert(access[1].segment == SS && access[1].offset == 0xfffd && access[1].size == 4);
	ck_assert(access[0].reads && !access[0].writes && access[1].writes && !access[1].reads);
	insn_apply(&d, &s);
	ck_assert_uint_eq(gpr[4], 0x7fffd);
	ck_assert_int_eq(insn_decode(movs, 2, M32, &d), INSN_DECODED);
	ck_assert_uint_eq(insn_accesses(&d, &s, access), 2);
	ck_assert(access[0].segment == FS && access[1].segment == ES);
	ck_assert_uint_eq(access[1].offset, 0x10700);
}
END_TEST

/* Bytes that are alike in all but one of them, in one mode and another, cut short or not. */
static void draw_code(struct insn_code *code, enum insn_mode *mode)
{
	static uint64_t state = 1;
	unsigned row, length;

	state = state * 6364136223846793005ull + 1442695040888963407ull;
	row = 5 * ((unsigned)(state >> 33) % 4); /* short and long ones */
	length = state >> 39 & 1 ? INSN_LENGTH_MAX : 1 + (unsigned)(state >> 40) % INSN_LENGTH_MAX;
	*code = (struct insn_code){.length = length};
	memcpy(code->bytes, rows[row].bytes, length);
	if ((state >> 44 & 3) == 0)
		code->bytes[(state >> 46) % length] ^= (uint8_t)(1u << (state >> 50 & 7));
	*mode = (state >> 60 & 3) ? M64 : M32;
}

/* What is remembered is what insn_decode() says, however often the place was taken by others. */
START_TEST(remembered)
{
	static struct insn_memos memos;
	unsigned again = 0;

	for (unsigned n = 0; n < 20000; n++) {
		const struct insn_memo *memo;
		struct insn_code code;
		enum insn_mode mode;
		struct insn d;
		struct insn_memos before = memos;

		draw_code(&code, &mode);
		memo = insn_decode_again(&memos, &code, mode);
		again += !memcmp(&before, &memos, sizeof(memos));
		ck_assert_int_eq(memo->verdict, insn_decode(code.bytes, code.length, mode, &d));
		if (memo->verdict == INSN_DECODED)
			ck_assert(!memcmp(&memo->insn, &d, sizeof(d)));
	}
	ck_assert_uint_gt(again, 1000);
	ck_assert_uint_lt(again, 19000);
}
END_TEST

TCase *decode_tests(void)
{
	TCase *t = tcase_create("decoder");

	tcase_add_test(t, table);
	tcase_add_test(t, refused);
	tcase_add_test(t, addresses);
	tcase_add_test(t, second_operands);
	tcase_add_test(t, remembered);
	return t;
}
