// SPDX-License-Identifier: Apache-2.0
#include "vcpu/trace.h"

#include "hw/cpu.h"
#include "hw/vmx.h"
#include "hw/x86.h"
#include "lib/asm.h"
#include "measure/channel.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"
#include "vmcs_access.h"

extern char vmx_exit_traced[]; /* exit.S */

_Static_assert(__builtin_offsetof(struct cpu, trace.next) == CPU_TRACE_NEXT, "exit.S");

static void write_entry_point(struct vcpu *v, uint64_t address)
{
	vmcs_write(VMCS_HOST_RIP, address);
	vmptrld(v->vmcs[3 - v->level]);
	vmcs_write(VMCS_HOST_RIP, address);
	vmptrld(v->vmcs[v->level]);
}

static void switch_on(struct vcpu *v)
{
	v->cpu->trace.next = vmcs_read(VMCS_HOST_RIP);
	v->trace.exits = 0;
	write_entry_point(v, (uintptr_t)vmx_exit_traced);
}

void trace_init(struct vcpu *v)
{
	v->trace.always = !knob_is(v->vm->knobs.trace, "off");
	if (knob_is(v->vm->knobs.trace, "lines"))
		v->trace.lines = v->vm->knobs.trace_lines;
	if (v->trace.always)
		switch_on(v);
}

static uint32_t running_vcpus(void)
{
	uint32_t count = 0;

	for (struct cpu *c = cpu_after(NULL); c; c = cpu_after(c))
		count += c->role == CPU_VCPU;
	return count;
}

void trace_ask(uint8_t word)
{
	uint32_t what = word == TRACE_TELL ? running_vcpus() : word == TRACE_HURRY ? TRACE_NOW : 0;

	if (!what)
		return;
	for (struct cpu *c = cpu_after(NULL); c; c = cpu_after(c)) {
		if (c->role != CPU_VCPU)
			continue;
		__atomic_fetch_or(&c->vcpu->trace.asked, what, __ATOMIC_RELEASE);
		if (c != cpu_this())
			cpu_kick(c);
	}
}

/* What the guest reads: a bit that L0 (or L1) owns stands in the shadow. */
static uint64_t guest_sees(enum vmcs_field value, enum vmcs_field mask, enum vmcs_field shadow)
{
	uint64_t owned = vmcs_read(mask);

	return (vmcs_read(value) & ~owned) | (vmcs_read(shadow) & owned);
}

static const char *activity(const struct vcpu *v)
{
	static const char *const name[] = {"active", "hlt", "shutdown", "wait-for-sipi"};

	/* reset.c: L0 waits for that IPI in the HLT state. */
	if (v->level == 1 && lapic_waits(&v->lapic))
		return name[3];
	return name[vmcs_read(VMCS_GUEST_ACTIVITY) & 3];
}

static void tell(struct vcpu *v)
{
	const struct channel_state s = {
		.who = {v->vm->number, v->id},
		.told_with = v->trace.told_with,
		.level = v->level,
		.activity = activity(v),
		.now = rdtsc() + v->clock_offset,
		.rip = vmcs_read(VMCS_GUEST_RIP),
		.rsp = vmcs_read(VMCS_GUEST_RSP),
		.cs_base = vmcs_read(VMCS_GUEST_CS_BASE),
		.rflags = vmcs_read(VMCS_GUEST_RFLAGS),
		.cr0 = guest_sees(VMCS_GUEST_CR0, VMCS_CR0_MASK, VMCS_CR0_SHADOW),
		.cr3 = vmcs_read(VMCS_GUEST_CR3),
		.cr4 = guest_sees(VMCS_GUEST_CR4, VMCS_CR4_MASK, VMCS_CR4_SHADOW),
		.efer = vmcs_read(VMCS_GUEST_EFER),
		.interruptibility = vmcs_read(VMCS_GUEST_INTERRUPTIBILITY),
		.exits = v->trace.exits,
		.last = v->trace.last,
		.counters = &v->counters,
	};

	channel_state(&s);
}

static void finish(struct vcpu *v)
{
	tell(v);
	v->trace.told_with = 0;
	if (!v->trace.always)
		write_entry_point(v, v->cpu->trace.next);
}

void trace_answer(struct vcpu *v)
{
	struct trace *t = &v->trace;
	uint32_t asked = __atomic_exchange_n(&t->asked, 0, __ATOMIC_ACQUIRE);
	uint32_t count = asked & ~TRACE_NOW;

	if (count && !t->told_with && !t->always)
		switch_on(v);
	if (count)
		t->told_with = count;
	if (t->told_with && (t->always || asked & TRACE_NOW))
		finish(v);
}

static void note_exit(struct vcpu *v)
{
	struct trace *t = &v->trace;
	struct channel_exit *e = &t->last[t->exits % TRACE_EXITS];

	*e = (struct channel_exit){
		.when = rdtsc() + v->clock_offset,
		.rip = vmcs_read(VMCS_GUEST_RIP),
		.qualification = vmcs_read(VMCS_EXIT_QUALIFICATION),
		.reason = (uint32_t)vmcs_read(VMCS_EXIT_REASON) & EXIT_REASON_BASIC,
		.level = v->level,
	};
	if (t->exits < t->lines)
		channel_exit(&(struct channel_who){v->vm->number, v->id}, t->exits, e);
	t->exits++;
}

void trace_exit(const struct regs *regs)
{
	struct vcpu *v = (struct vcpu *)((uintptr_t)regs - __builtin_offsetof(struct vcpu, regs));

	note_exit(v);
	if (v->trace.always || v->trace.exits < TRACE_EXITS)
		return;
	if (v->paging.on) /* what the guest sees is not in the VMCS yet */
		shadow_paging_leave(v);
	finish(v);
	if (v->paging.on)
		shadow_paging_enter(v);
}
