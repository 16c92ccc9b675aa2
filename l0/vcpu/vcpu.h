/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual CPU of L1. It owns its physical CPU: there is no scheduler. Only that CPU touches what
 * is here; what comes from others lies in the inbox of the LAPIC.
 */
#ifndef VCPU_VCPU_H
#define VCPU_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include "vcpu/shadow_paging.h"
#include "hw/x86.h"
#include "vcpu/alarm.h"
#include "vcpu/direct.h"
#include "vcpu/hyperv.h"
#include "vcpu/move_memo.h"
#include "vcpu/nested_state.h"
#include "vcpu/posted.h"
#include "vcpu/profile.h"
#include "vcpu/trace.h"
#include "measure/charge.h"
#include "measure/counters.h"
#include "measure/polling.h"
#include "platform/decode_memo.h"
#include "platform/lapic.h"
#include "reflect.h"
#include "vmcs_access.h"

#define VCPU_STACK_BYTES 16384
#define VPID01           1
#define VPID02           2 /* the first of VPID02_COUNT */

/* General registers in the order of instruction encodings; RSP lives in the VMCS, [4] is unused. */
enum gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, GPRS };

struct regs {
	uint64_t gpr[GPRS];
};

/* An event for the next entry, in the format of the VM-entry interruption information. */
struct event {
	uint32_t info; /* 0: none */
	uint32_t error;
	uint32_t length;  /* of the instruction, for software events */
	uint64_t payload; /* CR2 of a #PF, causes in DR6 of a #DB: the guest's at delivery alone */
};

/*
 * What comes before the next instruction of the guest that runs; what its platform has pending
 * stands in its LAPIC. Who reads it: vcpu/events.c and nested/.
 */
struct events {
	struct event fault;   /* an exception that L0 made */
	struct event redo;    /* an event whose delivery was interrupted by an exit of L0's own */
	struct vmx_exit exit; /* of L2, for L1: vcpu_reflect() */
	bool exits;           /* there is one */
	bool entry_asked;     /* by L1, VMRESUME was accepted; false: the next entry is a resume */
	bool refused_vtpr;    /* the processor refused to resume L2 for its VTPR */
	uint32_t refusals;    /* ... which was right when L0 looked, so often in a row, */
	uint64_t refused_at;  /* since this exit (vcpu.now) */
	bool windows[3];      /* by level: L0 opened an interrupt or NMI window */
};

struct vm;

struct vcpu {
	uint8_t guard[4096]; /* mapped nowhere: the stack ends */
	/* exit.S pushes the registers right into regs, and L0's stack goes on below. */
	uint8_t stack[VCPU_STACK_BYTES];
	struct regs regs;
	struct charge charge; /* right behind regs: exit.S knows its place */

	struct vm *vm;
	struct cpu *cpu; /* that it runs on */
	unsigned id;
	enum exit_kind exit_kind;
	uint32_t timer_shift;           /* of features.h */
	unsigned level;                 /* whose VMCS is current: 1 is VMCS01, 2 is VMCS02 */
	uint64_t vmcs[3];               /* by level: hpa */
	uint64_t pool_hpa, profile_hpa; /* memory for page tables and for the profile */
	uint64_t clock_offset;          /* the platform's clock is the processor's TSC plus this */
	uint64_t tsc_adjust;            /* and L1's TSC is that plus what L1 wrote */
	uint32_t ept01_seen;            /* vcpu/shared.h */
	uint64_t now;                   /* the platform's clock at the last exit */
	struct events events;
	/*
	 * The platform's clock: when L0 must have the processor back. Only then does
	 * entry_prepare() look at timers, events and the VM's end: who changes one of them says so
	 * by vcpu_attend(), which sets 0.
	 */
	uint64_t deadline;
	uint64_t marker;             /* identifier of the measurement that runs */
	struct poll_counters polled; /* the sidecore's when it began */
	uint64_t msr_bitmap01;
	uint64_t misc_enable;
	uint64_t feature_control;
	uint64_t mtrr_def_type;
	uint64_t mtrr_fixed[11];
	uint64_t mtrr_phys[16];
	struct lapic lapic;
	struct hyperv hyperv;
	struct insn_memos decoded;
	struct move_memos moves;
	struct counters counters;
	struct nested nested;
	struct shadow_paging paging;
	struct posted posted;
	struct profile profile;
	struct trace trace;
	struct direct direct;
	struct alarm alarm;
} __attribute__((aligned(4096)));

/* Something for entry_prepare() to look at before the next entry. */
static inline void vcpu_attend(struct vcpu *v)
{
	v->deadline = 0;
}

/* A general register of the level that runs, by its number in the instruction. */
static inline uint64_t vcpu_reg(const struct vcpu *v, unsigned number)
{
	return number == RSP ? vmcs_read(VMCS_GUEST_RSP) : v->regs.gpr[number];
}

static inline void vcpu_set_reg(struct vcpu *v, unsigned number, uint64_t value)
{
	if (number == RSP)
		vmcs_write(VMCS_GUEST_RSP, value);
	else
		v->regs.gpr[number] = value;
}

/* Current privilege level of the guest that runs: the DPL of SS (SDM 25.4.1). */
static inline unsigned vcpu_cpl(void)
{
	return (unsigned)(vmcs_read(VMCS_GUEST_SS_ACCESS) >> SEGMENT_DPL_SHIFT & 3);
}

/* Is its code 64-bit code? */
static inline bool vcpu_long_mode(void)
{
	return (vmcs_read(VMCS_GUEST_CS_ACCESS) & SEGMENT_L) &&
	       (vmcs_read(VMCS_GUEST_EFER) & EFER_LMA);
}

/* The rare end of vcpu_retire(): TF or RF is set. */
void vcpu_trace(const struct vcpu *v, uint64_t rflags);

/* Steps over the instruction that caused this exit (SDM 28.2.5; clears STI and MOV SS blocking). */
void vcpu_skip(struct vcpu *v);

/*
 * What an emulated instruction does to the state around it, once it is done: STI and MOV SS block
 * no longer, RF is clear (SDM vol. 3, 18.3.1.1), and the trap that TF asks for is pending (27.7.3).
 */
static inline void vcpu_retire(const struct vcpu *v, uint64_t rflags)
{
	uint64_t blocking = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY);

	if (blocking & (BLOCKING_STI | BLOCKING_MOV_SS))
		vmcs_write(VMCS_GUEST_INTERRUPTIBILITY,
			   blocking & ~(uint64_t)(BLOCKING_STI | BLOCKING_MOV_SS));
	if (rflags & (RFLAGS_TF | RFLAGS_RF))
		vcpu_trace(v, rflags);
}

/* Moves RIP by so many bytes, and the instruction is done. */
static inline void vcpu_step(const struct vcpu *v, uint64_t rflags, uint64_t length)
{
	uint64_t old = vmcs_read(VMCS_GUEST_RIP), rip = old + length;

	if ((rip ^ old) >> 32 && !vcpu_long_mode())
		rip = (uint32_t)rip;
	vmcs_write(VMCS_GUEST_RIP, rip);
	vcpu_retire(v, rflags);
}

/* vcpu_skip() for a handler that knows the guest's RFLAGS already. */
static inline void vcpu_advance(const struct vcpu *v, uint64_t rflags)
{
	vcpu_step(v, rflags, vmcs_read(VMCS_EXIT_INSTRUCTION_LENGTH));
}

/*
 * Queues an exception of the guest that runs, which gets it before its next instruction, or its L1
 * as an exit. One that came while another event was delivered becomes a double fault or a shutdown
 * where it must; the first one of an exit counts.
 */
void vcpu_queue_fault(struct vcpu *v, const struct event *e);

/* The usual ones. */
void vcpu_inject(struct vcpu *v, unsigned vector, bool has_error, uint32_t error);
void vcpu_inject_page_fault(struct vcpu *v, uint64_t linear, uint32_t error);

static inline void vcpu_inject_gp(struct vcpu *v)
{
	vcpu_inject(v, 13, true, 0);
}

static inline void vcpu_inject_ud(struct vcpu *v)
{
	vcpu_inject(v, 6, false, 0);
}

/* The tag of the translations of the level that runs. */
static inline uint16_t vcpu_vpid(const struct vcpu *v)
{
	return v->level == 1 ? VPID01 : v->nested.vpid02;
}

/* Makes the VMCS of @level current. */
void vcpu_switch(struct vcpu *v, unsigned level);

#endif
