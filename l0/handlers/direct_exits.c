// SPDX-License-Identifier: Apache-2.0
/* The exits that direct mode leaves, and those that it must be told of. */
#include "eli_apic.h"
#include "eli_fault.h"
#include "handlers/direct.h"
#include "handlers/direct_internal.h"
#include "handlers/exits.h"
#include "handlers/msr_bitmap.h"
#include "hw/apic.h"
#include "hw/cpu.h"
#include "hw/x86.h"
#include "platform/lapic_direct.h"
#include "vcpu/events.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

#define X2APIC_PPR (MSR_X2APIC_FIRST + 0x0a)
#define X2APIC_SVR (MSR_X2APIC_FIRST + 0x0f)
#define X2APIC_ISR (MSR_X2APIC_FIRST + 0x10)
#define X2APIC_IRR (MSR_X2APIC_FIRST + 0x20)

static struct eli_vectors in_service(void)
{
	struct eli_vectors service;

	apic_read_service(service.word);
	return service;
}

/* ---- interrupts that exit ---- */

/* The processor has it in service; it has no other sign of it than this exit. */
static void arrive(struct vcpu *v, uint8_t vector)
{
	if (direct_runs_l1(v)) {
		v->direct.arrived = vector;
	} else {
		apic_eoi();
		lapic_direct_request(&v->lapic, vector);
	}
}

static bool external_interrupt(struct vcpu *v)
{
	uint8_t vector = (uint8_t)(vmcs_read(VMCS_EXIT_INTERRUPTION_INFO) & EVENT_VECTOR);

	if (vector != APIC_SPURIOUS_VECTOR && eli_vectors_has(&direct_own, vector)) {
		delay_answered(&v->direct.delays, v->now);
		return false;
	}
	exits_count_halt(v);
	if (vector != APIC_SPURIOUS_VECTOR)
		arrive(v, vector);
	vcpu_attend(v);
	return true;
}

/* ---- deliveries that direct mode made fail ---- */

static void count(struct vcpu *v, enum eli_trouble what)
{
	eli_guard_count(&v->direct.guard, what, v->now);
}

static void post(struct vcpu *v, uint8_t vector)
{
	apic_eoi();
	lapic_direct_request(&v->lapic, vector);
	count(v, ELI_TROUBLE_STRAY);
}

static void redo_software(struct vcpu *v, const struct eli_answer *answer)
{
	v->events.redo = (struct event){
		.info = EVENT_VALID | (uint32_t)EVENT_SOFTWARE_INTERRUPT << EVENT_TYPE_SHIFT |
			answer->vector,
		.length = answer->length,
	};
	count(v, ELI_TROUBLE_SOFTWARE);
}

static struct eli_exit words_of(uint32_t reason, uint32_t vectoring)
{
	bool exception = reason == EXIT_EXCEPTION_NMI;

	return (struct eli_exit){
		.info = exception ? (uint32_t)vmcs_read(VMCS_EXIT_INTERRUPTION_INFO) : 0,
		.error = exception ? (uint32_t)vmcs_read(VMCS_EXIT_INTERRUPTION_ERROR) : 0,
		.vectoring = vectoring,
		.length = (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_LENGTH),
		.limit = (uint16_t)vmcs_read(VMCS_GUEST_IDTR_LIMIT),
	};
}

static bool carry_out(struct vcpu *v, const struct eli_answer *answer, bool exception)
{
	switch (answer->kind) {
	case ELI_GUESTS:
		if (exception)
			count(v, ELI_TROUBLE_GATE);
		return false;
	case ELI_L0:
		if (answer->vector != APIC_SPURIOUS_VECTOR)
			exits_take_own(v, answer->vector);
		break;
	case ELI_POST:
		post(v, answer->vector);
		break;
	case ELI_SOFTWARE:
		redo_software(v, answer);
		break;
	}
	if (answer->clear_rf)
		vmcs_change(VMCS_GUEST_RFLAGS, RFLAGS_RF, 0);
	vcpu_attend(v);
	return true;
}

/* In direct mode: the exit came while an event was delivered. True: that was ELI's doing. */
static bool delivery(struct vcpu *v, uint32_t reason)
{
	uint32_t vectoring = (uint32_t)vmcs_read(VMCS_IDT_VECTORING_INFO);
	struct eli_exit exit;
	struct eli_answer answer;

	if (!(vectoring & EVENT_VALID) || (reason & EXIT_REASON_ENTRY_FAILURE))
		return false;
	exit = words_of(reason, vectoring);
	answer = eli_answer(direct_idt(&v->direct, v->level), &direct_own, &exit);
	return carry_out(v, &answer, reason == EXIT_EXCEPTION_NMI);
}

/* ---- the LAPIC's registers ---- */

/* All that is in service is the processor's. */
static bool end_of_interrupt(struct vcpu *v)
{
	struct eli_vectors none = {{0}}, service = in_service();
	const struct eli_view view = {
		.virtual = {-1, -1},
		.physical = eli_half(&none, &service, &direct_own),
		.tpr = (uint8_t)v->lapic.tpr,
	};

	if ((uint32_t)v->regs.gpr[RAX] | (uint32_t)v->regs.gpr[RDX])
		return false; /* #GP, and no end */
	if (eli_eoi(&view) == ELI_PHYSICAL)
		apic_eoi();
	vcpu_skip(v);
	return true;
}

static bool read_requests(struct vcpu *v, unsigned word)
{
	exit_rdmsr(v);
	v->regs.gpr[RAX] |= apic_request_word(word) & ~direct_own.word[word];
	return true;
}

static bool is_within(uint32_t msr, uint32_t first, unsigned count)
{
	return msr - first < count;
}

/* A register of the LAPIC that L2 has with its L1, and that is L1's to answer. */
static bool is_l1s(const struct vcpu *v, uint32_t reason, uint32_t msr)
{
	return v->level == 2 && (reason == EXIT_RDMSR || reason == EXIT_WRMSR) &&
	       msr_bitmap_l1_wants(v, msr, reason == EXIT_WRMSR);
}

/* Its answer looks at what is in service, or resets it. */
static bool wants_whole(uint32_t reason, uint32_t msr)
{
	switch (reason) {
	case EXIT_VMLAUNCH:
	case EXIT_VMRESUME:
		return true;
	case EXIT_WRMSR:
		return msr == MSR_APIC_BASE || msr == X2APIC_SVR;
	case EXIT_RDMSR:
		return msr == X2APIC_PPR || is_within(msr, X2APIC_ISR, 8);
	default:
		return false;
	}
}

static bool lapic_register(struct vcpu *v, uint32_t reason)
{
	uint32_t msr = (uint32_t)v->regs.gpr[RCX];

	if (is_l1s(v, reason, msr))
		return false;
	if (reason == EXIT_WRMSR && msr == X2APIC_EOI)
		return end_of_interrupt(v);
	if (reason == EXIT_RDMSR && is_within(msr, X2APIC_IRR, 8))
		return read_requests(v, msr - X2APIC_IRR);
	if (wants_whole(reason, msr))
		direct_leave(v);
	return false;
}

/* ---- all of them ---- */

/* The write comes again, and goes to the guest's page. */
static bool idt_write(struct vcpu *v)
{
	if (!(vmcs_read(VMCS_EXIT_QUALIFICATION) & EPT_W) ||
	    !direct_idt_written(v, vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS)))
		return false;
	vcpu_requeue_event(v);
	return true;
}

/*
 * LIDT and its kin, and LLDT and its, where the processor exits for them: the table is looked at
 * before direct mode.
 */
static bool table_instruction(struct vcpu *v)
{
	if (v->level == 2 && (vmcs12_proc2(&v->nested.cache.v) & PROC2_DESCRIPTOR_TABLE))
		return false;
	direct_hold(v);
	return true;
}

static void note_nmi(struct vcpu *v)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_EXIT_INTERRUPTION_INFO);

	if ((info & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_NMI)
		cpu_nmi_of_guest(v->cpu);
}

__attribute__((noinline)) bool direct_exit(struct vcpu *v, uint32_t reason)
{
	if (reason == EXIT_EXTERNAL_INTERRUPT)
		return external_interrupt(v);
	if (reason == EXIT_EXCEPTION_NMI)
		note_nmi(v);
	if (v->direct.on && delivery(v, reason))
		return true;
	if (reason == EXIT_EPT_VIOLATION && v->level == 1 && idt_write(v))
		return true;
	if (!v->direct.on)
		return false;
	if (reason == EXIT_GDTR_IDTR || reason == EXIT_LDTR_TR)
		return table_instruction(v);
	return lapic_register(v, reason);
}
