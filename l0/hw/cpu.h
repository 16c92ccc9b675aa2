/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A physical CPU: what is its own, and nobody else's. One structure each, at the base of GS while
 * L0 runs on it.
 */
#ifndef HW_CPU_H
#define HW_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define CPUS_MAX         32
#define CPU_PAGE         4096
#define CPU_STACK_BYTES  16384
#define CPU_TRAP_STACKS  3 /* NMI, double fault, machine check: IST 1 to 3 */
#define CPU_SHADOW_PAGES 3 /* a shadow VMCS and its two bitmaps */

/* What it does for a whole run. */
enum cpu_role {
	CPU_PARKED,   /* sleeps: no role, or its machine has ended */
	CPU_VCPU,     /* runs one vCPU of one machine */
	CPU_SIDECORE, /* polls for the machines: L0's own work */
	CPU_FABRIC,   /* polls, too, as the hardware that L0 plays */
};

/* A stack, and below it a page that is mapped nowhere. */
struct cpu_stack {
	uint8_t guard[CPU_PAGE];
	uint8_t bytes[CPU_STACK_BYTES];
};

struct cpu_trap_stack {
	uint8_t guard[CPU_PAGE];
	uint8_t bytes[CPU_PAGE];
};

/* What profile.S reads, at fixed places from GS: see vcpu/profile.h. */
struct cpu_profile {
	uint32_t *counts;   /* of the kind, as if code began at address 0 */
	uint64_t ends;      /* the address at which the stepping ends */
	uint64_t guest_dr6; /* it is in the processor while L0 runs */
};

/* Where the exit.S of a traced CPU goes on, at a fixed place from GS: see vcpu/trace.h. */
struct cpu_trace {
	uint64_t next;
};

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, io_map;
} __attribute__((packed));

struct cpu {
	struct cpu *self; /* GS:0 */
	struct cpu_profile profile;
	struct cpu_trace trace;
	struct cpu *after; /* cpu_after() */
	unsigned number;   /* 0: the boot processor */
	uint32_t apic_id;
	enum cpu_role role;
	/*
	 * The inbox's bell (cpu_kick()): 1 from when another CPU rings until this one has seen it.
	 * What it rings for lies with its owner, in the vCPU.
	 */
	uint32_t kicked;
	uint32_t ring;                  /* by what: apic_ring() */
	bool rung;                      /* by an NMI that came while L0 ran here: cpu_nmi() */
	bool up;                        /* has its tables, and waits for work */
	void (*work)(struct cpu *self); /* set by the boot processor, last of all */
	struct vcpu *vcpu;              /* with that role */
	struct poller *poller;          /* with one of those that poll, and what it has spent */
	const struct poll_counters *spent;
	uint64_t gdt[5];
	struct tss tss;
	uint8_t vmxon[CPU_PAGE] __attribute__((aligned(CPU_PAGE)));
	uint8_t vmcs[2][CPU_PAGE];       /* VMCS01, VMCS02 */
	uint8_t msr_bitmap[2][CPU_PAGE]; /* of each */
	uint8_t shadow[CPU_SHADOW_PAGES][CPU_PAGE];
	uint8_t virtual_apic[CPU_PAGE]; /* of VMCS01 */
	struct cpu_trap_stack trap_stack[CPU_TRAP_STACKS];
	struct cpu_stack stack; /* until a vCPU's own takes over */
} __attribute__((aligned(CPU_PAGE)));

/* The CPU that executes this. */
static inline struct cpu *cpu_this(void)
{
	struct cpu *self;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(self));
	return self;
}

/*
 * Makes ready a structure that is all zeroes; its guard pages leave the map. A CPU uses it by
 * host_init().
 */
void cpu_init(struct cpu *c, unsigned number, uint32_t apic_id);

/* The CPUs one after the other: NULL gives the first, and comes after the last. */
struct cpu *cpu_after(const struct cpu *c);

/*
 * Another CPU is to look at its inbox: if a guest runs there it exits, if L0 does, right after the
 * next entry. What it is to see is written before; one that has not yet answered an earlier ring
 * will see it too, so it is not rung again.
 */
void cpu_kick(struct cpu *c);

/* This CPU has left its guest for a ring: from now on it is rung again. Look at the inbox after it.
 */
void cpu_answer(struct cpu *self);

/*
 * From now on this CPU is rung by NMIs, which its guest cannot keep from L0. It runs a guest, or
 * soon will, by a VMCS that is current.
 */
void cpu_ring_by_nmi(struct cpu *self);

/* An NMI has come here: to the guest, or to L0 itself, whose next entry is to exit at once. */
void cpu_nmi_of_guest(struct cpu *self);
void cpu_nmi(struct cpu *self);

/* The last of L0's steps before an entry: has one come since the exit? */
static inline bool cpu_take_rung(struct cpu *self)
{
	bool rung = *(volatile bool *)&self->rung;

	if (rung)
		*(volatile bool *)&self->rung = false;
	return rung;
}

/* @go runs on the CPU's own stack, under which lies a guard; it does not come back. */
_Noreturn void cpu_on_own_stack(struct cpu *c, void (*go)(void));

/* For ever: nothing wakes it but a machine check or an NMI. */
_Noreturn void cpu_park(struct cpu *self);

#endif
