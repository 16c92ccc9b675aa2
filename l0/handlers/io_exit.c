// SPDX-License-Identifier: Apache-2.0
/* IN, OUT and their string forms (SDM table 28-5). */
#include "handlers/exits.h"
#include "memory/guest_memory.h"
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

/* One element an exit: a REP goes on at the same instruction, so no guest makes L0 loop. */
static void string(struct vcpu *v, uint64_t qual)
{
	uint64_t linear = vmcs_read(VMCS_GUEST_LINEAR_ADDRESS), mask = address_mask();
	uint64_t size = QUAL_SIZE(qual), *rcx = &v->regs.gpr[RCX];
	uint64_t step = vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_DF ? -size : size;
	uint32_t value = 0;

	if (QUAL_REP(qual) && !(*rcx & mask)) {
		vcpu_skip(v);
		return;
	}
	if (QUAL_IN(qual)) {
		/* A device's register may be read only once: not for a write that faults. */
		if (!guest_writable(v, linear, size))
			return;
		platform_port_read(&v->vm->platform, v->id, QUAL_PORT(qual), (unsigned)size, &value,
				   v->now);
		guest_write(v, linear, &value, size);
	} else {
		if (!guest_read(v, linear, &value, size))
			return;
		platform_port_write(&v->vm->platform, v->id, QUAL_PORT(qual), (unsigned)size, value,
				    v->now);
	}
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

	vcpu_attend(v); /* a device's deadline may change */
	if (QUAL_STRING(qual))
		string(v, qual);
	else
		plain(v, qual);
}
