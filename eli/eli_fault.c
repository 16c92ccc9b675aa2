// SPDX-License-Identifier: Apache-2.0
#include "eli_fault.h"
#include "vmx_bits.h"

#define ELI_NP 11
#define ELI_GP 13

/* Of an error code that a gate caused: 6.13. */
#define ERROR_EXT         (1u << 0)
#define ERROR_IDT         (1u << 1)
#define ERROR_INDEX_SHIFT 3

static unsigned type_of(uint32_t info)
{
	return (info & EVENT_TYPE) >> EVENT_TYPE_SHIFT;
}

static bool is_exception(const struct eli_exit *exit, unsigned vector)
{
	return (exit->info & EVENT_VALID) && type_of(exit->info) == EVENT_HARDWARE &&
	       (exit->info & EVENT_VECTOR) == vector;
}

/* Is the gate of @vector what the exception is about? @ext: ERROR_EXT for an interrupt, or 0. */
static bool about_gate(const struct eli_exit *exit, uint8_t vector, uint32_t ext)
{
	return exit->error == ((uint32_t)vector << ERROR_INDEX_SHIFT | ERROR_IDT | ext);
}

/* Did L0's limit cut a gate off that the guest's own leaves whole? */
static bool cut(const struct eli_idt *idt, const struct eli_exit *exit, uint8_t vector,
		uint32_t ext)
{
	return is_exception(exit, ELI_GP) && about_gate(exit, vector, ext) &&
	       !eli_limit_has(exit->limit, vector) && eli_limit_has(idt->limit, vector);
}

static enum eli_kind of_interrupt(const struct eli_idt *idt, const struct eli_vectors *l0,
				  const struct eli_exit *exit, uint8_t vector)
{
	if (eli_vectors_has(l0, vector))
		return ELI_L0;
	if (!eli_vectors_has(&idt->open, vector) || cut(idt, exit, vector, ERROR_EXT))
		return ELI_POST;
	return ELI_GUESTS;
}

static enum eli_kind of_software(const struct eli_idt *idt, const struct eli_exit *exit,
				 uint8_t vector)
{
	if (is_exception(exit, ELI_NP) && about_gate(exit, vector, 0) &&
	    eli_idt_masks(idt, vector) && eli_idt_own_present(idt, vector))
		return ELI_SOFTWARE;
	return cut(idt, exit, vector, 0) ? ELI_SOFTWARE : ELI_GUESTS;
}

static enum eli_kind kind_of(const struct eli_idt *idt, const struct eli_vectors *l0,
			     const struct eli_exit *exit)
{
	uint8_t vector = (uint8_t)(exit->vectoring & EVENT_VECTOR);

	if (!(exit->vectoring & EVENT_VALID))
		return ELI_GUESTS;
	switch (type_of(exit->vectoring)) {
	case EVENT_EXTERNAL:
		return of_interrupt(idt, l0, exit, vector);
	case EVENT_SOFTWARE_INTERRUPT:
		return of_software(idt, exit, vector);
	default: /* exceptions and NMIs have gates that are the guest's */
		return ELI_GUESTS;
	}
}

struct eli_answer eli_answer(const struct eli_idt *idt, const struct eli_vectors *l0,
			     const struct eli_exit *exit)
{
	enum eli_kind kind = kind_of(idt, l0, exit);

	return (struct eli_answer){
		.kind = kind,
		.vector = (uint8_t)(exit->vectoring & EVENT_VECTOR),
		.length = (uint8_t)(kind == ELI_SOFTWARE ? exit->length : 0),
		.clear_rf = kind != ELI_GUESTS && (exit->info & EVENT_VALID),
	};
}
