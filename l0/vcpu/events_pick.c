// SPDX-License-Identifier: Apache-2.0
#include "vcpu/events_pick.h"
#include "hw/x86.h"
#include "vmx_bits.h"

#define IN_SHUTDOWN  (1u << ACTIVITY_SHUTDOWN)
#define IN_WAIT_SIPI (1u << ACTIVITY_WAIT_SIPI)

/* Some processors refuse to inject an NMI that STI blocks (SDM 27.3.1.5). */
#define BLOCKS_NMI (BLOCKING_NMI | BLOCKING_MOV_SS | BLOCKING_STI)

static bool interrupt_open(const struct event_state *s)
{
	return s->interrupt_flag && !(s->blocking & BLOCKS_INTERRUPT);
}

static bool nmi_open(const struct event_state *s)
{
	return !(s->blocking & BLOCKS_NMI);
}

/* Twice in the image: for L1's own instructions, what can be for an L2 alone costs nothing. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* ---- what is due, each by itself ---- */

static bool tpr_due(const struct event_state *s)
{
	return s->below_threshold;
}

static bool init_due(const struct event_state *s)
{
	return s->init;
}

static bool sipi_due(const struct event_state *s)
{
	return s->sipi;
}

/* The processor delivers it, or exits for it: an injected event would make it be lost (27.7.3). */
static bool debug_trap_due(const struct event_state *s)
{
	return (s->pending_debug & PENDING_TRAP) && !(s->blocking & BLOCKING_MOV_SS);
}

static bool timer_due(const struct event_state *s)
{
	return s->timer_expired;
}

static bool nmi_window_due(const struct event_state *s)
{
	return (s->proc12 & PROC_NMI_WINDOW) && nmi_open(s);
}

static bool nmi_exit_due(const struct event_state *s)
{
	return (s->pin12 & PIN_NMI) && s->nmi && !s->nmi_masked;
}

static bool nmi_due(const struct event_state *s)
{
	return !(s->pin12 & PIN_NMI) && s->nmi && nmi_open(s);
}

static bool interrupt_window_due(const struct event_state *s)
{
	return (s->proc12 & PROC_INTERRUPT_WINDOW) && interrupt_open(s);
}

/* RFLAGS.IF of L2 plays no part. */
static bool interrupt_exit_due(const struct event_state *s)
{
	return (s->pin12 & PIN_EXTERNAL_INTERRUPT) && s->interrupt;
}

static bool interrupt_due(const struct event_state *s)
{
	return !(s->pin12 & PIN_EXTERNAL_INTERRUPT) && s->interrupt && interrupt_open(s);
}

/*
 * In the order of priority: SDM vol. 3, 6.9 for events, 26.2, 26.5.1, 27.7.3 to 27.7.7 for the
 * exits between them. The monitor trap flag stands between INIT and debug traps; L0 answers for it
 * where it emulates an instruction (nested/route.c), else the processor does.
 */
/* The last word of a row: activity states in which it counts too (26.2, 26.5.1, 27.7.4 to 8). */
#define PRIORITY(ROW)                                                                              \
	ROW(sipi_due, REFLECT_SIPI, INJECT_NOTHING, IN_WAIT_SIPI)                                  \
	ROW(tpr_due, REFLECT_TPR, INJECT_NOTHING, 0)                                               \
	ROW(init_due, REFLECT_INIT, INJECT_NOTHING, IN_SHUTDOWN)                                   \
	ROW(debug_trap_due, REFLECT_NOTHING, INJECT_NOTHING, 0)                                    \
	ROW(timer_due, REFLECT_TIMER, INJECT_NOTHING, IN_SHUTDOWN)                                 \
	ROW(nmi_window_due, REFLECT_NMI_WINDOW, INJECT_NOTHING, IN_SHUTDOWN)                       \
	ROW(nmi_exit_due, REFLECT_NMI, INJECT_NOTHING, IN_SHUTDOWN)                                \
	ROW(nmi_due, REFLECT_NOTHING, INJECT_NMI, IN_SHUTDOWN)                                     \
	ROW(interrupt_window_due, REFLECT_INTERRUPT_WINDOW, INJECT_NOTHING, 0)                     \
	ROW(interrupt_exit_due, REFLECT_INTERRUPT, INJECT_NOTHING, 0)                              \
	ROW(interrupt_due, REFLECT_NOTHING, INJECT_INTERRUPT, 0)

/* The same for a guest that is in the shutdown or wait-for-SIPI state: rare. */
static __attribute__((noinline)) struct event_pick first_due_asleep(const struct event_state *s)
{
#define FIRST(is, to_l1, to_guest, also_in)                                                        \
	if (((also_in) >> s->activity & 1u) && is(s))                                              \
		return (struct event_pick){.reflect = to_l1, .inject = to_guest};
	PRIORITY(FIRST)
#undef FIRST
	return (struct event_pick){.reflect = REFLECT_NOTHING};
}

static ALWAYS_INLINE struct event_pick first_due(const struct event_state *s)
{
	if (s->activity)
		return first_due_asleep(s);
#define FIRST(is, to_l1, to_guest, also_in)                                                        \
	if (is(s))                                                                                 \
		return (struct event_pick){.reflect = to_l1, .inject = to_guest};
	PRIORITY(FIRST)
#undef FIRST
	return (struct event_pick){.reflect = REFLECT_NOTHING};
}

/*
 * The entry comes first: L1 asked for it, or there is an event to be delivered. No processor
 * reports anything in the middle of a delivery, and the checks of an entry come before what is
 * pending after it.
 */
static bool entry_first(const struct event_state *s)
{
	return s->asked | s->fault | s->redo;
}

/* What ends L2 right after an entry that must come first; L1's timer is in L0's deadline anyway. */
static ALWAYS_INLINE bool exit_due(const struct event_state *s)
{
	return tpr_due(s) || init_due(s) || nmi_exit_due(s) || interrupt_exit_due(s);
}

static enum event_inject queued(const struct event_state *s)
{
	return s->fault ? INJECT_FAULT : s->redo ? INJECT_REDO : INJECT_NOTHING;
}

/* Does this entry begin with a delivery, which ends the blocking by STI? */
static bool delivers(const struct event_state *s, const struct event_pick *pick)
{
	return pick->inject || s->asked_event || debug_trap_due(s);
}

/*
 * The guest's own events that this entry does not deliver: the windows that let them in. Not all
 * processors open the NMI window only when STI blocks no longer (27.3.1.5): the other window opens
 * right after.
 */
static ALWAYS_INLINE void open_windows(const struct event_state *s, struct event_pick *pick)
{
	bool nmi = s->nmi && !(s->pin12 & PIN_NMI) && pick->inject != INJECT_NMI;
	bool interrupt = s->interrupt && !(s->pin12 & PIN_EXTERNAL_INTERRUPT) &&
			 pick->inject != INJECT_INTERRUPT;
	bool after_sti = nmi && (s->blocking & BLOCKING_STI) && !delivers(s, pick);

	pick->nmi_window = nmi && !after_sti;
	pick->interrupt_window = interrupt || after_sti;
}

static ALWAYS_INLINE struct event_pick pick_from(const struct event_state *s)
{
	struct event_pick pick = first_due(s);

	if (s->fault && s->fault_is_l1s)
		return (struct event_pick){.reflect = REFLECT_FAULT};
	if (!entry_first(s)) {
		if (s->activity) /* nothing runs for which a window could open */
			return pick;
	} else {
		pick.reflect = REFLECT_NOTHING;
		/* Room for one event: an entry with none of its own can take one of the platform.
		 */
		if (queued(s) || s->asked_event)
			pick.inject = queued(s);
	}
	open_windows(s, &pick);
	pick.exit_at_once = !pick.reflect && exit_due(s);
	return pick;
}

struct event_pick events_pick(const struct event_state *s)
{
	return pick_from(s);
}

struct event_pick events_pick_own(const struct event_state *s)
{
	const struct event_state own = {
		.fault = s->fault,
		.redo = s->redo,
		.nmi = s->nmi,
		.interrupt = s->interrupt,
		.interrupt_flag = s->interrupt_flag,
		.blocking = s->blocking,
		.pending_debug = s->pending_debug,
	};

	return pick_from(&own);
}

/* ---- one exception inside another ---- */

enum class { BENIGN, CONTRIBUTORY, PAGE_FAULT, DOUBLE_FAULT, CLASSES };

/* SDM vol. 3, table 6-4: what is not here is benign. */
static enum class class_of(unsigned vector) {
	static const uint8_t classes[32] =
		{
			[VECTOR_DE] = CONTRIBUTORY,
			[VECTOR_DF] = DOUBLE_FAULT,
			[VECTOR_TS] = CONTRIBUTORY,
			[VECTOR_NP] = CONTRIBUTORY,
			[VECTOR_SS] = CONTRIBUTORY,
			[VECTOR_GP] = CONTRIBUTORY,
			[VECTOR_PF] = PAGE_FAULT,
		};

	return vector < 32 ? (enum class)classes[vector] : BENIGN;
}

enum event_clash event_clash(uint32_t first, unsigned vector)
{
	/* Table 6-5; a second #DF can only be the first one's clash. */
	static const uint8_t table[CLASSES][CLASSES] = {
		[CONTRIBUTORY] = {[CONTRIBUTORY] = CLASH_DOUBLE_FAULT},
		[PAGE_FAULT] =
			{[CONTRIBUTORY] = CLASH_DOUBLE_FAULT, [PAGE_FAULT] = CLASH_DOUBLE_FAULT},
		[DOUBLE_FAULT] = {[CONTRIBUTORY] = CLASH_SHUTDOWN, [PAGE_FAULT] = CLASH_SHUTDOWN},
	};

	if (!(first & EVENT_VALID) || (first & EVENT_TYPE) >> EVENT_TYPE_SHIFT != EVENT_HARDWARE)
		return CLASH_SERIAL;
	return (enum event_clash)table[class_of(first & EVENT_VECTOR)][class_of(vector)];
}

bool event_sets_rf(uint32_t info)
{
	unsigned vector = info & EVENT_VECTOR;

	return (info & EVENT_TYPE) >> EVENT_TYPE_SHIFT == EVENT_HARDWARE && vector != VECTOR_DB &&
	       vector != VECTOR_MC;
}
