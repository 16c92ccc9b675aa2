/* SPDX-License-Identifier: Apache-2.0 */
/* The enlightened VMCS as L1 uses it (Hyper-V TLFS), where L0 has vmcs=evmcs. */
#ifndef EVMCS_GUEST_H
#define EVMCS_GUEST_H

#include "vmx.h"

enum {
	HV_GUEST_OS_ID = 0x40000000,
	HV_HYPERCALL = 0x40000001,
	HV_VP_INDEX = 0x40000002,
	HV_VP_ASSIST_PAGE = 0x40000073,
};

/* Places in the VP assist page and in the enlightened VMCS (TLFS). */
enum {
	ASSIST_ENLIGHTEN = 40,
	ASSIST_CURRENT = 48,
	AT_SELECTORS = 8,
	AT_ERROR = 688,
	AT_REASON = 692,
	AT_GUEST_RIP = 816,
	AT_CLEAN = 824,
};

struct evmcs_place {
	uint32_t encoding;
	unsigned int offset, bytes;
};
extern const struct evmcs_place evmcs_places[];
extern const unsigned int evmcs_place_count;

/* Are there the Hyper-V registers? By CATCH. */
bool hyperv_offered(void);
/* What the current VMCS holds comes into an enlightened one, with its revision. */
void evmcs_fill(uint8_t *page);
/* This processor enters by that page from now on; `assist` is its VP assist page. */
void evmcs_use(uint8_t *assist, uint8_t *page);
/* 0 after an exit, else CF and ZF; host RSP and RIP go to the page. */
uint32_t evmcs_enter(uint8_t *page, bool resume);

#endif
