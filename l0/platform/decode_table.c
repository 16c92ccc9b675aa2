// SPDX-License-Identifier: Apache-2.0
#include "platform/decode_table.h"

#include <stddef.h>

#include "platform/decode.h"

/* clang-format off */

/* SDM volume 2, appendix A.4: opcode extensions. */
enum group { GROUP_1, GROUP_1A, GROUP_2, GROUP_3, GROUP_4, GROUP_5, GROUP_8, GROUP_9, GROUP_11 };

#define SAME(member) { FORM_SAME, member, 0 }
#define UNDEFINED    { FORM_UNDEFINED, 0, 0 }
#define UNKNOWN      { FORM_UNKNOWN, 0, 0 }
#define UNDEFINED_7  UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED

const struct opcode insn_groups[][8] = {
	[GROUP_1] = { SAME(INSN_ADD), SAME(INSN_OR), SAME(INSN_ADC), SAME(INSN_SBB),
		      SAME(INSN_AND), SAME(INSN_SUB), SAME(INSN_XOR), SAME(INSN_CMP) },
	[GROUP_1A] = { SAME(INSN_POP), UNDEFINED_7 },
	[GROUP_2] = { SAME(INSN_ROL), SAME(INSN_ROR), SAME(INSN_RCL), SAME(INSN_RCR),
		      SAME(INSN_SHL), SAME(INSN_SHR), SAME(INSN_SAL), SAME(INSN_SAR) },
	[GROUP_3] = { SAME(INSN_TEST), SAME(INSN_TEST), /* 1 is an undocumented twin */
		      { FORM_RM, INSN_NOT, 0 }, { FORM_RM, INSN_NEG, 0 },
		      { FORM_RM, INSN_MUL, 0 }, { FORM_RM, INSN_IMUL, 0 },
		      UNKNOWN, UNKNOWN }, /* divisions */
	[GROUP_4] = { SAME(INSN_INC), SAME(INSN_DEC), UNDEFINED, UNDEFINED,
		      UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED },
	[GROUP_5] = { SAME(INSN_INC), SAME(INSN_DEC), UNKNOWN, UNKNOWN, /* calls and jumps */
		      UNKNOWN, UNKNOWN, { FORM_RM, INSN_PUSH, ROW_STACK }, UNDEFINED },
	[GROUP_8] = { UNDEFINED, UNDEFINED, UNDEFINED, UNDEFINED,
		      SAME(INSN_BT), SAME(INSN_BTS), SAME(INSN_BTR), SAME(INSN_BTC) },
	[GROUP_9] = { UNDEFINED, { FORM_RM, INSN_CMPXCHG8B, ROW_PAIR }, UNDEFINED, UNKNOWN,
		      UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN }, /* XSAVE's and VMX's */
	[GROUP_11] = { SAME(INSN_MOV), UNDEFINED_7 },
};

#define ARITHMETIC(base, op)                                                                       \
	[(base)] = { FORM_RM_R, op, ROW_BYTE }, [(base) + 1] = { FORM_RM_R, op, 0 },               \
	[(base) + 2] = { FORM_R_RM, op, ROW_BYTE }, [(base) + 3] = { FORM_R_RM, op, 0 }
#define NOT_IN_64 { FORM_UNDEFINED64, 0, 0 }

const struct opcode insn_opcodes[MAP_COUNT][256] = {
	[MAP_ONE] = {
		ARITHMETIC(0x00, INSN_ADD),
		ARITHMETIC(0x08, INSN_OR),
		ARITHMETIC(0x10, INSN_ADC),
		ARITHMETIC(0x18, INSN_SBB),
		ARITHMETIC(0x20, INSN_AND),
		ARITHMETIC(0x28, INSN_SUB),
		ARITHMETIC(0x30, INSN_XOR),
		ARITHMETIC(0x38, INSN_CMP),
		[0x06] = NOT_IN_64, [0x07] = NOT_IN_64, [0x0e] = NOT_IN_64, [0x16] = NOT_IN_64,
		[0x17] = NOT_IN_64, [0x1e] = NOT_IN_64, [0x1f] = NOT_IN_64, [0x27] = NOT_IN_64,
		[0x2f] = NOT_IN_64, [0x37] = NOT_IN_64, [0x3f] = NOT_IN_64, [0x60] = NOT_IN_64,
		[0x61] = NOT_IN_64, [0x9a] = NOT_IN_64, [0xce] = NOT_IN_64, [0xd4] = NOT_IN_64,
		[0xd5] = NOT_IN_64, [0xd6] = NOT_IN_64, [0xea] = NOT_IN_64,
		[0x63] = { FORM_R_RM,      INSN_MOVSX, ROW_LONG }, /* MOVSXD; else ARPL */
		[0x69] = { FORM_R_RM_IMM,  INSN_IMUL2, 0 },
		[0x6b] = { FORM_R_RM_IMM8, INSN_IMUL2, 0 },
		[0x80] = { FORM_RM_IMM8,   GROUP_1,    ROW_BYTE | ROW_GROUP },
		[0x81] = { FORM_RM_IMM,    GROUP_1,    ROW_GROUP },
		[0x82] = { FORM_RM_IMM8,   GROUP_1,    ROW_BYTE | ROW_GROUP | ROW_NOT_LONG },
		[0x83] = { FORM_RM_IMM8,   GROUP_1,    ROW_GROUP },
		[0x84] = { FORM_RM_R,      INSN_TEST,  ROW_BYTE },
		[0x85] = { FORM_RM_R,      INSN_TEST,  0 },
		[0x86] = { FORM_RM_R,      INSN_XCHG,  ROW_BYTE },
		[0x87] = { FORM_RM_R,      INSN_XCHG,  0 },
		[0x88] = { FORM_RM_R,      INSN_MOV,   ROW_BYTE },
		[0x89] = { FORM_RM_R,      INSN_MOV,   0 },
		[0x8a] = { FORM_R_RM,      INSN_MOV,   ROW_BYTE },
		[0x8b] = { FORM_R_RM,      INSN_MOV,   0 },
		[0x8f] = { FORM_RM,        GROUP_1A,   ROW_GROUP | ROW_STACK },
		[0xa0] = { FORM_R_MOFFS,   INSN_MOV,   ROW_BYTE },
		[0xa1] = { FORM_R_MOFFS,   INSN_MOV,   0 },
		[0xa2] = { FORM_MOFFS_R,   INSN_MOV,   ROW_BYTE },
		[0xa3] = { FORM_MOFFS_R,   INSN_MOV,   0 },
		[0xa4] = { FORM_STRING,    INSN_MOVS,  ROW_BYTE },
		[0xa5] = { FORM_STRING,    INSN_MOVS,  0 },
		[0xa6] = { FORM_STRING,    INSN_CMPS,  ROW_BYTE },
		[0xa7] = { FORM_STRING,    INSN_CMPS,  0 },
		[0xaa] = { FORM_STRING,    INSN_STOS,  ROW_BYTE },
		[0xab] = { FORM_STRING,    INSN_STOS,  0 },
		[0xac] = { FORM_STRING,    INSN_LODS,  ROW_BYTE },
		[0xad] = { FORM_STRING,    INSN_LODS,  0 },
		[0xae] = { FORM_STRING,    INSN_SCAS,  ROW_BYTE },
		[0xaf] = { FORM_STRING,    INSN_SCAS,  0 },
		[0xc0] = { FORM_RM_IMM8,   GROUP_2,    ROW_BYTE | ROW_GROUP },
		[0xc1] = { FORM_RM_IMM8,   GROUP_2,    ROW_GROUP },
		[0xc6] = { FORM_RM_IMM8,   GROUP_11,   ROW_BYTE | ROW_GROUP },
		[0xc7] = { FORM_RM_IMM,    GROUP_11,   ROW_GROUP },
		[0xd0] = { FORM_RM_ONE,    GROUP_2,    ROW_BYTE | ROW_GROUP },
		[0xd1] = { FORM_RM_ONE,    GROUP_2,    ROW_GROUP },
		[0xd2] = { FORM_RM_CL,     GROUP_2,    ROW_BYTE | ROW_GROUP },
		[0xd3] = { FORM_RM_CL,     GROUP_2,    ROW_GROUP },
		[0xf6] = { FORM_RM_IMM8,   GROUP_3,    ROW_BYTE | ROW_GROUP },
		[0xf7] = { FORM_RM_IMM,    GROUP_3,    ROW_GROUP },
		[0xfe] = { FORM_RM,        GROUP_4,    ROW_BYTE | ROW_GROUP },
		[0xff] = { FORM_RM,        GROUP_5,    ROW_GROUP },
	},
	[MAP_0F] = {
		[0x04] = UNDEFINED, [0x0a] = UNDEFINED, [0x0b] = UNDEFINED, [0x0c] = UNDEFINED,
		[0xff] = UNDEFINED,
		[0x40 ... 0x4f] = { FORM_R_RM, INSN_CMOVCC, 0 },
		[0x90 ... 0x9f] = { FORM_RM,   INSN_SETCC,  ROW_BYTE },
		[0xa3] = { FORM_RM_R,      INSN_BT,      ROW_BITS },
		[0xa4] = { FORM_RM_R_IMM8, INSN_SHLD,    0 },
		[0xa5] = { FORM_RM_R_CL,   INSN_SHLD,    0 },
		[0xab] = { FORM_RM_R,      INSN_BTS,     ROW_BITS },
		[0xac] = { FORM_RM_R_IMM8, INSN_SHRD,    0 },
		[0xad] = { FORM_RM_R_CL,   INSN_SHRD,    0 },
		[0xaf] = { FORM_R_RM,      INSN_IMUL2,   0 },
		[0xb0] = { FORM_RM_R,      INSN_CMPXCHG, ROW_BYTE },
		[0xb1] = { FORM_RM_R,      INSN_CMPXCHG, 0 },
		[0xb3] = { FORM_RM_R,      INSN_BTR,     ROW_BITS },
		[0xb6] = { FORM_R_RM,      INSN_MOVZX,   ROW_BYTE },
		[0xb7] = { FORM_R_RM,      INSN_MOVZX,   ROW_WORD },
		[0xba] = { FORM_RM_IMM8,   GROUP_8,      ROW_GROUP },
		[0xbb] = { FORM_RM_R,      INSN_BTC,     ROW_BITS },
		[0xbe] = { FORM_R_RM,      INSN_MOVSX,   ROW_BYTE },
		[0xbf] = { FORM_R_RM,      INSN_MOVSX,   ROW_WORD },
		[0xc0] = { FORM_RM_R,      INSN_XADD,    ROW_BYTE },
		[0xc1] = { FORM_RM_R,      INSN_XADD,    0 },
		[0xc3] = { FORM_RM_R,      INSN_MOV,     ROW_WIDE | ROW_PLAIN }, /* MOVNTI */
		[0xc7] = { FORM_RM,        GROUP_9,      ROW_GROUP },
	},
	[MAP_0F38] = {
		[0xf0] = { FORM_R_RM, INSN_MOVBE, ROW_PLAIN }, /* with F2 CRC32 */
		[0xf1] = { FORM_RM_R, INSN_MOVBE, ROW_PLAIN },
	},
};

#define PACKED VECTOR_PACKED
#define STORE  VECTOR_STORE

static const struct vector_row vector_rows[] = {
	{ MAP_0F,   PREFIX_NONE, 0x10, 0, PACKED },                       /* MOVUPS */
	{ MAP_0F,   PREFIX_NONE, 0x11, 0, PACKED | STORE },
	{ MAP_0F,   PREFIX_66,   0x10, 0, PACKED },                       /* MOVUPD */
	{ MAP_0F,   PREFIX_66,   0x11, 0, PACKED | STORE },
	{ MAP_0F,   PREFIX_F3,   0x10, 4, VECTOR_SCALAR },                            /* MOVSS */
	{ MAP_0F,   PREFIX_F3,   0x11, 4, VECTOR_SCALAR | STORE },
	{ MAP_0F,   PREFIX_F2,   0x10, 8, VECTOR_SCALAR },                            /* MOVSD */
	{ MAP_0F,   PREFIX_F2,   0x11, 8, VECTOR_SCALAR | STORE },
	{ MAP_0F,   PREFIX_NONE, 0x12, 8, VECTOR_MERGE },                 /* MOVLPS */
	{ MAP_0F,   PREFIX_NONE, 0x13, 8, STORE },
	{ MAP_0F,   PREFIX_66,   0x12, 8, VECTOR_MERGE },                 /* MOVLPD */
	{ MAP_0F,   PREFIX_66,   0x13, 8, STORE },
	{ MAP_0F,   PREFIX_NONE, 0x16, 8, VECTOR_MERGE | VECTOR_HIGH },   /* MOVHPS */
	{ MAP_0F,   PREFIX_NONE, 0x17, 8, VECTOR_HIGH | STORE },
	{ MAP_0F,   PREFIX_66,   0x16, 8, VECTOR_MERGE | VECTOR_HIGH },   /* MOVHPD */
	{ MAP_0F,   PREFIX_66,   0x17, 8, VECTOR_HIGH | STORE },
	{ MAP_0F,   PREFIX_NONE, 0x28, 0, PACKED },                       /* MOVAPS */
	{ MAP_0F,   PREFIX_NONE, 0x29, 0, PACKED | STORE },
	{ MAP_0F,   PREFIX_66,   0x28, 0, PACKED },                       /* MOVAPD */
	{ MAP_0F,   PREFIX_66,   0x29, 0, PACKED | STORE },
	{ MAP_0F,   PREFIX_NONE, 0x2b, 0, PACKED | STORE },               /* MOVNTPS */
	{ MAP_0F,   PREFIX_66,   0x2b, 0, PACKED | STORE },               /* MOVNTPD */
	{ MAP_0F,   PREFIX_66,   0x6e, 0, VECTOR_W },                     /* MOVD, MOVQ */
	{ MAP_0F,   PREFIX_66,   0x7e, 0, VECTOR_W | STORE },
	{ MAP_0F,   PREFIX_F3,   0x7e, 8, 0 },                            /* MOVQ */
	{ MAP_0F,   PREFIX_66,   0xd6, 8, STORE },
	{ MAP_0F,   PREFIX_66,   0x6f, 0, PACKED },                       /* MOVDQA */
	{ MAP_0F,   PREFIX_66,   0x7f, 0, PACKED | STORE },
	{ MAP_0F,   PREFIX_F3,   0x6f, 0, PACKED },                       /* MOVDQU */
	{ MAP_0F,   PREFIX_F3,   0x7f, 0, PACKED | STORE },
	{ MAP_0F,   PREFIX_66,   0xe7, 0, PACKED | STORE },               /* MOVNTDQ */
	{ MAP_0F,   PREFIX_F2,   0xf0, 0, PACKED },                       /* LDDQU */
	{ MAP_0F38, PREFIX_66,   0x2a, 0, PACKED },                       /* MOVNTDQA */
};

/* clang-format on */

const struct vector_row *insn_vector_row(enum insn_map map, enum insn_prefix prefix, uint8_t opcode)
{
	for (unsigned i = 0; i < sizeof(vector_rows) / sizeof(vector_rows[0]); i++)
		if (vector_rows[i].map == map && vector_rows[i].prefix == prefix &&
		    vector_rows[i].opcode == opcode)
			return &vector_rows[i];
	return NULL;
}
