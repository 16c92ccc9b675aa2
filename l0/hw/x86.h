/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Architectural constants beside those of vmcs-merge/vmx_bits.h and platform/lapic.h: register bits
 * and MSR numbers (SDM vol. 3 chapter 2, vol. 4).
 */
#ifndef HW_X86_H
#define HW_X86_H

#include <stdbool.h>
#include <stdint.h>

#include "vmx_bits.h"

#define CR4_DE      (1ull << 3)
#define CR4_PSE     (1ull << 4)
#define CR4_MCE     (1ull << 6)
#define CR4_OSFXSR  (1ull << 9)
#define CR4_LA57    (1ull << 12)
#define CR4_OSXSAVE (1ull << 18)
#define CR4_SMEP    (1ull << 20)
#define CR4_SMAP    (1ull << 21)

#define RFLAGS_CF (1ull << 0)
#define RFLAGS_PF (1ull << 2)
#define RFLAGS_AF (1ull << 4)
#define RFLAGS_ZF (1ull << 6)
#define RFLAGS_SF (1ull << 7)
#define RFLAGS_OF (1ull << 11)
#define RFLAGS_RF (1ull << 16)
#define RFLAGS_AC (1ull << 18)

#define DR7_GD (1ull << 13)

enum vector {
	VECTOR_DB = 1,
	VECTOR_UD = 6,
	VECTOR_DF = 8,
	VECTOR_TS = 10,
	VECTOR_NP = 11,
	VECTOR_SS = 12,
	VECTOR_GP = 13,
	VECTOR_AC = 17,
	VECTOR_MC = 18,
};

#define PF_PRESENT  (1u << 0)
#define PF_WRITE    (1u << 1)
#define PF_USER     (1u << 2)
#define PF_RESERVED (1u << 3)
#define PF_FETCH    (1u << 4)

#define SELECTOR_IDT 2u /* in an error code: of a gate */

#define MSR_TSC              0x10
#define MSR_PLATFORM_ID      0x17
#define MSR_FEATURE_CONTROL  0x3a
#define FEATURE_CONTROL_LOCK 0x1u
#define FEATURE_CONTROL_VMX  0x4u
#define MSR_TSC_ADJUST       0x3b
#define MSR_SPEC_CTRL        0x48
#define MSR_PRED_CMD         0x49
#define MSR_BIOS_SIGN        0x8b
#define MSR_MTRRCAP          0xfe
#define MSR_SYSENTER_CS      0x174
#define MSR_SYSENTER_ESP     0x175
#define MSR_SYSENTER_EIP     0x176
#define MSR_MCG_CAP          0x179
#define MSR_MCG_STATUS       0x17a
#define MSR_MISC_ENABLE      0x1a0
#define MSR_DEBUGCTL         0x1d9
#define MSR_MTRR_PHYS        0x200
#define MSR_MTRR_FIX_64K     0x250
#define MSR_MTRR_FIX_16K     0x258
#define MSR_MTRR_FIX_4K      0x268
#define MSR_PAT              0x277
#define MSR_MTRR_DEF_TYPE    0x2ff
#define MSR_VMX_BASIC        0x480
#define MSR_VMX_MISC         0x485
#define MSR_VMX_CR0_FIXED0   0x486
#define MSR_VMX_CR0_FIXED1   0x487
#define MSR_VMX_CR4_FIXED0   0x488
#define MSR_VMX_CR4_FIXED1   0x489
#define MSR_VMX_ENUM         0x48a
#define MSR_VMX_PROC2        0x48b
#define MSR_VMX_EPT_VPID     0x48c
#define MSR_VMX_TRUE_PIN     0x48d
#define MSR_VMX_TRUE_PROC    0x48e
#define MSR_VMX_TRUE_EXIT    0x48f
#define MSR_VMX_TRUE_ENTRY   0x490
#define MSR_VMX_LAST         0x491
#define MSR_XSS              0xda0
#define MSR_EFER             0xc0000080
#define MSR_STAR             0xc0000081
#define MSR_LSTAR            0xc0000082
#define MSR_CSTAR            0xc0000083
#define MSR_FMASK            0xc0000084
#define MSR_FS_BASE          0xc0000100
#define MSR_GS_BASE          0xc0000101
#define MSR_KERNEL_GS_BASE   0xc0000102
#define MSR_TSC_AUX          0xc0000103

/* Value of IA32_PAT after reset (SDM vol. 3, 12.12.4). */
#define PAT_RESET 0x0007040600070406ull

/* Are bits 63:47 all the same, as 48-bit linear addresses have them (SDM vol. 1, 3.3.7.1)? */
static inline bool x86_canonical(uint64_t address)
{
	return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

#endif
