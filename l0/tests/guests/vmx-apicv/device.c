// SPDX-License-Identifier: Apache-2.0
// A device's interrupt by an entry of the posted format: VT-d specification 5.2.
#include "apicv.h"
#include "engine.h"
#include "peers.h"
#include "vtd.h"

#define CAP_PI BIT(59)

L2_CODE(v_nops, "nop; nop");
L2_CODE(v_waits, "1: pause; cmpl $0, (%rdi); je 1b");

/* Entry 1: `vector` for the descriptor, whose notification goes to a processor in xAPIC's terms. */
static void set_entry(uint32_t vector, uint32_t processor)
{
	uint64_t at = address_of(posting);

	posting->control = NOTIFICATION << 16;
	posting->destination = processor << 8;
	vtd_entries[3] = at & ~0xffffffffULL;
	vtd_entries[2] = 1 | BIT(15) | (uint64_t)vector << 16 | (at & 0xffffffc0) << 32;
	engine_message(MSI_HANDLE(1), 0);
}

/* What vtd_engine() asks for, and a unit that posts. After vm_setup(), whose VMPTRLD lets the last
 * VMCS go. */
static bool engine_posts(void)
{
	struct domain d;

	if (!vtd_engine(&d, 3))
		return false;
	if (!(vtd.cap & CAP_PI)) {
		skip("no posted interrupts");
		return false;
	}
	vtd_interrupts(0, false);
	return true;
}

static void let_it_interrupt(void)
{
	check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
}

/* What comes between L1's last look and the entry is L2's with the entry. */
TEST(device_before_the_entry)
{
	if (!apicv_begin_posted(v_nops) || !engine_posts())
		return;
	set_entry(0x52, 0);
	let_it_interrupt();
	check_eq("request", 1U << 0x52 % 32, posting->pir[0x52 / 32]);
	check_eq("ON", POSTING_ON, posting->control & POSTING_ON);
	check("notification", apic_bit(APIC_IRR, NOTIFICATION));
	let_it_interrupt();
	vm_expect("no exit", X_VMCALL);
	check_eq("events of L2", 1, l2_events);
	check_eq("vector", 0x52, l2_log[0].vector);
	check_eq("ON", 0, posting->control & POSTING_ON);
	check("notification",
	      !apic_bit(APIC_IRR, NOTIFICATION) && !apic_bit(APIC_ISR, NOTIFICATION));
}

/* With SN the request waits for software, and nobody hears of it. */
TEST(device_suppressed)
{
	if (!apicv_begin_posted(v_nops) || !engine_posts())
		return;
	set_entry(0x52, 0);
	posting->control |= 2;
	let_it_interrupt();
	check_eq("request", 1U << 0x52 % 32, posting->pir[0x52 / 32]);
	check_eq("ON", 0, posting->control & POSTING_ON);
	check("notification", !apic_bit(APIC_IRR, NOTIFICATION));
}

/* An L2 that does not run: its descriptor says another vector, by which L1 is woken. */
TEST(device_wakes_l1)
{
	if (!apicv_begin_posted(v_nops) || !engine_posts())
		return;
	set_entry(0x52, 0);
	posting->control = 0x68 << 16;
	irq_count[0x68] = 0;
	let_it_interrupt();
	sti();
	cli();
	check_eq("taken by L1", 1, irq_count[0x68]);
	check_eq("request", 1U << 0x52 % 32, posting->pir[0x52 / 32]);
}

static void post(void)
{
	set_entry(0x52, 1);
	let_it_interrupt();
}

/* L2 runs on another processor, and leaves for what its own handler has seen alone. */
TEST(device_while_l2_runs)
{
	if (!engine_posts() || !peers_begin())
		return;
	NEED(apicv_posts(), "no posted interrupts");
	apicv_beside(v_waits, post);
	check_eq("exit reason", X_VMCALL, peers[1].reason);
	check_eq("events of L2", 1, l2_events);
	check_eq("vector", 0x52, l2_log[0].vector);
	check_eq("ON", 0, posting->control & POSTING_ON);
	vtd_expect_none("faults");
}
