/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bits of the VMX control words, of the capability MSRs and of the guest registers that the checks
 * and the merge look at. SDM vol. 3, chapters 25 (VMCS) and appendix A (capabilities).
 */
#ifndef VMX_BITS_H
#define VMX_BITS_H

/* Pin-based VM-execution controls, 25.6.1. */
#define PIN_EXTERNAL_INTERRUPT (1u << 0)
#define PIN_NMI                (1u << 3)
#define PIN_VIRTUAL_NMI        (1u << 5)
#define PIN_PREEMPTION_TIMER   (1u << 6)
#define PIN_POSTED_INTERRUPTS  (1u << 7)
#define PIN_DEFAULT1           0x00000016u

/* Primary processor-based VM-execution controls, 25.6.2. */
#define PROC_INTERRUPT_WINDOW (1u << 2)
#define PROC_TSC_OFFSET       (1u << 3)
#define PROC_HLT              (1u << 7)
#define PROC_INVLPG           (1u << 9)
#define PROC_MWAIT            (1u << 10)
#define PROC_RDPMC            (1u << 11)
#define PROC_RDTSC            (1u << 12)
#define PROC_CR3_LOAD         (1u << 15)
#define PROC_CR3_STORE        (1u << 16)
#define PROC_TERTIARY         (1u << 17)
#define PROC_CR8_LOAD         (1u << 19)
#define PROC_CR8_STORE        (1u << 20)
#define PROC_TPR_SHADOW       (1u << 21)
#define PROC_NMI_WINDOW       (1u << 22)
#define PROC_MOV_DR           (1u << 23)
#define PROC_IO               (1u << 24)
#define PROC_IO_BITMAPS       (1u << 25)
#define PROC_MTF              (1u << 27)
#define PROC_MSR_BITMAPS      (1u << 28)
#define PROC_MONITOR          (1u << 29)
#define PROC_PAUSE            (1u << 30)
#define PROC_SECONDARY        (1u << 31)
#define PROC_DEFAULT1         0x0401e172u

/* Secondary processor-based VM-execution controls, 25.6.2. */
#define PROC2_APIC_ACCESSES      (1u << 0)
#define PROC2_EPT                (1u << 1)
#define PROC2_DESCRIPTOR_TABLE   (1u << 2)
#define PROC2_RDTSCP             (1u << 3)
#define PROC2_X2APIC             (1u << 4)
#define PROC2_VPID               (1u << 5)
#define PROC2_WBINVD             (1u << 6)
#define PROC2_UNRESTRICTED       (1u << 7)
#define PROC2_APIC_REGISTERS     (1u << 8)
#define PROC2_INTERRUPT_DELIVERY (1u << 9)
#define PROC2_PAUSE_LOOP         (1u << 10)
#define PROC2_RDRAND             (1u << 11)
#define PROC2_INVPCID            (1u << 12)
#define PROC2_VMFUNC             (1u << 13)
#define PROC2_VMCS_SHADOWING     (1u << 14)
#define PROC2_RDSEED             (1u << 16)
#define PROC2_PML                (1u << 17)
#define PROC2_XSAVES             (1u << 20)
#define PROC2_TSC_SCALING        (1u << 25)
/* What the processor does with a virtual-APIC page, which is the TPR shadow's. */
#define PROC2_NEEDS_TPR_SHADOW (PROC2_X2APIC | PROC2_APIC_REGISTERS | PROC2_INTERRUPT_DELIVERY)
#define PROC2_VIRTUAL_APIC     (PROC2_APIC_ACCESSES | PROC2_NEEDS_TPR_SHADOW)

/* VM-exit controls, 25.7.1. */
#define EXIT_SAVE_DEBUG    (1u << 2)
#define EXIT_HOST_64       (1u << 9)
#define EXIT_ACK_INTERRUPT (1u << 15)
#define EXIT_SAVE_PAT      (1u << 18)
#define EXIT_LOAD_PAT      (1u << 19)
#define EXIT_SAVE_EFER     (1u << 20)
#define EXIT_LOAD_EFER     (1u << 21)
#define EXIT_SAVE_TIMER    (1u << 22)
#define EXIT_DEFAULT1      0x00036dffu

/* VM-entry controls, 25.8.1. */
#define ENTRY_LOAD_DEBUG      (1u << 2)
#define ENTRY_IA32E           (1u << 9)
#define ENTRY_SMM             (1u << 10)
#define ENTRY_DEACTIVATE_DUAL (1u << 11)
#define ENTRY_LOAD_PAT        (1u << 14)
#define ENTRY_LOAD_EFER       (1u << 15)
#define ENTRY_DEFAULT1        0x000011ffu

/* Interruption information, for entry, exit and IDT-vectoring alike: 25.8.3, 25.9.2, 25.9.3. */
#define EVENT_VECTOR         0xffu
#define EVENT_TYPE           (7u << 8)
#define EVENT_TYPE_SHIFT     8
#define EVENT_ERROR          (1u << 11)
#define EVENT_NMI_UNBLOCKING (1u << 12)
#define EVENT_VALID          (1u << 31)
#define EVENT_RESERVED       0x7ffff000u
enum vmx_event_type {
	EVENT_EXTERNAL = 0,
	EVENT_RESERVED_TYPE = 1,
	EVENT_NMI = 2,
	EVENT_HARDWARE = 3,
	EVENT_SOFTWARE_INTERRUPT = 4,
	EVENT_PRIVILEGED = 5,
	EVENT_SOFTWARE_EXCEPTION = 6,
	EVENT_OTHER = 7, /* pending MTF exit, vector 0 */
};

/* Exit reason word, 25.9.1. */
#define EXIT_REASON_BASIC         0xffffu
#define EXIT_REASON_ENTRY_FAILURE (1u << 31)
#define EXIT_REASON_INVALID_GUEST 33u
#define EXIT_REASON_MSR_LOADING   34u

/* Guest interruptibility state and activity state, 25.4.2. */
#define BLOCKING_STI         (1u << 0)
#define BLOCKING_MOV_SS      (1u << 1)
#define BLOCKING_SMI         (1u << 2)
#define BLOCKING_NMI         (1u << 3)
#define ENCLAVE_INTERRUPTION (1u << 4)
#define BLOCKING_RESERVED    0xffffffe0u
enum vmx_activity { ACTIVITY_ACTIVE, ACTIVITY_HLT, ACTIVITY_SHUTDOWN, ACTIVITY_WAIT_SIPI };

/* Pending debug exceptions, 25.4.2. */
#define PENDING_ENABLED_BP (1ull << 12)
#define PENDING_BS         (1ull << 14)
#define PENDING_RTM        (1ull << 16)
#define PENDING_DEFINED    (0xfull | PENDING_ENABLED_BP | PENDING_BS | PENDING_RTM)

/* Segment access rights as the VMCS holds them, 25.4.1. */
#define SEGMENT_TYPE        0xfu
#define SEGMENT_ACCESSED    (1u << 0)
#define SEGMENT_WRITABLE    (1u << 1)
#define SEGMENT_CONFORMING  (1u << 2)
#define SEGMENT_EXPAND_DOWN (1u << 2) /* of a data segment */
#define SEGMENT_CODE        (1u << 3)
#define SEGMENT_S           (1u << 4)
#define SEGMENT_DPL         (3u << 5)
#define SEGMENT_DPL_SHIFT   5
#define SEGMENT_P           (1u << 7)
#define SEGMENT_L           (1u << 13)
#define SEGMENT_DB          (1u << 14)
#define SEGMENT_G           (1u << 15)
#define SEGMENT_UNUSABLE    (1u << 16)
#define SEGMENT_RESERVED    0xfffe0f00u

/* Registers of the architecture, vol. 3, chapter 2. */
#define CR0_PE          (1ull << 0)
#define CR0_MP          (1ull << 1)
#define CR0_EM          (1ull << 2)
#define CR0_TS          (1ull << 3)
#define CR0_ET          (1ull << 4)
#define CR0_NE          (1ull << 5)
#define CR0_WP          (1ull << 16)
#define CR0_AM          (1ull << 18)
#define CR0_NW          (1ull << 29)
#define CR0_CD          (1ull << 30)
#define CR0_PG          (1ull << 31)
#define CR4_PAE         (1ull << 5)
#define CR4_PGE         (1ull << 7)
#define CR4_VMXE        (1ull << 13)
#define CR4_SMXE        (1ull << 14)
#define CR4_PCIDE       (1ull << 17)
#define CR4_CET         (1ull << 23)
#define RFLAGS_FIXED1   (1ull << 1)
#define RFLAGS_TF       (1ull << 8)
#define RFLAGS_IF       (1ull << 9)
#define RFLAGS_VM       (1ull << 17)
#define RFLAGS_RESERVED 0xffffffffffc08028ull
#define EFER_SCE        (1ull << 0)
#define EFER_LME        (1ull << 8)
#define EFER_LMA        (1ull << 10)
#define EFER_NX         (1ull << 11)
#define DEBUGCTL_LBR    (1ull << 0)
#define DEBUGCTL_BTF    (1ull << 1)
#define DR7_RESET       0x400ull
#define VECTOR_DE       0u
#define VECTOR_NMI      2u
#define VECTOR_BP       3u
#define VECTOR_OF       4u
#define VECTOR_PF       14u

/* IA32_VMX_BASIC, MISC and EPT_VPID_CAP, appendix A.1, A.6, A.10. */
#define BASIC_SIZE_SHIFT       32
#define BASIC_WB               (6ull << 50)
#define BASIC_STRING_IO        (1ull << 54)
#define BASIC_TRUE             (1ull << 55)
#define MISC_TIMER_RATE        0x1full
#define MISC_STORE_LMA         (1ull << 5)
#define MISC_HLT               (1ull << 6)
#define MISC_SHUTDOWN          (1ull << 7)
#define MISC_WAIT_SIPI         (1ull << 8)
#define MISC_ACTIVITY(state)   (1ull << (5 + (state))) /* the same by state, from HLT on */
#define MISC_CR3_TARGETS       (0x1ffull << 16)
#define MISC_CR3_TARGETS_SHIFT 16
#define MISC_VMWRITE_ANY       (1ull << 29)
#define MISC_ZERO_LENGTH       (1ull << 30)
#define EPT_CAP_EXECUTE_ONLY   (1ull << 0)
#define EPT_CAP_WALK4          (1ull << 6)
#define EPT_CAP_WB             (1ull << 14)
#define EPT_CAP_2M             (1ull << 16)
#define EPT_CAP_1G             (1ull << 17)
#define EPT_CAP_INVEPT         (1ull << 20)
#define EPT_CAP_AD             (1ull << 21)
#define EPT_CAP_INVEPT_SINGLE  (1ull << 25)
#define EPT_CAP_INVEPT_ALL     (1ull << 26)
#define VPID_INVVPID           (1ull << 32)
#define VPID_INVVPID_TYPES     (0xfull << 40)
/* Of one type of the instruction, 0 to 3. */
#define EPT_CAP_INVEPT_TYPE(type) (1ull << (24 + (type)))
#define VPID_INVVPID_TYPE(type)   (1ull << (40 + (type)))
/* EPT pointer, 25.6.11. */
#define EPTP12_TYPE 7ull
#define EPTP12_WALK (7ull << 3)
#define EPTP12_AD   (1ull << 6)

#endif
