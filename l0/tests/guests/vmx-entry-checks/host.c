// SPDX-License-Identifier: Apache-2.0
// Checks on the host-state area: SDM vol. 3, 27.2.2 to 27.2.4. Failure is VMfail 8.
#include "rows.h"

TEST(host_control_registers)
{
	static const struct row rows[] = {
		{"CR0.NE", {{HOST_CR0, CLEAR, CR0_NE}}, BAD_HOST, 0, 0, 0, 0},
		{"CR0.PG", {{HOST_CR0, CLEAR, CR0_PG}}, BAD_HOST, 0, 0, 0, 0},
		{"CR0.PE", {{HOST_CR0, CLEAR, CR0_PE}}, BAD_HOST, 0, 0, 0, 0},
		{"CR0 bits 63:32", {{HOST_CR0, OR, BIT(32)}}, BAD_HOST, 0, 0, 0, 0},
		{"CR4.VMXE", {{HOST_CR4, CLEAR, CR4_VMXE}}, BAD_HOST, 0, 0, 0, 0},
		{"CR4.PAE", {{HOST_CR4, CLEAR, CR4_PAE}}, BAD_HOST, 0, 0, 0, 0},
		{"CR4 reserved", {{HOST_CR4, OR, BIT(31)}}, BAD_HOST, 0, 0, 0, 0},
		{"CR4 bits 63:32", {{HOST_CR4, OR, BIT(40)}}, BAD_HOST, 0, 0, 0, 0},
		{"CR3 beyond the width", {{HOST_CR3, OR, BEYOND}}, BAD_HOST, 0, 0, 0, 0},
		{"CR3 bit 63", {{HOST_CR3, OR, BIT(63)}}, BAD_HOST, 0, 0, 0, 0},
		{"SYSENTER_ESP", {{HOST_SYSENTER_ESP, SET, NONCANONICAL}}, BAD_HOST, 0, 0, 0, 0},
		{"SYSENTER_EIP", {{HOST_SYSENTER_EIP, SET, NONCANONICAL}}, BAD_HOST, 0, 0, 0, 0},
		{"SYSENTER_CS", {{HOST_SYSENTER_CS, SET, ~0ULL}}, OK, 0, 0, 0, 0},
	};

	ROWS(rows);
}

TEST(host_pat_and_efer)
{
	static const struct row rows[] = {
		{"PAT type 2", {{EXIT_CONTROLS, OR, EXIT_LOAD_PAT}, {HOST_PAT, SET, 0x02}}, BAD_HOST,
		 0, WORD_EXIT, EXIT_LOAD_PAT, 0},
		{"PAT type 8 in entry 7",
		 {{EXIT_CONTROLS, OR, EXIT_LOAD_PAT}, {HOST_PAT, SET, 0x08ULL << 56}}, BAD_HOST, 0,
		 WORD_EXIT, EXIT_LOAD_PAT, 0},
		{"PAT as after reset",
		 {{EXIT_CONTROLS, OR, EXIT_LOAD_PAT}, {HOST_PAT, SET, 0x0007040600070406}}, OK, 0,
		 WORD_EXIT, EXIT_LOAD_PAT, 0},
		{"PAT unused", {{HOST_PAT, SET, ~0ULL}}, OK, 0, WORD_EXIT, EXIT_LOAD_PAT, 0},
		{"EFER reserved", {{HOST_EFER, OR, BIT(9)}}, BAD_HOST, 0, WORD_EXIT, EXIT_LOAD_EFER,
		 0},
		{"EFER.LMA", {{HOST_EFER, CLEAR, EFER_LMA}}, BAD_HOST, 0, WORD_EXIT, EXIT_LOAD_EFER,
		 0},
		{"EFER.LME", {{HOST_EFER, CLEAR, EFER_LME}}, BAD_HOST, 0, WORD_EXIT, EXIT_LOAD_EFER,
		 0},
		{"EFER unused",
		 {{EXIT_CONTROLS, CLEAR, EXIT_LOAD_EFER}, {HOST_EFER, SET, ~0ULL}}, OK, 0,
		 WORD_EXIT, EXIT_LOAD_EFER, 0},
		{"32-bit host", {{EXIT_CONTROLS, CLEAR, EXIT_HOST_64}}, BAD_HOST, 0, 0, 0, 0},
	};

	ROWS(rows);
}

TEST(host_segments)
{
	static const struct row rows[] = {
		{"CS RPL", {{HOST_CS, OR, 3}}, BAD_HOST, 0, 0, 0, 0},
		{"CS TI", {{HOST_CS, OR, 4}}, BAD_HOST, 0, 0, 0, 0},
		{"SS RPL", {{HOST_SS, OR, 1}}, BAD_HOST, 0, 0, 0, 0},
		{"DS TI", {{HOST_DS, OR, 4}}, BAD_HOST, 0, 0, 0, 0},
		{"ES RPL", {{HOST_ES, OR, 2}}, BAD_HOST, 0, 0, 0, 0},
		{"FS TI", {{HOST_FS, OR, 4}}, BAD_HOST, 0, 0, 0, 0},
		{"GS RPL", {{HOST_GS, OR, 1}}, BAD_HOST, 0, 0, 0, 0},
		{"TR RPL", {{HOST_TR, OR, 3}}, BAD_HOST, 0, 0, 0, 0},
		{"TR TI", {{HOST_TR, OR, 4}}, BAD_HOST, 0, 0, 0, 0},
		{"CS null", {{HOST_CS, SET, 0}}, BAD_HOST, 0, 0, 0, 0},
		{"TR null", {{HOST_TR, SET, 0}}, BAD_HOST, 0, 0, 0, 0},
		{"SS null in 64-bit mode", {{HOST_SS, SET, 0}}, OK, 0, 0, 0, 0},
		{"FS base", {{HOST_FS_BASE, SET, NONCANONICAL}}, BAD_HOST, 0, 0, 0, 0},
		{"GS base", {{HOST_GS_BASE, SET, NONCANONICAL}}, BAD_HOST, 0, 0, 0, 0},
		{"GDTR base", {{HOST_GDTR_BASE, SET, NONCANONICAL}}, BAD_HOST, 0, 0, 0, 0},
		{"IDTR base", {{HOST_IDTR_BASE, SET, NONCANONICAL}}, BAD_HOST, 0, 0, 0, 0},
		{"TR base", {{HOST_TR_BASE, SET, NONCANONICAL}}, BAD_HOST, 0, 0, 0, 0},
		{"RIP", {{HOST_RIP, SET, NONCANONICAL}}, BAD_HOST, 0, 0, 0, 0},
	};

	ROWS(rows);
	trap_reload();
}

/* SDM vol. 3, 27.2: both kinds of check may come first, but one VMfail comes. */
TEST(host_and_control)
{
	uint32_t got;

	if (!vmx_begin())
		return;
	vm_setup(l2_leave);
	vmwrite(HOST_CR0, 0);
	vmwrite(ENTRY_EVENT, EVENT(1, 0));
	got = vm_run();
	check("VMfail 7 or 8", got == BAD_CONTROL || got == BAD_HOST);
	vmclear(vm.vmcs);
}

/* Guest state is looked at only when controls and host state are right. */
TEST(host_before_guest)
{
	static const struct row rows[] = {
		{"bad host and bad guest", {{HOST_CR0, CLEAR, CR0_NE}, {GUEST_CR0, CLEAR, CR0_NE}},
		 BAD_HOST, 0, 0, 0, 0},
		{"bad control and bad guest",
		 {{ENTRY_EVENT, SET, EVENT(1, 0)}, {GUEST_RFLAGS, SET, 0}}, BAD_CONTROL, 0, 0, 0, 0},
	};

	ROWS(rows);
}
