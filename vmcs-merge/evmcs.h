/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enlightened VMCS: L1 keeps its VMCS12 in a page of plain memory in Hyper-V's layout (TLFS,
 * "Nested virtualization"; evmcs.def has the places), reads and writes it without VMREAD and
 * VMWRITE, and tells by clean-field bits what it has not touched since its last entry.
 *
 * The page is L1's: it may change under L0's hands and hold anything. So L0's copy stays struct
 * vmcs12_cache, with its checks and its dirty groups: an entry reads into it what is not clean,
 * each field once, and an exit writes to the page what the exit changed. What L1 calls clean is not
 * looked at, so a wrong bit gives L1 its own older value, checked, and nothing else.
 */
#ifndef EVMCS_H
#define EVMCS_H

#include <stdbool.h>
#include <stdint.h>

#include "vmcs12.h"

#define EVMCS_REVISION 1u

/* Words of the page that are no VMCS field. */
#define EVMCS_REVISION_AT       0
#define EVMCS_CLEAN_AT          824
#define EVMCS_ENLIGHTENMENTS_AT 836
#define EVMCS_MSR_BITMAP_TOLD   (1u << 1) /* the clean bit speaks for the bitmap's contents too */

/* Bits of the clean-fields word. The field groups NONE and ALL have no bit of their own. */
enum evmcs_clean {
	EVMCS_CLEAN_NONE = 0,
	EVMCS_CLEAN_IO_BITMAP = 1 << 0,
	EVMCS_CLEAN_MSR_BITMAP = 1 << 1,
	EVMCS_CLEAN_CONTROL_GRP2 = 1 << 2,
	EVMCS_CLEAN_CONTROL_GRP1 = 1 << 3,
	EVMCS_CLEAN_CONTROL_PROC = 1 << 4,
	EVMCS_CLEAN_CONTROL_EVENT = 1 << 5,
	EVMCS_CLEAN_CONTROL_ENTRY = 1 << 6,
	EVMCS_CLEAN_CONTROL_EXCPN = 1 << 7,
	EVMCS_CLEAN_CRDR = 1 << 8,
	EVMCS_CLEAN_CONTROL_XLAT = 1 << 9,
	EVMCS_CLEAN_GUEST_BASIC = 1 << 10,
	EVMCS_CLEAN_GUEST_GRP1 = 1 << 11,
	EVMCS_CLEAN_GUEST_GRP2 = 1 << 12,
	EVMCS_CLEAN_HOST_POINTER = 1 << 13,
	EVMCS_CLEAN_HOST_GRP1 = 1 << 14,
	EVMCS_CLEAN_ALL = 0xffff,
};

static inline uint32_t evmcs_word(const void *page, unsigned offset)
{
	return *(const volatile uint32_t *)((const volatile uint8_t *)page + offset);
}

/* Another page comes into the cache: fields that the layout lacks are 0. Then evmcs_load(.., 0). */
void evmcs_adopt(struct vmcs12_cache *c);

/*
 * Before an entry: reads the groups whose bit in @clean is 0. A cell that got another value marks
 * its dirty group, and so does every cell of guest state that had stayed in VMCS02 (it is not stale
 * then: the page's value counts).
 */
void evmcs_load(struct vmcs12_cache *c, const void *page, uint32_t clean);

/*
 * After vmcs12_save_guest() and vmcs12_set_exit(), VMCS02 still current: guest state and exit
 * information go to the page. The rare guest state goes there from VMCS02 itself and stays stale.
 */
void evmcs_store(const struct vmcs12_cache *c, void *page);

/* Exit information alone: an entry failed (SDM 27.8), or an instruction with an error number. */
void evmcs_store_info(const struct vmcs12_cache *c, void *page);

/*
 * Takes out of what vmx_caps_make() offered the controls whose fields the layout lacks: the
 * preemption timer and PAUSE-loop exiting. Before vmcs_index_make().
 */
void evmcs_limit_caps(struct vmx_caps *l1);

#endif
