/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What L0 does with the running guest's memory in its place: operands of VMX instructions, string
 * I/O, emulated instructions. Device registers among it are read and written as such; what stands
 * in the way is carried out: the guest's exception, or L1's exit.
 */
#ifndef HANDLERS_GUEST_ACCESS_H
#define HANDLERS_GUEST_ACCESS_H

#include "vcpu/space.h"

/* The access that *why refused does not take place: a fault for the guest, or an exit for L1. */
void guest_refuse(struct vcpu *v, const struct guest_answer *why);

/*
 * Copies @size bytes (at most a page) between the guest's linear address and @buffer. False: it was
 * refused, and nothing was copied.
 */
bool guest_read(struct vcpu *v, uint64_t linear, void *buffer, uint32_t size);
bool guest_write(struct vcpu *v, uint64_t linear, const void *buffer, uint32_t size);

/* The same to pieces that were reached before: it cannot fail. */
void guest_load(struct vcpu *v, const struct guest_pieces *from, void *buffer);
void guest_store(struct vcpu *v, const struct guest_pieces *to, const void *buffer);

/* guest_reach() for the vCPU as it runs. False: it was refused. */
bool guest_pieces_at(struct vcpu *v, uint64_t linear, uint32_t size, enum guest_access access,
		     struct guest_pieces *out);

/* guest_reach_at_once() for it; false: the long way tells. */
bool guest_piece_at_once(const struct vcpu *v, uint64_t linear, uint32_t size,
			 enum guest_access access, struct guest_piece *out);

/*
 * The linear address of a memory operand, from the exit's instruction information and displacement
 * (SDM tables 28-8 to 28-14: one format for address, segment, base and index). False: a #GP or #SS
 * was injected.
 */
bool guest_operand(struct vcpu *v, uint32_t instruction_info, uint64_t displacement, uint64_t size,
		   enum guest_access access, uint64_t *linear);

/* The traps of the breakpoints that an emulated instruction met come right after it. */
static inline void guest_breakpoint_traps(uint64_t pending)
{
	if (pending)
		vmcs_write(VMCS_GUEST_PENDING_DEBUG, vmcs_read(VMCS_GUEST_PENDING_DEBUG) | pending);
}

#endif
