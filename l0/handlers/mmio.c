// SPDX-License-Identifier: Apache-2.0
/* An access to an address that EPT01 does not map: a device register, or nothing. */
#include "handlers/mmio.h"
#include "handlers/emulate.h"
#include "handlers/exits.h"
#include "handlers/guest_access.h"
#include "handlers/move.h"
#include "hw/x86.h"
#include "memory/paging.h"
#include "vcpu/events.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

static bool within(uint64_t linear, uint64_t base, uint64_t limit)
{
	return linear - base <= limit;
}

/* What a delivery reads, and what it writes: descriptor tables and the TSS, and else the stack. */
static enum guest_access delivery_access(uint64_t linear)
{
	bool table =
		within(linear, vmcs_read(VMCS_GUEST_IDTR_BASE), vmcs_read(VMCS_GUEST_IDTR_LIMIT)) ||
		within(linear, vmcs_read(VMCS_GUEST_GDTR_BASE), vmcs_read(VMCS_GUEST_GDTR_LIMIT)) ||
		within(linear, vmcs_read(VMCS_GUEST_TR_BASE), vmcs_read(VMCS_GUEST_TR_LIMIT));

	return table ? GUEST_READ : GUEST_WRITE;
}

/* The fault of a walk to @linear, if it still is one: all bits of an entry nowhere are ones. */
static void walk_again(struct vcpu *v, uint64_t linear, enum guest_access access, bool user)
{
	struct guest_space space = vcpu_space(v);
	struct guest_answer why;
	uint64_t gpa;

	if (!guest_translate(&space, linear, access, user, &gpa, &why))
		guest_refuse(v, &why);
}

/*
 * Where nothing is, all bits read as ones. What the processor then finds when it delivers an event
 * is a fault, and nothing to stop a VM for: a gate or a descriptor has no valid type.
 */
static void delivery(struct vcpu *v, uint64_t qual)
{
	uint64_t linear = vmcs_read(VMCS_GUEST_LINEAR_ADDRESS);
	uint32_t event = v->events.redo.info;
	bool software = (event & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_SOFTWARE_INTERRUPT;

	if (qual & EPT_QUAL_FINAL)
		vcpu_inject(v, VECTOR_GP, true,
			    (event & EVENT_VECTOR) << 3 | SELECTOR_IDT | (software ? 0 : 1));
	else
		walk_again(v, linear, delivery_access(linear), false);
}

/* Without EPT no field has the linear address. */
static bool emulate_access(struct vcpu *v, uint64_t gpa, uint64_t qual, struct insn_code *code)
{
	struct emulate_known known = {.gpa = gpa, .write = qual & EPT_W};

	if (!(qual & EPT_QUAL_FINAL) || v->paging.on)
		return emulate(v, NULL, code);
	known.linear = vmcs_read(VMCS_GUEST_LINEAR_ADDRESS);
	return emulate(v, &known, code);
}

/* FF /7 */
static void fetch_nothing(struct vcpu *v)
{
	platform_nobody(&v->vm->platform, vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS));
	vcpu_inject_ud(v);
}

bool mmio_emulate(struct vcpu *v, uint64_t gpa, uint64_t qual, struct insn_code *code)
{
	if (!(qual & (EPT_QUAL_FINAL | EPT_QUAL_LINEAR))) {
		vcpu_inject_gp(v); /* MOV to CR3 loads PDPTEs: reserved bits */
	} else if (v->events.redo.info) {
		delivery(v, qual);
	} else if (!emulate_access(v, gpa, qual, code)) {
		if (!(qual & EPT_QUAL_FINAL))
			walk_again(v, vmcs_read(VMCS_GUEST_LINEAR_ADDRESS), GUEST_READ,
				   vcpu_cpl() == 3);
		else if (qual & EPT_X)
			fetch_nothing(v);
		else
			return false;
	}
	return true;
}

void mmio_emulate_or_end(struct vcpu *v, uint64_t gpa, uint64_t qual)
{
	struct insn_code code = {.length = 0};

	if (mmio_emulate(v, gpa, qual, &code))
		return;
	if (v->level == 2) {
		vcpu_inject_ud(v);
		return;
	}
	vm_stop(v->vm, STOP_UNSUPPORTED, 0,
		"L1 accesses %lx, where it has no RAM, by an instruction that L0 does not emulate: "
		"%02x %02x %02x %02x at rip %lx",
		gpa, code.bytes[0], code.bytes[1], code.bytes[2], code.bytes[3],
		vmcs_read(VMCS_GUEST_RIP));
}

void exit_mmio_l1(struct vcpu *v)
{
	uint64_t gpa = vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS);
	uint64_t qual = vmcs_read(VMCS_EXIT_QUALIFICATION);

	vcpu_requeue_event(v);
	if (v->events.redo.info || !move_again(v, gpa, qual))
		mmio_emulate_or_end(v, gpa, qual);
}
