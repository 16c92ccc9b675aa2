// SPDX-License-Identifier: Apache-2.0
#include "nested/apic.h"

#include "handlers/msr_bitmap.h"
#include "hw/apic.h"
#include "hw/vmx.h"
#include "hw/x86.h"
#include "lib/string.h"
#include "nested/nested.h"
#include "vcpu/notify.h"
#include "vcpu/shared.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

static void fill_nowhere(struct nested *n)
{
	memset(n->nowhere, 0xff, sizeof(n->nowhere));
}

/*
 * A virtual-APIC page where L1 has no RAM reads as all ones and loses what is written, as any
 * address without a device: a page of L0's own, made anew for each entry.
 */
static void write_page(struct vcpu *v)
{
	struct nested *n = &v->nested;
	uint64_t hpa = ram_hpa(&v->vm->ram, n->cache.v.virtual_apic_address, 4096);

	n->apic_again = n->page_nowhere = !hpa;
	if (!hpa)
		fill_nowhere(n);
	vmcs_write(VMCS_VIRTUAL_APIC_ADDRESS, hpa ? hpa : (uintptr_t)n->nowhere);
}

/* An L2 without EPT12 runs on EPT01, where the page is most often part of a larger leaf. */
static void set_apart(struct vcpu *v, uint64_t gpa)
{
	if (gpa == v->nested.apart)
		return;
	v->nested.apart = gpa;
	shared_split(v->vm, gpa);
	invept(INVEPT_ALL, 0);
}

/*
 * The processor knows an APIC access by the host address of a 4 KiB leaf (SDM 30.4.1), and EPT02
 * leads to the very page that EPT01 has here. Where there is none EPT02 leads nowhere, and
 * nested_apic_access() is asked.
 */
static void write_access_page(struct vcpu *v)
{
	struct nested *n = &v->nested;
	uint64_t hpa = ram_hpa(&v->vm->ram, n->cache.v.apic_access_address, 4096);

	if (hpa && !n->ept_slot)
		set_apart(v, n->cache.v.apic_access_address);
	vmcs_write(VMCS_APIC_ACCESS_ADDRESS, hpa ? hpa : (uintptr_t)n->nowhere);
}

/* A descriptor where L1 has no RAM is one that nobody posts to. */
static void write_posting(struct vcpu *v)
{
	struct nested *n = &v->nested;
	const struct vmcs12 *v12 = &n->cache.v;
	uint64_t hpa = ram_hpa(&v->vm->ram, v12->posting_address, sizeof(struct posting));

	vmcs_write(VMCS_POSTING_ADDRESS, hpa ? hpa : (uintptr_t)&n->no_posting);
	vmcs_write(VMCS_NOTIFICATION_VECTOR, APIC_NESTED_VECTOR);
	notify_choose(v, (uint8_t)v12->notification_vector);
}

/* L1 may write its bitmap at any time, so these few words are merged at each entry. */
static void write_bitmap(struct vcpu *v)
{
	struct nested *n = &v->nested;
	const struct vmcs12 *v12 = &n->cache.v;
	bool bitmaps = v12->proc_controls & PROC_MSR_BITMAPS;

	msr_bitmap_merge_x2apic(n->bitmap02,
				bitmaps ? ram_ptr(&v->vm->ram, v12->msr_bitmap, 4096) : NULL,
				&n->x2apic);
}

/* All but the TPR shadow, or an end of it. */
static __attribute__((noinline)) void virtualize(struct vcpu *v, uint32_t proc2)
{
	struct nested *n = &v->nested;

	if (proc2 & PROC2_APIC_ACCESSES)
		write_access_page(v);
	if (n->cache.v.pin_controls & PIN_POSTED_INTERRUPTS)
		write_posting(v);
	/* What the L2 before this one had open is closed again. */
	msr_bitmap_x2apic(&n->x2apic, proc2);
	write_bitmap(v);
	n->virtualized = proc2 & PROC2_VIRTUAL_APIC;
	n->apic_again |= n->x2apic.writes != 0;
}

void nested_apic_enter(struct vcpu *v)
{
	struct nested *n = &v->nested;
	uint32_t proc2 = vmcs12_proc2(&n->cache.v);

	n->apic_again = false;
	if (n->cache.v.proc_controls & PROC_TPR_SHADOW)
		write_page(v);
	if ((proc2 & PROC2_VIRTUAL_APIC) || n->virtualized)
		virtualize(v, proc2);
}

void nested_apic_again(struct vcpu *v)
{
	struct nested *n = &v->nested;

	if (n->x2apic.writes)
		write_bitmap(v);
	if (n->page_nowhere)
		fill_nowhere(n);
}

/* Table "Exit Qualification for APIC-Access VM Exits" (SDM 28.2.1): what kind of access it was. */
enum { ACCESS_READ, ACCESS_WRITE, ACCESS_FETCH, ACCESS_DELIVERY, ACCESS_PHYSICAL = 15 };
#define ACCESS_SHIFT 12

static uint64_t kind_of_access(const struct vcpu *v, uint64_t qualification)
{
	if (!(qualification & EPT_QUAL_FINAL))
		return ACCESS_PHYSICAL;
	if (v->events.redo.info)
		return ACCESS_DELIVERY;
	if (qualification & EPT_X)
		return ACCESS_FETCH;
	return qualification & EPT_W ? ACCESS_WRITE : ACCESS_READ;
}

bool nested_apic_access(struct vcpu *v, uint64_t gpa, uint64_t qualification)
{
	const struct vmcs12 *v12 = &v->nested.cache.v;
	struct vmx_exit e;

	if (!(vmcs12_proc2(v12) & PROC2_APIC_ACCESSES) ||
	    gpa >> 12 != v12->apic_access_address >> 12)
		return false;
	vmx_exit_read(&e);
	e.reason = EXIT_APIC_ACCESS;
	e.qualification = kind_of_access(v, qualification) << ACCESS_SHIFT | (gpa & 0xfff);
	nested_reflect(v, &e);
	return true;
}
