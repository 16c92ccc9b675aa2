/* SPDX-License-Identifier: Apache-2.0 */
/* An operation that is measured, and the table of all (made from operations.def). */
#ifndef MICRO_OPERATIONS_H
#define MICRO_OPERATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line;

struct operation {
	uint32_t id; /* in the markers and in every line of output */
	const char *name;
	uint64_t iterations; /* unless the command line says otherwise */
	/* NULL when the operation can be had here, else the reason why it cannot. */
	const char *(*prepare)(void);
	/* One iteration; *ticks is its cost. False: it did not do what it should. */
	bool (*run)(uint64_t *ticks);
	const char *title;
	unsigned int cpus; /* that it takes: with 2, every even one and the next */
	bool named;        /* no part of all: measured only where its name is asked for */
	/* What else the line of its last @count iterations says; NULL: nothing. */
	void (*tell)(struct line *line, uint64_t count);
};

extern const struct operation operations[];
extern const size_t operation_count;

const char *always(void);

/* All that operations.def names, each defined in the op_*.c of its group. */
const char *prepare_vmcall(void);
const char *prepare_msr(void);
const char *prepare_in_user(void);
const char *prepare_mmio(void);
const char *prepare_page_fault(void);
const char *prepare_ept_fault(void);
const char *prepare_fresh_fault(void);
const char *prepare_timer(void);
const char *prepare_apic(void);
const char *prepare_self_ipi_msr(void);
const char *prepare_vmx(void);
const char *prepare_ipi(void);
const char *prepare_vtd(void);
const char *prepare_iova(void);
const char *prepare_function(void);
bool op_cpuid(uint64_t *ticks);
bool op_vmcall(uint64_t *ticks);
bool op_rdmsr(uint64_t *ticks);
bool op_wrmsr(uint64_t *ticks);
bool op_in_kernel(uint64_t *ticks);
bool op_in_user(uint64_t *ticks);
bool op_mmio(uint64_t *ticks);
bool op_page_fault(uint64_t *ticks);
bool op_ept_fault(uint64_t *ticks);
bool op_interrupt(uint64_t *ticks);
bool op_hlt_wake(uint64_t *ticks);
bool op_self_ipi(uint64_t *ticks);
bool op_self_ipi_msr(uint64_t *ticks);
bool op_cr_access(uint64_t *ticks);
bool op_pte_rewrite(uint64_t *ticks);
bool op_fresh_fault(uint64_t *ticks);
bool op_vmread(uint64_t *ticks);
bool op_vmwrite(uint64_t *ticks);
bool op_ipi(uint64_t *ticks);
bool op_ipi_answer(uint64_t *ticks);
bool op_ipi_hlt(uint64_t *ticks);
bool op_iotlb_invalidate(uint64_t *ticks);
bool op_iova_unmap(uint64_t *ticks);
bool op_iova_stale(uint64_t *ticks);
bool op_function(uint64_t *ticks);
bool op_function_hlt(uint64_t *ticks);
void tell_function(struct line *line, uint64_t count);

#endif
