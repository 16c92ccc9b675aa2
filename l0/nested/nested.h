/* SPDX-License-Identifier: Apache-2.0 */
/* VMX for L1: the state of one virtual CPU's VMX operation, and its ways in and out. */
#ifndef NESTED_NESTED_H
#define NESTED_NESTED_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "ept_compose.h"
#include "merge.h"
#include "reflect.h"
#include "vmcs12.h"

#define VMCS12_NONE   (~0ull)
#define TIMER12_NONE  (~0ull)
#define VPID02_COUNT  8 /* VPID02 and up, a VPID12 has the one of its number modulo this */
#define NOT_REFLECTED (~0ull)

struct vcpu;

struct nested {
	bool on;          /* between VMXON and VMXOFF */
	bool on64;        /* the same, and L1 is in IA-32e mode: it stays so until VMXOFF */
	bool plain;       /* on64, and there is a current VMCS12 */
	bool run_pending; /* VMRESUME was accepted, L2 has not run since */
	bool full;        /* merge=full: every field, at every entry and exit */
	bool merged;      /* VMCS02 holds the current VMCS12 */
	uint64_t vmxon;   /* L1-physical address of the VMXON region */
	uint64_t current; /* L1-physical address of the current VMCS12, or VMCS12_NONE */
	uint32_t slot;    /* its row of counters */
	uint32_t entry01; /* entry controls of VMCS01, but for IA-32e mode */
	uint16_t vpid12;  /* of the L2 that runs or ran last; 0: it has none */
	uint16_t vpid02;  /* the tag that it runs with */
	uint16_t vpid02_owner[VPID02_COUNT]; /* the VPID12 whose translations each tag has; 0: none
					      */
	uint64_t timer12;                    /* L1's TSC at which L1's preemption timer expires */
	uint8_t nowhere[4096] __attribute__((aligned(4096))); /* stands in for a page without RAM */
	bool apic_page_nowhere;    /* ... as the virtual-APIC page of VMCS02 */
	uint64_t *bitmap02;        /* the merged MSR bitmap, a page of L0's */
	struct vmcs12_cache cache; /* of the current VMCS12 */
	struct vmcs01_controls l0; /* what L0 wants while L2 runs */
	uint64_t shadow;           /* hpa of the shadow VMCS, 0 with vmcs=trap */
	void *evmcs;        /* the enlightened VMCS that the cache holds, in L1's RAM; NULL: none */
	uint64_t evmcs_gpa; /* its address */
	bool bitmap_clean;  /* L1 says that its MSR bitmap is what bitmap02 was made from */
	struct ept02_cache ept02;
	struct ept02_slot *ept_slot; /* of the L2 that runs; NULL: it runs on EPT01 */
	uint64_t reflected; /* L2-physical address of a violation that L1 got; NOT_REFLECTED */
};

/*
 * Power-on state. @bitmap02 is a page for the merged MSR bitmap; the region [@hpa, @pages) becomes
 * the pool of composed tables. Makes VMCS02 current for a moment, so VMX must be on. False: no
 * memory.
 */
bool nested_init(struct vcpu *v, uint64_t *bitmap02, uint64_t hpa, uint32_t pages);

/* nested/route.c: an exit of L2 is L0's own business or L1's. */
void nested_exit(struct vcpu *v, uint32_t reason);

/*
 * Does L1 want this exception of its L2 as an exit? By the exception bitmap; #PF goes by error code
 * as well (SDM 26.2).
 */
bool nested_wants_exception(const struct vmcs12 *v12, uint32_t info, uint32_t error);

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
 * nested/events.c, before an entry while L2 runs: events that L1 has pending may send L2 out (then
 * VMCS01 is current). True: L2 has to exit right after this entry, before its first instruction.
 */
bool nested_events(struct vcpu *v);

/* nested/instructions.c: the current VMCS12, of whatever kind, is L1's memory alone from now on. */
void nested_release(struct vcpu *v);

/* nested/mmu.c: EPT02 and VPID02. */
void nested_mmu_invvpid(struct vcpu *v, unsigned type, uint16_t vpid12, uint64_t linear);
void nested_mmu_enter(struct vcpu *v, uint32_t dirty);
void nested_mmu_leave(struct vcpu *v);
void nested_ept_violation(struct vcpu *v);

/* nested/mmu.c: the pool of composed tables as it stands. */
struct pool_use;
void nested_pool_use(const struct vcpu *v, struct pool_use *out);

/* nested/msr_lists.c: 0, or the number of the entry that failed, counted from 1 (SDM 27.4). */
uint32_t nested_load_msrs(struct vcpu *v, uint64_t list, uint32_t count);
uint32_t nested_store_msrs(struct vcpu *v, uint64_t list, uint32_t count);

/* Values of guest state that still stand in VMCS02 come into the cache; VMCS01 stays current. */
void nested_fetch_rare(struct vcpu *v);

#endif
