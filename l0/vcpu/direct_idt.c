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

/* ---- EPT01 and its two likes ---- */

static bool is_of(const struct eli_idt *idt, uint64_t gpa, unsigned i)
{
	return i < idt->pages && idt->page[i].gpa == gpa;
}

/* What the guest of this table sees at a page of L1's: its shadow, or the page itself. */
static const uint8_t *seen(const struct direct_table *t, const struct eli_idt_page *page)
{
	for (unsigned i = 0; i < ELI_PAGES; i++)
		if (is_of(&t->idt, page->gpa, i))
			return t->idt.page[i].shadow;
	return page->own;
}

static bool map_at(struct ept01 *ept01, uint64_t gpa, const uint8_t *page, uint64_t rights)
{
	return !ept01_map(ept01, gpa, (uintptr_t)page, ELI_PAGE_SIZE, rights, EPT_WB);
}

/*
 * A page that has a shadow, or had one: L1 and its L2 may have their tables in the same. False: a
 * large leaf could not be split; what was split once is so for good, so the way back never fails.
 */
static bool map(struct vcpu *v, const struct eli_idt_page *page)
{
	const struct direct *d = &v->direct;
	const uint8_t *direct = seen(&d->table[0], page), *l2 = seen(&d->table[1], page);
	uint64_t rights = direct == page->own && l2 == page->own ? EPT_RWX : EPT_R | EPT_X;
	struct vm *vm = v->vm;

	return map_at(&vm->ept01, page->gpa, page->own, rights) &&
	       map_at(&vm->ept01_direct, page->gpa, direct, rights) &&
	       map_at(&vm->ept01_l2, page->gpa, l2, rights);
}

static bool map_all(struct vcpu *v, const struct eli_idt *idt)
{
	bool done = true;

	lock_take(&v->vm->shared.lock);
	for (unsigned i = 0; i < idt->pages; i++)
		done &= map(v, &idt->page[i]);
	lock_give(&v->vm->shared.lock);
	return done;
}

/*
 * What was made from EPT01 while the page could be written, or has a shadow of before, is dropped
 * before the next entry.
 */
static void tell(struct vcpu *v)
{
	invept(INVEPT_ALL, 0);
	shared_tell_all(v->vm);
}

static bool protect(struct vcpu *v, const struct direct_table *t)
{
	bool done = map_all(v, &t->idt);

	tell(v);
	return done;
}

/* And nothing stands any more. */
static void unprotect(struct vcpu *v, struct direct_table *t)
{
	const struct eli_idt old = t->idt;

	if (!old.pages)
		return;
	eli_idt_drop(&t->idt);
	map_all(v, &old);
	tell(v);
}

/* For some time there is none. */
static void drop(struct vcpu *v, struct direct_table *t)
{
	unprotect(v, t);
	t->next = v->now + v->vm->knobs.eli_look;
}

/* ---- when ---- */

static struct direct_table *table(struct vcpu *v)
{
	return &v->direct.table[v->level - 1];
}

static uint64_t eptp12(const struct vcpu *v)
{
	return vcpu_space(v).eptp12;
}

static void make(struct vcpu *v)
{
	struct direct_table *t = table(v);
	struct eli_vectors wanted;

	t->opened = __atomic_load_n(&v->direct.asked, __ATOMIC_ACQUIRE);
	t->eptp12 = eptp12(v);
	wanted = direct_wanted(&v->direct);
	unprotect(v, t);
	if (!eli_idt_make(&t->idt, vmcs_read(VMCS_GUEST_IDTR_BASE),
			  (uint16_t)vmcs_read(VMCS_GUEST_IDTR_LIMIT), &wanted) ||
	    !protect(v, t))
		drop(v, t);
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
 * Another table counts. A new shadow costs L2 all of EPT02, so L2s that take turns get one in a
 * while, and those without it have injection mode.
 */
static void move(struct vcpu *v, struct direct_table *t)
{
	if (v->level == 2 && v->now < t->next)
		return;
	eli_guard_count(&v->direct.guard, ELI_TROUBLE_MOVE, v->now);
	make(v);
	t->next = v->now + v->vm->knobs.eli_look;
}

static __attribute__((noinline)) void refresh(struct vcpu *v)
{
	struct direct_table *t = table(v);

	if (t->idt.pages && !is_ia32e())
		drop(v, t);
	else if (t->idt.pages && !same_idt(v, t))
		move(v, t);
	else if (is_ia32e() && v->now >= t->next)
		make(v);
}

bool direct_idt_refresh(struct vcpu *v)
{
	const struct direct_table *t = table(v);
	uint32_t asked = __atomic_load_n(&v->direct.asked, __ATOMIC_ACQUIRE);

	if (t->idt.pages && is_ia32e() && same_idt(v, t) && asked == t->opened)
		return true;
	if (t->idt.pages || asked)
		refresh(v);
	return t->idt.pages && same_idt(v, t);
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

static bool written(struct vcpu *v, struct direct_table *t, uint64_t gpa)
{
	if (!is_of(&t->idt, gpa, 0) && !is_of(&t->idt, gpa, 1))
		return false;
	eli_guard_count(&v->direct.guard, ELI_TROUBLE_WRITE, v->now);
	drop(v, t);
	return true;
}

bool direct_idt_written(struct vcpu *v, uint64_t gpa)
{
	uint64_t page = gpa & ~(ELI_PAGE_SIZE - 1);
	bool of_l1 = written(v, &v->direct.table[0], page);

	return written(v, &v->direct.table[1], page) || of_l1;
}
