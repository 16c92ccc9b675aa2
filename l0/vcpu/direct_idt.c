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

/* ---- EPT01, and each vCPU's EPT01 direct ---- */

static const struct eli_idt_page *held_by(const struct vcpu *v, uint64_t gpa)
{
	const struct direct *d = &v->direct;

	for (unsigned i = 0; i < d->holds; i++)
		if (d->held[i].gpa == gpa)
			return &d->held[i];
	return NULL;
}

static bool is_held(const struct vm *vm, uint64_t gpa)
{
	for (unsigned i = 0; i < vm->vcpus; i++)
		if (held_by(vm->vcpu[i], gpa))
			return true;
	return false;
}

/*
 * A page of the guest's as those who hold it want it: the guest's own, and in EPT01 direct of each
 * of them its shadow. Under the lock. False: a large leaf could not be split; what was split once
 * is so for good, so the way back never fails.
 */
static bool lay(struct vm *vm, const struct eli_idt_page *page)
{
	uint64_t rights = is_held(vm, page->gpa) ? EPT_R | EPT_X : EPT_RWX;
	uint64_t own = (uintptr_t)page->own;
	bool done = !ept01_map(&vm->ept01, page->gpa, own, ELI_PAGE_SIZE, rights, EPT_WB);

	for (unsigned i = 0; i < vm->vcpus; i++) {
		const struct eli_idt_page *held = held_by(vm->vcpu[i], page->gpa);

		done &= !ept01_map(&vm->vcpu[i]->direct.ept01, page->gpa,
				   held ? (uintptr_t)held->shadow : own, ELI_PAGE_SIZE, rights,
				   EPT_WB);
	}
	return done;
}

static bool lay_all(struct vm *vm, const struct eli_idt_page *page, unsigned count)
{
	bool done = true;

	for (unsigned i = 0; i < count; i++)
		done &= lay(vm, &page[i]);
	return done;
}

/* What was made from EPT01 while the pages could be written is dropped before the next entries. */
static bool hold(struct vcpu *v)
{
	struct direct *d = &v->direct;
	bool done;

	lock_take(&v->vm->shared.lock);
	d->holds = d->idt.pages;
	for (unsigned i = 0; i < d->holds; i++)
		d->held[i] = d->idt.page[i];
	done = lay_all(v->vm, d->held, d->holds);
	lock_give(&v->vm->shared.lock);
	invept(INVEPT_ALL, 0);
	shared_tell_all(v->vm);
	d->since = shared_changes(v->vm);
	return done;
}

static void release(struct vcpu *v)
{
	struct direct *d = &v->direct;
	unsigned held;

	d->stands = false;
	lock_take(&v->vm->shared.lock);
	held = d->holds;
	d->holds = 0;
	lay_all(v->vm, d->held, held);
	lock_give(&v->vm->shared.lock);
}

/* For some time there is none. */
static void drop(struct vcpu *v)
{
	release(v);
	eli_idt_drop(&v->direct.idt);
	invept(INVEPT_ALL, 0);
	v->direct.idt_next = v->now + v->vm->knobs.eli_look;
}

void direct_give_up(struct vcpu *v)
{
	drop(v);
	__atomic_store_n(&v->direct.ended, false, __ATOMIC_RELEASE);
}

/* ---- when ---- */

static void make(struct vcpu *v)
{
	struct direct *d = &v->direct;
	struct eli_vectors wanted = direct_wanted(d);

	release(v);
	if (!eli_idt_make(&d->idt, vmcs_read(VMCS_GUEST_IDTR_BASE),
			  (uint16_t)vmcs_read(VMCS_GUEST_IDTR_LIMIT), &wanted) ||
	    !hold(v))
		drop(v);
	d->stands = d->holds && v->vm->vcpus == 1;
}

/* Until then another vCPU may have written by what it had of EPT01 before. */
static bool is_known(const struct vm *vm, const struct vcpu *but, uint32_t since)
{
	for (unsigned i = 0; i < vm->vcpus; i++) {
		uint32_t seen = __atomic_load_n(&vm->vcpu[i]->ept01_seen, __ATOMIC_ACQUIRE);

		if (vm->vcpu[i] != but && (int32_t)(seen - since) < 0)
			return false;
	}
	return true;
}

/* The shadow as the guest's table is now, with all vectors that are wanted. */
static void copy(struct vcpu *v)
{
	struct direct *d = &v->direct;
	struct eli_vectors wanted = direct_wanted(d);

	d->stands = is_known(v->vm, v, d->since);
	if (d->stands)
		eli_idt_open(&d->idt, &wanted);
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

	d->heeded = __atomic_load_n(&d->asked, __ATOMIC_ACQUIRE);
	if (d->idt.pages && !is_ia32e()) {
		drop(v);
	} else if (d->idt.pages && !same_idtr(&d->idt)) {
		eli_guard_count(&d->guard, ELI_TROUBLE_MOVE, v->now);
		make(v);
	} else if (!d->idt.pages) {
		make(v);
	} else {
		copy(v);
	}
}

bool direct_idt_stale(const struct vcpu *v)
{
	const struct direct *d = &v->direct;

	if (d->idt.pages)
		return !d->stands || !is_ia32e() || !same_idtr(&d->idt) || direct_asked(d);
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

/* It gives its shadow up before its next entry. True: it was not asked before. */
static bool end(struct vcpu *v)
{
	struct direct *d = &v->direct;

	if (__atomic_exchange_n(&d->ended, true, __ATOMIC_ACQ_REL))
		return false;
	__atomic_fetch_add(&d->asked, 1, __ATOMIC_RELEASE);
	if (inbox_post_signals(&v->lapic.inbox, INBOX_LOOK))
		vm_kick(v);
	return true;
}

/* Nobody can give a page up, and another hold it, between the look and the question. */
static bool end_all(struct vm *vm, uint64_t gpa)
{
	bool asked = false;

	lock_take(&vm->shared.lock);
	for (unsigned i = 0; i < vm->vcpus; i++)
		if (held_by(vm->vcpu[i], gpa))
			asked |= end(vm->vcpu[i]);
	lock_give(&vm->shared.lock);
	return asked;
}

/* RAM is read-only for a shadow, and for nothing else. */
bool direct_idt_written(struct vcpu *v, uint64_t gpa)
{
	if (!v->direct.way || !ram_hpa(&v->vm->ram, gpa, 1))
		return false;
	if (end_all(v->vm, gpa & ~(ELI_PAGE_SIZE - 1)))
		eli_guard_count(&v->direct.guard, ELI_TROUBLE_WRITE, v->now);
	vcpu_attend(v);
	return true;
}
