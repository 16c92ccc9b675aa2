// SPDX-License-Identifier: Apache-2.0
/* The shadow of the guest's IDT: found, mapped, given up. */
#include "eli_host.h"
#include "hw/vmx.h"
#include "hw/x86.h"
#include "memory/guest_memory.h"
#include "vcpu/direct.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

static struct vcpu *vcpu_of(const struct eli_idt *idt)
{
	return (struct vcpu *)((uintptr_t)idt - __builtin_offsetof(struct vcpu, direct.idt));
}

const uint8_t *eli_host_page(const struct eli_idt *idt, uint64_t linear, uint64_t *gpa)
{
	const struct vm *vm = vcpu_of(idt)->vm;
	const struct guest_space space = {
		.ram = &vm->ram,
		.ept01 = &vm->ept01,
		.maxphyaddr = vm->features.maxphyaddr,
		.page_1g = true,
	};
	struct guest_pieces pieces;
	struct guest_answer why;

	if (!guest_reach(&space, linear, ELI_PAGE_SIZE, GUEST_READ, false, &pieces, &why))
		return NULL;
	*gpa = pieces.piece[0].gpa;
	return pieces.piece[0].ram;
}

/* ---- EPT01, and EPT01 direct ---- */

/*
 * The guest's page in EPT01, and in EPT01 direct what it sees there. False: a large leaf could not
 * be split; what was split once is so for good, so the way back never fails.
 */
static bool map(struct vm *vm, const struct eli_idt_page *page, const uint8_t *direct,
		uint64_t rights)
{
	return !ept01_map(&vm->ept01, page->gpa, (uintptr_t)page->own, ELI_PAGE_SIZE, rights,
			  EPT_WB) &&
	       !ept01_map(&vm->ept01_direct, page->gpa, (uintptr_t)direct, ELI_PAGE_SIZE, rights,
			  EPT_WB);
}

/* What was made from EPT01 while the page could be written is dropped before the next entry. */
static bool protect(struct vcpu *v)
{
	const struct eli_idt *idt = &v->direct.idt;
	bool done = true;

	lock_take(&v->vm->shared.lock);
	for (unsigned i = 0; i < idt->pages; i++)
		done &= map(v->vm, &idt->page[i], idt->page[i].shadow, EPT_R | EPT_X);
	lock_give(&v->vm->shared.lock);
	invept(INVEPT_ALL, 0);
	shared_tell_all(v->vm);
	return done;
}

static void unprotect(struct vcpu *v)
{
	const struct eli_idt *idt = &v->direct.idt;

	lock_take(&v->vm->shared.lock);
	for (unsigned i = 0; i < idt->pages; i++)
		map(v->vm, &idt->page[i], idt->page[i].own, EPT_RWX);
	lock_give(&v->vm->shared.lock);
}

/* For some time there is none. */
static void drop(struct vcpu *v)
{
	unprotect(v);
	eli_idt_drop(&v->direct.idt);
	invept(INVEPT_ALL, 0);
	v->direct.idt_next = v->now + v->vm->knobs.eli_look;
}

/* ---- when ---- */

static void make(struct vcpu *v)
{
	struct direct *d = &v->direct;
	struct eli_vectors wanted;

	d->opened = __atomic_load_n(&d->asked, __ATOMIC_ACQUIRE);
	wanted = direct_wanted(d);
	unprotect(v);
	if (!eli_idt_make(&d->idt, vmcs_read(VMCS_GUEST_IDTR_BASE),
			  (uint16_t)vmcs_read(VMCS_GUEST_IDTR_LIMIT), &wanted) ||
	    !protect(v))
		drop(v);
}

static bool is_ia32e(void)
{
	return vmcs_read(VMCS_GUEST_EFER) & EFER_LMA;
}

static bool same_idtr(const struct eli_idt *idt)
{
	return vmcs_read(VMCS_GUEST_IDTR_BASE) == idt->base &&
	       vmcs_read(VMCS_GUEST_IDTR_LIMIT) == idt->limit;
}

void direct_idt_refresh(struct vcpu *v)
{
	struct direct *d = &v->direct;

	if (d->idt.pages && !is_ia32e()) {
		drop(v);
	} else if (d->idt.pages && !same_idtr(&d->idt)) {
		eli_guard_count(&d->guard, ELI_TROUBLE_MOVE, v->now);
		make(v);
	} else {
		make(v);
	}
}

bool direct_idt_stale(const struct vcpu *v)
{
	const struct direct *d = &v->direct;

	if (d->idt.pages)
		return !is_ia32e() || !same_idtr(&d->idt) || direct_asked(d);
	return __atomic_load_n(&d->asked, __ATOMIC_RELAXED) && v->now >= d->idt_next && is_ia32e();
}

void direct_idt_look(struct vcpu *v)
{
	struct direct *d = &v->direct;

	if (!d->idt.pages || !eli_idt_moved(&d->idt, vmcs_read(VMCS_GUEST_IDTR_BASE),
					    (uint16_t)vmcs_read(VMCS_GUEST_IDTR_LIMIT)))
		return;
	eli_guard_count(&d->guard, ELI_TROUBLE_MOVE, v->now);
	make(v);
}

bool direct_idt_written(struct vcpu *v, uint64_t gpa)
{
	struct direct *d = &v->direct;
	bool shadowed = false;

	for (unsigned i = 0; i < d->idt.pages; i++)
		shadowed |= d->idt.page[i].gpa == (gpa & ~(ELI_PAGE_SIZE - 1));
	if (!shadowed)
		return false;
	eli_guard_count(&d->guard, ELI_TROUBLE_WRITE, v->now);
	drop(v);
	return true;
}
