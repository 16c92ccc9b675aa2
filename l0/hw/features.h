/* SPDX-License-Identifier: Apache-2.0 */
/* What L0 needs of the processor, tested once at boot. */
#ifndef HW_FEATURES_H
#define HW_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "caps.h"

/* What the processor offers beyond the minimum; the same on every CPU. */
struct features {
	uint8_t maxphyaddr;
	bool gib_pages; /* 1 GiB EPT leaves */
	bool exec_only; /* execute-only EPT leaves */
	bool ept_ad;    /* EPT accessed and dirty flags */
	bool invpcid, rdtscp, xsaves, spec_ctrl;
	bool vmcs_shadowing;    /* and VMWRITE to every field, which it needs */
	bool posted_interrupts; /* and all of APIC virtualization that goes with them */
	uint8_t timer_shift;    /* the preemption timer ticks once per 2^timer_shift TSC ticks */
};

/*
 * Fills @f. Returns false after a line on the console for each thing that is missing; L0 cannot
 * run then. Sources: SDM vol. 3, appendix A; vol. 2, CPUID.
 */
bool features_check(struct features *f);

/* The processor's VMX capabilities as vmcs-merge wants them; the IDT must be loaded. */
void features_caps(const struct features *f, struct vmx_caps *c);

#endif
