// SPDX-License-Identifier: Apache-2.0
#include "platform/pm.h"

#include "lib/string.h"
#include "platform/platform.h"
#include "platform/platform_host.h"
#include "platform/platform_internal.h"
#include "platform/ports.h"

/* ACPI specification, "ACPI Hardware Specification": fixed registers, without a power button. */
#define TMR_STS    0x0001u
#define STATUS_ALL 0x8731u /* bits that exist and are cleared by writing 1 */
#define ENABLE_ALL 0x0721u
#define SCI_EN     0x0001u
#define SLP_EN     0x2000u
#define SLP_TYP(v) ((v) >> 10 & 7)

/* TMR_STS is set whenever the highest bit of the 32-bit timer changes. */
#define TIMER_HALF (1ull << 31)

void pm_init(struct platform *p)
{
	memset(&p->pm, 0, sizeof(p->pm));
	p->pm.clock = (struct clock){p->config.start, PM_TIMER_HZ, p->config.tsc_khz * 1000ull};
	p->pm.control = SCI_EN; /* no SMI command port: the machine is always in ACPI mode */
	p->pm.deadline = CLOCK_NEVER;
}

/* Brings TMR_STS up to date, and plans the next change if it would interrupt. */
static void update(struct platform *p, uint64_t now)
{
	struct pm *pm = &p->pm;
	uint64_t ticks = clock_ticks(&pm->clock, now);

	if (ticks / TIMER_HALF != pm->seen / TIMER_HALF)
		pm->status |= TMR_STS;
	pm->seen = ticks;
	irq_line(p, SCI_IRQ, (pm->status & pm->enable) != 0);
	pm->deadline = CLOCK_NEVER;
	if ((pm->enable & TMR_STS) && !(pm->status & TMR_STS))
		pm->deadline = clock_tsc(&pm->clock, (ticks / TIMER_HALF + 1) * TIMER_HALF);
	platform_deadline(p);
}

void pm_run(struct platform *p, uint64_t now)
{
	if (now >= p->pm.deadline)
		update(p, now);
}

/* Status in the first half of the block, enable in the second; bytes and words. */
uint32_t pm1_event_port_read(struct platform *p, const struct port_access *a)
{
	unsigned offset = a->port - PM1_EVENT_PORT;

	update(p, a->now);
	return ((uint32_t)p->pm.enable << 16 | p->pm.status) >> 8 * offset;
}

void pm1_event_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	unsigned shift = 8u * (a->port - PM1_EVENT_PORT);
	uint32_t mask = (uint32_t)((1ull << 8 * a->size) - 1) << shift;

	value = value << shift & mask;
	update(p, a->now);
	p->pm.status &= (uint16_t) ~(value & STATUS_ALL);
	p->pm.enable = (uint16_t)((p->pm.enable & ~(mask >> 16)) | (value >> 16 & ENABLE_ALL));
	update(p, a->now);
}

uint32_t pm1_control_port_read(struct platform *p, const struct port_access *a)
{
	return (uint32_t)p->pm.control >> 8 * (a->port - PM1_CONTROL_PORT);
}

void pm1_control_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	unsigned shift = 8u * (a->port - PM1_CONTROL_PORT);
	uint32_t mask = a->size == 1 ? 0xffu << shift : 0xffff;

	value = (p->pm.control & ~mask) | (value << shift & mask);
	/* SLP_EN reads as zero; SCI_EN belongs to the platform. */
	p->pm.control = (uint16_t)((value & 0x1c06) | SCI_EN);
	if ((value & SLP_EN) && (SLP_TYP(value) == PM_SLEEP_S5 || SLP_TYP(value) == PM_SLEEP_SOFT))
		platform_stop(p, STOP_POWEROFF, 0);
}

uint32_t pm_timer_port_read(struct platform *p, const struct port_access *a)
{
	uint32_t ticks = (uint32_t)clock_ticks(&p->pm.clock, a->now);

	return ticks >> 8 * (a->port - PM_TIMER_PORT);
}

void pm_timer_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	(void)p;
	(void)a;
	(void)value;
}
