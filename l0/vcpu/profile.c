// SPDX-License-Identifier: Apache-2.0
#include "lib/asm.h"
#include "vcpu/marker.h"
#include "hw/host.h"
#include "vcpu/vcpu.h"
#include "hw/x86.h"
#include "lib/string.h"
#include "measure/channel.h"
#include "vcpu/profile.h"
#include "vmcs_access.h"

/* Kinds of exits that one measurement has room for; of those beyond it only the number is known. */
#define KINDS  32
#define LEVELS COUNTER_LEVELS

/* What profile.S reads: the counts of the kind, as if code began at address 0; where the stepping
 * ends; and the guest's DR6, which is in the processor while L0 runs. */
extern uint32_t *profile_counts;
extern uint64_t profile_return, profile_dr6;
uint32_t *profile_counts;
uint64_t profile_return, profile_dr6;

extern char l0_start[], l0_text_end[];
extern char profile_step[]; /* profile.S */
/* exit.S: what the processor comes to at an exit, and what the handler returns to. */
extern char vmx_exit_profiled[], vmx_exit_left[];
extern char vmx_exit_shadowed_profiled[], vmx_exit_shadowed_left[];

static struct {
	uint64_t entry_point; /* 0: no profile */
	uint32_t *memory;
	bool measuring;
	unsigned kinds;
	uint64_t missed; /* exits that no kind was left for */
	struct profile_kind kind[KINDS];
	uint8_t number[LEVELS][EXIT_REASON_ROWS]; /* of the kind, from 1 */
} profile;

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
	return ((KINDS * code_size() * sizeof(uint32_t)) | 4095) + 1;
}

void profile_init(uint64_t hpa, bool shadowed)
{
	profile.memory = (uint32_t *)hpa;
	profile.entry_point =
		(uintptr_t)(shadowed ? vmx_exit_shadowed_profiled : vmx_exit_profiled);
	profile_return = (uintptr_t)(shadowed ? vmx_exit_shadowed_left : vmx_exit_left);
	host_debug_gate((uintptr_t)profile_step);
}

uint64_t profile_entry_point(void)
{
	return profile.entry_point;
}

/* Neither this nor profile_end() is put into who calls it, whose other work has nothing to save
 * then. */
__attribute__((noinline)) void profile_begin(void)
{
	profile.measuring = profile.entry_point;
	profile.kinds = 0;
	profile.missed = 0;
	memset(profile.number, 0, sizeof(profile.number));
}

__attribute__((noinline)) void profile_end(uint64_t id)
{
	const struct profile_code code = {code_base(), code_size(), PROFILE_STUB_TICKS};
	uint64_t now = rdtsc();

	if (!profile.measuring)
		return;
	profile.measuring = false;
	for (unsigned i = 0; i < profile.kinds; i++)
		channel_profile(id, &code, &profile.kind[i], profile.missed);
	wrmsr(MSR_TSC, now);
}

/* The kind of an exit; a new one has its counts cleared. NULL: there are too many. */
static struct profile_kind *kind_of(unsigned level, unsigned reason)
{
	uint8_t *number = &profile.number[level - 1][reason];
	uint32_t *ticks;

	if (!*number && profile.kinds < KINDS) {
		ticks = profile.memory + profile.kinds * code_size();
		memset(ticks, 0, code_size() * sizeof(*ticks));
		profile.kind[profile.kinds++] =
			(struct profile_kind){.level = level, .reason = reason, .ticks = ticks};
		*number = (uint8_t)profile.kinds;
	}
	return *number ? &profile.kind[*number - 1] : NULL;
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
	const struct vcpu *v =
		(const struct vcpu *)((uintptr_t)regs - __builtin_offsetof(struct vcpu, regs));
	unsigned reason = (unsigned)vmcs_read(VMCS_EXIT_REASON) % EXIT_REASON_ROWS;
	struct profile_kind *kind;

	if (!profile.measuring || is_marker(regs, reason) || is_debug(reason))
		return RFLAGS_FIXED1;
	kind = kind_of(counters_running_level(&v->counters), reason);
	if (!kind) {
		profile.missed++;
		return RFLAGS_FIXED1;
	}
	kind->exits++;
	profile_counts = (uint32_t *)((uintptr_t)kind->ticks - code_base() * sizeof(uint32_t));
	profile_dr6 = read_dr6();
	return RFLAGS_FIXED1 | RFLAGS_TF;
}
