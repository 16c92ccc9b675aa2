// SPDX-License-Identifier: Apache-2.0
/* VMREAD and VMWRITE of L1 (vmcs=trap: each one exits). */
#include "handlers/guest_access.h"
#include "nested/nested.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "nested/vmfail.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

/* Instruction information of VMREAD and VMWRITE (SDM table 28-14). */
#define INFO_REGISTER(i) ((i)&1u << 10)
#define INFO_REG1(i)     ((i) >> 3 & 15)
#define INFO_REG2(i)     ((i) >> 28)

void nested_fetch_rare(struct vcpu *v)
{
	if (!v->nested.cache.stale)
		return;
	vcpu_switch(v, 2);
	vmcs12_fetch_rare(&v->nested.cache);
	vcpu_switch(v, 1);
}

/*
 * What both have in common: the row that register 2 names. -1: the instruction is over, by a fault
 * or by VMfail. @size becomes that of the other operand.
 */
static inline int operand_row(struct vcpu *v, uint32_t info, uint64_t *encoding, unsigned *size)
{
	int row;

	if (!vmx_instruction_allowed(v, false))
		return -1;
	if (v->nested.current == VMCS12_NONE) {
		vmfail_invalid(v);
		return -1;
	}
	*size = v->nested.on64 ? 8 : 4;
	*encoding = vcpu_reg(v, INFO_REG2(info));
	if (*size == 4)
		*encoding = (uint32_t)*encoding;
	row = vmcs_row(&v->vm->vmcs_index, *encoding);
	if (row < 0)
		vmfail(v, VMERR_UNSUPPORTED_FIELD);
	else if (v->nested.cache.stale && vmcs12_row_stale(&v->nested.cache, row))
		nested_fetch_rare(v);
	return row;
}

/* The other operand in memory. False: a fault was injected. */
static bool memory_operand(struct vcpu *v, uint32_t info, unsigned size, enum guest_access access,
			   uint64_t *value)
{
	uint64_t linear;

	if (!guest_operand(v, info, vmcs_read(VMCS_EXIT_QUALIFICATION), size, access, &linear))
		return false;
	return access == GUEST_WRITE ? guest_write(v, linear, value, size)
				     : guest_read(v, linear, value, size);
}

static __attribute__((noinline)) void vmread_any(struct vcpu *v, uint32_t info)
{
	uint64_t encoding, value;
	unsigned size;
	int row = operand_row(v, info, &encoding, &size);

	if (row < 0)
		return;
	value = vmcs12_read(&v->nested.cache, row, vmcs_is_high(encoding));
	if (INFO_REGISTER(info))
		vcpu_set_reg(v, INFO_REG1(info), size == 8 ? value : (uint32_t)value);
	else if (!memory_operand(v, info, size, GUEST_WRITE, &value))
		return;
	vmsucceed(v);
}

static __attribute__((noinline)) void vmwrite_any(struct vcpu *v, uint32_t info)
{
	uint64_t encoding, value = 0;
	unsigned size;
	int row = operand_row(v, info, &encoding, &size);

	if (row < 0)
		return;
	if (INFO_REGISTER(info))
		value = vcpu_reg(v, INFO_REG1(info));
	else if (!memory_operand(v, info, size, GUEST_READ, &value))
		return;
	if (size == 4)
		value = (uint32_t)value;
	if (vmcs_row_read_only(row)) {
		vmfail(v, VMERR_READ_ONLY_FIELD);
		return;
	}
	vmcs12_write(&v->nested.cache, row, vmcs_is_high(encoding), value);
	vmsucceed(v);
}

/*
 * Nearly every one is 64-bit code at CPL 0 with both operands in registers, and asks for a plain
 * field: no fault and no VMfail can come of it. (A segment that is not conforming has CPL as DPL.)
 */
static inline bool ordinary(const struct vcpu *v, uint32_t info)
{
	uint32_t cs = (uint32_t)vmcs_read(VMCS_GUEST_CS_ACCESS);

	return v->nested.plain &&
	       (cs & (SEGMENT_L | SEGMENT_DPL | SEGMENT_CONFORMING)) == SEGMENT_L &&
	       INFO_REGISTER(info) && INFO_REG1(info) != RSP && INFO_REG2(info) != RSP;
}

void nested_vmread(struct vcpu *v)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_INFO);
	unsigned entry;

	if (ordinary(v, info)) {
		entry = vmcs_entry(&v->vm->vmcs_index, v->regs.gpr[INFO_REG2(info)]);
		if (vmcs_entry_plain(entry, false)) {
			v->regs.gpr[INFO_REG1(info)] =
				vmcs12_read(&v->nested.cache, (uint8_t)entry, false);
			vmsucceed64(v);
			return;
		}
	}
	vmread_any(v, info);
}

void nested_vmwrite(struct vcpu *v)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_INFO);
	unsigned entry;

	if (ordinary(v, info)) {
		entry = vmcs_entry(&v->vm->vmcs_index, v->regs.gpr[INFO_REG2(info)]);
		if (vmcs_entry_plain(entry, true)) {
			vmcs12_write(&v->nested.cache, (uint8_t)entry, false,
				     v->regs.gpr[INFO_REG1(info)]);
			vmsucceed64(v);
			return;
		}
	}
	vmwrite_any(v, info);
}
