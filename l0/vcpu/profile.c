// SPDX-License-Identifier: Apache-2.0
#include "lib/asm.h"
#include "vcpu/marker.h"
#include "hw/cpu.h"
#include "hw/host.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "lib/string.h"
#include "measure/channel.h"
#include "vcpu/profile.h"
#include "vmcs_access.h"

extern char l0_start[], l0_text_end[];
extern char profile_step[]; /* profile.S */
/* exit.S: what the processor comes to at an exit, and what the handler returns to. */
extern char vmx_exit_profiled[], vmx_exit_left[];
extern char vmx_exit_shadowed_profiled[], vmx_exit_shadowed_left[];
extern char vmx_exit_posted_profiled[], vmx_exit_posted_left[];
extern char vmx_exit_direct_profiled[], vmx_exit_direct_left[];

static const struct {
	const char *begins, *ends;
} points[EXIT_KINDS] = {
	[EXIT_KIND_PLAIN] = {vmx_exit_profiled, vmx_exit_left},
	[EXIT_KIND_SHADOWED] = {vmx_exit_shadowed_profiled, vmx_exit_shadowed_left},
	[EXIT_KIND_POSTED] = {vmx_exit_posted_profiled, vmx_exit_posted_left},
	[EXIT_KIND_DIRECT] = {vmx_exit_direct_profiled, vmx_exit_direct_left},
};

_Static_assert(__builtin_offsetof(struct cpu, profile.counts) == 8, "profile.S");
_Static_assert(__builtin_offsetof(struct cpu, profile.ends) == 16, "profile.S");
_Static_assert(__builtin_offsetof(struct cpu, profile.guest_dr6) == 24, "profile.S");

static uint64_t code_base(void)
{
	return (uintptr_t)l0_start;
}

static uint64_t code_size(void)
{
	return (uint64_t)(l0_text_end - l0_start);
}

uint64_t profile_memory(void)
{
	return ((PROFILE_KINDS * code_size() * sizeof(uint32_t)) | 4095) + 1;
}

void profile_init(struct vcpu *v, uint64_t hpa)
{
	v->profile.memory = (uint32_t *)hpa;
	v->profile.entry_point = (uintptr_t)points[v->exit_kind].begins;
	v->cpu->profile.ends = (uintptr_t)points[v->exit_kind].ends;
	host_debug_gate((uintptr_t)profile_step);
}

/* Neither this nor profile_end() is put into who calls it, whose other work has nothing to save
 * then. */
__attribute__((noinline)) void profile_begin(struct profile *p)
{
	p->measuring = p->entry_point;
	p->kinds = 0;
	p->missed = 0;
	memset(p->number, 0, sizeof(p->number));
}

__attribute__((noinline)) void profile_end(struct profile *p, uint64_t id)
{
	const struct profile_code code = {code_base(), code_size(), PROFILE_STUB_TICKS};
	uint64_t now = rdtsc();

	if (!p->measuring)
		return;
	p->measuring = false;
	for (unsigned i = 0; i < p->kinds; i++)
		channel_profile(id, &code, &p->kind[i], p->missed);
	wrmsr(MSR_TSC, now);
}

/* The kind of an exit; a new one has its counts cleared. NULL: there are too many. */
static struct profile_kind *kind_of(struct profile *p, unsigned level, unsigned reason)
{
	uint8_t *number = &p->number[level - 1][reason];
	uint32_t *ticks;

	if (!*number && p->kinds < PROFILE_KINDS) {
		ticks = p->memory + p->kinds * code_size();
		memset(ticks, 0, code_size() * sizeof(*ticks));
		p->kind[p->kinds++] =
			(struct profile_kind){.level = level, .reason = reason, .ticks = ticks};
		*number = (uint8_t)p->kinds;
	}
	return *number ? &p->kind[*number - 1] : NULL;
}

/* The exits that begin and end a measurement are in no counter either. */
static bool is_marker(const struct regs *regs, unsigned reason)
{
	uint32_t op = (uint32_t)regs->gpr[RAX] - MARKER_LEAF;

	return reason == EXIT_CPUID && (op == MARKER_BEGIN || op == MARKER_END);
}

/* A #DB of the guest's: its exit writes the DR6 that the steps would overwrite. */
static bool is_debug(unsigned reason)
{
	return reason == EXIT_EXCEPTION_NMI &&
	       (vmcs_read(VMCS_EXIT_INTERRUPTION_INFO) & EVENT_VECTOR) == VECTOR_DB;
}

uint64_t profile_exit(const struct regs *regs)
{
	struct vcpu *v = (struct vcpu *)((uintptr_t)regs - __builtin_offsetof(struct vcpu, regs));
	struct cpu_profile *step = &v->cpu->profile;
	unsigned reason = (unsigned)vmcs_read(VMCS_EXIT_REASON) % EXIT_REASON_ROWS;
	struct profile_kind *kind;

	if (!v->profile.measuring || is_marker(regs, reason) || is_debug(reason))
		return RFLAGS_FIXED1;
	kind = kind_of(&v->profile, counters_running_level(&v->counters), reason);
	if (!kind) {
		v->profile.missed++;
		return RFLAGS_FIXED1;
	}
	kind->exits++;
	step->counts = (uint32_t *)((uintptr_t)kind->ticks - code_base() * sizeof(uint32_t));
	step->guest_dr6 = read_dr6();
	return RFLAGS_FIXED1 | RFLAGS_TF;
}
