// SPDX-License-Identifier: Apache-2.0
#include "vcpu/notify.h"

#include "hw/apic.h"
#include "hw/cpu.h"
#include "platform/lapic_page.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

/* Beside the vector, so that 0 is none. */
#define NOTIFY_CHOSEN 0x100u

static uint32_t chosen(const struct vcpu *v)
{
	return __atomic_load_n(&v->nested.notification, __ATOMIC_RELAXED);
}

void notify_choose(struct vcpu *v, uint8_t vector)
{
	__atomic_store_n(&v->nested.notification, NOTIFY_CHOSEN | vector, __ATOMIC_RELEASE);
}

bool notify_send(struct vcpu *v, uint8_t vector)
{
	if (chosen(v) != (NOTIFY_CHOSEN | vector))
		return false;
	apic_send(v->cpu->apic_id, APIC_NESTED_VECTOR);
	return true;
}

void notify_receive(struct vcpu *v)
{
	apic_eoi();
	if (chosen(v))
		lapic_accept_own(&v->lapic, (uint8_t)chosen(v));
}

/* As the processor does it (SDM 30.6), for the L2 of VMCS02. */
static void process_posting(struct vcpu *v)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;
	struct posting *posting = ram_ptr(&v->vm->ram, v12->posting_address, sizeof(*posting));
	struct lapic_page *page = ram_ptr(&v->vm->ram, v12->virtual_apic_address, sizeof(*page));
	uint32_t words[8];

	if (!posting || !page)
		return;
	posting_take(posting, words);
	vmcs_write(VMCS_INTERRUPT_STATUS,
		   lapic_page_post(page, words, (uint16_t)vmcs_read(VMCS_INTERRUPT_STATUS)));
}

bool notify_take(struct vcpu *v)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;

	if (!(v12->pin_controls & PIN_POSTED_INTERRUPTS) ||
	    platform_extint_pending(&v->vm->platform, v->id) ||
	    lapic_pending(&v->lapic) != (int)v12->notification_vector)
		return false;
	lapic_ack(&v->lapic);
	lapic_eoi(&v->lapic);
	process_posting(v);
	return true;
}
