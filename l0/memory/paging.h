/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's page tables, as its processor walks them (SDM vol. 3, chapter 4). */
#ifndef MEMORY_PAGING_H
#define MEMORY_PAGING_H

#include "memory/guest_path.h"
#include "memory/guest_space.h"

/*
 * Linear to guest-physical: presence, reserved bits, rights with CR0.WP, CR4.SMEP and SMAP,
 * EFER.NX, and the accessed and dirty flags, set by compare-and-exchange in the very entries that
 * were checked. @user: CPL 3. False: *why says whose it is.
 */
bool guest_translate(const struct guest_space *s, uint64_t linear, enum guest_access access,
		     bool user, uint64_t *gpa, struct guest_answer *why);

/* The short way of the same, as guest_reach_at_once() has it; false: the long way tells. */
bool guest_translate_at_once(const struct ram *ram, unsigned maxphyaddr, uint64_t linear,
			     enum guest_access access, uint64_t *gpa);

/* The same for a fetch, with the way it went; it also begins below the hole. */
bool guest_path_take(const struct ram *ram, unsigned maxphyaddr, uint64_t linear, uint64_t *gpa,
		     struct guest_path *out);

/*
 * Guest-physical to L1-physical: by EPT12 where there is one. @access is EPT_R, EPT_W or EPT_X;
 * @final: the access itself, not a walk on its way to @linear.
 */
bool guest_physical(const struct guest_space *s, uint64_t gpa, uint64_t access, bool final,
		    uint64_t linear, uint64_t *l1_gpa, struct guest_answer *why);

/*
 * The four entries at guest-physical @gpa that a PAE guest's MOV to a control register loads; no
 * linear address is concerned (SDM vol. 3, 4.4.1). Nothing there reads as ones.
 */
bool guest_pdptes(const struct guest_space *s, uint64_t gpa, uint64_t pdpte[4],
		  struct guest_answer *why);

#endif
