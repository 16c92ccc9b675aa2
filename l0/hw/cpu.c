// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "boot/paging.h"
#include "hw/apic.h"
#include "hw/cpu.h"
#include "lib/sealed.h"
#include "vmcs12.h"
#include "vmcs_access.h"

/* All that cpu_init() has seen, the last one first. */
SEALED static struct cpu *newest;

void cpu_init(struct cpu *c, unsigned number, uint32_t apic_id)
{
	c->self = c;
	c->number = number;
	c->apic_id = apic_id;
	c->ring = APIC_RING_VECTOR;
	c->after = newest;
	newest = c;
	paging_protect(c->stack.guard, CPU_PAGE, PAGING_NONE);
	for (unsigned i = 0; i < CPU_TRAP_STACKS; i++)
		paging_protect(c->trap_stack[i].guard, CPU_PAGE, PAGING_NONE);
}

struct cpu *cpu_after(const struct cpu *c)
{
	return c ? c->after : newest;
}

void cpu_kick(struct cpu *c)
{
	if (!__atomic_exchange_n(&c->kicked, 1, __ATOMIC_SEQ_CST))
		apic_ring(c->apic_id, c->ring);
}

void cpu_ring_by_nmi(struct cpu *self)
{
	self->ring = APIC_RING_NMI;
}

void cpu_nmi_of_guest(struct cpu *self)
{
	__atomic_store_n(&self->kicked, 0, __ATOMIC_SEQ_CST);
}

/*
 * L0 may be in the midst of copying to or from a shadow VMCS of L1's, which must not show that an
 * NMI came; the entry is still far away then.
 */
static bool has_own_vmcs(const struct cpu *self)
{
	uint64_t current;

	__asm__ volatile("vmptrst %0" : "=m"(current) : : "cc");
	return current == (uintptr_t)self->vmcs[0] || current == (uintptr_t)self->vmcs[1];
}

/*
 * The timer may be written again before the entry; who does so asks cpu_take_rung() afterwards.
 * With no ring by NMI it is one of nobody's.
 */
void cpu_nmi(struct cpu *self)
{
	if (self->ring != APIC_RING_NMI)
		return;
	cpu_nmi_of_guest(self);
	*(volatile bool *)&self->rung = true;
	if (has_own_vmcs(self))
		vmcs_write(VMCS_PREEMPTION_TIMER, 0);
}

void cpu_answer(struct cpu *self)
{
	apic_eoi();
	__atomic_store_n(&self->kicked, 0, __ATOMIC_SEQ_CST);
}

_Noreturn void cpu_on_own_stack(struct cpu *c, void (*go)(void))
{
	__asm__ volatile("mov %0, %%rsp; call *%1" : : "r"(&c->stack + 1), "r"(go) : "memory");
	__builtin_unreachable();
}

_Noreturn void cpu_park(struct cpu *self)
{
	self->role = CPU_PARKED;
	for (;;)
		__asm__ volatile("cli; hlt");
}
