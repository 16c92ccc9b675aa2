// SPDX-License-Identifier: Apache-2.0
#include "eli_apic.h"

static int higher(int a, int b)
{
	return a > b ? a : b;
}

struct eli_half eli_half(const struct eli_vectors *irr, const struct eli_vectors *isr,
			 const struct eli_vectors *others)
{
	struct eli_vectors pending = eli_vectors_without(irr, others);
	struct eli_vectors service = eli_vectors_without(isr, others);

	return (struct eli_half){eli_vectors_highest(&pending), eli_vectors_highest(&service)};
}

uint8_t eli_ppr(const struct eli_view *view)
{
	int service = higher(view->virtual.service, view->physical.service);

	/* The class of what is in service, unless the task's is as high: then the task's, whole. */
	return (uint8_t)(service >> 4 > view->tpr >> 4 ? service & 0xf0 : view->tpr);
}

enum eli_who eli_first(const struct eli_view *view)
{
	int vector = higher(view->virtual.pending, view->physical.pending);

	if (vector >> 4 <= eli_ppr(view) >> 4)
		return ELI_NOBODY;
	return vector == view->physical.pending ? ELI_PHYSICAL : ELI_VIRTUAL;
}

enum eli_who eli_eoi(const struct eli_view *view)
{
	if (view->virtual.service < 0 && view->physical.service < 0)
		return ELI_NOBODY;
	return view->physical.service > view->virtual.service ? ELI_PHYSICAL : ELI_VIRTUAL;
}
