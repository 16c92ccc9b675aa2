// SPDX-License-Identifier: Apache-2.0
#include "cpu/entry.h"
#include "cpu/vcpu.h"
#include "cpu/vmx.h"
#include "cpu/x86.h"
#include "vm.h"

uint64_t vcpu_reg(const struct vcpu *v, unsigned number)
{
	return number == RSP ? vmcs_read(VMCS_GUEST_RSP) : v->regs.gpr[number];
}

void vcpu_set_reg(struct vcpu *v, unsigned number, uint64_t value)
{
	if (number == RSP)
		vmcs_write(VMCS_GUEST_RSP, value);
	else
		v->regs.gpr[number] = value;
}

/* Privilege is the DPL of SS (SDM 25.4.1). */
unsigned vcpu_cpl(void)
{
	return (unsigned)(vmcs_read(VMCS_GUEST_SS_ACCESS) >> SEGMENT_DPL_SHIFT & 3);
}

bool vcpu_long_mode(void)
{
	return (vmcs_read(VMCS_GUEST_CS_ACCESS) & SEGMENT_L) &&
	       (vmcs_read(VMCS_GUEST_EFER) & EFER_LMA);
}

void vcpu_skip(struct vcpu *v)
{
	uint64_t old = vmcs_read(VMCS_GUEST_RIP);
	uint64_t rip = old + vmcs_read(VMCS_EXIT_INSTRUCTION_LENGTH);
	uint64_t blocking = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);

	if ((rip ^ old) >> 32 && !vcpu_long_mode())
		rip = (uint32_t)rip;
	vmcs_write(VMCS_GUEST_RIP, rip);
	if (blocking & (BLOCKING_STI | BLOCKING_MOV_SS))
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   blocking & ~(uint64_t)(BLOCKING_STI | BLOCKING_MOV_SS));
	/* An emulated instruction ends with the trap that TF asks for (SDM 27.7.3). */
	if (vmcs_read(VMCS_GUEST_RFLAGS) & RFLAGS_TF)
		vmcs_write(VMCS_GUEST_PENDING_DEBUG,
			   vmcs_read(VMCS_GUEST_PENDING_DEBUG) | PENDING_BS);
	(void)v;
}

/* Exceptions that make a double fault of one another (SDM table 6-5). */
static bool contributory(unsigned vector)
{
	return vector == 0 || (vector >= VECTOR_TS && vector <= VECTOR_GP);
}

void vcpu_inject(struct vcpu *v, unsigned vector, bool has_error, uint32_t error)
{
	uint32_t first = v->event.info;

	if ((first & EVENT_VALID) && (first & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_HARDWARE) {
		unsigned old = first & EVENT_VECTOR;

		if (old == VECTOR_DF) {
			vm_stop(v->vm, STOP_TRIPLE_FAULT, 0,
				"L1 faulted while delivering a double fault");
			return;
		}
		if ((contributory(old) && contributory(vector)) ||
		    (old == VECTOR_PF && (contributory(vector) || vector == VECTOR_PF))) {
			vector = VECTOR_DF;
			has_error = true;
			error = 0;
		}
	}
	v->attention = true;
	v->event = (struct event){
		.info = EVENT_VALID | (uint32_t)EVENT_HARDWARE << EVENT_TYPE_SHIFT | vector |
			(has_error ? EVENT_ERROR : 0),
		.error = error,
		.made = true,
	};
}

void vcpu_switch(struct vcpu *v, unsigned level)
{
	v->level = level;
	v->attention |= entry_pending(v);
	v->slot = level == 1 ? SLOT_L1 : v->nested.slot;
	vmptrld(v->vmcs[level]);
}
