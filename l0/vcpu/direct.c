// SPDX-License-Identifier: Apache-2.0
#include "vcpu/direct.h"

#include "hw/apic.h"
#include "hw/cpu.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

#define IRQS 16

#define BIT_OF(vector) (1u << (vector) % 32)

_Static_assert(IRQ_VECTOR_BASE == 32 && IRQS == 16, "direct_own");
_Static_assert(APIC_CONSOLE_VECTOR >= 224, "direct_own");

const struct eli_vectors direct_own = {
	.word =
		{
			[IRQ_VECTOR_BASE / 32] = (1u << IRQS) - 1,
			[7] = BIT_OF(APIC_CONSOLE_VECTOR) | BIT_OF(APIC_KICK_VECTOR) |
			      BIT_OF(APIC_POSTED_VECTOR) | BIT_OF(APIC_NESTED_VECTOR) |
			      BIT_OF(APIC_SPURIOUS_VECTOR),
		},
};

/* How long injection mode lasts after too much of something: in looks. */
#define REST        4
#define REST_MOST   256
#define STUCK_LOOKS 3

void direct_init(struct vcpu *v)
{
	struct direct *d = &v->direct;
	uint64_t look = v->vm->knobs.eli_look;
	const struct eli_guard_knobs knobs = {look, STUCK_LOOKS, REST * look, REST_MOST * look};

	if (v->exit_kind != EXIT_KIND_DIRECT)
		return;
	d->way = knob_is(v->vm->knobs.interrupts, "eli") ? ELI_FULL : ELI_DELIVERY;
	d->level = 1;
	for (struct direct_table *t = d->table; t < d->table + 2; t++) {
		t->vcpu = v;
		eli_idt_init(&t->idt, (uint8_t *const[]){t->room[0], t->room[1]});
	}
	eli_guard_init(&d->guard, &knobs, 0);
}

/* ---- what functions send ---- */

static bool may_be_open(uint8_t vector)
{
	return vector >= ELI_EXCEPTIONS && !eli_vectors_has(&direct_own, vector);
}

bool direct_send(struct vcpu *v, uint8_t vector)
{
	struct direct *d = &v->direct;
	uint32_t bit = BIT_OF(vector);

	if (cpu_this()->role != CPU_FABRIC || !may_be_open(vector))
		return false;
	if (__atomic_load_n(&d->wanted.word[vector / 32], __ATOMIC_RELAXED) & bit) {
		apic_send(v->cpu->apic_id, vector);
		return true;
	}
	__atomic_fetch_or(&d->wanted.word[vector / 32], bit, __ATOMIC_RELAXED);
	__atomic_fetch_add(&d->asked, 1, __ATOMIC_RELEASE);
	return false;
}

struct eli_vectors direct_wanted(const struct direct *d)
{
	struct eli_vectors set;

	for (unsigned n = 0; n < ELI_VECTOR_WORDS; n++)
		set.word[n] = __atomic_load_n(&d->wanted.word[n], __ATOMIC_RELAXED);
	return set;
}
