/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of the guest that runs, by linear address: see guest_space.h. */
#ifndef MEMORY_GUEST_MEMORY_H
#define MEMORY_GUEST_MEMORY_H

#include "memory/guest_space.h"

/*
 * The short way, for what nearly every access is: within a page, 64-bit paging without EPT12, a
 * supervisor's own page, its entries marked as used, and nothing that needs a thought. False:
 * guest_reach() tells.
 */
bool guest_reach_at_once(const struct ram *ram, unsigned maxphyaddr, uint64_t linear, uint32_t size,
			 enum guest_access access, struct guest_piece *out);

/*
 * Where @size bytes (at most a page) at a linear address lie. Nothing is touched but accessed and
 * dirty flags. @user: CPL 3. False: *why says whose it is.
 */
bool guest_reach(const struct guest_space *s, uint64_t linear, uint32_t size,
		 enum guest_access access, bool user, struct guest_pieces *out,
		 struct guest_answer *why);

/* Copies the bytes of code in *piece, ones where nothing is; how many. */
unsigned guest_code_bytes(const struct guest_piece *piece, uint8_t *bytes);

/*
 * The bytes of code at linear address @linear up to the end of its page, at most @size; nothing
 * there reads as ones. 0: *why says whose it is.
 */
unsigned guest_fetch(const struct guest_space *s, uint64_t linear, bool user, uint8_t *bytes,
		     unsigned size, struct guest_answer *why);

#endif
