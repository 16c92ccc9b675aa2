/* SPDX-License-Identifier: Apache-2.0 */
/* VMX for L1: the ways in and out of a virtual CPU's VMX operation (its state:
 * vcpu/nested_state.h). */
#ifndef NESTED_NESTED_H
#define NESTED_NESTED_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "reflect.h"
#include "vmcs12.h"

struct vcpu;

/*
 * Power-on state. @bitmap02 is a page for the merged MSR bitmap; the region [@hpa, @pages) becomes
 * the pool of composed tables. Makes VMCS02 current for a moment, so VMX must be on. False: no
 * memory.
 */
bool nested_init(struct vcpu *v, uint64_t *bitmap02, uint64_t hpa, uint32_t pages);

/* nested/route.c: an exit of L2 is L0's own business or L1's. */
void nested_exit(struct vcpu *v, uint32_t reason);

/* nested/instructions.c, nested/vmcs.c, nested/enter.c: an exit of L1 on a VMX instruction. */
void nested_vmxon(struct vcpu *v);
void nested_vmxoff(struct vcpu *v);
void nested_vmclear(struct vcpu *v);
void nested_vmptrld(struct vcpu *v);
void nested_vmptrst(struct vcpu *v);
void nested_vmread(struct vcpu *v);
void nested_vmwrite(struct vcpu *v);
void nested_vmlaunch(struct vcpu *v);
void nested_vmresume(struct vcpu *v);
void nested_invept(struct vcpu *v);
void nested_invvpid(struct vcpu *v);
void nested_vmcall(struct vcpu *v);

/*
 * nested/reflect.c. L2 is running or about to (VMCS02 is current): it exits to L1 as *e says, and
 * VMCS01 is current afterwards.
 */
void nested_reflect(struct vcpu *v, struct vmx_exit *e);

/* The exit that the processor reported, to L1 as it is. */
void nested_reflect_exit(struct vcpu *v);

/*
 * A VM entry of L1 that failed after its controls and host state were found good (SDM 27.8). Any
 * VMCS is current, VMCS01 afterwards.
 */
void nested_entry_failure(struct vcpu *v, uint32_t reason, uint64_t qualification);

/*
 * The same for a resume by L0, after L2 has run: L1 gets L2's state as it is now. VMCS02 is current
 * before.
 */
void nested_resume_failure(struct vcpu *v, uint32_t reason, uint64_t qualification);

/* L1, whose VMCS01 is current, has NMIs blocked by the exit that it just got. */
void nested_block_nmi(void);

/*
 * nested/events.c. The processor refused an entry with this VM-instruction error, before it looked
 * at guest state. True: it is L1's or L2's doing and answered, whatever runs next; false: L0's own
 * mistake.
 */
bool nested_entry_refused(struct vcpu *v, uint64_t error);

/*
 * nested/events.c, before an entry while L2 runs: events that L1 has pending may send L2 out (then
 * VMCS01 is current). True: L2 has to exit right after this entry, before its first instruction.
 */
bool nested_events(struct vcpu *v) __attribute__((noinline));

/*
 * nested/sleep.c. Does VMCS02 hold an L2 in the shutdown or the wait-for-SIPI state, with no event
 * that wakes it? The processor does not get it: nested_sleep() makes VMCS01 current, to wait in its
 * HLT state, and before each entry nested_sleep_events() does what nested_events() does for others;
 * the VMCS of what runs next is current afterwards.
 */
bool nested_sleeps(const struct vcpu *v);
void nested_sleep(struct vcpu *v);
void nested_sleep_events(struct vcpu *v) __attribute__((cold));

/* nested/instructions.c: the current VMCS12, of whatever kind, is L1's memory alone from now on. */
void nested_release(struct vcpu *v);

/* ... and this one comes instead: its row of counters, and whose guest it is. */
void nested_count_as(struct vcpu *v, uint64_t vmcs12);

/* nested/mmu.c: EPT02 and VPID02. */
void nested_mmu_invvpid(struct vcpu *v, unsigned type, uint16_t vpid12, uint64_t linear);
void nested_mmu_enter(struct vcpu *v, uint32_t dirty);
void nested_mmu_leave(struct vcpu *v);
void nested_ept_violation(struct vcpu *v);
/* Something has been taken out of EPT01: no translation that was made from it is left. */
void nested_ept01_changed(struct vcpu *v) __attribute__((cold));

/*
 * nested/timer.c, L1's preemption timer. An entry of L1's: it counts from the next
 * nested_timer_left() on, which says what is left at that TSC of the processor's, in the timer's
 * units; 0: it has expired. An exit to L1: its value goes into VMCS12, where L1 wants that.
 */
void nested_timer_start(struct vcpu *v);
uint64_t nested_timer_left(struct vcpu *v, uint64_t tsc);
void nested_timer_save(struct vcpu *v);

/* nested/msr_lists.c: 0, or the number of the entry that failed, counted from 1 (SDM 27.4). */
uint32_t nested_load_msrs(struct vcpu *v, uint64_t list, uint32_t count);
uint32_t nested_store_msrs(struct vcpu *v, uint64_t list, uint32_t count);

/* Values of guest state that still stand in VMCS02 come into the cache; VMCS01 stays current. */
void nested_fetch_rare(struct vcpu *v);

#endif
