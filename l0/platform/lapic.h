/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_LAPIC_H
#define PLATFORM_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/clock.h"
#include "platform/inbox.h"

/*
 * Local APIC, SDM volume 3, chapter "APIC": one for each vCPU, embedded in the core's vCPU. All of
 * it belongs to the CPU of that vCPU, and every function here is for that CPU alone, but for
 * lapic_send(). Other CPUs read `published` and `ppr`, each a word, and post to `inbox`.
 */

#define MSR_APIC_BASE    0x1bu
#define MSR_TSC_DEADLINE 0x6e0u
#define MSR_X2APIC_FIRST 0x800u
#define MSR_X2APIC_LAST  0x8ffu

#define LAPIC_DEFAULT_BASE 0xfee00000u
#define LAPIC_BASE_BSP     (1u << 8)
#define LAPIC_BASE_X2APIC  (1u << 10)
#define LAPIC_BASE_ENABLE  (1u << 11)

enum lapic_lvt {
	LAPIC_LVT_TIMER,
	LAPIC_LVT_THERMAL,
	LAPIC_LVT_PERFORMANCE,
	LAPIC_LVT_LINT0,
	LAPIC_LVT_LINT1,
	LAPIC_LVT_ERROR,
	LAPIC_LVTS,
};

enum lapic_delivery {
	LAPIC_FIXED = 0,
	LAPIC_LOWEST = 1,
	LAPIC_SMI = 2,
	LAPIC_NMI = 4,
	LAPIC_INIT = 5,
	LAPIC_STARTUP = 6,
	LAPIC_EXTINT = 7,
};

/* In place of a pending vector: the processor has the vectors, see lapic_page.h. */
#define LAPIC_AWAY (-2)

/* 256 bits with a summary of the words that are not zero: the highest is found without a loop. */
struct lapic_vectors {
	uint32_t word[8];
	uint32_t summary;
};

struct platform;

struct lapic {
	/* What the core looks at between exits. */
	uint64_t deadline; /* TSC of the next timer interrupt, CLOCK_NEVER if there is none */
	int32_t pending;   /* highest vector above the priority, -1: none; see lapic_pending() */
	bool nmi_pending;  /* the core clears it when it delivers the NMI */
	bool init_pending; /* see lapic_take_init() */
	bool sipi_pending; /* see lapic_take_sipi() */
	bool waits;        /* for a start-up IPI: nothing runs */
	bool guest_waits;  /* a guest of the vCPU's does: see lapic_guest_waits() */
	uint8_t sipi_vector;

	struct platform *platform;
	uint32_t id; /* x2APIC identifier: the number of the vCPU */
	bool x2apic_allowed;
	uint8_t physical_width; /* of addresses: limits IA32_APIC_BASE */
	struct clock bus;
	uint64_t period_min; /* TSC ticks: shortest distance of two timer interrupts */

	/* What other CPUs see of it. */
	struct inbox inbox;
	uint32_t published; /* lapic_publish() */
	uint32_t takes;     /* what that says of one that is enabled by software */

	uint64_t base;     /* IA32_APIC_BASE */
	uint32_t xapic_id; /* ID register of xAPIC mode */
	uint32_t tpr;
	uint32_t ppr;
	uint32_t ldr;
	uint32_t dfr;
	uint32_t svr;
	uint32_t esr;    /* as read: what the last write latched */
	uint32_t errors; /* gathered since that write */
	uint64_t icr;
	uint32_t lvt[LAPIC_LVTS];
	uint32_t timer_initial;
	uint32_t timer_divide; /* divide configuration register */
	uint64_t timer_origin; /* bus ticks when the counter held `timer_initial` */
	bool timer_ended;      /* the count is over: 0 until it is written */
	uint64_t tsc_deadline; /* IA32_TSC_DEADLINE, 0: off */
	uint64_t tsc_adjust;   /* L1's TSC less `now` */
	struct lapic_vectors irr;
	struct lapic_vectors isr;
	uint32_t tmr[8]; /* of those in IRR or ISR: which are level-triggered */
};

/*
 * Power-on state, before any vCPU runs; the platform must have been initialised: takes clock and
 * knobs from it. `vcpu` is below PLATFORM_VCPUS_MAX.
 */
void lapic_init(struct lapic *l, struct platform *p, unsigned vcpu);

/* State after INIT: everything but the identifier and IA32_APIC_BASE as at power-on. */
void lapic_reset(struct lapic *l);

static inline bool lapic_posted(const struct lapic *l)
{
	return !inbox_empty(&l->inbox);
}

/*
 * Takes what others have sent. The core calls it at each attend, after the timers have run and
 * before it looks for events and at platform_due().
 */
void lapic_drain_posted(struct lapic *l);

static inline void lapic_drain(struct lapic *l)
{
	if (__builtin_expect(lapic_posted(l), false))
		lapic_drain_posted(l);
}

/*
 * INIT has come. When the core can take it (not in VMX operation, SDM "INIT Signals in VMX
 * Operation") it calls lapic_take_init(), which resets the LAPIC and drops a pending NMI. True: the
 * vCPU waits for a start-up IPI; false: it is the first, and goes on at the reset vector.
 */
static inline bool lapic_init_pending(const struct lapic *l)
{
	return l->init_pending;
}
bool lapic_take_init(struct lapic *l);

/* It has been told otherwise: an exit of a guest's guest (SDM 26.2). */
void lapic_drop_init(struct lapic *l);

/* Does the vCPU wait for a start-up IPI? All but the first begin so. */
static inline bool lapic_waits(const struct lapic *l)
{
	return l->waits;
}

/* A start-up IPI for a vCPU that waits for it; taken, it waits no longer. The page it begins at. */
static inline bool lapic_sipi_pending(const struct lapic *l)
{
	return l->waits && l->sipi_pending && !l->init_pending;
}
uint8_t lapic_take_sipi(struct lapic *l);

/*
 * The vCPU runs a guest that waits for a start-up IPI, or does so no longer. One that comes from
 * now on is pending for it, whether an INIT is or not (SDM 26.2); lapic_take_sipi() takes it.
 */
void lapic_guest_waits(struct lapic *l, bool waits);
static inline bool lapic_guest_sipi_pending(const struct lapic *l)
{
	return l->guest_waits && l->sipi_pending;
}

/* INIT is blocked, in VMX operation: a start-up IPI behind it finds nobody waiting. */
void lapic_init_blocked(struct lapic *l);

/* Delivers the timer interrupt that is due by `now` (at most one) and computes `deadline` anew. */
void lapic_run(struct lapic *l, uint64_t now);

/*
 * L1's TSC is from here on `now` plus `adjust` (0 at first, which lapic_reset() does not change):
 * IA32_TSC_DEADLINE is in terms of it. A deadline that the new TSC has passed is due at once.
 */
void lapic_tsc_adjust(struct lapic *l, uint64_t adjust, uint64_t now);

/*
 * The TSC deadline for somebody else to bring: true, and *@vector is what it sends, if it runs, its
 * interrupt is a plain one, and others can send it. `deadline` is without it until
 * lapic_deadline_back(), which gets it, or CLOCK_NEVER: it was brought, by lapic_post_timer(), from
 * any CPU.
 */
bool lapic_lend_deadline(struct lapic *l, uint8_t *vector);
void lapic_deadline_back(struct lapic *l, uint64_t deadline);
void lapic_post_timer(struct lapic *l, uint8_t vector);

/* Highest vector that may be delivered now, below 0: none. */
static inline int lapic_pending(const struct lapic *l)
{
	return l->pending;
}

/* Takes the pending interrupt: IRR to ISR. Returns its vector, or -1 if there is none. */
int lapic_ack(struct lapic *l);

/* An edge-triggered vector from the vCPU's own CPU: lost where the LAPIC is not enabled. */
void lapic_accept_own(struct lapic *l, uint8_t vector);

/* Task priority as CR8 shows it (bits 7:4 of the register). */
static inline uint8_t lapic_get_tpr(const struct lapic *l)
{
	return (uint8_t)(l->tpr >> 4);
}

/* MOV to CR8 of a value that was checked (0 to 15). */
void lapic_set_tpr(struct lapic *l, uint8_t cr8);

/* End of interrupt, as a write to the EOI register. */
void lapic_eoi(struct lapic *l);

static inline bool lapic_xapic(const struct lapic *l)
{
	return (l->base & (LAPIC_BASE_ENABLE | LAPIC_BASE_X2APIC)) == LAPIC_BASE_ENABLE;
}

static inline bool lapic_x2apic(const struct lapic *l)
{
	return (l->base & LAPIC_BASE_X2APIC) != 0;
}

static inline uint64_t lapic_address(const struct lapic *l)
{
	return l->base & ~0xfffull;
}

/* IA32_APIC_BASE, IA32_TSC_DEADLINE, x2APIC registers: 0, or -1 for #GP. */
int lapic_msr_read(struct lapic *l, uint32_t msr, uint64_t *value, uint64_t now);
int lapic_msr_write(struct lapic *l, uint32_t msr, uint64_t value, uint64_t now);

/* Register page of xAPIC mode; `offset` below 4096. */
uint64_t lapic_mmio_read(struct lapic *l, unsigned offset, unsigned size, uint64_t now);
void lapic_mmio_write(struct lapic *l, unsigned offset, unsigned size, uint64_t value,
		      uint64_t now);

/* One message on the interrupt bus. */
struct lapic_message {
	uint32_t destination;
	bool logical;
	bool x2apic; /* 32-bit destination as the x2APIC ICR has it, else 8 bits */
	bool level;
	uint8_t delivery; /* enum lapic_delivery */
	uint8_t vector;
};

/*
 * Posts to every LAPIC the destination names, from any CPU; false if none takes it. A vCPU's own
 * messages reach itself the same way: at its next lapic_drain().
 */
bool lapic_send(struct platform *p, const struct lapic_message *message);

/* The 8259's output brings an NMI: LINT0 is in that mode and unmasked. */
bool lapic_takes_nmi(const struct lapic *l);

/* INTR goes through: LINT0 is in ExtINT mode and unmasked, or the LAPIC is off altogether. */
bool lapic_takes_extint(const struct lapic *l);

#endif
