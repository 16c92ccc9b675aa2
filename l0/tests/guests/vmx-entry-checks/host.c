// SPDX-License-Identifier: Apache-2.0
// Checks on the host-state area: SDM vol. 3, 27.2.2 to 27.2.4. Failure is VMfail 8.
#include "rows.h"

TEST(host_control_registers)
{
	static const struct row rows[] = {
		ROW("CR0.NE", BAD_HOST, {HOST_CR0, CLEAR, CR0_NE}),
		ROW("CR0.PG", BAD_HOST, {HOST_CR0, CLEAR, CR0_PG}),
		ROW("CR0.PE", BAD_HOST, {HOST_CR0, CLEAR, CR0_PE}),
		ROW("CR0 bits 63:32", BAD_HOST, {HOST_CR0, OR, BIT(32)}),
		ROW("CR4.VMXE", BAD_HOST, {HOST_CR4, CLEAR, CR4_VMXE}),
		ROW("CR4.PAE", BAD_HOST, {HOST_CR4, CLEAR, CR4_PAE}),
		ROW("CR4 reserved", BAD_HOST, {HOST_CR4, OR, BIT(31)}),
		ROW("CR4 bits 63:32", BAD_HOST, {HOST_CR4, OR, BIT(40)}),
		ROW("CR3 beyond the width", BAD_HOST, {HOST_CR3, OR, BEYOND}),
		ROW("CR3 bit 63", BAD_HOST, {HOST_CR3, OR, BIT(63)}),
		ROW("SYSENTER_ESP", BAD_HOST, {HOST_SYSENTER_ESP, SET, NONCANONICAL}),
		ROW("SYSENTER_EIP", BAD_HOST, {HOST_SYSENTER_EIP, SET, NONCANONICAL}),
		ROW("SYSENTER_CS", OK, {HOST_SYSENTER_CS, SET, ~0ULL}),
	};

	ROWS(rows);
}

TEST(host_pat_and_efer)
{
	static const struct row rows[] = {
		ROW_IF(WORD_EXIT, EXIT_LOAD_PAT, "PAT type 2", BAD_HOST, 0,
		       {EXIT_CONTROLS, OR, EXIT_LOAD_PAT}, {HOST_PAT, SET, 0x02}),
		ROW_IF(WORD_EXIT, EXIT_LOAD_PAT, "PAT type 8 in entry 7", BAD_HOST, 0,
		       {EXIT_CONTROLS, OR, EXIT_LOAD_PAT}, {HOST_PAT, SET, 0x08ULL << 56}),
		ROW_IF(WORD_EXIT, EXIT_LOAD_PAT, "PAT as after reset", OK, 0,
		       {EXIT_CONTROLS, OR, EXIT_LOAD_PAT}, {HOST_PAT, SET, 0x0007040600070406}),
		ROW_IF(WORD_EXIT, EXIT_LOAD_PAT, "PAT unused", OK, 0, {HOST_PAT, SET, ~0ULL}),
		ROW_IF(WORD_EXIT, EXIT_LOAD_EFER, "EFER reserved", BAD_HOST, 0,
		       {HOST_EFER, OR, BIT(9)}),
		ROW_IF(WORD_EXIT, EXIT_LOAD_EFER, "EFER.LMA", BAD_HOST, 0,
		       {HOST_EFER, CLEAR, EFER_LMA}),
		ROW_IF(WORD_EXIT, EXIT_LOAD_EFER, "EFER.LME", BAD_HOST, 0,
		       {HOST_EFER, CLEAR, EFER_LME}),
		ROW_IF(WORD_EXIT, EXIT_LOAD_EFER, "EFER unused", OK, 0,
		       {EXIT_CONTROLS, CLEAR, EXIT_LOAD_EFER}, {HOST_EFER, SET, ~0ULL}),
		ROW("32-bit host", BAD_HOST, {EXIT_CONTROLS, CLEAR, EXIT_HOST_64}),
	};

	ROWS(rows);
}

TEST(host_segments)
{
	static const struct row rows[] = {
		ROW("CS RPL", BAD_HOST, {HOST_CS, OR, 3}),
		ROW("CS TI", BAD_HOST, {HOST_CS, OR, 4}),
		ROW("SS RPL", BAD_HOST, {HOST_SS, OR, 1}),
		ROW("DS TI", BAD_HOST, {HOST_DS, OR, 4}),
		ROW("ES RPL", BAD_HOST, {HOST_ES, OR, 2}),
		ROW("FS TI", BAD_HOST, {HOST_FS, OR, 4}),
		ROW("GS RPL", BAD_HOST, {HOST_GS, OR, 1}),
		ROW("TR RPL", BAD_HOST, {HOST_TR, OR, 3}),
		ROW("TR TI", BAD_HOST, {HOST_TR, OR, 4}),
		ROW("CS null", BAD_HOST, {HOST_CS, SET, 0}),
		ROW("TR null", BAD_HOST, {HOST_TR, SET, 0}),
		ROW("SS null in 64-bit mode", OK, {HOST_SS, SET, 0}),
		ROW("FS base", BAD_HOST, {HOST_FS_BASE, SET, NONCANONICAL}),
		ROW("GS base", BAD_HOST, {HOST_GS_BASE, SET, NONCANONICAL}),
		ROW("GDTR base", BAD_HOST, {HOST_GDTR_BASE, SET, NONCANONICAL}),
		ROW("IDTR base", BAD_HOST, {HOST_IDTR_BASE, SET, NONCANONICAL}),
		ROW("TR base", BAD_HOST, {HOST_TR_BASE, SET, NONCANONICAL}),
		ROW("RIP", BAD_HOST, {HOST_RIP, SET, NONCANONICAL}),
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
		ROW("bad host and bad guest", BAD_HOST, {HOST_CR0, CLEAR, CR0_NE},
		    {GUEST_CR0, CLEAR, CR0_NE}),
		ROW("bad control and bad guest", BAD_CONTROL, {ENTRY_EVENT, SET, EVENT(1, 0)},
		    {GUEST_RFLAGS, SET, 0}),
	};

	ROWS(rows);
}
