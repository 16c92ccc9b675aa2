// SPDX-License-Identifier: Apache-2.0
#include "handlers/emulate.h"

#include "handlers/guest_access.h"
#include "handlers/move.h"
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
static bool fetch(struct vcpu *v, enum insn_mode mode, struct insn_code *code)
{
	uint64_t rip = vmcs_read(VMCS_GUEST_RIP) + code->length, linear = rip;
	unsigned room = guest_code_within_limit(rip, INSN_LENGTH_MAX - code->length), got;

	if (!room) {
		vcpu_inject_gp(v);
		return false;
	}
	if (mode != INSN_64)
		linear = (uint32_t)(rip + vmcs_read(VMCS_GUEST_CS_BASE));
	got = fetch_linear(v, linear, code->bytes + code->length, room);
	code->length += got;
	return got;
}

/*
 * Fetches and decodes. The next page is looked at only if the instruction goes on there: at most
 * three times, for a segment may end between the two. NULL: it was refused.
 */
static const struct insn_memo *decode(struct vcpu *v, enum insn_mode mode, struct insn_code *code)
{
	const struct insn_memo *memo;

	*code = (struct insn_code){.length = 0};
	do {
		if (!fetch(v, mode, code))
			return NULL;
		memo = insn_decode_again(&v->decoded, code, mode);
	} while (memo->verdict == INSN_SHORT);
	return memo;
}

struct emulation {
	const struct emulate_known *known; /* of the only operand, or NULL */
	enum insn_mode mode;
	const struct insn *insn;
	struct insn_state state;
	/* The operands in memory, on their way from registers to pieces. */
	unsigned operands;
	struct insn_access access[INSN_ACCESSES_MAX];
	uint64_t linear[INSN_ACCESSES_MAX];
	struct guest_pieces pieces[INSN_ACCESSES_MAX];
};

/*
 * The processor has just walked to it: it is all in that page, which is no RAM. (Another vCPU may
 * have made another instruction of it since, which must not write where only a read was allowed.)
 */
static bool is_known(const struct emulate_known *known, const struct insn_access *a,
		     uint64_t linear)
{
	return known && known->linear == linear && (known->write || !a->writes) &&
	       (linear & 0xfff) + a->size <= 0x1000;
}

static bool reach_operand(struct vcpu *v, struct emulation *e, unsigned i)
{
	const struct insn_access *a = &e->access[i];
	enum guest_access access = a->writes ? GUEST_WRITE : GUEST_READ;
	struct guest_answer why;

	if (!guest_linear(a->segment, a->offset, a->size, access, &e->linear[i], &why)) {
		guest_refuse(v, &why);
		return false;
	}
	if (e->operands != 1 || !is_known(e->known, a, e->linear[i]))
		return guest_pieces_at(v, e->linear[i], a->size, access, &e->pieces[i]);
	e->pieces[i].count = 1;
	e->pieces[i].piece[0] = (struct guest_piece){.gpa = e->known->gpa, .size = a->size};
	return true;
}

/* All of them before anything happens: an instruction that faults has done nothing. */
static bool reach_operands(struct vcpu *v, struct emulation *e)
{
	e->operands = insn_accesses(e->insn, &e->state, e->access);
	for (unsigned i = 0; i < e->operands; i++)
		if (!reach_operand(v, e, i))
			return false;
	return true;
}

static void load_state(struct vcpu *v, struct emulation *e)
{
	v->regs.gpr[RSP] = vmcs_read(VMCS_GUEST_RSP);
	e->state.gpr = v->regs.gpr;
	e->state.rflags = vmcs_read(VMCS_GUEST_RFLAGS);
	e->state.rip = vmcs_read(VMCS_GUEST_RIP);
	e->state.stack_size = stack_size(e->mode);
	if (e->insn->vector)
		vector_read(e->insn->reg, e->insn->vex, e->state.vector.word);
}

static void store_state(struct emulation *e)
{
	vmcs_write(VMCS_GUEST_RSP, e->state.gpr[RSP]);
	vmcs_write(VMCS_GUEST_RFLAGS, e->state.rflags);
	if (e->insn->vector && e->insn->register_left)
		vector_write(e->insn->reg, e->insn->vex, e->state.vector.word);
}

static uint64_t breakpoints(const struct emulation *e)
{
	uint64_t pending = 0;

	for (unsigned i = 0; i < e->operands; i++)
		pending |= guest_data_breakpoints(e->linear[i], e->access[i].size,
						  e->access[i].writes);
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
		if (e->access[i].reads)
			guest_load(v, &e->pieces[i], e->state.memory[i].word);
	}
	complete = insn_apply(e->insn, &e->state);
	for (unsigned i = 0; i < e->operands; i++)
		if (e->access[i].writes)
			guest_store(v, &e->pieces[i], e->state.memory[i].word);
	store_state(e);
	guest_breakpoint_traps(breakpoints(e));
	if (complete)
		vcpu_step(v, e->state.rflags, e->insn->length);
	else
		vcpu_retire(v, e->state.rflags);
}

/* What the processor has translated by itself comes again. */
static void run(struct vcpu *v, const struct emulate_known *known, struct emulation *e,
		const struct insn_code *code)
{
	if (known)
		move_learn(v, e->insn, code);
	execute(v, known, e);
}

bool emulate(struct vcpu *v, const struct emulate_known *known, struct insn_code *code)
{
	struct emulation e;
	const struct insn_memo *memo;

	e.mode = code_mode();
	memo = decode(v, e.mode, code);
	if (!memo)
		return true;
	if (memo->verdict == INSN_UNKNOWN)
		return false;
	e.insn = &memo->insn;
	if (memo->verdict == INSN_TOO_LONG)
		vcpu_inject_gp(v);
	else if (memo->verdict == INSN_UNDEFINED || (e.insn->vector && !vector_usable(e.insn->vex)))
		vcpu_inject_ud(v);
	else
		run(v, known, &e, code);
	return true;
}
