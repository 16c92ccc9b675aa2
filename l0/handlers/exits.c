// SPDX-License-Identifier: Apache-2.0
/* The exits that take a few lines to answer. */
#include "handlers/exits.h"
#include "handlers/msr.h"
#include "hw/apic.h"
#include "hw/cpu.h"
#include "hw/host.h"
#include "hw/x86.h"
#include "lib/asm.h"
#include "lib/console.h"
#include "measure/channel.h"
#include "vcpu/events.h"
#include "vcpu/halt.h"
#include "vcpu/notify.h"
#include "vcpu/profile.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

/* Stops the VM: what it did is not supported, and the line says where. */
void exit_unsupported(struct vcpu *v)
{
	uint32_t reason = (uint32_t)vmcs_read(VMCS_EXIT_REASON);

	vm_stop(v->vm, STOP_UNSUPPORTED, 0,
		"L%u exit %u %s%s, qualification %lx, rip %lx, address %lx", v->level,
		reason & EXIT_REASON_BASIC, exit_reason_name(reason & EXIT_REASON_BASIC),
		reason & EXIT_REASON_ENTRY_FAILURE ? " (entry failed)" : "",
		vmcs_read(VMCS_EXIT_QUALIFICATION), vmcs_read(VMCS_GUEST_RIP),
		vmcs_read(VMCS_GUEST_PHYSICAL_ADDRESS));
}

void exit_triple_fault(struct vcpu *v)
{
	vm_stop(v->vm, STOP_TRIPLE_FAULT, 0, "L1 at rip %lx, cr3 %lx", vmcs_read(VMCS_GUEST_RIP),
		vmcs_read(VMCS_GUEST_CR3));
}

static void read_console(struct console *c, struct vm *vm)
{
	uint8_t received[CONSOLE_RECEIVED];
	unsigned count = console_interrupt(c, received);

	for (unsigned i = 0; i < count; i++)
		uart_receive(&vm->platform, received[i]);
}

/* Who sits at the monitor's line wants to know what the guests do. */
static void read_monitor(void)
{
	uint8_t received[CONSOLE_RECEIVED];
	unsigned count = console_interrupt(&console[CONSOLE_MONITOR], received);

	for (unsigned i = 0; i < count; i++)
		trace_ask(received[i]);
}

/* VMCS01 in the HLT state also stands for an L2 that sleeps and a vCPU that was not started. */
static bool is_halted(const struct vcpu *v)
{
	return v->level == 1 && vmcs_read(VMCS_GUEST_ACTIVITY) == ACTIVITY_HLT;
}

/* HLT does not exit: a halt that nothing ends is seen when L0 has the processor back. */
static void look_for_halt(struct vcpu *v)
{
	if (is_halted(v))
		halt_seen(v);
}

/* Of what ends a halt: an interrupt, the timer, and another CPU's kick. */
static void count_halt(struct vcpu *v)
{
	if (is_halted(v))
		counters_halted(&v->counters);
}

void exits_count_halt(struct vcpu *v)
{
	count_halt(v);
}

/* Of a line of L0's own, out of the way of a kick. */
static __attribute__((noinline)) void take_irq(struct vcpu *v, unsigned vector)
{
	struct console *c = v->vm->console;

	if (vector == c->vector)
		read_console(c, v->vm);
	if (vector == (unsigned)IRQ_VECTOR_BASE + console[CONSOLE_MONITOR].irq)
		read_monitor();
	irq_eoi(vector);
}

static void take_other(struct vcpu *v, unsigned vector)
{
	if (vector == APIC_NESTED_VECTOR)
		notify_receive(v);
	else
		take_irq(v, vector);
}

/* Somebody asks what the guest does. */
static __attribute__((noinline)) void tell_trace(struct vcpu *v)
{
	trace_answer(v);
	look_for_halt(v);
}

static inline void take_own(struct vcpu *v, unsigned vector)
{
	count_halt(v);
	if (vector == APIC_KICK_VECTOR)
		cpu_answer(v->cpu);
	else
		take_other(v, vector);
	if (__builtin_expect(trace_asked(&v->trace), false))
		tell_trace(v);
	vcpu_attend(v);
}

void exit_external_interrupt(struct vcpu *v)
{
	take_own(v, vmcs_read(VMCS_EXIT_INTERRUPTION_INFO) & EVENT_VECTOR);
}

void exits_take_own(struct vcpu *v, unsigned vector)
{
	take_own(v, vector);
}

/* Causes of a #DB in the exit qualification: DR6's bits 3:0, BD, BS (SDM 28.2.1). */
#define DB_CAUSES 0x600f

static void give_back(struct vcpu *v, uint32_t info)
{
	bool debug = (info & EVENT_VECTOR) == VECTOR_DB;
	bool int1 = (info & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_PRIVILEGED;
	const struct event e = {
		.info = info & ~EVENT_NMI_UNBLOCKING,
		.error = (uint32_t)vmcs_read(VMCS_EXIT_INTERRUPTION_ERROR),
		/* INT1 is a trap: the instruction must not come again. */
		.length = int1 ? (uint32_t)vmcs_read(VMCS_EXIT_INSTRUCTION_LENGTH) : 0,
		.payload = debug ? vmcs_read(VMCS_EXIT_QUALIFICATION) & DB_CAUSES : 0,
	};

	vcpu_queue_fault(v, &e);
}

/* Physical, none of L1's: somebody left work for this vCPU. */
static void take_nmi(struct vcpu *v)
{
	count_halt(v);
	if (__builtin_expect(trace_asked(&v->trace), false))
		tell_trace(v);
	vcpu_attend(v);
}

/*
 * #DB and #AC are intercepted only so that a guest cannot keep the processor busy for ever with
 * delivering one inside the other (CVE-2015-5307, CVE-2015-8104): they go back as they came.
 */
void exit_exception(struct vcpu *v)
{
	uint32_t info = (uint32_t)vmcs_read(VMCS_EXIT_INTERRUPTION_INFO);
	unsigned vector = info & EVENT_VECTOR;

	if ((info & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_NMI)
		take_nmi(v);
	else if (vector == VECTOR_MC)
		vm_stop(v->vm, STOP_ERROR, 0, "machine check in the guest");
	else if (vector == VECTOR_PF) /* intercepted without EPT alone */
		exit_page_fault(v);
	else
		give_back(v, info);
}

static void answer_cpuid(struct vcpu *v, const struct cpuid *c)
{
	uint64_t *gpr = v->regs.gpr;

	gpr[RAX] = c->eax;
	gpr[RBX] = c->ebx;
	gpr[RCX] = c->ecx;
	gpr[RDX] = c->edx;
	vcpu_advance(v, vmcs_read(VMCS_GUEST_RFLAGS));
}

/* A leaf that depends on more than its number, a high one, or a marker. */
static __attribute__((noinline)) void exit_cpuid_other(struct vcpu *v, uint32_t leaf)
{
	struct cpuid scratch;

	if (marker_is(leaf)) {
		exit_marker(v, (enum marker)(leaf - MARKER_LEAF));
		vcpu_skip(v);
	} else {
		answer_cpuid(v, cpuid_guest(v, leaf, (uint32_t)v->regs.gpr[RCX], &scratch));
	}
}

void exit_cpuid(struct vcpu *v)
{
	uint32_t leaf = (uint32_t)v->regs.gpr[RAX];
	const struct cpuid_table *t = &v->vm->cpuid;

	if (leaf < CPUID_BASIC && !(t->dynamic >> leaf & 1))
		answer_cpuid(v, &t->basic[leaf]);
	else
		exit_cpuid_other(v, leaf);
}

static void marker_begin(struct vcpu *v, uint64_t id)
{
	v->marker = id;
	if (v->vm->sidecore)
		v->polled = polling_since(v->vm->sidecore, &(struct poll_counters){0});
	counters_restart(&v->counters);
	profile_begin(&v->profile);
	delay_begin(v);
}

static void marker_end(struct vcpu *v, uint64_t iterations)
{
	const struct poll_counters *sidecore = v->vm->sidecore;
	struct channel_marks marks = {v->marker, iterations, NULL};
	struct poll_counters spent;

	if (sidecore) {
		spent = polling_since(sidecore, &v->polled);
		marks.sidecore = &spent;
	}
	channel_measure(&(struct channel_who){v->vm->number, v->id}, &v->counters, &marks);
	profile_end(&v->profile, v->marker);
	if (v->direct.way)
		delay_tell(v);
	delay_begin(v); /* to tell takes its time */
}

/* The VMCS is that of who asks, so that all offsets of the levels between are in it. */
static void marker_clock(struct vcpu *v)
{
	uint64_t ahead = vmcs_read(VMCS_TSC_OFFSET) - v->clock_offset;

	v->regs.gpr[RAX] = (uint32_t)ahead;
	v->regs.gpr[RDX] = ahead >> 32;
}

void exit_marker(struct vcpu *v, enum marker op)
{
	uint64_t *gpr = v->regs.gpr;

	switch (op) {
	case MARKER_IDENTIFY:
		gpr[RAX] = MARKER_LEAF + MARKERS - 1;
		gpr[RBX] = 0x74736554; /* "Test" */
		gpr[RCX] = 0x206f6475; /* "udo " */
		gpr[RDX] = counters_running_level(&v->counters);
		return;
	case MARKER_BEGIN:
		marker_begin(v, gpr[RCX]);
		return;
	case MARKER_END:
		marker_end(v, gpr[RCX]);
		return;
	case MARKER_COUNT:
		gpr[RAX] = (uint32_t)counters_l2_exits(&v->counters, (uint32_t)gpr[RCX]);
		return;
	case MARKER_CLOCK:
		marker_clock(v);
		return;
	case MARKERS:
		return;
	}
}

/* The processor waits from the entry on, so that all ticks until it leaves are halted ones. */
void exit_hlt(struct vcpu *v)
{
	vcpu_skip(v);
	vmcs_write(VMCS_GUEST_ACTIVITY, ACTIVITY_HLT);
}

void exit_invd(struct vcpu *v)
{
	__asm__ volatile("wbinvd" : : : "memory"); /* never throw L0's or L1's data away */
	vcpu_skip(v);
}

void exit_rdpmc(struct vcpu *v)
{
	vcpu_inject_gp(v);
}

void exit_undefined(struct vcpu *v)
{
	vcpu_inject_ud(v);
}

void exit_rdmsr(struct vcpu *v)
{
	uint64_t value;

	if (!msr_read(v, (uint32_t)v->regs.gpr[RCX], &value)) {
		vcpu_inject_gp(v);
		return;
	}
	v->regs.gpr[RAX] = (uint32_t)value;
	v->regs.gpr[RDX] = value >> 32;
	vcpu_skip(v);
}

void exit_wrmsr(struct vcpu *v)
{
	uint64_t value = (uint32_t)v->regs.gpr[RAX] | v->regs.gpr[RDX] << 32;

	if (msr_write(v, (uint32_t)v->regs.gpr[RCX], value))
		vcpu_skip(v);
	else
		vcpu_inject_gp(v);
}

void exit_xsetbv(struct vcpu *v)
{
	uint64_t value = (uint32_t)v->regs.gpr[RAX] | v->regs.gpr[RDX] << 32;
	uint32_t index = (uint32_t)v->regs.gpr[RCX];

	if (index == 0 && !(value & ~cpuid_xcr0_allowed(v->vm)) && xsetbv_safe(index, value))
		vcpu_skip(v);
	else
		vcpu_inject_gp(v);
}

/* A window that L0 asked for is open, or a timer is due: the entry path does what is to be done. */
void exit_window(struct vcpu *v)
{
	vcpu_attend(v);
}

/* With the deadlines of L1 or L0's own. */
void exit_timer(struct vcpu *v)
{
	count_halt(v);
	look_for_halt(v);
	vcpu_attend(v);
}

void exit_exception_l1(struct vcpu *v)
{
	vcpu_requeue_event(v);
	exit_exception(v);
}
