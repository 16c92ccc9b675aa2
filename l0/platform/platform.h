/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/lock.h"
#include "platform/ioapic.h"
#include "platform/lapic.h"
#include "platform/pci.h"
#include "platform/pic.h"
#include "platform/pit.h"
#include "platform/platform_config.h"
#include "platform/pm.h"
#include "platform/rtc.h"
#include "platform/uart.h"

/* The vCPU that sees to the devices' deadlines: no INIT leaves it waiting for a start-up IPI. */
#define PLATFORM_OWNER 0

/*
 * The small PC that L1 sees. It knows nothing of VMX: the core hands in port and MMIO accesses with
 * the guest's TSC, and asks for interrupts. The functions here may be called by any CPU: they take
 * the lock. `now` must never go backwards for one vCPU; the devices' clock is the furthest of all.
 */
struct platform {
	/* TSC of the earliest device event, for the owner; CLOCK_NEVER for all others. */
	uint64_t due[PLATFORM_VCPUS_MAX];
	struct platform_config config;
	struct lapic *lapic[PLATFORM_VCPUS_MAX];

	/* From here on under the lock. */
	struct lock lock;
	uint64_t now;
	bool sooner; /* the deadline came closer: the owner must hear of it */
	struct pic pic;
	struct ioapic ioapic;
	struct pit pit;
	struct rtc rtc;
	struct uart uart;
	struct pm pm;
	struct pci pci;
	uint8_t post;   /* last byte written to port 80H */
	uint8_t port92; /* fast A20 gate */
	uint8_t reset_control;
	uint64_t unclaimed_ports;
	uint64_t unclaimed_mmio;
};

/* Power-on state of everything but the LAPICs: call lapic_init() for each vCPU afterwards. */
void platform_init(struct platform *p, const struct platform_config *config);

/*
 * IN and OUT of 1, 2 or 4 bytes. Unclaimed ports read all ones and swallow writes; wide accesses to
 * byte registers are split as a PC's bus does.
 */
void platform_port_read(struct platform *p, unsigned vcpu, uint16_t port, unsigned size,
			uint32_t *value, uint64_t now);
void platform_port_write(struct platform *p, unsigned vcpu, uint16_t port, unsigned size,
			 uint32_t value, uint64_t now);

/* Access of 1, 2, 4 or 8 bytes. False: nothing lives there (reads give all ones). */
bool platform_mmio_read(struct platform *p, unsigned vcpu, uint64_t gpa, unsigned size,
			uint64_t *value, uint64_t now);
bool platform_mmio_write(struct platform *p, unsigned vcpu, uint64_t gpa, unsigned size,
			 uint64_t value, uint64_t now);

/*
 * TSC of the next device event that `vcpu` has to see to by platform_run(). The owner reads it
 * after lapic_drain(), and anew after each access of its own; others' accesses it hears of by a
 * kick.
 */
static inline uint64_t platform_due(const struct platform *p, unsigned vcpu)
{
	return __atomic_load_n(&p->due[vcpu], __ATOMIC_RELAXED);
}

/*
 * For the owner: expires what is due by `now`; afterwards platform_due() > now, unless another CPU
 * has woken a function of the PCI bus meanwhile.
 */
void platform_run(struct platform *p, uint64_t now) __attribute__((cold));

/* irq_line() for what stands outside of the platform. */
void platform_irq_line(struct platform *p, unsigned gsi, bool level);

/*
 * A message-signalled interrupt: what a device writes, `data` to `address` (SDM "Message Signalled
 * Interrupts"), from any CPU and without the lock. False if the address is not one of interrupts or
 * nobody takes it.
 */
bool platform_msi(struct platform *p, uint64_t address, uint32_t data);

/* The 8259 asks for `vcpu`, which is the caller's own, and its LINT0 lets it through. */
static inline bool platform_extint_pending(const struct platform *p, unsigned vcpu)
{
	return __atomic_load_n(&p->pic.output, __ATOMIC_SEQ_CST) &&
	       lapic_takes_extint(p->lapic[vcpu]);
}

/* Acknowledges the 8259: the vector, or -1 if another vCPU was faster. */
int platform_extint_ack(struct platform *p);

#endif
