/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bits and places of Intel's VT-d as far as the unit has them: legacy mode, second-level tables,
 * queued invalidation, interrupt remapping.
 * Source: VT-d specification (rev. 4), 9 "Translation Structure Formats", 6.5 "Invalidation of
 * Translation Caches", 5.1 "Interrupt Remapping", 11.4 "Register Descriptions".
 */
#ifndef VTD_H
#define VTD_H

#include <stdint.h>

#define VTD_BIT(n) (UINT64_C(1) << (n))
/* Bits high:low, both counted. */
#define VTD_MASK(high, low) ((~UINT64_C(0) >> (63 - (high))) & (~UINT64_C(0) << (low)))

#define VTD_PAGE_SIZE  UINT64_C(4096)
#define VTD_PAGE_SHIFT 12u

/* Where the registers are that a unit may place: IVA, IOTLB (ECAP.IRO) and the fault recording
 * registers (CAP.FRO), in bytes. */
#define VTD_IRO 0x100u
#define VTD_FRO 0x110u

/* 11.4.2 CAP_REG */
#define VTD_CAP_ND(n)      ((uint64_t)(n)) /* 2 * n + 4 bits of domain-id */
#define VTD_CAP_CM         VTD_BIT(7)
#define VTD_CAP_SAGAW_39   VTD_BIT(9)
#define VTD_CAP_SAGAW_48   VTD_BIT(10)
#define VTD_CAP_MGAW(bits) ((uint64_t)((bits)-1) << 16)
#define VTD_CAP_FRO(at)    ((uint64_t)((at) / 16) << 24)
#define VTD_CAP_SLLPS_2M   VTD_BIT(34)
#define VTD_CAP_SLLPS_1G   VTD_BIT(35)
#define VTD_CAP_PSI        VTD_BIT(39)
#define VTD_CAP_NFR(n)     ((uint64_t)((n)-1) << 40)
#define VTD_CAP_MAMV(n)    ((uint64_t)(n) << 48)
#define VTD_CAP_DWD        VTD_BIT(54)
#define VTD_CAP_DRD        VTD_BIT(55)
#define VTD_CAP_PI         VTD_BIT(59)

/* 11.4.3 ECAP_REG */
#define VTD_ECAP_C       VTD_BIT(0)
#define VTD_ECAP_QI      VTD_BIT(1)
#define VTD_ECAP_IR      VTD_BIT(3)
#define VTD_ECAP_EIM     VTD_BIT(4)
#define VTD_ECAP_PT      VTD_BIT(6)
#define VTD_ECAP_SC      VTD_BIT(7)
#define VTD_ECAP_IRO(at) ((uint64_t)((at) / 16) << 8)
#define VTD_ECAP_MHMV(n) ((uint64_t)(n) << 20)

/* 11.4.4 GCMD_REG and GSTS_REG: the same bits, mostly */
#define VTD_GCMD_TE    0x80000000u
#define VTD_GCMD_SRTP  0x40000000u /* one-shot */
#define VTD_GCMD_QIE   0x04000000u
#define VTD_GCMD_IRE   0x02000000u
#define VTD_GCMD_SIRTP 0x01000000u /* one-shot */
#define VTD_GCMD_CFI   0x00800000u
#define VTD_GCMD_RSVD  0x007fffffu
#define VTD_GSTS_TES   VTD_GCMD_TE
#define VTD_GSTS_RTPS  VTD_GCMD_SRTP
#define VTD_GSTS_QIES  VTD_GCMD_QIE
#define VTD_GSTS_IRES  VTD_GCMD_IRE
#define VTD_GSTS_IRTPS VTD_GCMD_SIRTP
#define VTD_GSTS_CFIS  VTD_GCMD_CFI

/* 11.4.5 RTADDR_REG */
#define VTD_RTADDR_RTA VTD_MASK(63, 12)
#define VTD_RTADDR_TTM VTD_MASK(11, 10) /* 0: legacy */

/* 11.4.6.1 CCMD_REG; granularities: 1 global, 2 domain, 3 device, and 0 where nothing was done */
#define VTD_CCMD_ICC        VTD_BIT(63)
#define VTD_CCMD_CIRG_SHIFT 61
#define VTD_CCMD_CAIG_SHIFT 59
#define VTD_CCMD_CAIG       VTD_MASK(60, 59)
#define VTD_CCMD_FM_SHIFT   32
#define VTD_CCMD_SID_SHIFT  16

/* 11.4.6.2 IOTLB_REG and IVA_REG; granularities: 1 global, 2 domain, 3 page */
#define VTD_IOTLB_IVT        VTD_BIT(63)
#define VTD_IOTLB_IIRG_SHIFT 60
#define VTD_IOTLB_IAIG_SHIFT 57
#define VTD_IOTLB_IAIG       VTD_MASK(58, 57)
#define VTD_IOTLB_DID_SHIFT  32
#define VTD_IVA_AM           VTD_MASK(5, 0)
#define VTD_IVA_ADDR         VTD_MASK(63, 12)

#define VTD_GRANULARITY 3u
#define VTD_GLOBAL      1u
#define VTD_DOMAIN      2u
#define VTD_DEVICE      3u /* of a context cache */
#define VTD_PAGE        3u /* of an IOTLB */

/* 11.4.7.1 FSTS_REG */
#define VTD_FSTS_PFO       0x01u
#define VTD_FSTS_PPF       0x02u
#define VTD_FSTS_IQE       0x10u
#define VTD_FSTS_ICE       0x20u
#define VTD_FSTS_ITE       0x40u
#define VTD_FSTS_FRI_SHIFT 8
#define VTD_FSTS_FRI       0xff00u

/* 11.4.7.2 FECTL_REG, and IECTL_REG alike */
#define VTD_EVENT_IM 0x80000000u
#define VTD_EVENT_IP 0x40000000u

/* 11.4.7.6 FRCD_REG, the upper half */
#define VTD_FRCD_F           VTD_BIT(63)
#define VTD_FRCD_T_READ      VTD_BIT(62)
#define VTD_FRCD_FR_SHIFT    32
#define VTD_FRCD_INDEX_SHIFT 48 /* the lower half, of an interrupt's fault */

/* 11.4.8 invalidation queue */
#define VTD_IQA_BASE      VTD_MASK(63, 12)
#define VTD_IQA_QS        UINT64_C(7)
#define VTD_IQ_SHIFT      4 /* log2 of a descriptor's bytes */
#define VTD_ICS_IWC       0x1u
#define VTD_IQEI_TAIL     1u
#define VTD_IQEI_FETCH    2u
#define VTD_IQEI_TYPE     3u
#define VTD_IQEI_RESERVED 4u

/* 6.5.2 descriptors: type in bits 3:0 and, what it has of newer ones, 11:9 */
#define VTD_QI_TYPE        UINT64_C(0xe0f)
#define VTD_QI_CONTEXT     1u
#define VTD_QI_IOTLB       2u
#define VTD_QI_DEVICE_TLB  3u
#define VTD_QI_IEC         4u
#define VTD_QI_WAIT        5u
#define VTD_QI_GRANULARITY 4 /* shift */
#define VTD_QI_IEC_INDEX   VTD_BIT(4)
#define VTD_QI_WAIT_IF     VTD_BIT(4)
#define VTD_QI_WAIT_SW     VTD_BIT(5)

/* 11.4.9.2 IRTA_REG */
#define VTD_IRTA_BASE VTD_MASK(63, 12)
#define VTD_IRTA_EIME VTD_BIT(11)
#define VTD_IRTA_S    UINT64_C(0xf) /* 2^(S + 1) entries */

/* 9.1 root entry, 9.3 context entry */
#define VTD_ENTRY_P         VTD_BIT(0)
#define VTD_ENTRY_ADDR      VTD_MASK(63, 12)
#define VTD_CONTEXT_FPD     VTD_BIT(1)
#define VTD_CONTEXT_TT      VTD_MASK(3, 2)
#define VTD_TT_TABLES       0u
#define VTD_TT_TABLES_ATS   1u
#define VTD_TT_PASS         2u
#define VTD_CONTEXT_AW      UINT64_C(7) /* the upper half: levels less 2 */
#define VTD_CONTEXT_DID_LOW 8

/* 9.8 second-level paging entries */
#define VTD_PTE_R    VTD_BIT(0)
#define VTD_PTE_W    VTD_BIT(1)
#define VTD_PTE_RW   (VTD_PTE_R | VTD_PTE_W)
#define VTD_PTE_PS   VTD_BIT(7)
#define VTD_PTE_SNP  VTD_BIT(11)
#define VTD_PTE_ADDR VTD_MASK(51, 12)
#define VTD_PTE_TM   VTD_BIT(62)

/* 9.10 interrupt-remapping table entry, remapped format */
#define VTD_IRTE_P         VTD_BIT(0)
#define VTD_IRTE_FPD       VTD_BIT(1)
#define VTD_IRTE_DM        VTD_BIT(2)
#define VTD_IRTE_RH        VTD_BIT(3)
#define VTD_IRTE_TM        VTD_BIT(4)
#define VTD_IRTE_DLM_SHIFT 5
#define VTD_IRTE_V_SHIFT   16
#define VTD_IRTE_DST_SHIFT 32
#define VTD_IRTE_IM        VTD_BIT(15) /* posted format, 9.11 */
/* Bits 14:12, the posted format's 15, 31:24. */
#define VTD_IRTE_RSVD       (VTD_MASK(15, 12) | VTD_MASK(31, 24))
#define VTD_IRTE_RSVD_XAPIC (VTD_MASK(39, 32) | VTD_MASK(63, 48))
#define VTD_IRTE_RSVD_HIGH  VTD_MASK(63, 20)
#define VTD_IRTE_SQ_SHIFT   16
#define VTD_IRTE_SVT_SHIFT  18

/* 9.11 the same, posted format: bits 7:2, 13:12, 37:24 are reserved */
#define VTD_IRTE_URG              VTD_BIT(14)
#define VTD_IRTE_PDA_LOW          VTD_MASK(63, 38) /* of the descriptor's address: 31:6 */
#define VTD_IRTE_PDA_SHIFT        32
#define VTD_IRTE_PDA_HIGH         VTD_MASK(63, 32) /* ... 63:32, in the upper half */
#define VTD_IRTE_RSVD_POSTED      (VTD_MASK(7, 2) | VTD_MASK(13, 12) | VTD_MASK(37, 24))
#define VTD_IRTE_RSVD_POSTED_HIGH VTD_MASK(31, 20)

/* 9.12 posted-interrupt descriptor: the word behind its 256 requests */
#define VTD_PID_SIZE       64u
#define VTD_PID_ON         VTD_BIT(0)
#define VTD_PID_SN         VTD_BIT(1)
#define VTD_PID_NV_SHIFT   16
#define VTD_PID_NDST_SHIFT 32
#define VTD_PID_RSVD       (VTD_MASK(15, 2) | VTD_MASK(31, 24))
#define VTD_PID_RSVD_XAPIC (VTD_MASK(39, 32) | VTD_MASK(63, 48))

/* 5.1.2.2 remappable interrupt request */
#define VTD_MSI_BASE      UINT64_C(0xfee00000)
#define VTD_MSI_SIZE      UINT64_C(0x100000)
#define VTD_MSI_HANDLE_15 VTD_BIT(2)
#define VTD_MSI_SHV       VTD_BIT(3)
#define VTD_MSI_FORMAT    VTD_BIT(4) /* remappable */

#endif
