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

#define VMCS12_NONE  (~0ull)
#define TIMER12_NONE (~0ull)

struct vcpu;

struct nested {
	bool on;           /* between VMXON and VMXOFF */
	bool run_pending;  /* VMRESUME was accepted, L2 has not run since */
	bool merged;       /* VMCS02 holds the current VMCS12 */
	bool window;       /* L0's own interrupt window is open in VMCS02 */
	uint64_t vmxon;    /* L1-physical address of the VMXON region */
	uint64_t current;  /* L1-physical address of the current VMCS12, or VMCS12_NONE */
	uint32_t slot;     /* its row of counters */
	uint16_t vpid12;   /* whose translations VPID02 holds */
	uint64_t timer12;  /* L1's TSC at which L1's preemption timer expires */
	uint64_t bitmap02; /* hpa of the merged MSR bitmap */
	struct vmcs12_cache cache; /* of the current VMCS12 */
	struct vmcs01_controls l0;
	struct ept02_cache ept02;
	struct ept02_slot *ept_slot; /* of the L2 that runs; NULL: it runs on EPT01 */
};

/* Power-on state; the region [@hpa, @pages) becomes the pool of composed tables. */
bool nested_init(struct vcpu *v, uint64_t hpa, uint32_t pages);

/* An exit of L2 for @reason: L0's own business or L1's. */
void nested_exit(struct vcpu *v, uint32_t reason);

/* An exit of L1 that executed a VMX instruction. */
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
void nested_other(struct vcpu *v); /* GETSEC, VMFUNC and the like: #UD */

/*
 * Before an entry while L2 runs: events that L1 has pending may send L2 out. True: now L1 runs.
 */
bool nested_events(struct vcpu *v);

/* The processor refused to enter L2 (33, 34 with the failure bit, or an error number): L1's answer. */
void nested_entry_refused(struct vcpu *v, uint32_t reason, uint64_t qualification);

#endif
