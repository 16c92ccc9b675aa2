// SPDX-License-Identifier: Apache-2.0
#include "memory/guest_memory.h"

#include "lib/string.h"
#include "memory/paging.h"

#define PAGE_BYTES 4096ull

static uint32_t to_page_end(uint64_t linear)
{
	return (uint32_t)(PAGE_BYTES - (linear & (PAGE_BYTES - 1)));
}

static uint64_t ept_access(enum guest_access access)
{
	return access == GUEST_WRITE ? EPT_W : access == GUEST_FETCH ? EPT_X : EPT_R;
}

bool guest_reach_at_once(const struct ram *ram, unsigned maxphyaddr, uint64_t linear, uint32_t size,
			 enum guest_access access, struct guest_piece *out)
{
	if (size > to_page_end(linear) ||
	    !guest_translate_at_once(ram, maxphyaddr, linear, access, &out->gpa))
		return false;
	out->ram = ram_ptr(ram, out->gpa, size);
	out->size = size;
	return true;
}

/* What lies within one page; the ends of RAM are ends of pages. */
static bool reach_piece(const struct guest_space *s, uint64_t linear, uint32_t size,
			enum guest_access access, bool user, struct guest_piece *out,
			struct guest_answer *why)
{
	uint64_t gpa;

	if (!guest_translate(s, linear, access, user, &gpa, why) ||
	    !guest_physical(s, gpa, ept_access(access), true, linear, &out->gpa, why))
		return false;
	out->ram = ram_ptr(s->ram, out->gpa, size);
	out->size = size;
	return true;
}

bool guest_reach(const struct guest_space *s, uint64_t linear, uint32_t size,
		 enum guest_access access, bool user, struct guest_pieces *out,
		 struct guest_answer *why)
{
	uint32_t first = to_page_end(linear);

	out->count = 1;
	if (size <= first)
		return reach_piece(s, linear, size, access, user, &out->piece[0], why);
	out->count = 2;
	return reach_piece(s, linear, first, access, user, &out->piece[0], why) &&
	       reach_piece(s, linear + first, size - first, access, user, &out->piece[1], why);
}

unsigned guest_code_bytes(const struct guest_piece *piece, uint8_t *bytes)
{
	if (piece->ram)
		memcpy(bytes, piece->ram, piece->size);
	else
		memset(bytes, 0xff, piece->size);
	return piece->size;
}

unsigned guest_fetch(const struct guest_space *s, uint64_t linear, bool user, uint8_t *bytes,
		     unsigned size, struct guest_answer *why)
{
	struct guest_piece piece;
	uint32_t room = to_page_end(linear);

	if (!reach_piece(s, linear, room < size ? room : size, GUEST_FETCH, user, &piece, why))
		return 0;
	return guest_code_bytes(&piece, bytes);
}
