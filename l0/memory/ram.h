/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L1's RAM: at most two ranges of guest-physical addresses, below the PCI hole and from 4 GiB, each
 * one range of host memory. EPT01 maps exactly this.
 */
#ifndef MEMORY_RAM_H
#define MEMORY_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RAM_HOLE_START 0xc0000000ull
#define RAM_HOLE_END   0x100000000ull

struct ram {
	uint64_t size;                 /* bytes, both ranges together */
	uint64_t below, above;         /* bytes from 0, bytes from RAM_HOLE_END */
	uint64_t hpa_below, hpa_above; /* where they lie */
};

/* Divides @size bytes into the two ranges; where they lie is the caller's to say. */
void ram_init(struct ram *ram, uint64_t size);

/* Host-physical address of [@gpa, @gpa + @size), or 0 if not all of it is L1's RAM. */
static inline uint64_t ram_hpa(const struct ram *ram, uint64_t gpa, uint64_t size)
{
	if (gpa < ram->below && size <= ram->below - gpa)
		return ram->hpa_below + gpa;
	gpa -= RAM_HOLE_END;
	if (gpa < ram->above && size <= ram->above - gpa)
		return ram->hpa_above + gpa;
	return 0;
}

/* The same as a pointer, NULL if it is not all RAM. */
static inline void *ram_ptr(const struct ram *ram, uint64_t gpa, uint64_t size)
{
	return (void *)(uintptr_t)ram_hpa(ram, gpa, size);
}

/* Is @hpa, a host-physical address, a byte of it? */
static inline bool ram_holds(const struct ram *ram, uint64_t hpa)
{
	return hpa - ram->hpa_below < ram->below || hpa - ram->hpa_above < ram->above;
}

/* Where @gpa lies, and in *size how much of the *size bytes from there on is one piece; or NULL. */
static inline void *ram_piece(const struct ram *ram, uint64_t gpa, uint32_t *size)
{
	uint64_t left = ram->below - gpa, hpa = ram->hpa_below + gpa;

	if (gpa >= ram->below) {
		if (gpa - RAM_HOLE_END >= ram->above)
			return NULL;
		left = RAM_HOLE_END + ram->above - gpa;
		hpa = ram->hpa_above + (gpa - RAM_HOLE_END);
	}
	*size = left < *size ? (uint32_t)left : *size;
	return (void *)(uintptr_t)hpa;
}

#endif
