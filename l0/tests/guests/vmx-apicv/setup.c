// SPDX-License-Identifier: Apache-2.0
#include "apicv.h"
#include "peers.h"

volatile uint32_t *apic_page;
struct posting *posting;

bool apicv_posts(void)
{
	const uint32_t proc2 = PROC2_X2APIC | PROC2_APIC_REGISTERS | PROC2_DELIVERY;

	return (control_allowed(WORD_PROC2).may & proc2) == proc2 &&
	       (control_allowed(WORD_PIN).may & PIN_POSTED);
}

bool apicv_use(uint32_t mode)
{
	uint32_t proc2 = mode | PROC2_APIC_REGISTERS | PROC2_DELIVERY;

	if ((control_allowed(WORD_PROC2).may & proc2) != proc2)
		return false;
	vm_set(WORD_PIN, PIN_EXTERNAL);
	vm_set(WORD_EXIT, EXIT_ACK);
	vm_set(WORD_PROC, PROC_TPR_SHADOW | PROC_MSR_BITMAP);
	vm_clear(WORD_PROC, PROC_CR8_LOAD | PROC_CR8_STORE);
	vm_set(WORD_PROC2, proc2);
	apic_page = page_alloc();
	vmwrite(VIRTUAL_APIC, address_of((const void *)(uintptr_t)apic_page));
	vmwrite(TPR_THRESHOLD, 0);
	vmwrite(GUEST_INTERRUPT_STATUS, 0);
	for (unsigned int n = 0; n < 4; n++)
		vmwrite((enum field)(EOI_EXIT0 + 2 * n), 0);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	return true;
}

bool apicv_use_posting(void)
{
	if (!(control_allowed(WORD_PIN).may & PIN_POSTED))
		return false;
	posting = page_alloc();
	vm_set(WORD_PIN, PIN_POSTED);
	vmwrite(POSTED_VECTOR, NOTIFICATION);
	vmwrite(POSTED_DESCRIPTOR, address_of(posting));
	return true;
}

bool apicv_begin(uint32_t mode, void (*code)(void))
{
	if (!vmx_begin())
		return false;
	apic_enable();
	vm_setup(code);
	if (apicv_use(mode))
		return true;
	skip("no APIC virtualization");
	return false;
}

bool apicv_begin_posted(void (*code)(void))
{
	if (!apicv_begin(PROC2_X2APIC, code))
		return false;
	if (apicv_use_posting())
		return true;
	skip("no posted interrupts");
	return false;
}

void apicv_request(uint32_t vector)
{
	apic_page[APIC_IRR / 4 + vector / 32 * 4] |= 1U << vector % 32;
	vmwrite(GUEST_INTERRUPT_STATUS, (vmread(GUEST_INTERRUPT_STATUS) & 0xff00) | vector);
}

void posting_set(uint32_t vector)
{
	__atomic_fetch_or(&posting->pir[vector / 32], 1U << vector % 32, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&posting->control, POSTING_ON, __ATOMIC_SEQ_CST);
}

bool apicv_bit(enum apic_register first, uint32_t vector)
{
	return apic_page[first / 4 + vector / 32 * 4] >> vector % 32 & 1;
}

/* ---- an L2 on another processor ---- */

static void (*code)(void);
static volatile uint32_t stage;

static void run_one(void)
{
	peer_enter_root();
	peer_setup(code);
	apicv_use(PROC2_X2APIC);
	apicv_use_posting();
	peers[1].vm.regs[RDI] = address_of((const void *)(uintptr_t)&l2_events);
	stage = 1;
	peer_run();
	stage = 2;
	while (stage != 3)
		pause();
	peer_leave_root();
}

void apicv_beside(void (*guest)(void), void (*post)(void))
{
	l2_log_reset();
	code = guest;
	stage = 0;
	run_on(1, run_one);
	check("it is about to enter", wait_until(&stage, 1));
	spend(20000);
	post();
	check("it exits", wait_until(&stage, 2));
	stage = 3;
	wait_for(1);
}
