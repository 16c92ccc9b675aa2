// SPDX-License-Identifier: Apache-2.0
#include "nested/enlightened.h"
#include "nested/nested.h"
#include "vcpu/vcpu.h"
#include "evmcs.h"
#include "nested/vmfail.h"
#include "vcpu/vm.h"

/* Words of the VP assist page (TLFS, HV_VP_ASSIST_PAGE). */
#define ASSIST_ENLIGHTEN_ENTRY 40 /* a byte: enter by the page that the next word names */
#define ASSIST_CURRENT_VMCS    48 /* L1-physical address of the enlightened VMCS */

bool nested_evmcs_wanted(const struct vcpu *v)
{
	const volatile uint8_t *assist = v->hyperv.assist;

	return assist && assist[ASSIST_ENLIGHTEN_ENTRY];
}

bool nested_evmcs_page(const struct vcpu *v, const void *page)
{
	return nested_evmcs_wanted(v) && evmcs_word(page, EVMCS_REVISION_AT) == EVMCS_REVISION;
}

/* Another page, or the first. */
static bool adopt(struct vcpu *v, uint64_t gpa)
{
	struct nested *n = &v->nested;
	void *page = vmx_pointer_valid(v, gpa) ? ram_ptr(&v->vm->ram, gpa, 4096) : NULL;

	nested_release(v);
	if (!page || gpa == n->vmxon || evmcs_word(page, EVMCS_REVISION_AT) != EVMCS_REVISION)
		return false;
	evmcs_adopt(&n->cache);
	n->evmcs = page;
	n->evmcs_gpa = gpa;
	n->merged = false;
	nested_count_as(v, gpa);
	return true;
}

bool nested_evmcs_begin(struct vcpu *v, bool launch)
{
	struct nested *n = &v->nested;
	const volatile uint8_t *assist = v->hyperv.assist;
	uint64_t gpa = *(const volatile uint64_t *)(assist + ASSIST_CURRENT_VMCS);
	uint32_t clean = 0;

	if (n->evmcs && gpa == n->evmcs_gpa && !launch && !n->full)
		clean = evmcs_word(n->evmcs, EVMCS_CLEAN_AT);
	else if ((!n->evmcs || gpa != n->evmcs_gpa) && !adopt(v, gpa))
		return false;
	n->bitmap_clean = (clean & EVMCS_CLEAN_MSR_BITMAP) &&
			  (evmcs_word(n->evmcs, EVMCS_ENLIGHTENMENTS_AT) & EVMCS_MSR_BITMAP_TOLD);
	evmcs_load(&n->cache, n->evmcs, clean);
	return true;
}

void nested_evmcs_end(struct vcpu *v)
{
	struct nested *n = &v->nested;

	if (!n->evmcs)
		return;
	n->evmcs = NULL;
	n->merged = false;
	n->bitmap_clean = false;
}

void nested_evmcs_store(struct vcpu *v)
{
	if (v->nested.evmcs)
		evmcs_store(&v->nested.cache, v->nested.evmcs);
}

void nested_evmcs_store_failure(struct vcpu *v)
{
	if (v->nested.evmcs)
		evmcs_store_info(&v->nested.cache, v->nested.evmcs);
}
