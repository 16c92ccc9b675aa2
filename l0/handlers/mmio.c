// SPDX-License-Identifier: Apache-2.0
/* An access of L1 to an address that EPT01 does not map: a device register, or nothing. */
#include "handlers/exits.h"
#include "memory/guest_memory.h"
#include "handlers/mmio.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "platform/decode.h"
#include "vcpu/vm.h"
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
 * The error code of a walk that met an entry of ones. What the access was the violation does not
 * say, it tells of the walk: a fetch is recognised by its address, a write by its instruction.
 */
static uint32_t walk_error(struct vcpu *v, uint64_t linear)
{
	uint64_t rip = vmcs_read(VMCS_GUEST_RIP) + vmcs_read(VMCS_GUEST_CS_BASE);
	uint32_t error = PF_PRESENT | PF_RESERVED | (vcpu_cpl() == 3 ? PF_USER : 0);
	bool nx = (vmcs_read(VMCS_GUEST_CR4) & CR4_PAE) && (vmcs_read(VMCS_GUEST_EFER) & EFER_NX);
	uint8_t bytes[INSN_LENGTH_MAX];
	struct insn insn;

	if (rip == linear)
		return error | (nx || (vmcs_read(VMCS_GUEST_CR4) & CR4_SMEP) ? PF_FETCH : 0);
	if (!insn_decode(bytes, guest_fetch(v, bytes, sizeof(bytes)), code_mode(), &insn) &&
	    insn.writes)
		error |= PF_WRITE;
	return error;
}

/*
 * Where nothing is, all bits read as ones. What the processor then finds when it reads for itself,
 * and not for an instruction's operand, is a fault, and nothing to stop a VM for: an entry of a
 * page table has reserved bits set (not exact: a directory of 32-bit paging without CR4.PSE has no
 * such bits), PDPTEs as well, a gate has no valid type, and the instruction is FF /7. True: so it
 * was.
 */
static bool reads_ones(struct vcpu *v, uint64_t qual)
{
	uint32_t event = v->events.redo.info;
	bool software = (event & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_SOFTWARE_INTERRUPT;

	if (!(qual & EPT_QUAL_FINAL) && !(qual & EPT_QUAL_LINEAR)) {
		vcpu_inject_gp(v); /* MOV to CR3 loads PDPTEs */
	} else if (!(qual & EPT_QUAL_FINAL)) {
		uint64_t linear = vmcs_read(VMCS_GUEST_LINEAR_ADDRESS);

		vcpu_inject_page_fault(v, linear, walk_error(v, linear));
	} else if (event) {
		vcpu_inject(v, VECTOR_GP, true,
			    (event & EVENT_VECTOR) << 3 | SELECTOR_IDT | (software ? 0 : 1));
	} else if (qual & EPT_X) {
		vcpu_inject_ud(v);
	} else {
		return false;
	}
	return true;
}

void mmio_emulate(struct vcpu *v, uint64_t gpa, uint64_t qual)
{
	uint64_t value = 0, rflags;
	struct platform *p = &v->vm->platform;
	uint8_t bytes[INSN_LENGTH_MAX] = {0};
	struct insn insn;

	if (reads_ones(v, qual))
		return;
	if (insn_decode(bytes, guest_fetch(v, bytes, sizeof(bytes)), code_mode(), &insn) ||
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
