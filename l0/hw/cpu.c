// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "boot/paging.h"
#include "hw/apic.h"
#include "hw/cpu.h"
#include "lib/sealed.h"

/* All that cpu_init() has seen, the last one first. */
SEALED static struct cpu *newest;

void cpu_init(struct cpu *c, unsigned number, uint32_t apic_id)
{
	c->self = c;
	c->number = number;
	c->apic_id = apic_id;
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
		apic_send(c->apic_id, APIC_KICK_VECTOR);
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
