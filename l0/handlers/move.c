// SPDX-License-Identifier: Apache-2.0
#include "handlers/move.h"

#include "hw/x86.h"
#include "lib/asm.h"
#include "memory/paging.h"
#include "memory/segment.h"
#include "platform/platform.h"
#include "vcpu/timers.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define NO_REGISTER RSP /* no such move is learnt */

static uint64_t ones(unsigned size)
{
	return ~0ull >> (64 - 8 * size);
}

/* The last byte is beyond what was fetched. */
static bool same_bytes(const struct move_memo *m)
{
	return m->code[0] == m->bytes[0] && !((m->code[1] ^ m->bytes[1]) << 8);
}

static bool same(const struct move_memo *m, const struct vm *vm, uint64_t rip, uint64_t qual)
{
	return m->rip == rip && m->qualification == qual &&
	       vmcs_read(VMCS_GUEST_CS_ACCESS) == m->cs_access &&
	       vmcs_read(VMCS_GUEST_SS_ACCESS) == m->ss_access &&
	       guest_path_holds(&m->path, &vm->ram) && same_bytes(m);
}

/* Segments have no base, and the processor has translated the address: it is canonical. */
static uint64_t address(const struct vcpu *v, const struct move_memo *m)
{
	uint64_t at = m->displacement;

	if (m->base != NO_REGISTER)
		at += v->regs.gpr[m->base];
	if (m->index != NO_REGISTER)
		at += v->regs.gpr[m->index] << m->scale;
	return at;
}

/* One access in one page, and nobody to be told of it. */
static bool plain(const struct move_memo *m, uint64_t linear)
{
	return vmcs_read(VMCS_GUEST_LINEAR_ADDRESS) == linear &&
	       (linear & 0xfff) + m->size <= 0x1000 && !(vmcs_read(VMCS_GUEST_DR7) & 0xff);
}

static void store(struct vcpu *v, const struct move_memo *m, uint64_t gpa)
{
	uint64_t value = m->from_register ? v->regs.gpr[m->reg] : m->immediate;

	platform_mmio_write(&v->vm->platform, v->id, gpa, m->size, value & m->taken, v->now);
}

static void load(struct vcpu *v, const struct move_memo *m, uint64_t gpa)
{
	uint64_t *reg = &v->regs.gpr[m->reg], value;

	platform_mmio_read(&v->vm->platform, v->id, gpa, m->size, &value, v->now);
	*reg = (*reg & m->kept) | (value & m->taken);
}

bool move_again(struct vcpu *v, uint64_t gpa, uint64_t qual)
{
	uint64_t rip = vmcs_read(VMCS_GUEST_RIP);
	const struct move_memo *m = settled(move_memo_of(&v->moves, rip));

	if (!same(m, v->vm, rip, qual) || !plain(m, address(v, m)))
		return false;
	if (m->writes)
		store(v, m, gpa);
	else
		load(v, m, gpa);
	vcpu_timers_moved(v);
	vmcs_write(VMCS_GUEST_RIP, rip + m->length);
	vcpu_retire(v, vmcs_read(VMCS_GUEST_RFLAGS));
	return true;
}

/* A move of 64-bit code by a general register other than RSP, or a constant, and nothing odd. */
static bool is_plain(const struct insn *i)
{
	return i->op == INSN_MOV && !i->high_byte && !i->lock && !i->rip_relative &&
	       i->address_size == 8 && i->segment != SEGMENT_FS && i->segment != SEGMENT_GS &&
	       i->base != RSP && (i->immediate || i->reg != RSP);
}

/* The words of the code. NULL: not in one page of RAM below the hole. */
static const volatile uint64_t *find_code(const struct vcpu *v, uint64_t rip,
					  struct guest_path *path)
{
	uint64_t gpa;

	if ((rip & 0xfff) > 0x1000 - 16 ||
	    !guest_path_take(&v->vm->ram, v->vm->features.maxphyaddr, rip, &gpa, path))
		return NULL;
	return ram_ptr(&v->vm->ram, gpa, 16);
}

static void describe(struct move_memo *m, const struct insn *i)
{
	m->displacement = (uint64_t)i->displacement;
	m->immediate = (uint64_t)i->value;
	m->taken = ones(i->size);
	m->kept = i->size >= 4 ? 0 : ~m->taken;
	m->base = i->base == INSN_NO_REGISTER ? NO_REGISTER : i->base;
	m->index = i->index == INSN_NO_REGISTER ? NO_REGISTER : i->index;
	m->scale = i->scale;
	m->reg = i->reg;
	m->size = i->size;
	m->length = i->length;
	m->writes = i->writes;
	m->from_register = !i->immediate;
}

void move_learn(struct vcpu *v, const struct insn *insn, const struct insn_code *code)
{
	uint64_t rip = vmcs_read(VMCS_GUEST_RIP);
	struct move_memo *m = move_memo_of(&v->moves, rip);

	if (v->level != 1 || vcpu_cpl() == 3 || !vcpu_long_mode() || !is_plain(insn))
		return;
	m->qualification = 0; /* none has it: until all is there */
	m->code = find_code(v, rip, &m->path);
	if (!m->code)
		return;
	describe(m, insn);
	m->rip = rip;
	m->cs_access = vmcs_read(VMCS_GUEST_CS_ACCESS);
	m->ss_access = vmcs_read(VMCS_GUEST_SS_ACCESS);
	m->bytes[0] = code->word[0];
	m->bytes[1] = code->word[1];
	m->qualification = vmcs_read(VMCS_EXIT_QUALIFICATION);
}
