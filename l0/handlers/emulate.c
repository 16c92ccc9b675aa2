// SPDX-License-Identifier: Apache-2.0
#include "handlers/emulate.h"

#include "handlers/guest_access.h"
#include "hw/vector.h"
#include "hw/x86.h"
#include "memory/breakpoint.h"
#include "memory/guest_memory.h"
#include "memory/segment.h"
#include "vmcs_access.h"

_Static_assert((int)SEGMENT_GS == 5, "platform/decode.h counts segments the same way");

static enum insn_mode code_mode(void)
{
	if (vcpu_long_mode())
		return INSN_64;
	return vmcs_read(VMCS_GUEST_CS_ACCESS) & SEGMENT_DB ? INSN_32 : INSN_16;
}

/* Bytes of the stack pointer. */
static uint8_t stack_size(enum insn_mode mode)
{
	if (mode == INSN_64)
		return 8;
	return vmcs_read(VMCS_GUEST_SS_ACCESS) & SEGMENT_DB ? 4 : 2;
}

/* So many bytes at a linear address, up to the end of the page. 0: it was refused. */
static unsigned fetch_linear(struct vcpu *v, uint64_t linear, uint8_t *bytes, unsigned size)
{
	struct guest_piece piece;
	struct guest_answer why;
	struct guest_space space;
	unsigned got;

	if (guest_piece_at_once(v, linear, size, GUEST_FETCH, &piece))
		return guest_code_bytes(&piece, bytes);
	space = vcpu_space(v);
	got = guest_fetch(&space, linear, vcpu_cpl() == 3, bytes, size, &why);
	if (!got)
		guest_refuse(v, &why);
	return got;
}

/* The code up to the end of its page or segment. False: it was refused. */
static bool fetch(struct vcpu *v, struct emulate_code *code)
{
	uint64_t rip = vmcs_read(VMCS_GUEST_RIP) + code->length, linear = rip;
	unsigned room = guest_code_within_limit(rip, INSN_LENGTH_MAX - code->length), got;

	if (!room) {
		vcpu_inject_gp(v);
		return false;
	}
	if (!vcpu_long_mode())
		linear = (uint32_t)(rip + vmcs_read(VMCS_GUEST_CS_BASE));
	got = fetch_linear(v, linear, code->bytes + code->length, room);
	code->length += got;
	return got;
}

/*
 * Fetches and decodes. The next page is looked at only if the instruction goes on there: at most
 * three times, for a segment may end between the two.
 */
static bool decode(struct vcpu *v, struct emulate_code *code, enum insn_verdict *verdict,
		   struct insn *insn)
{
	code->length = 0;
	do {
		if (!fetch(v, code))
			return false;
		*verdict = insn_decode(code->bytes, code->length, code_mode(), insn);
	} while (*verdict == INSN_SHORT);
	return true;
}

/* An operand in memory, on its way from registers to pieces. */
struct operand {
	struct insn_access access;
	uint64_t linear;
	struct guest_pieces pieces;
};

struct emulation {
	const struct emulate_known *known; /* of the only operand, or NULL */
	struct insn insn;
	struct insn_state state;
	struct operand operand[INSN_ACCESSES_MAX];
	unsigned operands;
};

/*
 * The processor has just walked to it: it is all in that page, which is no RAM. (Another vCPU may
 * have made another instruction of it since, which must not write where only a read was allowed.)
 */
static bool is_known(const struct emulate_known *known, const struct operand *o)
{
	return known && known->linear == o->linear && (known->write || !o->access.writes) &&
	       (o->linear & 0xfff) + o->access.size <= 0x1000;
}

static bool reach_operand(struct vcpu *v, const struct emulate_known *known, struct operand *o)
{
	enum guest_access access = o->access.writes ? GUEST_WRITE : GUEST_READ;
	struct guest_answer why;

	if (!guest_linear(o->access.segment, o->access.offset, o->access.size, access, &o->linear,
			  &why)) {
		guest_refuse(v, &why);
		return false;
	}
	if (!is_known(known, o))
		return guest_pieces_at(v, o->linear, o->access.size, access, &o->pieces);
	o->pieces.count = 1;
	o->pieces.piece[0] = (struct guest_piece){.gpa = known->gpa, .size = o->access.size};
	return true;
}

/* All of them before anything happens: an instruction that faults has done nothing. */
static bool reach_operands(struct vcpu *v, struct emulation *e)
{
	struct insn_access access[INSN_ACCESSES_MAX];

	e->operands = insn_accesses(&e->insn, &e->state, access);
	for (unsigned i = 0; i < e->operands; i++) {
		e->operand[i].access = access[i];
		if (!reach_operand(v, e->operands == 1 ? e->known : NULL, &e->operand[i]))
			return false;
	}
	return true;
}

static void load_state(struct vcpu *v, struct emulation *e)
{
	v->regs.gpr[RSP] = vmcs_read(VMCS_GUEST_RSP);
	e->state.gpr = v->regs.gpr;
	e->state.rflags = vmcs_read(VMCS_GUEST_RFLAGS);
	e->state.rip = vmcs_read(VMCS_GUEST_RIP);
	e->state.stack_size = stack_size(code_mode());
	if (e->insn.vector)
		vector_read(e->insn.reg, e->insn.vex, e->state.vector.word);
}

static void store_state(struct emulation *e)
{
	vmcs_write(VMCS_GUEST_RSP, e->state.gpr[RSP]);
	vmcs_write(VMCS_GUEST_RFLAGS, e->state.rflags);
	if (e->insn.vector && e->insn.register_left)
		vector_write(e->insn.reg, e->insn.vex, e->state.vector.word);
}

static uint64_t breakpoints(const struct emulation *e)
{
	uint64_t pending = 0;

	for (unsigned i = 0; i < e->operands; i++)
		pending |= guest_data_breakpoints(e->operand[i].linear, e->operand[i].access.size,
						  e->operand[i].access.writes);
	return pending;
}

static void execute(struct vcpu *v, const struct emulate_known *known, struct emulation *e)
{
	bool complete;

	e->known = known;
	load_state(v, e);
	if (!reach_operands(v, e))
		return;
	for (unsigned i = 0; i < e->operands; i++) {
		e->state.memory[i] = (struct insn_datum){{0}};
		if (e->operand[i].access.reads)
			guest_load(v, &e->operand[i].pieces, e->state.memory[i].word);
	}
	complete = insn_apply(&e->insn, &e->state);
	for (unsigned i = 0; i < e->operands; i++)
		if (e->operand[i].access.writes)
			guest_store(v, &e->operand[i].pieces, e->state.memory[i].word);
	store_state(e);
	guest_breakpoint_traps(breakpoints(e));
	if (complete)
		vcpu_step(v, e->state.rflags, e->insn.length);
	else
		vcpu_retire(v, e->state.rflags);
}

bool emulate(struct vcpu *v, const struct emulate_known *known, struct emulate_code *code)
{
	struct emulation e;
	enum insn_verdict verdict;

	if (!decode(v, code, &verdict, &e.insn))
		return true;
	if (verdict == INSN_UNKNOWN)
		return false;
	if (verdict == INSN_TOO_LONG)
		vcpu_inject_gp(v);
	else if (verdict == INSN_UNDEFINED || (e.insn.vector && !vector_usable(e.insn.vex)))
		vcpu_inject_ud(v);
	else
		execute(v, known, &e);
	return true;
}
