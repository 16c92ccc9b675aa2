/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests and the benchmark start from: a processor, and VMCS12s that pass every check. */
#ifndef TESTS_BASE_H
#define TESTS_BASE_H

#include "check.h"
#include "merge.h"
#include "reflect.h"

enum base_kind {
	BASE_LONG, /* 64-bit host, 64-bit guest with EPT and unrestricted guest: KVM's usual */
	BASE_RESTRICTED, /* the same without unrestricted guest */
	BASE_PAE,        /* 64-bit host, 32-bit guest with PAE paging */
	BASE_SHADOW,     /* the same without EPT12 */
	BASE_REAL,       /* 64-bit host, real-mode guest */
	BASE_V86,        /* 64-bit host, virtual-8086 guest */
	BASE_HOST32,     /* 32-bit host, 32-bit guest */
	BASE_APICV,      /* 64-bit, x2APIC mode, interrupts delivered and posted */
	BASE_APIC_PAGE,  /* the same in xAPIC mode */
	BASE_COUNT
};

extern const struct vmx_caps base_hw;

struct base {
	struct vmcs12_cache c;
	struct vmx_caps l1;
	struct vmcs_index index;
	struct vmx_check_input in;
	struct vmcs01_controls l0;
};

/* Fills in everything; all groups dirty. */
void base_make(struct base *b, enum base_kind kind);

/* Merged once into the mock and clean, as after a first entry. */
void base_merged(struct base *b, enum base_kind kind);

/* Marks the groups and merges; the mock's counts are this merge's alone. What the merge returns. */
uint32_t base_merge(struct base *b, uint32_t dirty);

/* A fixed sequence of numbers, the same in every run. */
uint64_t base_random(uint64_t *state);

#endif
