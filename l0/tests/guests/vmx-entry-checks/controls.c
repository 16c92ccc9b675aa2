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
		{"pin", WORD_PIN, PIN_CONTROLS},      {"processor", WORD_PROC, PROC_CONTROLS},
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
		{"nonsense ignored without the secondary controls",
		 {{PROC_CONTROLS, CLEAR, PROC_SECONDARY}, {PROC2_CONTROLS, SET, 0xffffffff}},
		 OK, 0, WORD_PROC, PROC_SECONDARY, 0},
	};

	ROWS(rows);
}

TEST(control_execution)
{
	static const struct row rows[] = {
		{"CR3 targets", {{CR3_TARGET_COUNT, SET, 257}}, BAD_CONTROL, 0, 0, 0, 0},
		{"CR3 targets of 32 bits", {{CR3_TARGET_COUNT, SET, ~0ULL}}, BAD_CONTROL, 0, 0, 0, 0},
		{"I/O bitmap A misaligned",
		 {{PROC_CONTROLS, OR, PROC_IO_BITMAP}, {IO_BITMAP_A, OR, 1}}, BAD_CONTROL, 0,
		 WORD_PROC, PROC_IO_BITMAP, 0},
		{"I/O bitmap B beyond the width",
		 {{PROC_CONTROLS, OR, PROC_IO_BITMAP}, {IO_BITMAP_B, OR, BEYOND}}, BAD_CONTROL, 0,
		 WORD_PROC, PROC_IO_BITMAP, 0},
		{"I/O bitmaps unused", {{IO_BITMAP_A, SET, ~0ULL}}, OK, 0, 0, 0, 0},
		{"MSR bitmap misaligned", {{MSR_BITMAP, OR, 0x800}}, BAD_CONTROL, 0, WORD_PROC,
		 PROC_MSR_BITMAP, 0},
		{"MSR bitmap beyond the width", {{MSR_BITMAP, OR, BEYOND}}, BAD_CONTROL, 0, WORD_PROC,
		 PROC_MSR_BITMAP, 0},
		{"virtual NMIs without NMI exiting", {{PIN_CONTROLS, OR, PIN_VIRTUAL_NMI}},
		 BAD_CONTROL, 0, WORD_PIN, PIN_VIRTUAL_NMI, 0},
		{"NMI window without virtual NMIs", {{PROC_CONTROLS, OR, PROC_NMI_WINDOW}},
		 BAD_CONTROL, 0, WORD_PROC, PROC_NMI_WINDOW, 0},
		{"VPID 0", {{PROC2_CONTROLS, OR, PROC2_VPID}, {VPID, SET, 0}}, BAD_CONTROL, 0,
		 WORD_PROC2, PROC2_VPID, 0},
		{"VPID 1", {{PROC2_CONTROLS, OR, PROC2_VPID}, {VPID, SET, 1}}, OK, 0, WORD_PROC2,
		 PROC2_VPID, 0},
	};

	ROWS(rows);
}

TEST(control_apic)
{
	static const struct row rows[] = {
		{"virtual APIC page misaligned",
		 {{PROC_CONTROLS, OR, PROC_TPR_SHADOW}, {VIRTUAL_APIC, SET, 0x1000010}}, BAD_CONTROL,
		 0, WORD_PROC, PROC_TPR_SHADOW, 0},
		{"virtual APIC page beyond the width",
		 {{PROC_CONTROLS, OR, PROC_TPR_SHADOW}, {VIRTUAL_APIC, SET, BEYOND}}, BAD_CONTROL, 0,
		 WORD_PROC, PROC_TPR_SHADOW, 0},
		{"TPR threshold of 5 bits",
		 {{PROC_CONTROLS, OR, PROC_TPR_SHADOW}, {VIRTUAL_APIC, SET, 0x3000000},
		  {TPR_THRESHOLD, SET, 16}}, BAD_CONTROL, 0, WORD_PROC, PROC_TPR_SHADOW, 0},
		{"TPR threshold above the shadow",
		 {{PROC_CONTROLS, OR, PROC_TPR_SHADOW}, {VIRTUAL_APIC, SET, 0x3000000},
		  {TPR_THRESHOLD, SET, 1}}, BAD_CONTROL, 0, WORD_PROC, PROC_TPR_SHADOW, 0},
		{"TPR threshold 0",
		 {{PROC_CONTROLS, OR, PROC_TPR_SHADOW}, {VIRTUAL_APIC, SET, 0x3000000},
		  {TPR_THRESHOLD, SET, 0}}, OK, 0, WORD_PROC, PROC_TPR_SHADOW, 0},
		{"x2APIC mode without TPR shadow", {{PROC2_CONTROLS, OR, BIT(4)}}, BAD_CONTROL, 0,
		 WORD_PROC2, BIT(4), 0},
		{"APIC registers without TPR shadow", {{PROC2_CONTROLS, OR, BIT(8)}}, BAD_CONTROL, 0,
		 WORD_PROC2, BIT(8), 0},
		{"interrupt delivery without TPR shadow",
		 {{PIN_CONTROLS, OR, PIN_EXTERNAL}, {PROC2_CONTROLS, OR, BIT(9)}}, BAD_CONTROL, 0,
		 WORD_PROC2, BIT(9), 0},
		{"APIC access page misaligned",
		 {{PROC2_CONTROLS, OR, BIT(0)}, {APIC_ACCESS, SET, 0xfee00800}}, BAD_CONTROL, 0,
		 WORD_PROC2, BIT(0), 0},
		{"posted interrupts alone", {{PIN_CONTROLS, OR, BIT(7)}}, BAD_CONTROL, 0, WORD_PIN,
		 BIT(7), 0},
	};

	ROWS(rows);
}

TEST(control_ept)
{
	static const struct row rows[] = {
		{"memory type 2", {{EPTP, CLEAR, 7}, {EPTP, OR, 2}}, BAD_CONTROL, 0, WORD_PROC2,
		 PROC2_EPT, 0},
		{"memory type 7", {{EPTP, OR, 7}}, BAD_CONTROL, 0, WORD_PROC2, PROC2_EPT, 0},
		{"walk of 1", {{EPTP, CLEAR, 0x38}}, BAD_CONTROL, 0, WORD_PROC2, PROC2_EPT, 0},
		{"walk of 3", {{EPTP, CLEAR, 0x38}, {EPTP, OR, 0x10}}, BAD_CONTROL, 0, WORD_PROC2,
		 PROC2_EPT, 0},
		{"reserved bit 8", {{EPTP, OR, BIT(8)}}, BAD_CONTROL, 0, WORD_PROC2, PROC2_EPT, 0},
		{"reserved bit 11", {{EPTP, OR, BIT(11)}}, BAD_CONTROL, 0, WORD_PROC2, PROC2_EPT, 0},
		{"beyond the width", {{EPTP, OR, BEYOND}}, BAD_CONTROL, 0, WORD_PROC2, PROC2_EPT, 0},
		{"EPTP unused",
		 {{PROC2_CONTROLS, CLEAR, PROC2_EPT}, {EPTP, SET, ~0ULL}}, OK, 0, WORD_PROC2,
		 PROC2_EPT, 0},
		{"unrestricted guest without EPT",
		 {{PROC2_CONTROLS, CLEAR, PROC2_EPT}, {PROC2_CONTROLS, OR, PROC2_UNRESTRICTED}},
		 BAD_CONTROL, 0, WORD_PROC2, PROC2_UNRESTRICTED, 0},
		{"page-modification log without EPT",
		 {{PROC2_CONTROLS, CLEAR, PROC2_EPT}, {PROC2_CONTROLS, OR, BIT(17)}}, BAD_CONTROL, 0,
		 WORD_PROC2, BIT(17), 0},
	};

	ROWS(rows);
}

TEST(control_exit)
{
	static const struct row rows[] = {
		{"timer saved but not used",
		 {{PIN_CONTROLS, CLEAR, PIN_TIMER}, {EXIT_CONTROLS, OR, EXIT_SAVE_TIMER}},
		 BAD_CONTROL, 0, WORD_EXIT, EXIT_SAVE_TIMER, 0},
		{"MSR store list misaligned",
		 {{EXIT_MSR_STORE_COUNT, SET, 1}, {EXIT_MSR_STORE, SET, 0x3000008}}, BAD_CONTROL, 0,
		 0, 0, 0},
		{"MSR store list beyond the width",
		 {{EXIT_MSR_STORE_COUNT, SET, 1}, {EXIT_MSR_STORE, SET, BEYOND}}, BAD_CONTROL, 0, 0,
		 0, 0},
		{"MSR load list misaligned",
		 {{EXIT_MSR_LOAD_COUNT, SET, 1}, {EXIT_MSR_LOAD, SET, 0x3000004}}, BAD_CONTROL, 0, 0,
		 0, 0},
		{"MSR load list beyond the width",
		 {{EXIT_MSR_LOAD_COUNT, SET, 1}, {EXIT_MSR_LOAD, SET, BEYOND}}, BAD_CONTROL, 0, 0, 0,
		 0},
		{"lists of no entries",
		 {{EXIT_MSR_LOAD, SET, ~0ULL}, {EXIT_MSR_STORE, SET, 1}, {ENTRY_MSR_LOAD, SET, 3}},
		 OK, 0, 0, 0, 0},
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
		{"SMM", {{ENTRY_CONTROLS, OR, ENTRY_SMM}}, BAD_CONTROL, 0, 0, 0, BAD_GUEST},
		{"dual-monitor off", {{ENTRY_CONTROLS, OR, BIT(11)}}, BAD_CONTROL, 0, 0, 0, 0},
		{"MSR list misaligned",
		 {{ENTRY_MSR_LOAD_COUNT, SET, 1}, {ENTRY_MSR_LOAD, SET, 0x3000001}}, BAD_CONTROL, 0,
		 0, 0, 0},
		{"MSR list beyond the width",
		 {{ENTRY_MSR_LOAD_COUNT, SET, 1}, {ENTRY_MSR_LOAD, SET, BEYOND}}, BAD_CONTROL, 0, 0,
		 0, 0},
		{"event type 1", {{ENTRY_EVENT, SET, EVENT(1, 0x40)}}, BAD_CONTROL, 0, 0, 0, 0},
		{"event reserved bits", {{ENTRY_EVENT, SET, EVENT(0, 0x40) | BIT(12)}}, BAD_CONTROL,
		 0, 0, 0, 0},
		{"NMI of vector 3", {{ENTRY_EVENT, SET, EVENT(EVENT_NMI, 3)}}, BAD_CONTROL, 0, 0, 0,
		 0},
		{"exception 32", {{ENTRY_EVENT, SET, EVENT(EVENT_EXCEPTION, 32)}}, BAD_CONTROL, 0, 0,
		 0, 0},
		{"other event 1", {{ENTRY_EVENT, SET, EVENT(EVENT_OTHER, 1)}}, BAD_CONTROL, 0, WORD_PROC,
		 PROC_MTF, 0},
		{"#UD with error code",
		 {{ENTRY_EVENT, SET, EVENT(EVENT_EXCEPTION, 6) | EVENT_ERROR}}, BAD_CONTROL, 0, 0, 0,
		 0},
		{"#GP without error code", {{ENTRY_EVENT, SET, EVENT(EVENT_EXCEPTION, 13)}},
		 BAD_CONTROL, 0, 0, 0, 0},
		{"interrupt with error code",
		 {{ENTRY_EVENT, SET, EVENT(EVENT_EXTERNAL, 0x40) | EVENT_ERROR}}, BAD_CONTROL, 0, 0,
		 0, 0},
		{"error code of 17 bits",
		 {{ENTRY_EVENT, SET, EVENT(EVENT_EXCEPTION, 13) | EVENT_ERROR},
		  {ENTRY_ERROR_CODE, SET, BIT(16)}}, BAD_CONTROL, 0, 0, 0, 0},
		{"software interrupt of 16 bytes", {SOFT_INT(16)}, BAD_CONTROL, 0, 0, 0, 0},
		{"software interrupt of 2 bytes", {SOFT_INT(2)}, OK, 0, 0, 0, 0},
		{"nonsense without the valid bit",
		 {{ENTRY_EVENT, SET, 0x7fffffff}, {ENTRY_ERROR_CODE, SET, ~0ULL},
		  {ENTRY_LENGTH, SET, 99}}, OK, 0, 0, 0, 0},
	};

	ROWS(rows);
}

TEST(control_soft_event_length_0)
{
	static const struct row allowed[] = {{"length 0", {SOFT_INT(0)}, OK, 0, 0, 0, 0}};
	static const struct row refused[] = {{"length 0", {SOFT_INT(0)}, BAD_CONTROL, 0, 0, 0, 0}};

	NEED(vmx_available(), "no VMX");
	/* IA32_VMX_MISC bit 30 */
	if (rdmsr(MSR_VMX_MISC) & BIT(30))
		ROWS(allowed);
	else
		ROWS(refused);
}
