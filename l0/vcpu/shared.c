// SPDX-License-Identifier: Apache-2.0
#include "vcpu/shared.h"
#include "lib/string.h"
#include "measure/panic.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

#define PAGE UINT64_C(4096)

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
static void check_page(const struct shared_pages *s, const void *page)
{
	uint64_t at = (uintptr_t)page - s->hpa;

	if (at >= s->used || at % PAGE)
		panic("%lx is no page to be shared with a guest", (uintptr_t)page);
}

static bool change(struct vm *vm, uint64_t gpa, void *page)
{
	if (!page)
		return !ept01_unmap(&vm->ept01, gpa, PAGE);
	check_page(&vm->shared, page);
	return !ept01_map(&vm->ept01, gpa, (uintptr_t)page, PAGE, EPT_R | EPT_W, EPT_WB);
}

/* Every vCPU, the caller's too, looks before its next entry. */
static void tell_all(struct vm *vm)
{
	__atomic_fetch_add(&vm->shared.changes, 1, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < vm->vcpus; i++)
		if (inbox_post_signals(&vm->vcpu[i]->lapic.inbox, INBOX_LOOK))
			vm_kick(vm->vcpu[i]);
}

bool shared_map(struct vm *vm, uint64_t gpa, void *page)
{
	bool done;

	/* Shadow tables hold what EPT01 said when they were made; RAM is where it is. */
	if (ram_hpa(&vm->ram, gpa, 1) || knob_is(vm->knobs.mmu, "shadow-on-shadow"))
		return false;
	lock_take(&vm->shared.lock);
	done = change(vm, gpa, page);
	lock_give(&vm->shared.lock);
	tell_all(vm);
	return done;
}

uint32_t shared_changes(const struct vm *vm)
{
	return __atomic_load_n(&vm->shared.changes, __ATOMIC_ACQUIRE);
}
