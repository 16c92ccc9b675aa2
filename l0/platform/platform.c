// SPDX-License-Identifier: Apache-2.0
#include "platform/platform.h"

#include "lib/string.h"
#include "platform/platform_host.h"
#include "platform/platform_internal.h"

void platform_init(struct platform *p, const struct platform_config *config)
{
	memset(p, 0, sizeof(*p));
	p->config = *config;
	if (p->config.vcpus > PLATFORM_VCPUS_MAX)
		p->config.vcpus = PLATFORM_VCPUS_MAX;
	if (p->config.bus_khz == 0)
		p->config.bus_khz = config->tsc_khz;
	if (p->config.epoch == 0)
		p->config.epoch = PLATFORM_EPOCH;
	if (p->config.physical_width == 0)
		p->config.physical_width = 36;
	for (unsigned i = 0; i < PLATFORM_VCPUS_MAX; i++)
		p->due[i] = CLOCK_NEVER;
	p->now = config->start;
	p->port92 = 2;
	pic_init(&p->pic);
	ioapic_init(&p->ioapic);
	pci_init(p);
	uart_init(&p->uart);
	/* Those that keep time take their rate from the configuration. */
	pit_init(p);
	rtc_init(p, &p->config);
	pm_init(p);
}

uint64_t platform_enter(struct platform *p, uint64_t now)
{
	lock_take(&p->lock);
	if (now > p->now)
		p->now = now;
	return p->now;
}

/* The owner may sleep until the old deadline; it reads the new one after it has drained its inbox.
 */
static __attribute__((noinline)) void tell_owner(struct platform *p)
{
	struct lapic *owner = p->lapic[PLATFORM_OWNER];

	if (owner && inbox_post_signals(&owner->inbox, INBOX_LOOK))
		platform_kick(p, PLATFORM_OWNER);
}

void platform_leave(struct platform *p, unsigned vcpu)
{
	bool sooner = p->sooner;

	p->sooner = false;
	lock_give(&p->lock);
	if (__builtin_expect(sooner && vcpu != PLATFORM_OWNER, false))
		tell_owner(p);
}

void platform_deadline(struct platform *p)
{
	uint64_t wake = __atomic_load_n(&p->pci.wake, __ATOMIC_RELAXED);
	uint64_t first = p->pit.deadline;

	if (p->rtc.deadline < first)
		first = p->rtc.deadline;
	if (p->pm.deadline < first)
		first = p->pm.deadline;
	if (p->pci.due < first)
		first = p->pci.due;
	if (wake < first)
		first = wake;
	p->sooner |= first < platform_due(p, PLATFORM_OWNER);
	__atomic_store_n(&p->due[PLATFORM_OWNER], first, __ATOMIC_SEQ_CST);
	/* Who wakes writes the two words the other way round: one of us sees the other's. */
	p->sooner |= platform_sooner(&p->due[PLATFORM_OWNER],
				     __atomic_load_n(&p->pci.wake, __ATOMIC_SEQ_CST));
}

void platform_wake(struct platform *p, uint64_t when)
{
	platform_sooner(&p->pci.wake, when);
	if (platform_sooner(&p->due[PLATFORM_OWNER], when))
		tell_owner(p);
}

/* Under the lock: what was asked for without it, like any other deadline. */
static void take_wake(struct pci *pci)
{
	uint64_t wake = __atomic_exchange_n(&pci->wake, CLOCK_NEVER, __ATOMIC_SEQ_CST);

	if (wake < pci->due)
		pci->due = wake;
}

void platform_run(struct platform *p, uint64_t now)
{
	bool pci_due;

	now = platform_enter(p, now);
	pit_run(p, now);
	rtc_run(p, now);
	pm_run(p, now);
	take_wake(&p->pci);
	pci_due = p->pci.due <= now;
	platform_deadline(p);
	platform_leave(p, PLATFORM_OWNER);
	if (pci_due)
		pci_run(p, now);
}

void irq_line(struct platform *p, unsigned gsi, bool level)
{
	/* The interrupt source override of the MADT: the 8254 is pin 2 of the IOAPIC. */
	if (gsi < 16 && gsi != 2)
		pic_line(p, gsi, level);
	if (gsi != 2)
		ioapic_line(p, gsi == 0 ? 2 : gsi, level);
}

void platform_irq_line(struct platform *p, unsigned gsi, bool level)
{
	lock_take(&p->lock);
	irq_line(p, gsi, level);
	lock_give(&p->lock);
}

int platform_extint_ack(struct platform *p)
{
	int vector;

	lock_take(&p->lock);
	vector = p->pic.output ? pic_ack(p) : -1;
	lock_give(&p->lock);
	return vector;
}
