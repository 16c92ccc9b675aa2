/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exit of L2 that is L1's: VMCS02 -> VMCS12, then L1's host state -> VMCS01.
 *
 * The order in L0, for an ordinary exit:
 *	vmx_exit_read(&e)                    VMCS02 current
 *	vmcs12_save_guest(c, l0)             VMCS02 current
 *	vmcs12_set_exit(c, &e)
 *	(L0: MSR-store list, preemption timer value, VMCS01 made current)
 *	vmcs01_load_host(c, l1, l0)          VMCS01 current
 *	(L0: PDPTEs for a PAE L1, MSR-load list, flushes)
 * For an entry that failed (exit reasons 33, 34) only vmcs12_set_entry_failure() and
 * vmcs01_load_host(), after vmcs12_live_registers() where VMCS02 holds nothing of L2.
 *
 * The processor clears the valid bit of VMCS02's event at each exit, and set_exit that of VMCS12's.
 * An event that L0 itself wrote into VMCS02 since then is L0's to take out again.
 */
#ifndef VMCS_REFLECT_H
#define VMCS_REFLECT_H

#include <stdbool.h>
#include <stdint.h>

#include "merge.h"
#include "vmcs12.h"

/* Exit information as the VMCS has it (SDM 25.9), the processor's or made by L0. */
struct vmx_exit {
	uint32_t reason; /* with the flag bits */
	uint32_t interruption_info;
	uint32_t interruption_error;
	uint32_t idt_vectoring_info;
	uint32_t idt_vectoring_error;
	uint32_t instruction_length;
	uint32_t instruction_info;
	uint64_t qualification;
	uint64_t guest_linear;
	uint64_t guest_physical;
};

/*
 * Does L1 want this exception of its L2 as an exit? By the exception bitmap; #PF goes by error code
 * as well (SDM 26.2).
 */
bool vmcs12_wants_exception(const struct vmcs12 *v, uint32_t info, uint32_t error);

/*
 * Did L1 enter L2 with NMIs blocked, or block them by the NMI that it injected? Before
 * vmcs12_save_guest() and vmcs12_set_exit().
 */
bool vmcs12_blocks_nmi(const struct vmcs12 *v);

/* Reads all of it; VMCS02 (or VMCS01) current. */
void vmx_exit_read(struct vmx_exit *e);

/*
 * An event that L0 took over (its own IDT-vectoring of an earlier exit, or an injection of L1's
 * that has not yet been delivered) and that L1 must see as IDT-vectoring information of this exit.
 * info and error are in the entry's format; an invalid info leaves *e alone.
 */
void vmx_exit_set_vectoring(struct vmx_exit *e, uint32_t info, uint32_t error);

/*
 * VMCS02 current, L2 has left. Saves what L1 looks at after most exits (RIP, RSP, RFLAGS, CR0, CR3,
 * CR4 by the masks, access rights of CS and SS, interruptibility, activity, pending debug
 * exceptions, guest interrupt status with virtual-interrupt delivery, PDPTEs with PAE and EPT12,
 * EFER, PAT, DR7 and DEBUGCTL as the exit controls say) and the IA-32e mode control; marks
 * DIRTY_RARE stale. The preemption timer is L0's to save.
 */
void vmcs12_save_guest(struct vmcs12_cache *c, const struct vmcs01_controls *l0);

/*
 * VMCS02 current and its guest state still this VMCS12's. Reads the groups that are stale: before a
 * VMREAD or VMWRITE of a stale row, before a check that needs them, before VMCS12 leaves L0 or
 * another VMCS12 is merged.
 */
void vmcs12_fetch_rare(struct vmcs12_cache *c);

/* The same for those of @groups alone. */
void vmcs12_fetch(struct vmcs12_cache *c, uint32_t groups);

/* The exit L1 sees. Marks VMCS12 launched and its injected event as gone (SDM 28.2). */
void vmcs12_set_exit(struct vmcs12_cache *c, const struct vmx_exit *e);

/*
 * An entry that failed after the checks of controls and host: reason and qualification only; the
 * guest state, the event and the launch state stay as they were (SDM 27.8).
 * reason: EXIT_REASON_INVALID_GUEST or EXIT_REASON_MSR_LOADING; the failure bit is added here.
 */
void vmcs12_set_entry_failure(struct vmcs12_cache *c, uint32_t reason, uint64_t qualification);

/*
 * Before vmcs01_load_host() after a failed entry: the registers that L1 keeps where its exit
 * controls do not load them are still L1's own, none of L2's has been loaded.
 */
void vmcs12_live_registers(struct vmcs12_cache *c, const struct vmcs01_controls *l0);

/*
 * VMCS01 current. Loads L1's host state as VMCS01's guest state (SDM 28.5): control registers under
 * L0's masks with their read shadows, EFER, PAT, DR7, DEBUGCTL, SYSENTER, segments, descriptor
 * tables, RSP, RIP, RFLAGS, no blocking, active, nothing pending; and IA-32e mode in VMCS01's entry
 * controls, the rest of which is l0_entry01.
 * Precondition: the host checks passed, at the VM entry that this exit ends.
 */
void vmcs01_load_host(const struct vmcs12_cache *c, const struct vmx_caps *l1,
		      const struct vmcs01_controls *l0, uint32_t l0_entry01);

#endif
