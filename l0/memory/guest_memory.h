/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running guest's memory by linear address, as the instruction that L0 emulates would see it:
 * operands of VMX instructions, string I/O, the bytes of an MMIO instruction. The VMCS of that
 * guest, L1 or L2, is current.
 */
#ifndef MEMORY_GUEST_MEMORY_H
#define MEMORY_GUEST_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

enum guest_access {
	GUEST_READ = 0,
	GUEST_WRITE = 2, /* as in a page-fault error code */
};

/*
 * Copies @size bytes (at most a page) between the guest's linear address and @buffer. False: a page
 * fault was injected (or a #GP for an address that is not canonical), and nothing was copied.
 */
bool guest_read(struct vcpu *v, uint64_t linear, void *buffer, uint64_t size);
bool guest_write(struct vcpu *v, uint64_t linear, const void *buffer, uint64_t size);

/* Would guest_write() succeed? If not, the fault was injected. */
bool guest_writable(struct vcpu *v, uint64_t linear, uint64_t size);

/*
 * Memory at a physical address of the guest that runs, within one page; L2's go through EPT12, for
 * which
 * @access is EPT_R or EPT_R | EPT_W. NULL where there is no RAM or L1 does not allow it.
 */
void *guest_ram(const struct vcpu *v, uint64_t gpa, uint64_t size, uint64_t access);

/*
 * Bytes of the instruction at CS:RIP, as many as are mapped, at most @size. For decoding only:
 * never faults.
 */
unsigned guest_fetch(struct vcpu *v, uint8_t *buffer, unsigned size);

/*
 * The linear address of a memory operand, from the exit's instruction information and displacement
 * (SDM tables 28-8 to 28-14: one format for address, segment, base and index). False: a #GP or #SS
 * was injected.
 */
bool guest_operand(struct vcpu *v, uint32_t instruction_info, uint64_t displacement, uint64_t size,
		   enum guest_access access, uint64_t *linear);

#endif
