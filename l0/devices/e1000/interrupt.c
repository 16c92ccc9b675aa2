// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

#include "platform/clock.h"

/* ITR counts in these (8254x manual, 13.4, "Interrupt Throttling"). */
#define ITR_NS 256

void e1000_cause(struct e1000 *e, uint32_t causes)
{
	e->reg[REG_ICR] |= causes;
}

static bool wanted(const struct e1000 *e)
{
	return (e->reg[REG_ICR] & e->reg[REG_IMS]) != 0;
}

/* The earliest time for an assertion: so long after the last one. */
static uint64_t allowed_at(const struct e1000 *e)
{
	if (e->asserted_at == 0)
		return 0;
	return e->asserted_at + e1000_ticks(e, e->reg[REG_ITR], ITR_NS);
}

static void assert_interrupt(struct e1000 *e)
{
	e->asserted = true;
	e->asserted_at = e->function.now;
	if (pci_message_mode(&e->function))
		pci_message(&e->function, 0);
}

void e1000_interrupt_update(struct e1000 *e)
{
	if (!wanted(e))
		e->asserted = false;
	else if (!e->asserted && e->function.now >= allowed_at(e))
		assert_interrupt(e);
	pci_intx(&e->function, e->asserted && !pci_message_mode(&e->function));
}

uint64_t e1000_interrupt_due(const struct e1000 *e)
{
	return wanted(e) && !e->asserted ? allowed_at(e) : CLOCK_NEVER;
}

/* Reading acknowledges all of it. */
uint32_t e1000_icr_read(struct e1000 *e, enum e1000_register r)
{
	uint32_t causes = e->reg[r];

	e->reg[r] = 0;
	e1000_refresh(e);
	return causes;
}

void e1000_icr_written(struct e1000 *e, uint32_t value)
{
	e->reg[REG_ICR] &= ~value;
}

void e1000_ics_written(struct e1000 *e, uint32_t value)
{
	e1000_cause(e, value & INT_ALL);
}

void e1000_ims_written(struct e1000 *e, uint32_t value)
{
	e->reg[REG_IMS] |= value & INT_ALL;
}

void e1000_imc_written(struct e1000 *e, uint32_t value)
{
	e->reg[REG_IMS] &= ~value;
}
