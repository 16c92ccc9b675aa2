// SPDX-License-Identifier: Apache-2.0
// Checks on the guest-state area: SDM vol. 3, 27.3.1. Failure is exit reason 33 with bit 31.
#include "rows.h"

#define G(name, ...) ROW(name, BAD_GUEST, __VA_ARGS__)
/* An erratum of Bochs 3.0, which does not make the check: what it answers comes second. */
#define E(name, engine, ...) ROW_ERRATUM(name, BAD_GUEST, engine, __VA_ARGS__)
#define GOOD(name, ...)      ROW(name, OK, __VA_ARGS__)

/* 27.3.1.1 */
TEST(guest_control_registers)
{
	static const struct row rows[] = {
		G("CR0.NE", {GUEST_CR0, CLEAR, CR0_NE}),
		G("CR0.PE without PG", {GUEST_CR0, CLEAR, CR0_PE}),
		G("CR0.PG with 64-bit", {GUEST_CR0, CLEAR, CR0_PG}),
		G("CR0 bits 63:32", {GUEST_CR0, OR, BIT(32)}),
		GOOD("CR0.CD and NW", {GUEST_CR0, OR, CR0_CD | CR0_NW}),
		G("CR4.VMXE", {GUEST_CR4, CLEAR, CR4_VMXE}),
		G("CR4.PAE with 64-bit", {GUEST_CR4, CLEAR, CR4_PAE}),
		G("CR4 reserved", {GUEST_CR4, OR, BIT(31)}),
		G("CR3 beyond the width", {GUEST_CR3, OR, BEYOND}),
		G("CR3 bit 63", {GUEST_CR3, OR, BIT(63)}),
		G("DR7 bits 63:32", {GUEST_DR7, OR, BIT(32)}),
		E("DEBUGCTL reserved", OK, {GUEST_DEBUGCTL, SET, BIT(2)}),
		E("DEBUGCTL bits 63:32", OK, {GUEST_DEBUGCTL, SET, BIT(33)}),
		GOOD("DR7 unused", {ENTRY_CONTROLS, CLEAR, ENTRY_LOAD_DEBUG},
		     {GUEST_DR7, OR, BIT(32)}),
		G("SYSENTER_ESP", {GUEST_SYSENTER_ESP, SET, NONCANONICAL}),
		G("SYSENTER_EIP", {GUEST_SYSENTER_EIP, SET, NONCANONICAL}),
		G("EFER reserved", {GUEST_EFER, OR, BIT(9)}),
		G("EFER.LMA", {GUEST_EFER, CLEAR, EFER_LMA}),
		G("EFER.LME", {GUEST_EFER, CLEAR, EFER_LME}),
	};
	static const struct row pat[] = {
		ROW_IF(WORD_ENTRY, ENTRY_LOAD_PAT, "PAT type 3", BAD_GUEST, 0,
		       {ENTRY_CONTROLS, OR, ENTRY_LOAD_PAT}, {GUEST_PAT, SET, 3}),
		ROW_IF(WORD_ENTRY, ENTRY_LOAD_PAT, "PAT unused", OK, 0, {GUEST_PAT, SET, ~0ULL}),
		ROW("32-bit guest with EFER.LMA", BAD_GUEST, {ENTRY_CONTROLS, CLEAR, ENTRY_IA32E}),
	};

	ROWS(rows);
	ROWS(pat);
}

/* 27.3.1.2: selectors, bases, limits */
TEST(guest_segment_values)
{
	static const struct row rows[] = {
		G("TR TI", {GUEST_TR, OR, 4}),
		G("LDTR TI", {GUEST_LDTR, SET, 0x54}, {GUEST_LDTR_RIGHTS, SET, 0x82}),
		GOOD("LDTR TI when unusable", {GUEST_LDTR, SET, 0x54}),
		G("SS RPL unlike CS RPL", {GUEST_SS, OR, 3}),
		G("TR base", {GUEST_TR_BASE, SET, NONCANONICAL}),
		G("FS base", {GUEST_FS_BASE, SET, NONCANONICAL}),
		G("GS base", {GUEST_GS_BASE, SET, NONCANONICAL}),
		G("LDTR base", {GUEST_LDTR_BASE, SET, NONCANONICAL},
		  {GUEST_LDTR_RIGHTS, SET, 0x82}),
		GOOD("LDTR base when unusable", {GUEST_LDTR_BASE, SET, NONCANONICAL}),
		G("CS base bits 63:32", {GUEST_CS_BASE, SET, BIT(32)}),
		G("SS base bits 63:32", {GUEST_SS_BASE, SET, BIT(32)}),
		G("DS base bits 63:32", {GUEST_DS_BASE, SET, BIT(33)}),
		G("ES base bits 63:32", {GUEST_ES_BASE, SET, BIT(34)}),
		GOOD("ES base when unusable", {GUEST_ES_BASE, SET, BIT(34)},
		     {GUEST_ES_RIGHTS, SET, 0x10000}),
		G("limit low bits with G", {GUEST_DS_LIMIT, SET, 0xfffff000}),
		G("limit high bits without G", {GUEST_DS_RIGHTS, CLEAR, BIT(15)}),
		GOOD("limit with either G", {GUEST_DS_RIGHTS, CLEAR, BIT(15)},
		     {GUEST_DS_LIMIT, SET, 0xfff}),
		G("TR limit without G", {GUEST_TR_LIMIT, SET, 0x100000}),
		G("GDTR base", {GUEST_GDTR_BASE, SET, NONCANONICAL}),
		G("IDTR base", {GUEST_IDTR_BASE, SET, NONCANONICAL}),
		G("GDTR limit", {GUEST_GDTR_LIMIT, SET, 0x10000}),
		G("IDTR limit", {GUEST_IDTR_LIMIT, SET, 0x10000}),
	};

	ROWS(rows);
}

/* 27.3.1.2: access rights */
TEST(guest_segment_rights)
{
	static const struct row rows[] = {
		G("CS as writable data", {GUEST_CS_RIGHTS, SET, 0xa093}),
		G("CS not accessed", {GUEST_CS_RIGHTS, CLEAR, 1}),
		G("CS system", {GUEST_CS_RIGHTS, CLEAR, BIT(4)}),
		G("CS not present", {GUEST_CS_RIGHTS, CLEAR, BIT(7)}),
		G("CS reserved bit 8", {GUEST_CS_RIGHTS, OR, BIT(8)}),
		G("CS with L and D", {GUEST_CS_RIGHTS, OR, BIT(14)}),
		G("CS DPL unlike SS DPL", {GUEST_CS_RIGHTS, OR, 0x60}),
		G("SS type 1", {GUEST_SS_RIGHTS, SET, 0xc091}),
		G("SS as code", {GUEST_SS_RIGHTS, SET, 0xc09b}),
		G("SS DPL unlike RPL", {GUEST_SS_RIGHTS, OR, 0x60}),
		G("SS not present", {GUEST_SS_RIGHTS, CLEAR, BIT(7)}),
		GOOD("SS unusable", {GUEST_SS_RIGHTS, SET, 0x10000}),
		G("DS not accessed", {GUEST_DS_RIGHTS, CLEAR, 1}),
		G("DS unreadable code", {GUEST_DS_RIGHTS, SET, 0xc099}),
		G("ES system", {GUEST_ES_RIGHTS, CLEAR, BIT(4)}),
		G("FS not present", {GUEST_FS_RIGHTS, CLEAR, BIT(7)}),
		G("GS reserved bit 10", {GUEST_GS_RIGHTS, OR, BIT(10)}),
		G("DS DPL below RPL", {GUEST_DS, OR, 3}),
		G("TR available", {GUEST_TR_RIGHTS, SET, 0x89}),
		G("TR 16-bit in 64-bit mode", {GUEST_TR_RIGHTS, SET, 0x83}),
		G("TR with S", {GUEST_TR_RIGHTS, OR, BIT(4)}),
		G("TR not present", {GUEST_TR_RIGHTS, CLEAR, BIT(7)}),
		G("TR unusable", {GUEST_TR_RIGHTS, OR, BIT(16)}),
		G("TR reserved bit 9", {GUEST_TR_RIGHTS, OR, BIT(9)}),
		G("LDTR type", {GUEST_LDTR_RIGHTS, SET, 0x83}),
		G("LDTR not present", {GUEST_LDTR_RIGHTS, SET, 0x02}),
		GOOD("LDTR usable", {GUEST_LDTR, SET, 0x50}, {GUEST_LDTR_RIGHTS, SET, 0x82}),
	};

	ROWS(rows);
}

/* 27.3.1.4 */
TEST(guest_rip_and_rflags)
{
	static const struct row rows[] = {
		E("RIP not canonical", X_TIMER, {GUEST_RIP, SET, NONCANONICAL}),
		/* Bits 63:48 are compared with each other, not with bit 47: the fetch faults. */
		ROW("RIP with bit 47 alone", EXCEPTION, {GUEST_RIP, SET, BIT(47)},
		    {EXCEPTION_BITMAP, SET, BIT(GP)}),
		ROW("RIP with all bits above 47", EXCEPTION, {GUEST_RIP, SET, ~(BIT(48) - 1)},
		    {EXCEPTION_BITMAP, SET, BIT(GP)}),
		G("RIP bits 63:32 outside 64-bit mode", {GUEST_CS_RIGHTS, SET, 0xc09b},
		  {GUEST_RIP, OR, BIT(32)}),
		G("RFLAGS bit 1", {GUEST_RFLAGS, CLEAR, BIT(1)}),
		G("RFLAGS bit 3", {GUEST_RFLAGS, OR, BIT(3)}),
		G("RFLAGS bit 15", {GUEST_RFLAGS, OR, BIT(15)}),
		G("RFLAGS bit 22", {GUEST_RFLAGS, OR, BIT(22)}),
		G("RFLAGS bit 63", {GUEST_RFLAGS, OR, BIT(63)}),
		G("RFLAGS.VM in 64-bit mode", {GUEST_RFLAGS, OR, RFLAGS_VM}),
		G("external interrupt without IF", {ENTRY_EVENT, SET, EVENT(0, 0x40)}),
		GOOD("external interrupt with IF", {ENTRY_EVENT, SET, EVENT(0, 0x40)},
		     {GUEST_RFLAGS, OR, RFLAGS_IF}),
	};

	ROWS(rows);
}

#define STI_BLOCK BIT(0)
#define SS_BLOCK  BIT(1)
#define SMI_BLOCK BIT(2)
#define NMI_BLOCK BIT(3)

/* 27.3.1.5 */
TEST(guest_non_register_state)
{
	static const struct row rows[] = {
		G("activity 4", {GUEST_ACTIVITY, SET, 4}),
		G("activity of 32 bits", {GUEST_ACTIVITY, SET, 0xffffffff}),
		G("HLT with blocking by STI", {GUEST_ACTIVITY, SET, 1},
		  {GUEST_INTERRUPTIBILITY, SET, STI_BLOCK}, {GUEST_RFLAGS, OR, RFLAGS_IF}),
		E("HLT with a page fault", OK, {GUEST_ACTIVITY, SET, 1},
		  {ENTRY_EVENT, SET, EVENT(EVENT_EXCEPTION, 14) | EVENT_ERROR}),
		E("HLT with a software interrupt", OK, {GUEST_ACTIVITY, SET, 1},
		  {ENTRY_EVENT, SET, EVENT(EVENT_SOFT_INT, 0x40)}, {ENTRY_LENGTH, SET, 2}),
		G("shutdown with an interrupt", {GUEST_ACTIVITY, SET, 2},
		  {ENTRY_EVENT, SET, EVENT(0, 0x40)}, {GUEST_RFLAGS, OR, RFLAGS_IF}),
		G("shutdown with blocking by STI", {GUEST_ACTIVITY, SET, 2},
		  {GUEST_INTERRUPTIBILITY, SET, STI_BLOCK}, {GUEST_RFLAGS, OR, RFLAGS_IF}),
		G("wait-for-SIPI with an NMI", {GUEST_ACTIVITY, SET, 3},
		  {ENTRY_EVENT, SET, EVENT(EVENT_NMI, NMI)}),
		G("interruptibility bit 5", {GUEST_INTERRUPTIBILITY, SET, BIT(5)}),
		G("interruptibility bit 31", {GUEST_INTERRUPTIBILITY, SET, BIT(31)}),
		G("STI and MOV SS", {GUEST_INTERRUPTIBILITY, SET, STI_BLOCK | SS_BLOCK},
		  {GUEST_RFLAGS, OR, RFLAGS_IF}),
		G("STI without IF", {GUEST_INTERRUPTIBILITY, SET, STI_BLOCK}),
		GOOD("STI with IF", {GUEST_INTERRUPTIBILITY, SET, STI_BLOCK},
		     {GUEST_RFLAGS, OR, RFLAGS_IF}),
		GOOD("MOV SS", {GUEST_INTERRUPTIBILITY, SET, SS_BLOCK}),
		G("blocking by SMI outside SMM", {GUEST_INTERRUPTIBILITY, SET, SMI_BLOCK}),
		GOOD("blocking by NMI", {GUEST_INTERRUPTIBILITY, SET, NMI_BLOCK}),
		G("interrupt with blocking by STI", {GUEST_INTERRUPTIBILITY, SET, STI_BLOCK},
		  {GUEST_RFLAGS, OR, RFLAGS_IF}, {ENTRY_EVENT, SET, EVENT(0, 0x40)}),
		G("interrupt with blocking by MOV SS", {GUEST_INTERRUPTIBILITY, SET, SS_BLOCK},
		  {GUEST_RFLAGS, OR, RFLAGS_IF}, {ENTRY_EVENT, SET, EVENT(0, 0x40)}),
		G("NMI with blocking by MOV SS", {GUEST_INTERRUPTIBILITY, SET, SS_BLOCK},
		  {ENTRY_EVENT, SET, EVENT(EVENT_NMI, 2)}),
		GOOD("NMI with blocking by NMI, NMIs not virtual",
		     {GUEST_INTERRUPTIBILITY, SET, NMI_BLOCK},
		     {ENTRY_EVENT, SET, EVENT(EVENT_NMI, 2)}),
		ROW_IF_ERRATUM(WORD_PIN, PIN_VIRTUAL_NMI, "NMI with blocking by virtual NMI",
			       BAD_GUEST, OK, {PIN_CONTROLS, OR, PIN_NMI | PIN_VIRTUAL_NMI},
			       {GUEST_INTERRUPTIBILITY, SET, NMI_BLOCK},
			       {ENTRY_EVENT, SET, EVENT(EVENT_NMI, 2)}),
	};

	ROWS(rows);
}

TEST(guest_pending_debug)
{
	static const struct row rows[] = {
		G("bit 4", {GUEST_PENDING_DEBUG, SET, BIT(4)}),
		G("bit 13", {GUEST_PENDING_DEBUG, SET, BIT(13)}),
		G("bit 17", {GUEST_PENDING_DEBUG, SET, BIT(17)}),
		E("bit 63", OK, {GUEST_PENDING_DEBUG, SET, BIT(63)}),
		E("BS without TF while blocked", OK, {GUEST_INTERRUPTIBILITY, SET, SS_BLOCK},
		  {GUEST_PENDING_DEBUG, SET, BIT(14)}),
		E("TF without BS while blocked", OK, {GUEST_INTERRUPTIBILITY, SET, SS_BLOCK},
		  {GUEST_RFLAGS, OR, RFLAGS_TF}),
	};

	ROWS(rows);
}

TEST(guest_link_pointer)
{
	static const struct row rows[] = {
		ROW_IF(0, 0, "misaligned", BAD_GUEST, 4, {LINK_POINTER, SET, 0x3000008}),
		ROW_IF(0, 0, "beyond the width", BAD_GUEST, 4, {LINK_POINTER, SET, BEYOND}),
		ROW_IF(0, 0, "wrong revision", BAD_GUEST, 4, {LINK_POINTER, SET, 0x3000000}),
	};

	*(uint32_t *)0x3000000 = 0x7ffffffe;
	ROWS(rows);
	*(uint32_t *)0x3000000 = 0;
}

/* 27.3.1.6: a PAE guest under EPT has its PDPTEs in the VMCS. */
TEST(guest_pdptes)
{
#define PAE_GUEST                                                                                  \
	{ENTRY_CONTROLS, CLEAR, ENTRY_IA32E}, {GUEST_EFER, SET, EFER_NXE},                         \
	{                                                                                          \
		GUEST_CS_RIGHTS, SET, 0xc09b                                                       \
	}
	static const struct row rows[] = {
		ROW_IF(WORD_PROC2, PROC2_EPT, "PDPTE reserved bit 1", BAD_GUEST, 2, PAE_GUEST,
		       {GUEST_PDPTE0, SET, 3}),
		ROW_IF(WORD_PROC2, PROC2_EPT, "PDPTE beyond the width", BAD_GUEST, 2, PAE_GUEST,
		       {GUEST_PDPTE3, SET, BEYOND | 1}),
	};

	ROWS(rows);
}
