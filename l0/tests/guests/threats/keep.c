// SPDX-License-Identifier: Apache-2.0
// Interrupts that are not taken, or not ended.
#include "apic.h"
#include "processor.h"
#include "threats.h"
#include "trap.h"

void threat_closed(void)
{
	while (threat_goes_on())
		asm volatile("pause");
}

/* SDM vol. 2, STI: the next instruction is done before an interrupt is taken. */
void threat_shadowed(void)
{
	while (threat_goes_on())
		for (unsigned int i = 0; i < 100; i++)
			asm volatile("sti; cli" ::: "memory");
}

void threat_priority(void)
{
	write_cr8(15);
	sti();
	while (threat_goes_on())
		asm volatile("pause");
}

void threat_never_ended(void)
{
	irq_keep = true;
	sti();
	while (threat_goes_on())
		asm volatile("pause");
}

void threat_ended_too_often(void)
{
	while (threat_goes_on())
		for (unsigned int i = 0; i < 10; i++)
			apic_eoi();
}

/* Its handler goes back without IRET, which would let the next NMI in (SDM vol. 3, 6.7.1). */
asm(".text\nnmi_kept: mov (%rsp), %rax; mov 24(%rsp), %rsp; jmp *%rax\n");
extern char nmi_kept[];

void threat_nmi_never_ended(void)
{
	uint64_t at = address_of(nmi_kept), gate = threat_gates[2 * NMI];
	uint32_t id = apic_read(APIC_ID);

	threat_table[2 * NMI] =
		(gate & 0x0000ffffffff0000) | (at & 0xffff) | (at & 0xffff0000) << 32;
	asm volatile("wrmsr" ::"c"(MSR_X2APIC + APIC_ICR / 16), "a"(APIC_NMI_BIT), "d"(id)
		     : "memory");
	asm volatile("nop; nop; nop; nop" ::: "rax", "memory");
	while (threat_goes_on())
		asm volatile("pause");
	/* An IRET to the next instruction. */
	asm volatile("mov %%rsp, %%rax; push $0x10; push %%rax; pushfq; push $0x08; lea 1f(%%rip), "
		     "%%rax; "
		     "push %%rax; iretq; 1:" ::
			     : "rax", "memory");
}

void threat_halts(void)
{
	while (threat_goes_on()) {
		threat_message();
		asm volatile("sti; hlt; cli" ::: "memory");
	}
}
