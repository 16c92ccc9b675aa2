// SPDX-License-Identifier: Apache-2.0
/*
 * events_pick() against a model, for all mixes of sources. The model is the processor that L2 (or
 * L1) believes to run on: it has all of them pending and takes one after the other. Against it runs
 * a processor with L0: it enters with what was picked, does itself what VMCS02 lets it do, and
 * exits to L0 for L0's windows and timer. What the guest and its L1 see must be the same, in the
 * same order.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "hw/x86.h"
#include "tests/run_cases.h"
#include "vcpu/events_pick.h"

/* What one can see: deliveries in small letters, exits to L1 in capitals. */
enum { SEEN_MAX = 16 };
struct seen {
	char at[SEEN_MAX];
	unsigned count;
};

#define HARD_BLOCKS (BLOCKING_STI | BLOCKING_MOV_SS)

static void see(struct seen *seen, char c)
{
	ck_assert_uint_lt(seen->count, SEEN_MAX - 1);
	seen->at[seen->count++] = c;
}

/* An interrupt gate: a new context, in which nothing of the old boundary is left. */
static void gate(struct event_state *s)
{
	s->interrupt_flag = false;
	s->blocking &= ~(uint32_t)HARD_BLOCKS;
	s->pending_debug = 0;
}

static bool trap_pending(const struct event_state *s)
{
	return s->pending_debug && !(s->blocking & BLOCKING_MOV_SS);
}

static bool takes_nmi(const struct event_state *s)
{
	return !(s->blocking & (BLOCKING_NMI | HARD_BLOCKS));
}

static bool takes_interrupt(const struct event_state *s)
{
	return s->interrupt_flag && !(s->blocking & HARD_BLOCKS);
}

static void deliver_nmi(struct event_state *s, struct seen *seen)
{
	see(seen, 'n');
	gate(s);
	s->nmi = false;
	s->blocking |= BLOCKING_NMI;
}

static void deliver_interrupt(struct event_state *s, struct seen *seen)
{
	see(seen, 'i');
	gate(s);
	s->interrupt = false;
}

/* What is being delivered already. False: it is an exit. */
static bool finish_delivery(struct event_state *s, struct seen *seen)
{
	if (s->fault && s->fault_is_l1s) {
		see(seen, 'F');
		return false;
	}
	if (s->fault || s->redo || s->asked_event) {
		see(seen, s->fault ? 'f' : s->redo ? 'r' : 'a');
		gate(s);
	}
	s->fault = s->redo = s->asked_event = false;
	return true;
}

/* One step of the processor that has everything pending. False: the end, an exit or nothing left.
 */
static bool step(struct event_state *s, struct seen *seen)
{
	char exit = 0;

	if (s->below_threshold)
		exit = 'T';
	else if (s->init)
		exit = 'X';
	else if (trap_pending(s))
		see(seen, 'd'), gate(s);
	else if (s->timer_expired)
		exit = 'M';
	else if ((s->proc12 & PROC_NMI_WINDOW) && takes_nmi(s))
		exit = 'W';
	else if (s->nmi && (s->pin12 & PIN_NMI) && !s->nmi_masked)
		exit = 'N';
	else if (s->nmi && !(s->pin12 & PIN_NMI) && takes_nmi(s))
		deliver_nmi(s, seen);
	else if ((s->proc12 & PROC_INTERRUPT_WINDOW) && takes_interrupt(s))
		exit = 'V';
	else if (s->interrupt && (s->pin12 & PIN_EXTERNAL_INTERRUPT))
		exit = 'I';
	else if (s->interrupt && !(s->pin12 & PIN_EXTERNAL_INTERRUPT) && takes_interrupt(s))
		deliver_interrupt(s, seen);
	else
		return false;
	if (exit)
		see(seen, exit);
	return !exit;
}

static void run_model(struct event_state s, struct seen *seen)
{
	if (finish_delivery(&s, seen))
		while (step(&s, seen))
			;
}

/* ---- the same with L0 between ---- */

static const char exit_letter[REFLECT_KINDS] = {
	[REFLECT_FAULT] = 'F',
	[REFLECT_TPR] = 'T',
	[REFLECT_INIT] = 'X',
	[REFLECT_TIMER] = 'M',
	[REFLECT_NMI_WINDOW] = 'W',
	[REFLECT_NMI] = 'N',
	[REFLECT_INTERRUPT_WINDOW] = 'V',
	[REFLECT_INTERRUPT] = 'I',
};

/* The delivery with which the entry begins; the processor refuses what 27.3.1.5 forbids. */
static void enter(struct event_state *s, const struct event_pick *pick, struct seen *seen)
{
	ck_assert(!s->asked_event || pick->inject == INJECT_NOTHING);
	switch (pick->inject) {
	case INJECT_NMI:
		ck_assert(takes_nmi(s));
		deliver_nmi(s, seen);
		break;
	case INJECT_INTERRUPT:
		ck_assert(takes_interrupt(s));
		deliver_interrupt(s, seen);
		break;
	case INJECT_FAULT:
	case INJECT_REDO:
		ck_assert(pick->inject == INJECT_FAULT ? s->fault : s->redo && !s->fault);
		finish_delivery(s, seen);
		break;
	case INJECT_NOTHING:
		ck_assert(!s->fault && !s->redo);
		finish_delivery(s, seen);
	}
	s->asked = false;
}

/* After the entry the processor knows VMCS02 alone. False: the end. True: an exit to L0. */
static bool processor(struct event_state *s, const struct event_pick *pick, struct seen *seen)
{
	if (trap_pending(s)) {
		see(seen, 'd');
		gate(s);
	}
	if (pick->exit_at_once || s->timer_expired) /* L0's timer stands at 0 */
		return true;
	if (takes_nmi(s) && (s->proc12 & PROC_NMI_WINDOW)) {
		see(seen, 'W');
		return false;
	}
	if (takes_nmi(s) && pick->nmi_window)
		return true;
	if (takes_interrupt(s) && (s->proc12 & PROC_INTERRUPT_WINDOW)) {
		see(seen, 'V');
		return false;
	}
	return takes_interrupt(s) && pick->interrupt_window;
}

/* What must still wait has its window: it comes in as soon as the guest can take it. */
static void check_windows(const struct event_state *s, const struct event_pick *pick)
{
	if (s->nmi && !(s->pin12 & PIN_NMI))
		ck_assert(pick->nmi_window ||
			  (pick->interrupt_window && (s->blocking & BLOCKING_STI)));
	if (s->interrupt && !(s->pin12 & PIN_EXTERNAL_INTERRUPT))
		ck_assert(pick->interrupt_window);
}

static void run_l0(struct event_state s, struct seen *seen)
{
	for (unsigned entries = 0; entries < 8; entries++) {
		struct event_pick pick = events_pick(&s);

		if (pick.reflect) {
			/* With a fault goes the delivery that met it. */
			ck_assert(!s.asked && (!s.redo || pick.reflect == REFLECT_FAULT));
			see(seen, exit_letter[pick.reflect]);
			return;
		}
		enter(&s, &pick, seen);
		if (!processor(&s, &pick, seen)) {
			if (!seen->count || seen->at[seen->count - 1] >= 'a')
				check_windows(&s, &pick);
			return;
		}
	}
	ck_abort_msg("L0 and the processor turn in a circle");
}

/* ---- all mixes ---- */

static const uint32_t blockings[] = {
	0,
	BLOCKING_STI,
	BLOCKING_MOV_SS,
	BLOCKING_NMI,
	BLOCKING_NMI | BLOCKING_STI,
	BLOCKING_NMI | BLOCKING_MOV_SS,
};
/* The first row is L1 itself. */
static const uint32_t controls[][2] = {
	{0, 0},
	{0, PROC_INTERRUPT_WINDOW},
	{PIN_EXTERNAL_INTERRUPT, 0},
	{PIN_EXTERNAL_INTERRUPT, PROC_INTERRUPT_WINDOW},
	{PIN_NMI, 0},
	{PIN_NMI | PIN_EXTERNAL_INTERRUPT, PROC_INTERRUPT_WINDOW},
	{PIN_NMI | PIN_VIRTUAL_NMI, PROC_NMI_WINDOW},
	{PIN_NMI | PIN_VIRTUAL_NMI | PIN_EXTERNAL_INTERRUPT,
	 PROC_NMI_WINDOW | PROC_INTERRUPT_WINDOW},
	{PIN_NMI | PIN_VIRTUAL_NMI | PIN_EXTERNAL_INTERRUPT, 0},
};
#define FLAGS 13

static struct event_state mix(unsigned flags, uint32_t blocking, const uint32_t *control)
{
	return (struct event_state){
		.fault = flags & 1,
		.fault_is_l1s = flags & 2,
		.redo = flags & 4,
		.asked = flags & 8,
		.asked_event = flags & 16,
		.below_threshold = flags & 32,
		.timer_expired = flags & 64,
		.nmi = flags & 128,
		.interrupt = flags & 256,
		.interrupt_flag = flags & 512,
		.nmi_masked = flags & 1024,
		.pending_debug = flags & 2048 ? PENDING_BS : 0,
		.init = flags & 4096,
		.blocking = blocking,
		.pin12 = control[0],
		.proc12 = control[1],
	};
}

/*
 * What cannot be: STI blocks with IF set alone; an entry of L1's comes after an instruction of L1's
 * and with a VTPR that has been checked; an L1-wanted fault needs a fault; NMIs are masked without
 * virtual ones alone.
 */
static bool possible(const struct event_state *s)
{
	if ((s->blocking & BLOCKING_STI) && !s->interrupt_flag)
		return false;
	if (s->asked ? s->fault || s->redo || s->below_threshold : s->asked_event)
		return false;
	if (s->fault_is_l1s && !s->fault)
		return false;
	/* The trap is the processor's, in the entry: an INIT came a moment later. */
	if (s->asked && s->init && s->pending_debug)
		return false;
	return !s->nmi_masked || (s->pin12 & (PIN_NMI | PIN_VIRTUAL_NMI)) == PIN_NMI;
}

static void compare(const struct event_state *s)
{
	struct seen model = {.count = 0}, l0 = {.count = 0};

	run_model(*s, &model);
	run_l0(*s, &l0);
	ck_assert_msg(!strcmp(model.at, l0.at),
		      "blocking %x pin %x proc %x asked %d nmi %d int %d if %d debug %d: the "
		      "processor shows \"%s\", L0 \"%s\"",
		      s->blocking, s->pin12, s->proc12, s->asked, s->nmi, s->interrupt,
		      s->interrupt_flag, !!s->pending_debug, model.at, l0.at);
}

/* Without an L1 above both ways decide the same. */
static void compare_own(const struct event_state *s)
{
	struct event_pick general = events_pick(s), own = events_pick_own(s);

	ck_assert_int_eq(general.reflect, own.reflect);
	ck_assert_int_eq(general.inject, own.inject);
	ck_assert_int_eq(general.interrupt_window, own.interrupt_window);
	ck_assert_int_eq(general.nmi_window, own.nmi_window);
	ck_assert_int_eq(general.exit_at_once, own.exit_at_once);
	ck_assert_int_eq(events_interrupt_alone(s),
			 general.inject == INJECT_INTERRUPT && !general.nmi_window);
}

#define FLAGS_OF_L1 (2u | 8 | 16 | 32 | 64 | 1024 | 4096)

START_TEST(own_instructions)
{
	for (unsigned b = 0; b < sizeof(blockings) / sizeof(blockings[0]); b++)
		for (unsigned flags = 0; flags < 1u << FLAGS; flags++) {
			struct event_state s = mix(flags & ~FLAGS_OF_L1, blockings[b], controls[0]);

			compare_own(&s);
		}
}
END_TEST

START_TEST(all_mixes)
{
	unsigned tried = 0;

	for (unsigned c = 0; c < sizeof(controls) / sizeof(controls[0]); c++)
		for (unsigned b = 0; b < sizeof(blockings) / sizeof(blockings[0]); b++)
			for (unsigned flags = 0; flags < 1u << FLAGS; flags++) {
				struct event_state s = mix(flags, blockings[b], controls[c]);

				if (possible(&s)) {
					compare(&s);
					tried++;
				}
			}
	ck_assert_uint_gt(tried, 10000);
}
END_TEST

/* In the shutdown state these end it, in this order; in the wait for a SIPI only that does. */
START_TEST(asleep)
{
	const struct event_state all = {
		.sipi = true,
		.below_threshold = true,
		.init = true,
		.pending_debug = PENDING_BS,
		.timer_expired = true,
		.nmi = true,
		.interrupt = true,
		.interrupt_flag = true,
		.pin12 = PIN_EXTERNAL_INTERRUPT | PIN_NMI | PIN_VIRTUAL_NMI,
		.proc12 = PROC_NMI_WINDOW | PROC_INTERRUPT_WINDOW,
	};
	struct event_state s = all;
	static const struct event_pick stays;
	struct event_pick pick;

	s.activity = ACTIVITY_WAIT_SIPI;
	ck_assert_int_eq(events_pick(&s).reflect, REFLECT_SIPI);
	s.sipi = false;
	pick = events_pick(&s);
	ck_assert_mem_eq(&pick, &stays, sizeof(pick));
	s.activity = ACTIVITY_SHUTDOWN;
	ck_assert_int_eq(events_pick(&s).reflect, REFLECT_INIT);
	s.init = false;
	ck_assert_int_eq(events_pick(&s).reflect, REFLECT_TIMER);
	s.timer_expired = false;
	ck_assert_int_eq(events_pick(&s).reflect, REFLECT_NMI_WINDOW);
	s.proc12 = PROC_INTERRUPT_WINDOW;
	ck_assert_int_eq(events_pick(&s).reflect, REFLECT_NMI);
	s.pin12 = PIN_EXTERNAL_INTERRUPT;
	ck_assert_int_eq(events_pick(&s).inject, INJECT_NMI);
	s.blocking = BLOCKING_NMI;
	pick = events_pick(&s);
	ck_assert_mem_eq(&pick, &stays, sizeof(pick));
}
END_TEST

#define HARDWARE(v) (EVENT_VALID | (uint32_t)EVENT_HARDWARE << EVENT_TYPE_SHIFT | (v))

/* SDM vol. 3, table 6-5, and what is beside it. */
START_TEST(clashes)
{
	static const struct {
		uint32_t first;
		unsigned vector;
		enum event_clash end;
	} rows[] = {
		{0, VECTOR_GP, CLASH_SERIAL},
		{HARDWARE(VECTOR_UD), VECTOR_GP, CLASH_SERIAL},
		{HARDWARE(VECTOR_GP), VECTOR_UD, CLASH_SERIAL},
		{HARDWARE(VECTOR_GP), VECTOR_NP, CLASH_DOUBLE_FAULT},
		{HARDWARE(VECTOR_DE), VECTOR_TS, CLASH_DOUBLE_FAULT},
		{HARDWARE(VECTOR_GP), VECTOR_PF, CLASH_SERIAL},
		{HARDWARE(VECTOR_PF), VECTOR_PF, CLASH_DOUBLE_FAULT},
		{HARDWARE(VECTOR_PF), VECTOR_SS, CLASH_DOUBLE_FAULT},
		{HARDWARE(VECTOR_PF), VECTOR_DB, CLASH_SERIAL},
		{HARDWARE(VECTOR_DF), VECTOR_PF, CLASH_SHUTDOWN},
		{HARDWARE(VECTOR_DF), VECTOR_GP, CLASH_SHUTDOWN},
		{HARDWARE(VECTOR_DF), VECTOR_AC, CLASH_SERIAL},
		{HARDWARE(VECTOR_DF), VECTOR_DB, CLASH_SERIAL},
		/* An INT n and an interrupt are benign, whatever their vector. */
		{EVENT_VALID | EVENT_SOFTWARE_INTERRUPT << EVENT_TYPE_SHIFT | VECTOR_PF, VECTOR_PF,
		 CLASH_SERIAL},
		{EVENT_VALID | VECTOR_DF, VECTOR_GP, CLASH_SERIAL},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_int_eq(event_clash(rows[i].first, rows[i].vector), rows[i].end);
}
END_TEST

START_TEST(resume_flag)
{
	ck_assert(event_sets_rf(HARDWARE(VECTOR_GP) | EVENT_ERROR));
	ck_assert(event_sets_rf(HARDWARE(VECTOR_PF)));
	ck_assert(!event_sets_rf(HARDWARE(VECTOR_DB)));
	ck_assert(!event_sets_rf(EVENT_VALID | EVENT_NMI << EVENT_TYPE_SHIFT | VECTOR_NMI));
	ck_assert(!event_sets_rf(EVENT_VALID | EVENT_PRIVILEGED << EVENT_TYPE_SHIFT | VECTOR_DB));
	ck_assert(!event_sets_rf(EVENT_VALID | EVENT_SOFTWARE_EXCEPTION << EVENT_TYPE_SHIFT | 3));
}
END_TEST

static TCase *cases(void)
{
	TCase *tests = tcase_create("events");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, all_mixes);
	tcase_add_test(tests, own_instructions);
	tcase_add_test(tests, asleep);
	tcase_add_test(tests, clashes);
	tcase_add_test(tests, resume_flag);
	return tests;
}

int main(void)
{
	return run_cases("events", (make_cases *const[]){cases}, 1);
}
