/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/ioapic.h"
#include "platform/lapic.h"
#include "platform/pci.h"
#include "platform/pic.h"
#include "platform/pit.h"
#include "platform/platform_config.h"
#include "platform/pm.h"
#include "platform/rtc.h"
#include "platform/uart.h"

/*
 * The small PC that L1 sees. It knows nothing of VMX: the core hands in port and MMIO accesses with
 * the guest's TSC, and asks for interrupts. `now` must never go backwards for one platform.
 */
struct platform {
	uint64_t deadline; /* TSC of the earliest device event (LAPICs have their own) */
	struct platform_config config;
	struct lapic *lapic[PLATFORM_VCPUS_MAX];
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

/* Expires what is due by `now` and computes `deadline` anew; afterwards deadline > now. */
void platform_run(struct platform *p, uint64_t now);

/* Computes `deadline` anew after a device register changed. */
void platform_deadline(struct platform *p);

/*
 * Sets an interrupt line by its GSI: ISA IRQ n is GSI n but for IRQ 0, which is GSI 2 at the IOAPIC
 * (and IRQ 0 at the 8259, as the MADT says). GSI 0 therefore means ISA IRQ 0.
 */
void irq_line(struct platform *p, unsigned gsi, bool level);

/* The 8259 asks for `vcpu` and its LINT0 lets it through. */
static inline bool platform_extint_pending(const struct platform *p, unsigned vcpu)
{
	return p->pic.output && lapic_takes_extint(p->lapic[vcpu]);
}

/* Acknowledges the 8259: the vector. */
int platform_extint_ack(struct platform *p);

#endif
