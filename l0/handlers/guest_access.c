// SPDX-License-Identifier: Apache-2.0
#include "handlers/guest_access.h"

#include "hw/x86.h"
#include "lib/string.h"
#include "memory/breakpoint.h"
#include "memory/guest_memory.h"
#include "memory/segment.h"
#include "vcpu/events.h"
#include "vcpu/timers.h"
#include "vmcs_access.h"

static void refuse_by_exit(struct vcpu *v, const struct guest_answer *why)
{
	const struct vmx_exit e = {
		.reason = why->verdict == GUEST_MISCONFIG ? EXIT_EPT_MISCONFIG : EXIT_EPT_VIOLATION,
		.qualification = why->qualification,
		.guest_linear = why->linear,
		.guest_physical = why->gpa,
	};

	if (why->verdict == GUEST_VIOLATION)
		v->nested.reflected = why->gpa;
	vcpu_reflect(v, &e);
}

void guest_refuse(struct vcpu *v, const struct guest_answer *why)
{
	switch (why->verdict) {
	case GUEST_FAULT:
		if (why->vector == VECTOR_PF)
			vcpu_inject_page_fault(v, why->linear, why->error);
		else
			vcpu_inject(v, why->vector, true, why->error);
		return;
	case GUEST_VIOLATION:
	case GUEST_MISCONFIG:
		refuse_by_exit(v, why);
		return;
	case GUEST_OK:
	case GUEST_AGAIN: /* it executes the instruction again */
		return;
	}
}

bool guest_piece_at_once(const struct vcpu *v, uint64_t linear, uint32_t size,
			 enum guest_access access, struct guest_piece *out)
{
	if (v->level != 1 || vcpu_cpl() == 3)
		return false;
	return guest_reach_at_once(&v->vm->ram, v->vm->features.maxphyaddr, linear, size, access,
				   out);
}

static __attribute__((noinline)) bool pieces_slowly(struct vcpu *v, uint64_t linear, uint32_t size,
						    enum guest_access access,
						    struct guest_pieces *out)
{
	struct guest_space space = vcpu_space(v);
	struct guest_answer why;

	if (guest_reach(&space, linear, size, access, vcpu_cpl() == 3, out, &why))
		return true;
	guest_refuse(v, &why);
	return false;
}

bool guest_pieces_at(struct vcpu *v, uint64_t linear, uint32_t size, enum guest_access access,
		     struct guest_pieces *out)
{
	out->count = 1;
	return guest_piece_at_once(v, linear, size, access, &out->piece[0]) ||
	       pieces_slowly(v, linear, size, access, out);
}

/* The largest access that devices know and that fits: 8, 4, 2, 1 bytes. */
static uint32_t device_chunk(uint32_t left)
{
	return left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/* A value that is no larger than a word goes in one access: another vCPU sees it whole. */
static void copy_whole(void *to, const void *from, uint32_t size)
{
	if (size == 8)
		*(volatile uint64_t *)to = *(const volatile uint64_t *)from;
	else if (size == 4)
		*(volatile uint32_t *)to = *(const volatile uint32_t *)from;
	else if (size == 2)
		*(volatile uint16_t *)to = *(const volatile uint16_t *)from;
	else
		memcpy(to, from, size);
}

static void load_device(struct vcpu *v, uint64_t gpa, uint8_t *to, uint32_t size)
{
	for (uint32_t at = 0, chunk; at < size; at += chunk) {
		uint64_t value;

		chunk = device_chunk(size - at);
		platform_mmio_read(&v->vm->platform, v->id, gpa + at, chunk, &value, v->now);
		copy_whole(to + at, &value, chunk);
	}
}

static void store_device(struct vcpu *v, uint64_t gpa, const uint8_t *from, uint32_t size)
{
	for (uint32_t at = 0, chunk; at < size; at += chunk) {
		uint64_t value = 0;

		chunk = device_chunk(size - at);
		copy_whole(&value, from + at, chunk);
		platform_mmio_write(&v->vm->platform, v->id, gpa + at, chunk, value, v->now);
	}
}

void guest_load(struct vcpu *v, const struct guest_pieces *from, void *buffer)
{
	uint8_t *to = buffer;

	for (unsigned i = 0; i < from->count; to += from->piece[i++].size) {
		const struct guest_piece *p = &from->piece[i];

		if (p->ram) {
			copy_whole(to, p->ram, p->size);
		} else {
			load_device(v, p->gpa, to, p->size);
			vcpu_timers_moved(v);
		}
	}
}

void guest_store(struct vcpu *v, const struct guest_pieces *to, const void *buffer)
{
	const uint8_t *from = buffer;

	for (unsigned i = 0; i < to->count; from += to->piece[i++].size) {
		const struct guest_piece *p = &to->piece[i];

		if (p->ram) {
			copy_whole(p->ram, from, p->size);
		} else {
			store_device(v, p->gpa, from, p->size);
			vcpu_timers_moved(v);
		}
	}
}

bool guest_read(struct vcpu *v, uint64_t linear, void *buffer, uint32_t size)
{
	struct guest_pieces pieces;

	if (!guest_pieces_at(v, linear, size, GUEST_READ, &pieces))
		return false;
	if (pieces.count == 1 && pieces.piece[0].ram)
		copy_whole(buffer, pieces.piece[0].ram, size);
	else
		guest_load(v, &pieces, buffer);
	guest_breakpoint_traps(guest_data_breakpoints(linear, size, false));
	return true;
}

bool guest_write(struct vcpu *v, uint64_t linear, const void *buffer, uint32_t size)
{
	struct guest_pieces pieces;

	if (!guest_pieces_at(v, linear, size, GUEST_WRITE, &pieces))
		return false;
	if (pieces.count == 1 && pieces.piece[0].ram)
		copy_whole(pieces.piece[0].ram, buffer, size);
	else
		guest_store(v, &pieces, buffer);
	guest_breakpoint_traps(guest_data_breakpoints(linear, size, true));
	return true;
}

#define INFO_SCALING(i)  ((i)&3)
#define INFO_ADDRESS(i)  ((i) >> 7 & 7) /* 0: 16 bits, 1: 32, 2: 64 */
#define INFO_SEGMENT(i)  ((i) >> 15 & 7)
#define INFO_INDEX(i)    ((i) >> 18 & 15)
#define INFO_NO_INDEX(i) ((i)&1u << 22)
#define INFO_BASE(i)     ((i) >> 23 & 15)
#define INFO_NO_BASE(i)  ((i)&1u << 27)

bool guest_operand(struct vcpu *v, uint32_t info, uint64_t displacement, uint64_t size,
		   enum guest_access access, uint64_t *linear)
{
	static const uint64_t mask[] = {0xffff, 0xffffffff, ~0ull, ~0ull};
	uint64_t offset = displacement;
	struct guest_answer why;

	if (!INFO_NO_BASE(info))
		offset += vcpu_reg(v, INFO_BASE(info));
	if (!INFO_NO_INDEX(info))
		offset += vcpu_reg(v, INFO_INDEX(info)) << INFO_SCALING(info);
	offset &= mask[INFO_ADDRESS(info) & 3];
	if (guest_linear(INFO_SEGMENT(info), offset, size, access, linear, &why))
		return true;
	guest_refuse(v, &why);
	return false;
}
