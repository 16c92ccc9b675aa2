// SPDX-License-Identifier: Apache-2.0
#include "vcpu/shared.h"
#include "lib/string.h"
#include "measure/panic.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

#define PAGE UINT64_C(4096)

/* Tables of EPT01: a hypervisor has one APIC-access page or two. */
#define SPLIT_MOST 32

void *shared_take(struct vm *vm)
{
	struct shared_pages *s = &vm->shared;
	void *page = (void *)(s->hpa + s->used);

	if (s->used == s->size)
		return NULL;
	s->used += PAGE;
	memset(page, 0, PAGE);
	return page;
}

/* What a guest is given by mistake it has for good. */
static uint64_t *place_of(struct shared_pages *s, const void *page)
{
	uint64_t at = (uintptr_t)page - s->hpa;

	if (at >= s->used || at % PAGE)
		panic("%lx is no page to be shared with a guest", (uintptr_t)page);
	return &s->at[at / PAGE];
}

static bool taken(const struct shared_pages *s, uint64_t gpa)
{
	for (unsigned i = 0; i < SHARED_PAGES; i++)
		if (s->at[i] == gpa)
			return true;
	return false;
}

/* Shadow tables hold what EPT01 said when they were made; RAM is where it is. */
static bool may_be_at(const struct vm *vm, uint64_t gpa)
{
	return gpa != SHARED_NOWHERE && !ram_hpa(&vm->ram, gpa, 1) && !taken(&vm->shared, gpa) &&
	       !knob_is(vm->knobs.mmu, "shadow-on-shadow");
}

int shared_map(struct vm *vm, uint64_t gpa, uint64_t hpa, uint64_t size, uint64_t rights,
	       unsigned memtype)
{
	int error = ept01_map(&vm->ept01, gpa, hpa, size, rights, memtype);

	if (!error && vm->ept01_dma.root)
		error = ept01_map(&vm->ept01_dma, gpa, hpa, size, rights, memtype);
	for (unsigned i = 0; i < vm->vcpus * DIRECT_TABLES; i++)
		if (!error && direct_ept01(vm, i)->root)
			error = ept01_map(direct_ept01(vm, i), gpa, hpa, size, rights, memtype);
	return error;
}

void shared_unmap(struct vm *vm, uint64_t gpa, uint64_t size)
{
	ept01_unmap(&vm->ept01, gpa, size);
	if (vm->ept01_dma.root)
		ept01_unmap(&vm->ept01_dma, gpa, size);
	for (unsigned i = 0; i < vm->vcpus * DIRECT_TABLES; i++)
		if (direct_ept01(vm, i)->root)
			ept01_unmap(direct_ept01(vm, i), gpa, size);
}

/* The tables beside EPT01 are L1's own alone; what runs on this one is an L2. */
void shared_split(struct vm *vm, uint64_t gpa)
{
	struct shared_pages *s = &vm->shared;
	uint32_t before;

	lock_take(&s->lock);
	before = vm->pool.free;
	if (s->split < SPLIT_MOST)
		(void)ept01_split(&vm->ept01, gpa);
	s->split += before - vm->pool.free;
	lock_give(&s->lock);
}

/* True: it was somewhere else before. */
static bool take_away(struct vm *vm, uint64_t *at)
{
	bool mapped = *at;

	if (mapped)
		shared_unmap(vm, *at, PAGE);
	*at = 0;
	return mapped;
}

void shared_tell_all(struct vm *vm)
{
	__atomic_fetch_add(&vm->shared.changes, 1, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < vm->vcpus; i++)
		if (inbox_post_signals(&vm->vcpu[i]->lapic.inbox, INBOX_LOOK))
			vm_kick(vm->vcpu[i]);
}

bool shared_place(struct vm *vm, void *page, uint64_t gpa)
{
	uint64_t *at = place_of(&vm->shared, page);
	bool moved;

	lock_take(&vm->shared.lock);
	moved = take_away(vm, at);
	if (may_be_at(vm, gpa) &&
	    !shared_map(vm, gpa, (uintptr_t)page, PAGE, EPT_R | EPT_W, EPT_UC))
		*at = gpa;
	lock_give(&vm->shared.lock);
	if (moved)
		shared_tell_all(vm);
	return *at;
}

uint32_t shared_changes(const struct vm *vm)
{
	return __atomic_load_n(&vm->shared.changes, __ATOMIC_ACQUIRE);
}
