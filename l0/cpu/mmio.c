// SPDX-License-Identifier: Apache-2.0
/* An access of L1 to an address that EPT01 does not map: a device register, or nothing. */
#include "cpu/exit.h"
#include "cpu/guest_memory.h"
#include "cpu/mmio.h"
#include "cpu/vcpu.h"
#include "cpu/x86.h"
#include "platform/decode.h"
#include "vm.h"
#include "vmcs_access.h"

static enum insn_mode code_mode(void)
{
	uint64_t cs = vmcs_read(VMCS_GUEST_CS_ACCESS);

	if ((cs & SEGMENT_L) && (vmcs_read(VMCS_GUEST_EFER) & EFER_LMA))
		return INSN_64;
	return cs & SEGMENT_DB ? INSN_32 : INSN_16;
}

static void unsupported(struct vcpu *v, uint64_t gpa, const uint8_t *bytes)
{
	vm_stop(v->vm, STOP_UNSUPPORTED, 0,
		"L%u accesses %lx, where L1 has no RAM, by an instruction that L0 does not "
		"emulate: "
		"%02x %02x %02x %02x at rip %lx",
		v->level, gpa, bytes[0], bytes[1], bytes[2], bytes[3], vmcs_read(VMCS_GUEST_RIP));
}

/*
 * Is it the data access of the instruction at RIP? Not a walk of page tables, not a fetch, and not
 * a step in the delivery of an event, which has nothing to do with what stands at RIP.
 */
static bool by_instruction(const struct vcpu *v, uint64_t qual)
{
	return (qual & EPT_QUAL_FINAL) && !(qual & EPT_X) && !v->event.info;
}

void mmio_emulate(struct vcpu *v, uint64_t gpa, uint64_t qual)
{
	uint64_t value = 0, rflags;
	struct platform *p = &v->vm->platform;
	uint8_t bytes[INSN_LENGTH_MAX] = {0};
	unsigned length = guest_fetch(v, bytes, sizeof(bytes));
	struct insn insn;

	if (!by_instruction(v, qual) || insn_decode(bytes, length, code_mode(), &insn) ||
	    insn.op == INSN_MOVS) {
		unsupported(v, gpa, bytes);
		return;
	}
	vcpu_attend(v); /* a device's deadline may change */
	rflags = vmcs_read(VMCS_GUEST_RFLAGS);
	v->regs.gpr[RSP] = vmcs_read(VMCS_GUEST_RSP);
	if (insn.reads)
		platform_mmio_read(p, v->id, gpa, insn.size, &value, v->now);

	bool complete = insn_apply(&insn, v->regs.gpr, &rflags, &value);

	if (insn.writes)
		platform_mmio_write(p, v->id, gpa, insn.size, value, v->now);
	vmcs_write(VMCS_GUEST_RSP, v->regs.gpr[RSP]);
	vmcs_write(VMCS_GUEST_RFLAGS, rflags);
	if (complete)
		vcpu_step(v, rflags, insn.length);
	else
		vcpu_retire(v, rflags);
}

void exit_mmio(struct vcpu *v)
{
	mmio_emulate(v, vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS), vmcs_read(VMCS_EXIT_QUALIFICATION));
}
