// SPDX-License-Identifier: Apache-2.0
// Checks on the control fields: SDM vol. 3, 27.2.1. Failure is VMfail 7.
#include "rows.h"

static void check_bit(const char *what, enum field field, uint64_t value)
{
	page_reset();
	vm_setup(l2_leave);
	vmwrite(field, value);
	check_eq(what, BAD_CONTROL, vm_run());
	vmclear(vm.vmcs);
}

/* Every bit against the capability registers: reserved ones may be neither 1 nor 0. */
TEST(control_reserved_bits)
{
	static const struct {
		const char *name;
		enum control_word word;
		enum field field;
	} rows[] = {
		{"pin", WORD_PIN, PIN_CONTROLS},           {"processor", WORD_PROC, PROC_CONTROLS},
		{"secondary", WORD_PROC2, PROC2_CONTROLS}, {"exit", WORD_EXIT, EXIT_CONTROLS},
		{"entry", WORD_ENTRY, ENTRY_CONTROLS},
	};

	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct allowed a = control_allowed(rows[i].word);
		uint64_t good;

		vm_setup(l2_leave);
		good = vmread(rows[i].field);
		for (unsigned int bit = 0; bit < 32; bit++) {
			if (!(a.may & BIT(bit)))
				check_bit(rows[i].name, rows[i].field, good | BIT(bit));
			if (a.must & BIT(bit))
				check_bit(rows[i].name, rows[i].field, good & ~BIT(bit));
		}
	}
}

TEST(control_secondary_off)
{
	static const struct row rows[] = {
		ROW_IF(WORD_PROC, PROC_SECONDARY, "nonsense ignored without the secondary controls",
		       OK, 0, {PROC_CONTROLS, CLEAR, PROC_SECONDARY},
		       {PROC2_CONTROLS, SET, 0xffffffff}),
	};

	ROWS(rows);
}

TEST(control_execution)
{
	static const struct row rows[] = {
		ROW("CR3 targets", BAD_CONTROL, {CR3_TARGET_COUNT, SET, 257}),
		ROW("CR3 targets of 32 bits", BAD_CONTROL, {CR3_TARGET_COUNT, SET, ~0ULL}),
		ROW_IF(WORD_PROC, PROC_IO_BITMAP, "I/O bitmap A misaligned", BAD_CONTROL, 0,
		       {PROC_CONTROLS, OR, PROC_IO_BITMAP}, {IO_BITMAP_A, OR, 1}),
		ROW_IF(WORD_PROC, PROC_IO_BITMAP, "I/O bitmap B beyond the width", BAD_CONTROL, 0,
		       {PROC_CONTROLS, OR, PROC_IO_BITMAP}, {IO_BITMAP_B, OR, BEYOND}),
		ROW("I/O bitmaps unused", OK, {IO_BITMAP_A, SET, ~0ULL}),
		ROW_IF(WORD_PROC, PROC_MSR_BITMAP, "MSR bitmap misaligned", BAD_CONTROL, 0,
		       {MSR_BITMAP, OR, 0x800}),
		ROW_IF(WORD_PROC, PROC_MSR_BITMAP, "MSR bitmap beyond the width", BAD_CONTROL, 0,
		       {MSR_BITMAP, OR, BEYOND}),
		ROW_IF(WORD_PIN, PIN_VIRTUAL_NMI, "virtual NMIs without NMI exiting", BAD_CONTROL,
		       0, {PIN_CONTROLS, OR, PIN_VIRTUAL_NMI}),
		ROW_IF(WORD_PROC, PROC_NMI_WINDOW, "NMI window without virtual NMIs", BAD_CONTROL,
		       0, {PROC_CONTROLS, OR, PROC_NMI_WINDOW}),
		ROW_IF(WORD_PROC2, PROC2_VPID, "VPID 0", BAD_CONTROL, 0,
		       {PROC2_CONTROLS, OR, PROC2_VPID}, {VPID, SET, 0}),
		ROW_IF(WORD_PROC2, PROC2_VPID, "VPID 1", OK, 0, {PROC2_CONTROLS, OR, PROC2_VPID},
		       {VPID, SET, 1}),
	};

	ROWS(rows);
}

TEST(control_apic)
{
	static const struct row rows[] = {
		ROW_IF(WORD_PROC, PROC_TPR_SHADOW, "virtual APIC page misaligned", BAD_CONTROL, 0,
		       {PROC_CONTROLS, OR, PROC_TPR_SHADOW}, {VIRTUAL_APIC, SET, 0x1000010}),
		ROW_IF(WORD_PROC, PROC_TPR_SHADOW, "virtual APIC page beyond the width",
		       BAD_CONTROL, 0, {PROC_CONTROLS, OR, PROC_TPR_SHADOW},
		       {VIRTUAL_APIC, SET, BEYOND}),
		ROW_IF(WORD_PROC, PROC_TPR_SHADOW, "TPR threshold of 5 bits", BAD_CONTROL, 0,
		       {PROC_CONTROLS, OR, PROC_TPR_SHADOW}, {VIRTUAL_APIC, SET, 0x3000000},
		       {TPR_THRESHOLD, SET, 16}),
		ROW_IF(WORD_PROC, PROC_TPR_SHADOW, "TPR threshold above the shadow", BAD_CONTROL, 0,
		       {PROC_CONTROLS, OR, PROC_TPR_SHADOW}, {VIRTUAL_APIC, SET, 0x3000000},
		       {TPR_THRESHOLD, SET, 1}),
		ROW_IF(WORD_PROC, PROC_TPR_SHADOW, "TPR threshold 0", OK, 0,
		       {PROC_CONTROLS, OR, PROC_TPR_SHADOW}, {VIRTUAL_APIC, SET, 0x3000000},
		       {TPR_THRESHOLD, SET, 0}),
		ROW_IF(WORD_PROC2, BIT(4), "x2APIC mode without TPR shadow", BAD_CONTROL, 0,
		       {PROC2_CONTROLS, OR, BIT(4)}),
		ROW_IF(WORD_PROC2, BIT(8), "APIC registers without TPR shadow", BAD_CONTROL, 0,
		       {PROC2_CONTROLS, OR, BIT(8)}),
		ROW_IF(WORD_PROC2, BIT(9), "interrupt delivery without TPR shadow", BAD_CONTROL, 0,
		       {PIN_CONTROLS, OR, PIN_EXTERNAL}, {PROC2_CONTROLS, OR, BIT(9)}),
		ROW_IF(WORD_PROC2, BIT(0), "APIC access page misaligned", BAD_CONTROL, 0,
		       {PROC2_CONTROLS, OR, BIT(0)}, {APIC_ACCESS, SET, 0xfee00800}),
		ROW_IF(WORD_PIN, BIT(7), "posted interrupts alone", BAD_CONTROL, 0,
		       {PIN_CONTROLS, OR, BIT(7)}),
	};

	ROWS(rows);
}

TEST(control_ept)
{
	static const struct row rows[] = {
		ROW_IF(WORD_PROC2, PROC2_EPT, "memory type 2", BAD_CONTROL, 0, {EPTP, CLEAR, 7},
		       {EPTP, OR, 2}),
		ROW_IF(WORD_PROC2, PROC2_EPT, "memory type 7", BAD_CONTROL, 0, {EPTP, OR, 7}),
		ROW_IF(WORD_PROC2, PROC2_EPT, "walk of 1", BAD_CONTROL, 0, {EPTP, CLEAR, 0x38}),
		ROW_IF(WORD_PROC2, PROC2_EPT, "walk of 3", BAD_CONTROL, 0, {EPTP, CLEAR, 0x38},
		       {EPTP, OR, 0x10}),
		ROW_IF(WORD_PROC2, PROC2_EPT, "reserved bit 8", BAD_CONTROL, 0, {EPTP, OR, BIT(8)}),
		ROW_IF(WORD_PROC2, PROC2_EPT, "reserved bit 11", BAD_CONTROL, 0,
		       {EPTP, OR, BIT(11)}),
		ROW_IF(WORD_PROC2, PROC2_EPT, "beyond the width", BAD_CONTROL, 0,
		       {EPTP, OR, BEYOND}),
		ROW_IF(WORD_PROC2, PROC2_EPT, "EPTP unused", OK, 0,
		       {PROC2_CONTROLS, CLEAR, PROC2_EPT}, {EPTP, SET, ~0ULL}),
		ROW_IF(WORD_PROC2, PROC2_UNRESTRICTED, "unrestricted guest without EPT",
		       BAD_CONTROL, 0, {PROC2_CONTROLS, CLEAR, PROC2_EPT},
		       {PROC2_CONTROLS, OR, PROC2_UNRESTRICTED}),
		ROW_IF(WORD_PROC2, BIT(17), "page-modification log without EPT", BAD_CONTROL, 0,
		       {PROC2_CONTROLS, CLEAR, PROC2_EPT}, {PROC2_CONTROLS, OR, BIT(17)}),
	};

	ROWS(rows);
}

TEST(control_exit)
{
	static const struct row rows[] = {
		ROW_IF(WORD_EXIT, EXIT_SAVE_TIMER, "timer saved but not used", BAD_CONTROL, 0,
		       {PIN_CONTROLS, CLEAR, PIN_TIMER}, {EXIT_CONTROLS, OR, EXIT_SAVE_TIMER}),
		ROW("MSR store list misaligned", BAD_CONTROL, {EXIT_MSR_STORE_COUNT, SET, 1},
		    {EXIT_MSR_STORE, SET, 0x3000008}),
		ROW("MSR store list beyond the width", BAD_CONTROL, {EXIT_MSR_STORE_COUNT, SET, 1},
		    {EXIT_MSR_STORE, SET, BEYOND}),
		ROW("MSR load list misaligned", BAD_CONTROL, {EXIT_MSR_LOAD_COUNT, SET, 1},
		    {EXIT_MSR_LOAD, SET, 0x3000004}),
		ROW("MSR load list beyond the width", BAD_CONTROL, {EXIT_MSR_LOAD_COUNT, SET, 1},
		    {EXIT_MSR_LOAD, SET, BEYOND}),
		ROW("lists of no entries", OK, {EXIT_MSR_LOAD, SET, ~0ULL},
		    {EXIT_MSR_STORE, SET, 1}, {ENTRY_MSR_LOAD, SET, 3}),
	};

	ROWS(rows);
}

#define SOFT_INT(length)                                                                           \
	{ENTRY_EVENT, SET, EVENT(EVENT_SOFT_INT, 0x40)},                                           \
	{                                                                                          \
		ENTRY_LENGTH, SET, length                                                          \
	}

TEST(control_entry)
{
	static const struct row rows[] = {
		/* Bochs 3.0 looks at it only among the guest state. */
		ROW_ERRATUM("SMM", BAD_CONTROL, BAD_GUEST, {ENTRY_CONTROLS, OR, ENTRY_SMM}),
		ROW("dual-monitor off", BAD_CONTROL, {ENTRY_CONTROLS, OR, BIT(11)}),
		ROW("MSR list misaligned", BAD_CONTROL, {ENTRY_MSR_LOAD_COUNT, SET, 1},
		    {ENTRY_MSR_LOAD, SET, 0x3000001}),
		ROW("MSR list beyond the width", BAD_CONTROL, {ENTRY_MSR_LOAD_COUNT, SET, 1},
		    {ENTRY_MSR_LOAD, SET, BEYOND}),
		ROW("event type 1", BAD_CONTROL, {ENTRY_EVENT, SET, EVENT(1, 0x40)}),
		ROW("event reserved bits", BAD_CONTROL,
		    {ENTRY_EVENT, SET, EVENT(0, 0x40) | BIT(12)}),
		ROW("NMI of vector 3", BAD_CONTROL, {ENTRY_EVENT, SET, EVENT(EVENT_NMI, 3)}),
		ROW("exception 32", BAD_CONTROL, {ENTRY_EVENT, SET, EVENT(EVENT_EXCEPTION, 32)}),
		ROW_IF(WORD_PROC, PROC_MTF, "other event 1", BAD_CONTROL, 0,
		       {ENTRY_EVENT, SET, EVENT(EVENT_OTHER, 1)}),
		ROW("#UD with error code", BAD_CONTROL,
		    {ENTRY_EVENT, SET, EVENT(EVENT_EXCEPTION, 6) | EVENT_ERROR}),
		ROW("#GP without error code", BAD_CONTROL,
		    {ENTRY_EVENT, SET, EVENT(EVENT_EXCEPTION, 13)}),
		ROW("interrupt with error code", BAD_CONTROL,
		    {ENTRY_EVENT, SET, EVENT(EVENT_EXTERNAL, 0x40) | EVENT_ERROR}),
		ROW("error code of 17 bits", BAD_CONTROL,
		    {ENTRY_EVENT, SET, EVENT(EVENT_EXCEPTION, 13) | EVENT_ERROR},
		    {ENTRY_ERROR_CODE, SET, BIT(16)}),
		ROW("software interrupt of 16 bytes", BAD_CONTROL, SOFT_INT(16)),
		ROW("software interrupt of 2 bytes", OK, SOFT_INT(2)),
		ROW("nonsense without the valid bit", OK, {ENTRY_EVENT, SET, 0x7fffffff},
		    {ENTRY_ERROR_CODE, SET, ~0ULL}, {ENTRY_LENGTH, SET, 99}),
	};

	ROWS(rows);
}

TEST(control_soft_event_length_0)
{
	static const struct row allowed[] = {ROW("length 0", OK, SOFT_INT(0))};
	static const struct row refused[] = {ROW("length 0", BAD_CONTROL, SOFT_INT(0))};

	NEED(vmx_available(), "no VMX");
	/* IA32_VMX_MISC bit 30 */
	if (rdmsr(MSR_VMX_MISC) & BIT(30))
		ROWS(allowed);
	else
		ROWS(refused);
}
