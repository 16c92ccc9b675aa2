// SPDX-License-Identifier: Apache-2.0
#include "hw/x86.h"
#include "lib/asm.h"
#include "lib/string.h"
#include "vcpu/reset.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define ACCESS_REAL_CODE 0x9b
#define ACCESS_REAL_DATA 0x93
#define ACCESS_LDT       0x82
#define ACCESS_TSS       0x8b

#define RESET_CS      0xf000
#define RESET_CS_BASE 0xffff0000u
#define RESET_RIP     0xfff0
#define RESET_CR0     (CR0_CD | CR0_NW | CR0_ET)

/* One row per segment, in the order of the VMCS encodings (each two apart). */
static void write_segments(void)
{
	static const uint32_t access[] = {
		ACCESS_REAL_DATA, ACCESS_REAL_CODE, ACCESS_REAL_DATA, ACCESS_REAL_DATA,
		ACCESS_REAL_DATA, ACCESS_REAL_DATA, ACCESS_LDT,       ACCESS_TSS,
	};

	for (unsigned i = 0; i < sizeof(access) / sizeof(access[0]); i++) {
		vmcs_write(VMCS_GUEST_ES_SELECTOR + 2 * i, 0);
		vmcs_write(VMCS_GUEST_ES_BASE + 2 * i, 0);
		vmcs_write(VMCS_GUEST_ES_LIMIT + 2 * i, 0xffff);
		vmcs_write(VMCS_GUEST_ES_ACCESS + 2 * i, access[i]);
	}
}

static void write_code(uint16_t selector, uint32_t base, uint16_t rip)
{
	vmcs_write(VMCS_GUEST_CS_SELECTOR, selector);
	vmcs_write(VMCS_GUEST_CS_BASE, base);
	vmcs_write(VMCS_GUEST_RIP, rip);
}

/* The processor keeps its caches on, whatever the guest reads in CR0. */
static void write_control_registers(const struct vcpu *v)
{
	vmcs_write(VMCS_GUEST_CR0, CR0_ET | CR0_NE);
	vmcs_write(VMCS_CR0_SHADOW, RESET_CR0);
	vmcs_write(VMCS_GUEST_CR3, 0);
	vmcs_write(VMCS_GUEST_CR4, CR4_VMXE);
	vmcs_write(VMCS_CR4_SHADOW, 0);
	vmcs_write(VMCS_GUEST_EFER, 0);
	vmcs_write(VMCS_ENTRY_CONTROLS, v->nested.entry01);
	vmcs_write(VMCS_GUEST_DR7, DR7_RESET);
	vmcs_write(VMCS_GUEST_DEBUGCTL, 0);
	write_cr2(0);
}

static void write_tables(void)
{
	vmcs_write(VMCS_GUEST_GDTR_BASE, 0);
	vmcs_write(VMCS_GUEST_GDTR_LIMIT, 0xffff);
	vmcs_write(VMCS_GUEST_IDTR_BASE, 0);
	vmcs_write(VMCS_GUEST_IDTR_LIMIT, 0xffff);
}

static void write_general_registers(struct vcpu *v)
{
	memset(&v->regs, 0, sizeof(v->regs));
	v->regs.gpr[RDX] = v->vm->cpuid.basic[1].eax; /* family, model, stepping */
	vmcs_write(VMCS_GUEST_RSP, 0);
	vmcs_write(VMCS_GUEST_RFLAGS, RFLAGS_FIXED1);
}

/*
 * L0 waits for the IPI in the guest's HLT state, which every interrupt of L0's ends; in the
 * processor's own wait-for-SIPI state none would.
 */
void vcpu_wait_for_startup(struct vcpu *v)
{
	v->events.fault.info = v->events.redo.info = 0;
	write_segments();
	write_code(RESET_CS, RESET_CS_BASE, RESET_RIP);
	write_control_registers(v);
	write_tables();
	write_general_registers(v);
	vmcs_write(VMCS_GUEST_INTERRUPTIBILITY, 0);
	vmcs_write(VMCS_GUEST_PENDING_DEBUG, 0);
	vmcs_write(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
}

void vcpu_start_up(uint8_t page)
{
	write_code((uint16_t)(page << 8), (uint32_t)page << 12, 0);
	vmcs_write(VMCS_GUEST_ACTIVITY, ACTIVITY_ACTIVE);
}
