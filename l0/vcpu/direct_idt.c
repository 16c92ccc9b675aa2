// SPDX-License-Identifier: Apache-2.0
/* The shadows of the guests' IDTs: found, mapped, given up. */
#include "eli_host.h"
#include "hw/vmx.h"
#include "hw/x86.h"
#include "memory/guest_memory.h"
#include "vcpu/direct.h"
#include "vcpu/space.h"
#include "vmcs_access.h"

static struct direct_table *table_of(const struct eli_idt *idt)
{
	return (struct direct_table *)((uintptr_t)idt -
				       __builtin_offsetof(struct direct_table, idt));
}

/* The level's that runs. */
const uint8_t *eli_host_page(const struct eli_idt *idt, uint64_t linear, uint64_t *gpa)
{
	const struct guest_space space = vcpu_space(table_of(idt)->vcpu);
	struct guest_pieces pieces;
	struct guest_answer why;

	if (!guest_reach(&space, linear, ELI_PAGE_SIZE, GUEST_READ, false, &pieces, &why))
		return NULL;
	*gpa = pieces.piece[0].gpa;
	return pieces.piece[0].ram;
}

/* ---- EPT01, and each vCPU's EPT01 direct, of L1 and of L2s ---- */

static const struct eli_idt_page *held_by(const struct direct_table *t, uint64_t gpa)
{
	for (unsigned i = 0; i < t->holds; i++)
		if (t->held[i].gpa == gpa)
			return &t->held[i];
	return NULL;
}

/* The tables of all vCPUs are counted from 0 on. */
static struct direct_table *table_number(const struct vm *vm, unsigned number)
{
	return &vm->vcpu[number / DIRECT_TABLES]->direct.table[number % DIRECT_TABLES];
}

static bool is_held(const struct vm *vm, uint64_t gpa)
{
	for (unsigned i = 0; i < vm->vcpus * DIRECT_TABLES; i++)
		if (held_by(table_number(vm, i), gpa))
			return true;
	return false;
}

/*
 * A page of L1's as those who hold it want it: its own, and in EPT01 direct of each of them its
 * shadow. Under the lock. False: a large leaf could not be split; what was split once is so for
 * good, so the way back never fails.
 */
static bool lay(struct vm *vm, const struct eli_idt_page *page)
{
	uint64_t rights = is_held(vm, page->gpa) ? EPT_R | EPT_X : EPT_RWX;
	uint64_t own = (uintptr_t)page->own;
	bool done = !ept01_map(&vm->ept01, page->gpa, own, ELI_PAGE_SIZE, rights, EPT_WB);

	for (unsigned i = 0; i < vm->vcpus * DIRECT_TABLES; i++) {
		struct direct_table *t = table_number(vm, i);
		const struct eli_idt_page *held = held_by(t, page->gpa);

		done &= !ept01_map(&t->ept01, page->gpa, held ? (uintptr_t)held->shadow : own,
				   ELI_PAGE_SIZE, rights, EPT_WB);
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

/*
 * What was made from EPT01 while the pages could be written, or had another shadow, is dropped
 * before the next entries.
 */
static void tell(struct vcpu *v)
{
	invept(INVEPT_ALL, 0);
	shared_tell_all(v->vm);
}

static bool hold(struct vcpu *v, struct direct_table *t)
{
	bool done;

	lock_take(&v->vm->shared.lock);
	t->holds = t->idt.pages;
	for (unsigned i = 0; i < t->holds; i++)
		t->held[i] = t->idt.page[i];
	done = lay_all(v->vm, t->held, t->holds);
	lock_give(&v->vm->shared.lock);
	tell(v);
	t->since = shared_changes(v->vm);
	return done;
}

/* EPT02 may have L2's shadow. */
static void release(struct vcpu *v, struct direct_table *t)
{
	unsigned held = t->holds;

	t->stands = false;
	if (!held)
		return;
	lock_take(&v->vm->shared.lock);
	t->holds = 0;
	lay_all(v->vm, t->held, held);
	lock_give(&v->vm->shared.lock);
	if (t != v->direct.table)
		tell(v);
}

/* For some time there is none. */
static void drop(struct vcpu *v, struct direct_table *t)
{
	release(v, t);
	eli_idt_drop(&t->idt);
	invept(INVEPT_ALL, 0);
	t->next = v->now + v->vm->knobs.eli_look;
}

void direct_give_up(struct vcpu *v)
{
	for (unsigned i = 0; i < DIRECT_TABLES; i++) {
		struct direct_table *t = &v->direct.table[i];

		if (!t->ended)
			continue;
		drop(v, t);
		__atomic_store_n(&t->ended, false, __ATOMIC_RELEASE);
	}
}

/* ---- when ---- */

/* Of the level that runs. */
static struct direct_table *table(const struct vcpu *v)
{
	return table_number(v->vm, v->id * DIRECT_TABLES + v->level - 1);
}

static uint64_t eptp12(const struct vcpu *v)
{
	return vcpu_space(v).eptp12;
}

static void make(struct vcpu *v)
{
	struct direct_table *t = table(v);
	struct eli_vectors wanted = direct_wanted(&v->direct);

	release(v, t);
	t->eptp12 = eptp12(v);
	if (!eli_idt_make(&t->idt, vmcs_read(VMCS_GUEST_IDTR_BASE),
			  (uint16_t)vmcs_read(VMCS_GUEST_IDTR_LIMIT), &wanted) ||
	    !hold(v, t))
		drop(v, t);
	t->stands = t->holds && v->vm->vcpus == 1;
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
	struct direct_table *t = table(v);
	struct eli_vectors wanted = direct_wanted(&v->direct);

	t->stands = is_known(v->vm, v, t->since);
	if (t->stands)
		eli_idt_open(&t->idt, &wanted);
}

static bool is_ia32e(void)
{
	return vmcs_read(VMCS_GUEST_EFER) & EFER_LMA;
}

static bool same_idt(const struct vcpu *v, const struct direct_table *t)
{
	return vmcs_read(VMCS_GUEST_IDTR_BASE) == t->idt.base &&
	       vmcs_read(VMCS_GUEST_IDTR_LIMIT) == t->idt.limit && eptp12(v) == t->eptp12;
}

/*
 * A shadow for another L2 costs both all of EPT02: those that take turns get one in a while, and
 * the one without has injection mode.
 */
static void move(struct vcpu *v, struct direct_table *t)
{
	eli_guard_count(&v->direct.guard, ELI_TROUBLE_MOVE, v->now);
	make(v);
	t->next = v->now + v->vm->knobs.eli_look;
}

void direct_idt_refresh(struct vcpu *v)
{
	struct direct_table *t = table(v);

	t->heeded = __atomic_load_n(&v->direct.asked, __ATOMIC_ACQUIRE);
	if (t->idt.pages && !is_ia32e())
		drop(v, t);
	else if (t->idt.pages && !same_idt(v, t))
		move(v, t);
	else if (!t->idt.pages)
		make(v);
	else
		copy(v);
}

/*
 * With its shadow L2 has lost EPT02: with a short look the next one would be made, and drop it
 * again, before L2 has come as far as the write, for ever.
 */
static bool is_writing(const struct vcpu *v)
{
	return v->level == 2 && vmcs_read(VMCS_GUEST_RIP) == v->direct.written_at;
}

bool direct_idt_stale(const struct vcpu *v)
{
	const struct direct_table *t = table(v);
	uint32_t asked = __atomic_load_n(&v->direct.asked, __ATOMIC_ACQUIRE);

	if (!t->idt.pages)
		return asked && v->now >= t->next && is_ia32e() && !is_writing(v);
	if (!same_idt(v, t))
		return v->level == 1 || v->now >= t->next;
	return !t->stands || !is_ia32e() || asked != t->heeded;
}

bool direct_idt_fits(const struct vcpu *v)
{
	const struct direct_table *t = table(v);

	return t->stands && same_idt(v, t);
}

void direct_idt_look(struct vcpu *v)
{
	const struct eli_idt *idt = &table(v)->idt;

	if (!idt->pages || !eli_idt_moved(idt, vmcs_read(VMCS_GUEST_IDTR_BASE),
					  (uint16_t)vmcs_read(VMCS_GUEST_IDTR_LIMIT)))
		return;
	eli_guard_count(&v->direct.guard, ELI_TROUBLE_MOVE, v->now);
	make(v);
}

/* It gives its shadow up before its next entry. True: it was not asked before. */
static bool end(struct direct_table *t)
{
	struct vcpu *v = t->vcpu;

	if (__atomic_exchange_n(&t->ended, true, __ATOMIC_ACQ_REL))
		return false;
	__atomic_fetch_add(&v->direct.asked, 1, __ATOMIC_RELEASE);
	if (inbox_post_signals(&v->lapic.inbox, INBOX_LOOK))
		vm_kick(v);
	return true;
}

/* Nobody can give a page up, and another hold it, between the look and the question. */
static bool end_all(struct vm *vm, uint64_t gpa)
{
	bool asked = false;

	lock_take(&vm->shared.lock);
	for (unsigned i = 0; i < vm->vcpus * DIRECT_TABLES; i++)
		if (held_by(table_number(vm, i), gpa))
			asked |= end(table_number(vm, i));
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
	if (v->level == 2)
		v->direct.written_at = vmcs_read(VMCS_GUEST_RIP);
	vcpu_attend(v);
	return true;
}
