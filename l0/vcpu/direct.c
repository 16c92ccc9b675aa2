// SPDX-License-Identifier: Apache-2.0
#include "vcpu/direct.h"

#include "hw/apic.h"
#include "hw/cpu.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

#define BIT_OF(vector) (1u << (vector) % 32)

_Static_assert(IRQ_VECTOR_BASE == 7 * 32, "direct_own");

/* Of the second 8259, all of whose lines are masked, what is spurious alone. */
#define IRQS_OF_FIRST 0xffu
#define IRQS_SPURIOUS BIT_OF(IRQ_VECTOR_BASE + 15)

const struct eli_vectors direct_own = {
	.word =
		{
			[7] = IRQS_OF_FIRST | IRQS_SPURIOUS | BIT_OF(APIC_KICK_VECTOR) |
			      BIT_OF(APIC_POSTED_VECTOR) | BIT_OF(APIC_NESTED_VECTOR) |
			      BIT_OF(APIC_CONSOLE_VECTOR) | BIT_OF(APIC_SPURIOUS_VECTOR),
		},
};

/* How long injection mode lasts after too much of something: in looks. */
#define REST        4
#define REST_MOST   256
#define STUCK_LOOKS 3

/* The knob is the longest time, and a look that is due while L0 answers an exit comes after it. */
#define EARLY 4000

struct ept01 *direct_ept01(const struct vm *vm, unsigned number)
{
	return &vm->vcpu[number / DIRECT_TABLES]->direct.table[number % DIRECT_TABLES].ept01;
}

void direct_init(struct vcpu *v)
{
	struct direct *d = &v->direct;
	uint64_t look = v->vm->knobs.eli_look - EARLY;
	const struct eli_guard_knobs knobs = {look, STUCK_LOOKS, REST * look, REST_MOST * look};

	if (v->exit_kind != EXIT_KIND_DIRECT)
		return;
	d->way = knob_is(v->vm->knobs.interrupts, "eli") ? ELI_FULL : ELI_DELIVERY;
	d->level = 1;
	for (struct direct_table *t = d->table; t < d->table + DIRECT_TABLES; t++) {
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

bool direct_want(struct direct *d, uint8_t vector)
{
	uint32_t *word = &d->wanted.word[vector / 32], bit = BIT_OF(vector);

	if (__atomic_load_n(word, __ATOMIC_RELAXED) & bit)
		return true;
	if (!may_be_open(vector))
		return false;
	__atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
	__atomic_fetch_add(&d->asked, 1, __ATOMIC_RELEASE);
	return false;
}

static void by_inbox(struct vcpu *v, uint8_t vector)
{
	if (!inbox_post_vector(&v->lapic.inbox, vector, false))
		return;
	delay_ask(v);
	vm_kick(v);
}

void direct_send(struct vcpu *v, uint8_t vector)
{
	if (cpu_this()->poller && direct_want(&v->direct, vector))
		apic_send(v->cpu->apic_id, vector);
	else
		by_inbox(v, vector);
}

struct eli_vectors direct_wanted(const struct direct *d)
{
	struct eli_vectors set;

	for (unsigned n = 0; n < ELI_VECTOR_WORDS; n++)
		set.word[n] = __atomic_load_n(&d->wanted.word[n], __ATOMIC_RELAXED);
	return set;
}
