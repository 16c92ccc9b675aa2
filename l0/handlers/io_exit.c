// SPDX-License-Identifier: Apache-2.0
/* IN, OUT and their string forms (SDM table 28-5). */
#include "handlers/exits.h"
#include "handlers/guest_access.h"
#include "memory/breakpoint.h"
#include "memory/segment.h"
#include "vcpu/timers.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define QUAL_SIZE(q)   (((q)&7) + 1)
#define QUAL_IN(q)     ((q)&1u << 3)
#define QUAL_STRING(q) ((q)&1u << 4)
#define QUAL_REP(q)    ((q)&1u << 5)
#define QUAL_PORT(q)   ((uint16_t)((q) >> 16))
#define RFLAGS_DF      (1ull << 10)

/* The segment of OUTS in the instruction information (SDM table 28-8). */
#define INFO_SEGMENT(i) ((unsigned)((i) >> 15 & 7))

static const uint64_t size_mask[] = {0, 0xff, 0xffff, 0, 0xffffffff};

static void plain(struct vcpu *v, uint64_t qual)
{
	uint64_t *rax = &v->regs.gpr[RAX], mask = size_mask[QUAL_SIZE(qual)];
	unsigned size = (unsigned)QUAL_SIZE(qual);

	if (QUAL_IN(qual)) {
		uint32_t value;

		platform_port_read(&v->vm->platform, v->id, QUAL_PORT(qual), size, &value, v->now);
		*rax = size == 4 ? value : (*rax & ~mask) | (value & mask);
	} else {
		platform_port_write(&v->vm->platform, v->id, QUAL_PORT(qual), size,
				    (uint32_t)(*rax & mask), v->now);
	}
	guest_breakpoint_traps(guest_io_breakpoints(QUAL_PORT(qual), size));
	vcpu_skip(v);
}

/* Registers of string instructions have the address size: 16, 32, 64 bits. */
static uint64_t address_mask(void)
{
	static const uint64_t mask[] = {0xffff, 0xffffffff, ~0ull, ~0ull};

	return mask[vmcs_read(VMCS_EXIT_INSTRUCTION_INFO) >> 7 & 3];
}

static void advance(uint64_t *reg, uint64_t mask, uint64_t by)
{
	uint64_t value = (*reg + by) & mask;

	*reg = mask == 0xffff ? (*reg & ~mask) | value : value;
}

/*
 * The element in memory: ES:rDI for INS, DS:rSI or what a prefix says for OUTS. All that can stand
 * in its way does so before the port is touched: a device's register may be read only once. (What
 * L1 wants as an exit of its L2 has gone before: an exit comes before these faults.)
 */
static bool element(struct vcpu *v, uint64_t qual, uint64_t mask, struct guest_pieces *pieces,
		    uint64_t *linear)
{
	bool in = QUAL_IN(qual);
	unsigned segment = in ? SEGMENT_ES : INFO_SEGMENT(vmcs_read(VMCS_EXIT_INSTRUCTION_INFO));
	uint64_t offset = v->regs.gpr[in ? RDI : RSI] & mask;
	enum guest_access access = in ? GUEST_WRITE : GUEST_READ;
	struct guest_answer why;

	if (guest_linear(segment, offset, QUAL_SIZE(qual), access, linear, &why))
		return guest_pieces_at(v, *linear, (uint32_t)QUAL_SIZE(qual), access, pieces);
	guest_refuse(v, &why);
	return false;
}

static void move_element(struct vcpu *v, uint64_t qual, const struct guest_pieces *pieces)
{
	struct platform *p = &v->vm->platform;
	unsigned size = (unsigned)QUAL_SIZE(qual);
	uint32_t value = 0;

	if (QUAL_IN(qual)) {
		platform_port_read(p, v->id, QUAL_PORT(qual), size, &value, v->now);
		guest_store(v, pieces, &value);
	} else {
		guest_load(v, pieces, &value);
		platform_port_write(p, v->id, QUAL_PORT(qual), size, value, v->now);
	}
}

/* One element an exit: a REP goes on at the same instruction, so no guest makes L0 loop. */
static void string(struct vcpu *v, uint64_t qual)
{
	uint64_t mask = address_mask(), size = QUAL_SIZE(qual), *rcx = &v->regs.gpr[RCX], linear;
	uint64_t step = vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_DF ? -size : size;
	struct guest_pieces pieces;

	if (QUAL_REP(qual) && !(*rcx & mask)) {
		vcpu_skip(v);
		return;
	}
	if (!element(v, qual, mask, &pieces, &linear))
		return;
	move_element(v, qual, &pieces);
	guest_breakpoint_traps(guest_data_breakpoints(linear, (unsigned)size, QUAL_IN(qual)) |
			       guest_io_breakpoints(QUAL_PORT(qual), (unsigned)size));
	advance(&v->regs.gpr[QUAL_IN(qual) ? RDI : RSI], mask, step);
	if (QUAL_REP(qual))
		advance(rcx, mask, -1ull);
	if (!QUAL_REP(qual) || !(*rcx & mask))
		vcpu_skip(v);
	else
		vcpu_retire(v, vmcs_read(VMCS_GUEST_RFLAGS)); /* each element traps and unblocks */
}

void exit_io(struct vcpu *v)
{
	uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION);

	if (QUAL_STRING(qual))
		string(v, qual);
	else
		plain(v, qual);
	vcpu_timers_moved(v);
}
