// SPDX-License-Identifier: Apache-2.0
#include "vcpu/posted.h"

#include "hw/apic.h"
#include "hw/cpu.h"
#include "hw/x86.h"
#include "vcpu/halt.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define VMCS_EOI_EXIT(n) (VMCS_EOI_EXIT0 + 2 * (n))

#define PROC_CR8 (PROC_CR8_LOAD | PROC_CR8_STORE)

/* The x2APIC's MSRs are one word of each half of the MSR bitmap. */
#define BITMAP_READS  (MSR_X2APIC_FIRST / 64)
#define BITMAP_WRITES (256 + MSR_X2APIC_FIRST / 64)

/* Registers that the processor reads in the page and nobody else has: TPR, PPR, ISR, TMR, IRR. */
#define READS (1ull << 0x08 | 1ull << 0x0a | 0xffffffull << 0x10)
/* And those whose writes it carries out: TPR, EOI, self-IPI. */
#define WRITES (1ull << 0x08 | 1ull << 0x0b | 1ull << 0x3f)

void posted_init(struct vcpu *v)
{
	struct posted *p = &v->posted;

	p->page = (struct lapic_page *)(void *)v->cpu->virtual_apic;
	p->posting.control = APIC_POSTED_VECTOR << POSTING_VECTOR_SHIFT;
	p->posting.destination = apic_destination(v->cpu->apic_id);
}

/* What the controls refer to. */
static void write_fields(const struct posted *p)
{
	vmcs_write(VMCS_NOTIFICATION_VECTOR, APIC_POSTED_VECTOR);
	vmcs_write(VMCS_POSTING_ADDRESS, (uintptr_t)&p->posting);
	vmcs_write(VMCS_VIRTUAL_APIC_ADDRESS, (uintptr_t)p->page);
	vmcs_write(VMCS_TPR_THRESHOLD, 0);
	for (unsigned n = 0; n < 4; n++)
		vmcs_write(VMCS_EOI_EXIT(n), p->levels[n]);
}

/* With the controls off a register's MSR is the physical LAPIC's, so it exits then. */
static void switch_controls(struct vcpu *v, bool on)
{
	uint64_t *bitmap = (uint64_t *)v->msr_bitmap01;

	vmcs_change(VMCS_PIN_CONTROLS, PIN_POSTED_INTERRUPTS, on ? PIN_POSTED_INTERRUPTS : 0);
	vmcs_change(VMCS_PROC_CONTROLS, PROC_CR8 | PROC_TPR_SHADOW,
		    on ? PROC_TPR_SHADOW : PROC_CR8);
	vmcs_change(VMCS_PROC2_CONTROLS, PROC2_NEEDS_TPR_SHADOW, on ? PROC2_NEEDS_TPR_SHADOW : 0);
	bitmap[BITMAP_READS] = on ? ~READS : ~0ull;
	bitmap[BITMAP_WRITES] = on ? ~WRITES : ~0ull;
	v->posted.on = on;
}

/* ---- after an exit ---- */

static void take(struct vcpu *v)
{
	lapic_take(&v->lapic, v->posted.page, (uint16_t)vmcs_read(VMCS_INTERRUPT_STATUS));
	v->posted.given = false;
}

void posted_leave_state(struct vcpu *v)
{
	struct posted *p = &v->posted;

	if (p->given)
		take(v);
	if (posting_is_on(&p->posting))
		lapic_drain_posting(&v->lapic, &p->posting);
}

/* ---- before an entry ---- */

static bool wanted(const struct vcpu *v)
{
	return !lapic_waits(&v->lapic) && !v->nested.asleep && lapic_x2apic(&v->lapic) &&
	       !halt_is_deaf(v);
}

static __attribute__((noinline)) void write_levels(struct vcpu *v, const uint64_t levels[4])
{
	struct posted *p = &v->posted;

	for (unsigned n = 0; n < 4; n++) {
		p->levels[n] = levels[n];
		vmcs_write(VMCS_EOI_EXIT(n), levels[n]);
	}
	lapic_give_levels(&v->lapic, p->page);
}

/* The EOI of a level-triggered vector exits. */
static inline void give_levels(struct vcpu *v)
{
	const uint64_t *levels = (const uint64_t *)(const void *)v->lapic.tmr;
	const uint64_t *had = v->posted.levels;

	if ((levels[0] ^ had[0]) | (levels[1] ^ had[1]) | (levels[2] ^ had[2]) |
	    (levels[3] ^ had[3]))
		write_levels(v, levels);
}

/* An INIT has reset the LAPIC: what the page and the descriptor hold was sent before it. */
static void forget(struct posted *p)
{
	uint32_t words[8];

	posting_take(&p->posting, words);
	lapic_page_clear(p->page);
	p->given = false;
}

/*
 * A window that was opened for an interrupt which the processor has now would keep it away until it
 * is ready, and exit then.
 */
static void close_window(struct vcpu *v)
{
	if (!v->events.windows[1] || v->lapic.nmi_pending ||
	    platform_extint_pending(&v->vm->platform, v->id))
		return;
	vmcs_change(VMCS_PROC_CONTROLS, PROC_INTERRUPT_WINDOW, 0);
}

static void give(struct vcpu *v)
{
	struct posted *p = &v->posted;

	if (!p->on) {
		write_fields(p);
		switch_controls(v, true);
	}
	vmcs_write(VMCS_INTERRUPT_STATUS, lapic_give(&v->lapic, p->page));
	p->given = true;
	give_levels(v);
	close_window(v);
}

static void add_arrivals(struct vcpu *v)
{
	uint16_t status = (uint16_t)vmcs_read(VMCS_INTERRUPT_STATUS);

	vmcs_write(VMCS_INTERRUPT_STATUS, lapic_add(&v->lapic, v->posted.page, status));
	give_levels(v);
}

static void switch_off(struct vcpu *v)
{
	if (v->posted.given)
		take(v);
	if (v->posted.on)
		switch_controls(v, false);
}

void posted_enter_state(struct vcpu *v)
{
	struct posted *p = &v->posted;

	if (p->given && !lapic_is_away(&v->lapic))
		forget(p);
	if (!wanted(v))
		switch_off(v);
	else if (!p->given)
		give(v);
	else if (lapic_has_arrivals(&v->lapic))
		add_arrivals(v);
}

/* ---- exits of its own ---- */

void exit_virtual_eoi(struct vcpu *v)
{
	ioapic_broadcast(&v->vm->platform, (uint8_t)vmcs_read(VMCS_EXIT_QUALIFICATION));
}

/* Of the writes that the processor carries out only a self-IPI with an illegal vector comes here.
 */
void exit_apic_write(struct vcpu *v)
{
	lapic_refuse_self_ipi(&v->lapic);
}
