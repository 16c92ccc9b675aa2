// SPDX-License-Identifier: Apache-2.0
// Events into L2 (injection), out of L2 (exception bitmap), and in flight (IDT vectoring).
#include "apic.h"
#include "vmx.h"

L2_CODE(e_nops, "nop; nop; nop; nop");

/* SDM vol. 3, 27.6: what each type pushes and where L2 goes on. */
TEST(injection)
{
	static const struct {
		const char *name;
		uint64_t event, error;
		uint32_t length; /* advance of the pushed RIP */
	} rows[] = {
		{"external interrupt", EVENT(EVENT_EXTERNAL, 0x55), 0, 0},
		{"NMI", EVENT(EVENT_NMI, 2), 0, 0},
		{"#UD", EVENT(EVENT_EXCEPTION, UD), 0, 0},
		{"#GP", EVENT(EVENT_EXCEPTION, GP) | EVENT_ERROR, 0x1230, 0},
		{"#PF", EVENT(EVENT_EXCEPTION, PF) | EVENT_ERROR, 2, 0},
		{"software interrupt", EVENT(EVENT_SOFT_INT, 0x66), 0, 2},
		{"INT1", EVENT(EVENT_PRIVILEGED, 1), 0, 1},
		{"INT3", EVENT(EVENT_SOFT_EXCEPTION, 3), 0, 1},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t rip;

		page_reset();
		vm_setup(e_nops);
		rip = vmread(GUEST_RIP);
		vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
		vmwrite(ENTRY_EVENT, rows[i].event);
		vmwrite(ENTRY_ERROR_CODE, rows[i].error);
		vmwrite(ENTRY_LENGTH, rows[i].length);
		vm_expect(rows[i].name, X_VMCALL);
		check_eq(rows[i].name, 1, l2_events);
		check_eq(rows[i].name, rows[i].event & 0xff, l2_log[0].vector);
		check_eq(rows[i].name, rows[i].error, l2_log[0].error);
		check_eq(rows[i].name, rip + rows[i].length, l2_log[0].rip);
		check_eq(rows[i].name, 0, vmread(ENTRY_EVENT) & BIT(31));
	}
}

L2_CODE(e_ud, "ud2");
L2_CODE(e_int3, "int3");
L2_CODE(e_gp, "mov $0xffff, %eax; mov %eax, %ds");
L2_CODE(e_pf_read, "mov (%rax), %ebx");
L2_CODE(e_pf_write, "mov %ebx, (%rax)");

TEST(exception_exits)
{
	static const struct {
		const char *name;
		void (*code)(void);
		uint64_t event, error;
		uint32_t length;
	} rows[] = {
		{"#UD", e_ud, EVENT(EVENT_EXCEPTION, UD), 0, 0},
		{"INT3", e_int3, EVENT(EVENT_SOFT_EXCEPTION, BP), 0, 1},
		{"#GP", e_gp, EVENT(EVENT_EXCEPTION, GP) | EVENT_ERROR, 0xfffc, 0},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		page_reset();
		vm_setup(rows[i].code);
		vmwrite(EXCEPTION_BITMAP, BIT(rows[i].event & 0xff));
		if (!vm_expect(rows[i].name, X_EXCEPTION))
			continue;
		check_eq(rows[i].name, rows[i].event, vmread(EXIT_EVENT) & ~BIT(12));
		if (rows[i].event & EVENT_ERROR)
			check_eq(rows[i].name, rows[i].error, vmread(EXIT_ERROR_CODE));
		if (rows[i].length)
			check_eq(rows[i].name, rows[i].length, vmread(EXIT_LENGTH));
	}
}

TEST(exception_without_bit)
{
	if (!vmx_begin())
		return;
	vm_setup(e_ud);
	l2_continue = address_of((const void *)(uintptr_t)e_nops);
	vmwrite(EXCEPTION_BITMAP, ~BIT(UD));
	vm_expect("#UD stays in L2", X_VMCALL);
	check_eq("vector", UD, l2_log[0].vector);
}

/* SDM vol. 3, 25.6.3: exits if (code & mask == match) equals bit 14 of the bitmap. */
TEST(page_fault_mask_and_match)
{
	static const struct {
		const char *name;
		void (*code)(void);
		uint32_t bitmap, mask, match;
		bool exits;
	} rows[] = {
		{"bit set, all match", e_pf_read, 1 << 14, 0, 0, true},
		{"bit set, none match", e_pf_read, 1 << 14, 0, 1, false},
		{"bit clear, none match", e_pf_read, 0, 0, 1, true},
		{"bit clear, all match", e_pf_read, 0, 0, 0, false},
		{"writes only, a write", e_pf_write, 1 << 14, 2, 2, true},
		{"writes only, a read", e_pf_read, 1 << 14, 2, 2, false},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		page_reset();
		vm_setup(rows[i].code);
		l2_continue = address_of((const void *)(uintptr_t)e_nops);
		vm.regs[RAX] = BIT(45) + 0x123;
		vmwrite(EXCEPTION_BITMAP, rows[i].bitmap);
		vmwrite(PF_MASK, rows[i].mask);
		vmwrite(PF_MATCH, rows[i].match);
		vm_expect(rows[i].name, rows[i].exits ? X_EXCEPTION : X_VMCALL);
		check_eq(rows[i].name, BIT(45) + 0x123,
			 rows[i].exits ? vmread(EXIT_QUALIFICATION) : l2_log[0].cr2);
	}
}

/* Maps the 2 MiB at `address` by 4 KiB entries, and returns the entry of that page. */
static uint64_t *split(uint64_t address)
{
	uint64_t *pt = page_alloc();
	uint64_t first = address & ~(BIT(21) - 1);

	for (uint64_t i = 0; i < 512; i++)
		pt[i] = (first + (i << 12)) | 0x37;
	vm.ept_pd[address >> 21] = address_of(pt) | 7;
	return &pt[(address >> 12) & 511];
}

struct delivery {
	const char *name;
	uint64_t event, error;
	uint32_t length;
};

/* L2's IDT is not there: the exit tells what was in flight. */
static bool interrupted(const struct delivery *d)
{
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vmwrite(ENTRY_EVENT, d->event);
	vmwrite(ENTRY_ERROR_CODE, d->error);
	vmwrite(ENTRY_LENGTH, d->length);
	if (!vm_expect(d->name, X_EPT_VIOLATION))
		return false;
	check_eq(d->name, d->event, vmread(IDT_VECTORING) & ~BIT(12));
	check_eq(d->name, 0, vmread(GUEST_RFLAGS) & RFLAGS_RF);
	if (d->event & EVENT_ERROR)
		check_eq(d->name, d->error, vmread(IDT_VECTORING_ERROR));
	if (d->length)
		check_eq(d->name, d->length, vmread(EXIT_LENGTH));
	check_eq(d->name, 0, l2_events);
	return true;
}

/* The hypervisor's part, once the IDT is back; an NMI in flight may have blocked. */
static void deliver_again(const struct delivery *d)
{
	vmwrite(GUEST_INTERRUPTIBILITY, 0);
	vmwrite(ENTRY_EVENT, vmread(IDT_VECTORING) & ~BIT(12));
	vmwrite(ENTRY_ERROR_CODE, vmread(IDT_VECTORING_ERROR));
	vm_expect(d->name, X_VMCALL);
	check_eq(d->name, 1, l2_events);
	check_eq(d->name, d->event & 0xff, l2_log[0].vector);
}

/* An event whose delivery meets an EPT violation is in flight: SDM vol. 3, 28.2.4. */
TEST(idt_vectoring)
{
	static const struct delivery rows[] = {
		{"external interrupt", EVENT(EVENT_EXTERNAL, 0x55), 0, 0},
		{"NMI", EVENT(EVENT_NMI, 2), 0, 0},
		{"#GP", EVENT(EVENT_EXCEPTION, GP) | EVENT_ERROR, 0x1230, 0},
		{"software interrupt", EVENT(EVENT_SOFT_INT, 0x66), 0, 2},
		{"INT3", EVENT(EVENT_SOFT_EXCEPTION, 3), 0, 1},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t *entry, old;

		page_reset();
		vm_setup(e_nops);
		NEED(vm.ept, "no EPT");
		entry = split(address_of(idt_l2));
		old = *entry;
		*entry = 0;
		if (!interrupted(&rows[i]))
			continue;
		*entry = old;
		deliver_again(&rows[i]);
	}
}

/* #UD of L2 itself, whose delivery meets the violation: RF is saved as the frame would have it. */
TEST(idt_vectoring_of_fault)
{
	if (!vmx_begin())
		return;
	vm_setup(e_ud);
	NEED(vm.ept, "no EPT");
	*split(address_of(idt_l2)) = 0;
	vm_expect("IDT", X_EPT_VIOLATION);
	check_eq("in flight", EVENT(EVENT_EXCEPTION, UD), vmread(IDT_VECTORING) & ~BIT(12));
	check_eq("RF", RFLAGS_RF, vmread(GUEST_RFLAGS) & RFLAGS_RF);
}

/* #UD of L2 itself is in flight when its delivery meets a #PF that exits. */
TEST(idt_vectoring_of_exception)
{
	if (!vmx_begin())
		return;
	vm_setup(e_ud);
	vmwrite(GUEST_IDTR_BASE, BIT(45));
	vmwrite(EXCEPTION_BITMAP, BIT(PF));
	vm_expect("#PF", X_EXCEPTION);
	check_eq("in flight", EVENT(EVENT_EXCEPTION, UD), vmread(IDT_VECTORING) & ~BIT(12));
	check_eq("exit", EVENT(EVENT_EXCEPTION, PF) | EVENT_ERROR, vmread(EXIT_EVENT) & ~BIT(12));
}

/* An interrupt pending in L1 ends L2 at once; with acknowledgement its vector comes along. */
static void pending_interrupt(bool acknowledge)
{
	vm_setup(e_nops);
	NEED(vm_set(WORD_PIN, PIN_EXTERNAL), "no external-interrupt exiting");
	if (acknowledge && !vm_set(WORD_EXIT, EXIT_ACK))
		return;
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	irq_count[0x61] = 0;
	apic_self_ipi(0x61);
	vm_expect("exit", X_EXTERNAL);
	check_eq("information", acknowledge ? EVENT(EVENT_EXTERNAL, 0x61) : 0,
		 acknowledge ? vmread(EXIT_EVENT) : vmread(EXIT_EVENT) & BIT(31));
	check_eq("L2 did not run", address_of((const void *)(uintptr_t)e_nops), vmread(GUEST_RIP));
	check_eq("in service", (uint64_t)acknowledge, apic_bit(APIC_ISR, 0x61));
	if (acknowledge)
		apic_eoi();
	sti();
	cli();
	check_eq("taken by L1", (uint64_t)!acknowledge, irq_count[0x61]);
	vm_expect("L2 afterwards", X_VMCALL);
}

TEST(external_interrupt_exit)
{
	if (!vmx_begin())
		return;
	apic_enable();
	pending_interrupt(false);
	pending_interrupt(true);
}

/* RFLAGS.IF of L2 plays no part: SDM vol. 3, 26.2. */
TEST(external_interrupt_exit_without_if)
{
	if (!vmx_begin())
		return;
	apic_enable();
	vm_setup(e_nops);
	NEED(vm_set(WORD_PIN, PIN_EXTERNAL), "no external-interrupt exiting");
	apic_self_ipi(0x61);
	vm_expect("exit", X_EXTERNAL);
	sti();
	cli();
}

/* Without the control L2 takes it through its own table. */
TEST(external_interrupt_in_l2)
{
	if (!vmx_begin())
		return;
	apic_enable();
	vm_setup(e_nops);
	NEED(!(control_allowed(WORD_PIN).must & PIN_EXTERNAL), "exiting is fixed");
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	apic_self_ipi(0x62);
	vm_expect("L2", X_VMCALL);
	check_eq("events", 1, l2_events);
	check_eq("vector", 0x62, l2_log[0].vector);
	apic_eoi();
}
