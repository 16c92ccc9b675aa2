/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enlightened VMCS in L0 (vmcs=evmcs). L1 names its page in the VP assist page (cpu/hyperv.h)
 * instead of by VMPTRLD; the cache of struct nested then holds that page, and no VMCS12 is current
 * for VMREAD, VMWRITE and VMPTRST.
 */
#ifndef NESTED_ENLIGHTENED_H
#define NESTED_ENLIGHTENED_H

#include <stdbool.h>

struct vcpu;

/* Does the VP assist page ask for entries by an enlightened VMCS? */
bool nested_evmcs_wanted(const struct vcpu *v);

/* Is this page an enlightened VMCS, for VMCLEAR? It has no launch state, and other things in that
 * place. */
bool nested_evmcs_page(const struct vcpu *v, const void *page);

/*
 * VMLAUNCH (@launch) or VMRESUME by the page that the VP assist page names: what L1 wrote comes
 * into the cache. An enlightened VMCS has no launch state; VMLAUNCH reads all of it. False: no such
 * page, or it is of another revision. VMCS01 is current, then and after.
 */
bool nested_evmcs_begin(struct vcpu *v, bool launch);

/* The cache holds no enlightened VMCS any more. Every exit has brought the page up to date. */
void nested_evmcs_end(struct vcpu *v);

/* L2 exits to L1 and the cache has it: so does the page. VMCS02 is current. */
void nested_evmcs_store(struct vcpu *v);

/* An instruction or an entry of L1 failed: error number, exit reason and qualification. */
void nested_evmcs_store_failure(struct vcpu *v);

#endif
