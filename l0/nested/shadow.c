// SPDX-License-Identifier: Apache-2.0
#include "nested/shadow.h"
#include "lib/asm.h"
#include "nested/nested.h"
#include "vcpu/vcpu.h"
#include "hw/vmx.h"
#include "hw/x86.h"
#include "lib/string.h"
#include "shadow_vmcs.h"
#include "vcpu/vm.h"

/* Fields of VMCS01 that no VMCS12 has, since shadowing is not offered to L1 (SDM 25.6.15). */
#define VMCS_VMREAD_BITMAP  0x2026
#define VMCS_VMWRITE_BITMAP 0x2028

#define SHADOW_REVISION (1u << 31) /* the region is a shadow VMCS (SDM 25.2) */

/* Done with the shadow VMCS: it goes to memory, where the processor looks for it (SDM 25.10). */
static void leave(const struct vcpu *v)
{
	if (!vmclear(v->nested.shadow))
		vmx_refused("VMCLEAR");
}

void nested_shadow_init(struct vcpu *v, uint8_t *pages)
{
	uint32_t revision = (uint32_t)rdmsr(MSR_VMX_BASIC) | SHADOW_REVISION;
	uint8_t *read = pages + SHADOW_BITMAP_BYTES, *write = read + SHADOW_BITMAP_BYTES;

	memcpy(pages, &revision, sizeof(revision));
	shadow_bitmaps(&v->vm->vmcs_index, read, write);
	v->nested.shadow = (uintptr_t)pages;
	leave(v);
	vmcs_write(VMCS_VMREAD_BITMAP, (uintptr_t)read);
	vmcs_write(VMCS_VMWRITE_BITMAP, (uintptr_t)write);
}

void nested_shadow_switch(struct vcpu *v, bool on)
{
	uint64_t proc2 = vmcs_read(VMCS_PROC2_CONTROLS) & ~(uint64_t)PROC2_VMCS_SHADOWING;

	if (v->nested.shadow)
		vmcs_write(VMCS_PROC2_CONTROLS, proc2 | (on ? PROC2_VMCS_SHADOWING : 0));
}

void nested_shadow_begin(struct vcpu *v)
{
	if (!v->nested.shadow)
		return;
	vmptrld(v->nested.shadow);
	shadow_fill(&v->nested.cache, &v->vm->vmcs_index);
	leave(v);
	vcpu_switch(v, 1);
	vmcs_write(VMCS_VMCS_LINK_POINTER, v->nested.shadow);
}

void nested_shadow_end(struct vcpu *v)
{
	if (v->nested.shadow)
		vmcs_write(VMCS_VMCS_LINK_POINTER, VMCS12_LINK_NONE);
}

void nested_shadow_load(struct vcpu *v)
{
	if (!v->nested.shadow)
		return;
	vmptrld(v->nested.shadow);
	shadow_load(&v->nested.cache);
	leave(v);
}

void nested_shadow_store(struct vcpu *v)
{
	if (!v->nested.shadow)
		return;
	vmptrld(v->nested.shadow);
	shadow_store(&v->nested.cache);
	leave(v);
}
