// SPDX-License-Identifier: Apache-2.0
// Checks of the entry on what L2's local APIC needs: SDM vol. 3, 27.2.1.1.
#include "apicv.h"

L2_CODE(c_leave, "nop");

struct change {
	enum field field;
	uint64_t clear, set;
};

struct check {
	const char *what;
	uint32_t mode;
	bool good;
	struct change change[3];
};

static void run_row(const struct check *row)
{
	if (!apicv_begin(row->mode, c_leave) || !apicv_use_posting())
		return;
	if (row->mode == PROC2_APIC_ACCESSES)
		vmwrite(APIC_ACCESS, address_of(page_alloc()));
	for (unsigned int i = 0; i < 3 && row->change[i].field; i++) {
		const struct change *c = &row->change[i];

		vmwrite(c->field, (vmread(c->field) & ~c->clear) | c->set);
	}
	check_eq(row->what, row->good ? X_VMCALL : VM_FAIL(E_CONTROLS), vm_run());
	vmclear(vm.vmcs);
}

static const struct check rows[] = {
	{"all is well", PROC2_X2APIC, true, {{0}}},
	{"in memory too", PROC2_APIC_ACCESSES, true, {{0}}},
	{"APIC-access page misaligned", PROC2_APIC_ACCESSES, false, {{APIC_ACCESS, 0, 0x10}}},
	{"... beyond the width", PROC2_APIC_ACCESSES, false, {{APIC_ACCESS, 0, BIT(60)}}},
	{"... where it is not used", PROC2_X2APIC, true, {{APIC_ACCESS, 0, 0x10}}},
	{"without the TPR shadow", PROC2_X2APIC, false, {{PROC_CONTROLS, PROC_TPR_SHADOW, 0}}},
	{"... x2APIC mode alone",
	 PROC2_X2APIC,
	 false,
	 {{PROC_CONTROLS, PROC_TPR_SHADOW, 0},
	  {PROC2_CONTROLS, PROC2_DELIVERY | PROC2_APIC_REGISTERS, 0},
	  {PIN_CONTROLS, PIN_POSTED, 0}}},
	{"... registers alone",
	 PROC2_X2APIC,
	 false,
	 {{PROC_CONTROLS, PROC_TPR_SHADOW, 0},
	  {PROC2_CONTROLS, PROC2_DELIVERY | PROC2_X2APIC, 0},
	  {PIN_CONTROLS, PIN_POSTED, 0}}},
	{"both modes", PROC2_X2APIC, false, {{PROC2_CONTROLS, 0, PROC2_APIC_ACCESSES}}},
	{"delivery without exiting", PROC2_X2APIC, false, {{PIN_CONTROLS, PIN_EXTERNAL, 0}}},
	{"posting without delivery", PROC2_X2APIC, false, {{PROC2_CONTROLS, PROC2_DELIVERY, 0}}},
	{"posting without acknowledging", PROC2_X2APIC, false, {{EXIT_CONTROLS, EXIT_ACK, 0}}},
	{"vector of 9 bits", PROC2_X2APIC, false, {{POSTED_VECTOR, 0, 0x100}}},
	{"descriptor misaligned", PROC2_X2APIC, false, {{POSTED_DESCRIPTOR, 0, 0x20}}},
	{"... beyond the width", PROC2_X2APIC, false, {{POSTED_DESCRIPTOR, 0, BIT(60)}}},
	{"... where it is not used",
	 PROC2_X2APIC,
	 true,
	 {{POSTED_DESCRIPTOR, 0, 0x20}, {PIN_CONTROLS, PIN_POSTED, 0}}},
	{"threshold of 5 bits", PROC2_X2APIC, true, {{TPR_THRESHOLD, 0, 0x10}}},
	{"... without delivery",
	 PROC2_X2APIC,
	 false,
	 {{TPR_THRESHOLD, 0, 0x10},
	  {PROC2_CONTROLS, PROC2_DELIVERY, 0},
	  {PIN_CONTROLS, PIN_POSTED, 0}}},
	{"above VTPR", PROC2_X2APIC, true, {{TPR_THRESHOLD, 0, 1}}},
	{"... without delivery",
	 PROC2_X2APIC,
	 false,
	 {{TPR_THRESHOLD, 0, 1},
	  {PROC2_CONTROLS, PROC2_DELIVERY, 0},
	  {PIN_CONTROLS, PIN_POSTED, 0}}},
};

TEST(entry_checks)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		run_row(&rows[i]);
}

/* Without delivery, but with APIC accesses virtualized, a low VTPR is no failure but an exit. */
TEST(low_vtpr_exits)
{
	if (!apicv_begin(PROC2_APIC_ACCESSES, c_leave))
		return;
	vmwrite(APIC_ACCESS, address_of(page_alloc()));
	vm_clear(WORD_PROC2, PROC2_DELIVERY);
	vmwrite(TPR_THRESHOLD, 2);
	vm_expect("below", X_TPR);
	check_eq("at the first instruction", address_of((const void *)(uintptr_t)c_leave),
		 vmread(GUEST_RIP));
	apic_page[APIC_TPR / 4] = 0x20;
	vm_expect("high enough", X_VMCALL);
}
