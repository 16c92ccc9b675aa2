/* SPDX-License-Identifier: Apache-2.0 */
/* Where the guest that runs has its memory, for memory/guest_memory.h. */
#ifndef VCPU_SPACE_H
#define VCPU_SPACE_H

#include "memory/guest_space.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

/* The memory of the level that runs. */
static inline struct guest_space vcpu_space(const struct vcpu *v)
{
	const struct vm *vm = v->vm;
	const struct nested *n = &v->nested;

	return (struct guest_space){
		.ram = &vm->ram,
		.ept01 = &vm->ept01,
		.caps12 = &n->ept02.caps12,
		.eptp12 = v->level == 2 && n->ept_slot ? n->ept_slot->eptp12 : 0,
		.maxphyaddr = vm->features.maxphyaddr,
		.page_1g = n->ept02.caps12.page_1g,
	};
}

#endif
