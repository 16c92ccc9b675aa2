/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The positive lists: each control that L1 may be offered. caps.c ANDs them with the hardware's;
 * merge.c lets nothing else of VMCS12 through. Not for users of the library.
 */
#ifndef OFFER_H
#define OFFER_H

#include "vmx_bits.h"

/* What this library merges and L0 routes. A control that is not here does not exist for L1. */
#define OFFER_PIN                                                                                  \
	(PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_VIRTUAL_NMI | PIN_PREEMPTION_TIMER |               \
	 PIN_POSTED_INTERRUPTS)
#define OFFER_PROC                                                                                 \
	(PROC_INTERRUPT_WINDOW | PROC_TSC_OFFSET | PROC_HLT | PROC_INVLPG | PROC_MWAIT |           \
	 PROC_RDPMC | PROC_RDTSC | PROC_CR3_LOAD | PROC_CR3_STORE | PROC_CR8_LOAD |                \
	 PROC_CR8_STORE | PROC_TPR_SHADOW | PROC_NMI_WINDOW | PROC_MOV_DR | PROC_IO |              \
	 PROC_IO_BITMAPS | PROC_MTF | PROC_MSR_BITMAPS | PROC_MONITOR | PROC_PAUSE |               \
	 PROC_SECONDARY)
#define OFFER_PROC2                                                                                \
	(PROC2_EPT | PROC2_DESCRIPTOR_TABLE | PROC2_RDTSCP | PROC2_VPID | PROC2_WBINVD |           \
	 PROC2_UNRESTRICTED | PROC2_PAUSE_LOOP | PROC2_RDRAND | PROC2_INVPCID | PROC2_RDSEED |     \
	 PROC2_XSAVES | PROC2_APIC_ACCESSES | PROC2_NEEDS_TPR_SHADOW)
#define OFFER_EXIT                                                                                 \
	(EXIT_SAVE_DEBUG | EXIT_HOST_64 | EXIT_ACK_INTERRUPT | EXIT_SAVE_PAT | EXIT_LOAD_PAT |     \
	 EXIT_SAVE_EFER | EXIT_LOAD_EFER | EXIT_SAVE_TIMER)
#define OFFER_ENTRY (ENTRY_LOAD_DEBUG | ENTRY_IA32E | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER)
#define OFFER_MISC                                                                                 \
	(MISC_TIMER_RATE | MISC_HLT | MISC_SHUTDOWN | MISC_WAIT_SIPI | MISC_CR3_TARGETS |          \
	 MISC_ZERO_LENGTH)
#define OFFER_EPT_VPID                                                                             \
	(EPT_CAP_EXECUTE_ONLY | EPT_CAP_WALK4 | EPT_CAP_WB | EPT_CAP_2M | EPT_CAP_1G |             \
	 EPT_CAP_INVEPT | EPT_CAP_AD | EPT_CAP_INVEPT_SINGLE | EPT_CAP_INVEPT_ALL | VPID_INVVPID | \
	 VPID_INVVPID_TYPES)
/* Branch records and single-stepping on branches; no debug store, which would write memory. */
#define OFFER_DEBUGCTL (DEBUGCTL_LBR | DEBUGCTL_BTF)

#endif
