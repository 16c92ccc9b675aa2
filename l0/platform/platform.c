// SPDX-License-Identifier: Apache-2.0
#include "platform/platform.h"

#include "lib/string.h"

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
	p->deadline = CLOCK_NEVER;
	p->port92 = 2;
	pic_init(&p->pic);
	ioapic_init(&p->ioapic);
	pci_init(&p->pci);
	uart_init(&p->uart);
	/* Those that keep time take their rate from the configuration. */
	pit_init(p);
	rtc_init(p, &p->config);
	pm_init(p);
}

void platform_deadline(struct platform *p)
{
	uint64_t first = p->pit.deadline;

	if (p->rtc.deadline < first)
		first = p->rtc.deadline;
	if (p->pm.deadline < first)
		first = p->pm.deadline;
	p->deadline = first;
}

void platform_run(struct platform *p, uint64_t now)
{
	pit_run(p, now);
	rtc_run(p, now);
	pm_run(p, now);
	platform_deadline(p);
}

void irq_line(struct platform *p, unsigned gsi, bool level)
{
	/* The interrupt source override of the MADT: the 8254 is pin 2 of the IOAPIC. */
	if (gsi < 16 && gsi != 2)
		pic_line(p, gsi, level);
	if (gsi != 2)
		ioapic_line(p, gsi == 0 ? 2 : gsi, level);
}

int platform_extint_ack(struct platform *p)
{
	return pic_ack(p);
}
