/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one virtual CPU's VMX operation; nested/ is what works on it. */
#ifndef VCPU_NESTED_STATE_H
#define VCPU_NESTED_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "ept_compose.h"
#include "merge.h"
#include "platform/posting.h"
#include "vmcs12.h"

#define VMCS12_NONE   (~0ull)
#define TIMER12_NONE  (~0ull)
#define VPID02_COUNT  8 /* VPID02 and up, a VPID12 has the one of its number modulo this */
#define NOT_REFLECTED (~0ull)

/*
 * MSRs of L2's own x2APIC (SDM 30.5) that the processor has in the virtual-APIC page, a bit each.
 * All others are the physical LAPIC's.
 */
struct x2apic_passes {
	uint64_t reads;       /* of the first 64 MSRs, 800H and up */
	uint64_t other_reads; /* of each 64 of the others */
	uint64_t writes;      /* of the first 64 */
};

struct nested {
	bool on;          /* between VMXON and VMXOFF */
	bool on64;        /* the same, and L1 is in IA-32e mode: it stays so until VMXOFF */
	bool plain;       /* on64, and there is a current VMCS12 */
	bool full;        /* merge=full: every field, at every entry and exit */
	bool merged;      /* VMCS02 holds the current VMCS12 */
	uint32_t asleep;  /* the activity state of an L2 that runs nowhere: nested_sleep(); or 0 */
	uint64_t vmxon;   /* L1-physical address of the VMXON region */
	uint64_t current; /* L1-physical address of the current VMCS12, or VMCS12_NONE */
	uint32_t slot;    /* its row of counters */
	uint32_t
		asker; /* row of the VMCS12 whose guest asked to enter one of its own, or SLOT_L1 */
	uint32_t entry01;                    /* entry controls of VMCS01, but for IA-32e mode */
	uint16_t vpid12;                     /* of the L2 that runs or ran last; 0: it has none */
	uint16_t vpid02;                     /* the tag that it runs with */
	uint16_t vpid02_owner[VPID02_COUNT]; /* the VPID12 whose translations each tag has; 0: none
					      */
	uint64_t timer12;    /* the platform's clock when L1's preemption timer expires, or none */
	bool timer12_starts; /* L2 has not been entered since: it counts from that entry */
	uint8_t nowhere[4096] __attribute__((aligned(4096))); /* stands in for a page without RAM */
	bool page_nowhere; /* ... as the virtual-APIC page of VMCS02 */
	uint64_t
		apart; /* the APIC-access page that is a leaf of its own in EPT01, or VMCS12_NONE */
	bool virtualized;            /* VMCS02 has more of a virtual APIC than the TPR shadow */
	bool apic_again;             /* nested_apic_again() has to do with each entry */
	struct x2apic_passes x2apic; /* what bitmap02 may let pass of L2's x2APIC; 0: nothing */
	uint32_t notification;       /* notify_choose(); other CPUs read it */
	struct posting no_posting;   /* stands in for a descriptor without RAM */
	uint64_t *bitmap02;          /* the merged MSR bitmap, a page of L0's */
	struct vmcs12_cache cache;   /* of the current VMCS12 */
	struct vmcs01_controls l0;   /* what L0 wants while L2 runs */
	uint64_t shadow;             /* hpa of the shadow VMCS, 0 with vmcs=trap */
	void *evmcs;        /* the enlightened VMCS that the cache holds, in L1's RAM; NULL: none */
	uint64_t evmcs_gpa; /* its address */
	bool bitmap_clean;  /* L1 says that its MSR bitmap is what bitmap02 was made from */
	const struct ept01 *ept01; /* what EPT02s are made from: EPT01, or its like for L2s */
	struct ept02_cache ept02;
	struct ept02_slot *ept_slot; /* of the L2 that runs; NULL: it runs on EPT01 */
	uint64_t reflected; /* L2-physical address of a violation that L1 got; NOT_REFLECTED */
};

#endif
