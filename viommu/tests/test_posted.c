// SPDX-License-Identifier: Apache-2.0
/* Entries of the posted format: what they say, what is wrong with them, and the descriptor. */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "suites.h"
#include "world.h"

#define P       VTD_IRTE_P
#define IM      VTD_IRTE_IM
#define MSI     (VTD_MSI_BASE | VTD_MSI_FORMAT)
#define PID     UINT64_C(0x1f1c0) /* in L1's memory */
#define ON      VTD_PID_ON
#define SN      VTD_PID_SN
#define NV(v)   ((uint64_t)(v) << VTD_PID_NV_SHIFT)
#define NDST(d) ((uint64_t)(d) << VTD_PID_NDST_SHIFT)

static struct world w;
static struct viommu_interrupt got;

static void begin_with(bool posting, uint64_t mode)
{
	struct viommu_config config = world_config();

	config.posting = posting;
	world_begin(&w, &config);
	world_write64(&w, VTD_IRTA, WORLD_IRT | mode | 3);
	world_command(&w, VTD_GCMD_SIRTP, true);
	world_command(&w, VTD_GCMD_IRE, true);
}

static void begin(uint64_t mode)
{
	begin_with(true, mode);
}

/* The first entry: a vector for the descriptor at @pid. */
static void entry(uint8_t vector, uint64_t low, uint64_t high, uint64_t pid)
{
	world_set(WORLD_IRT, P | IM | (uint64_t)vector << VTD_IRTE_V_SHIFT | low |
				     (pid & 0xffffffc0) << VTD_IRTE_PDA_SHIFT);
	world_set(WORLD_IRT + 8, high | (pid & VTD_IRTE_PDA_HIGH));
}

static enum viommu_verdict send(void)
{
	memset(&got, 0, sizeof(got));
	return viommu_remap_msi(&w.u, WORLD_DEV, MSI, 0, &got);
}

START_TEST(offered_or_not)
{
	struct viommu_config config = world_config();

	begin_with(false, 0);
	ck_assert(!(world_read64(&w, VTD_CAP) & VTD_CAP_PI));
	entry(0x41, 0, 0, PID);
	ck_assert_int_eq(send(), VIOMMU_FAULT);
	ck_assert_uint_eq(world_reason(&w), VIOMMU_FAULT_IRTE_RESERVED);
	begin(0);
	ck_assert(world_read64(&w, VTD_CAP) & VTD_CAP_PI);
	config.posting = true;
	config.remapping = config.eim = false;
	ck_assert_int_eq(viommu_init(&w.u, &config, &w.ept01, ARENA_EPT02, WORLD_POOL), EPT_EINVAL);
}
END_TEST

/* Each vector has its bit; one notification, until somebody has taken. */
START_TEST(every_vector)
{
	begin(VTD_IRTA_EIME);
	world_set(PID + 32, NV(0xf2) | NDST(0x12345678));
	for (unsigned vector = 0; vector < 256; vector++) {
		entry((uint8_t)vector, 0, 0, PID);
		ck_assert_int_eq(send(), vector ? VIOMMU_POSTED : VIOMMU_OK);
		ck_assert_uint_eq(world_get(PID + vector / 64 * 8) >> vector % 64, 1);
		if (vector)
			continue;
		ck_assert_uint_eq(got.vector, 0xf2);
		ck_assert_uint_eq(got.destination, 0x12345678);
		ck_assert(got.wide && !got.logical && !got.level && !got.hint && !got.delivery);
	}
	ck_assert_uint_eq(world_get(PID + 32), NV(0xf2) | NDST(0x12345678) | ON);
	ck_assert_uint_eq(w.u.stats.posted, 256);
	ck_assert_uint_eq(w.u.stats.notified, 1);
	ck_assert_uint_eq(w.u.stats.remapped, 256);
}
END_TEST

/* ON keeps it quiet; SN too, but not an urgent one (5.2.3). */
START_TEST(when_to_notify)
{
	bool on = _i & 1, suppressed = _i & 2, urgent = _i & 4,
	     notify = !on && (urgent || !suppressed);
	uint64_t control = NV(0x31) | NDST(0x700) | (on ? ON : 0) | (suppressed ? SN : 0);

	begin(0);
	world_set(PID + 32, control);
	entry(0x80, urgent ? VTD_IRTE_URG : 0, 0, PID);
	ck_assert_int_eq(send(), notify ? VIOMMU_OK : VIOMMU_POSTED);
	ck_assert_uint_eq(world_get(PID + 16), 1);
	ck_assert_uint_eq(world_get(PID + 32), control | (notify ? ON : 0));
	ck_assert_uint_eq(got.vector, notify ? 0x31 : 0);
	ck_assert_uint_eq(got.destination, notify ? 7 : 0);
	ck_assert(!got.wide);
}
END_TEST

#define HOLE     WORLD_HOLE
#define RESERVED VIOMMU_FAULT_IRTE_RESERVED
#define BAD_PID  VIOMMU_FAULT_PID_RESERVED

static const struct {
	uint64_t low, high, pid, control, last;
	unsigned reason, reason_eim;
} rows[] = {
	{0, 0, PID, 0, 0, 0, 0},
	{0xf00, 0, PID, 0, 0, 0, 0}, /* software's own */
	{1 << 2, 0, PID, 0, 0, RESERVED, RESERVED},
	{1 << 7, 0, PID, 0, 0, RESERVED, RESERVED},
	{1 << 12, 0, PID, 0, 0, RESERVED, RESERVED},
	{1 << 13, 0, PID, 0, 0, RESERVED, RESERVED},
	{1 << 24, 0, PID, 0, 0, RESERVED, RESERVED},
	{VTD_BIT(37), 0, PID, 0, 0, RESERVED, RESERVED},
	{0, 1 << 20, PID, 0, 0, RESERVED, RESERVED},
	{0, VTD_BIT(31), PID, 0, 0, RESERVED, RESERVED},
	{0, 3 << 18, PID, 0, 0, RESERVED, RESERVED},
	{0, 1 << 18, PID, 0, 0, VIOMMU_FAULT_IRTE_SOURCE, VIOMMU_FAULT_IRTE_SOURCE},
	{0, 0, HOLE, 0, 0, VIOMMU_FAULT_PID_ACCESS, VIOMMU_FAULT_PID_ACCESS},
	{0, 0, WORLD_ROM, 0, 0, VIOMMU_FAULT_PID_ACCESS, VIOMMU_FAULT_PID_ACCESS},
	{0, 0, WORLD_DEVICE, 0, 0, VIOMMU_FAULT_PID_ACCESS, VIOMMU_FAULT_PID_ACCESS},
	{0, 0, ~UINT64_C(0x3f), 0, 0, VIOMMU_FAULT_PID_ACCESS, VIOMMU_FAULT_PID_ACCESS},
	{0, 0, PID, 1 << 2, 0, BAD_PID, BAD_PID},
	{0, 0, PID, 1 << 15, 0, BAD_PID, BAD_PID},
	{0, 0, PID, 1 << 24, 0, BAD_PID, BAD_PID},
	{0, 0, PID, NDST(1), 0, BAD_PID, 0},
	{0, 0, PID, NDST(1 << 16), 0, BAD_PID, 0},
	{0, 0, PID, 0, 1, BAD_PID, BAD_PID},
};

#define ROWS (int)(sizeof(rows) / sizeof(rows[0]))

/* Each with its reason, kept out of the log by FPD; and nothing is posted. */
START_TEST(wrong_entries)
{
	unsigned reason = _i % 2 ? rows[_i / 2].reason_eim : rows[_i / 2].reason;

	begin(_i % 2 ? VTD_IRTA_EIME : 0);
	world_set(PID + 32, rows[_i / 2].control);
	world_set(PID + 56, rows[_i / 2].last);
	entry(0x41, rows[_i / 2].low, rows[_i / 2].high, rows[_i / 2].pid);
	ck_assert_int_eq(send(), reason ? VIOMMU_FAULT : VIOMMU_OK);
	ck_assert_uint_eq(world_reason(&w), reason);
	entry(0x41, rows[_i / 2].low | VTD_IRTE_FPD, rows[_i / 2].high, rows[_i / 2].pid);
	send();
	ck_assert_uint_eq(w.u.stats.recorded, !!reason);
	ck_assert_uint_eq(w.u.stats.fault[reason], reason ? 2 : 0);
	ck_assert_uint_eq(world_get(PID + 8), reason ? 0 : 2);
	ck_assert_uint_eq(w.u.stats.posted, reason ? 0 : 2);
}
END_TEST

/* ---- a plain model: no bit is where the library has it ---- */

struct model {
	bool request[256], on, sn;
	uint8_t vector;
};

static bool model_post(struct model *m, uint8_t vector, bool urgent)
{
	bool notify = !m->on && (!m->sn || urgent);

	m->request[vector] = true;
	m->on |= notify;
	return notify;
}

static uint64_t model_word(const struct model *m, unsigned n)
{
	uint64_t word = 0;

	for (unsigned bit = 0; bit < 64; bit++)
		word |= (uint64_t)m->request[n * 64 + bit] << bit;
	return word;
}

static uint64_t random64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

/* L1's own part: it takes all, or writes SN or the vector. */
static void model_software(struct model *m, uint64_t r)
{
	uint64_t control = world_get(PID + 32);

	switch (r % 4) {
	case 0:
		memset(m->request, 0, sizeof(m->request));
		m->on = false;
		for (unsigned n = 0; n < 4; n++)
			world_set(PID + n * 8, 0);
		world_set(PID + 32, control & ~ON);
		break;
	case 1:
		m->sn = !m->sn;
		world_set(PID + 32, control ^ SN);
		break;
	case 2:
		m->vector = (uint8_t)(r >> 8);
		world_set(PID + 32, (control & ~NV(0xff)) | NV(m->vector));
	}
}

START_TEST(as_the_model_says)
{
	struct model m = {.on = false};
	uint64_t seed = 0x9057ed;

	begin(0);
	for (unsigned step = 0; step < 5000; step++) {
		uint64_t r = random64(&seed);
		uint8_t vector = (uint8_t)(r >> 16);
		bool urgent = r >> 24 & 1, notify;

		if (r % 3 == 0)
			model_software(&m, r >> 32);
		entry(vector, urgent ? VTD_IRTE_URG : 0, 0, PID);
		notify = model_post(&m, vector, urgent);
		ck_assert_int_eq(send(), notify ? VIOMMU_OK : VIOMMU_POSTED);
		ck_assert_uint_eq(got.vector, notify ? m.vector : 0);
		for (unsigned n = 0; n < 4; n++)
			ck_assert_uint_eq(world_get(PID + n * 8), model_word(&m, n));
		ck_assert_uint_eq(world_get(PID + 32),
				  NV(m.vector) | (m.on ? ON : 0) | (m.sn ? SN : 0));
	}
}
END_TEST

/* ---- a processor that takes meanwhile ---- */

#define POSTS 5000u

static volatile bool over;
static unsigned taken;

/* ON off, then the requests, as posted-interrupt processing does. */
static void take(uint64_t *pid)
{
	__atomic_fetch_and(&pid[4], ~ON, __ATOMIC_SEQ_CST);
	taken += (unsigned)__builtin_popcountll(__atomic_exchange_n(&pid[1], 0, __ATOMIC_SEQ_CST));
}

static void *taker(void *pid)
{
	while (!__atomic_load_n(&over, __ATOMIC_ACQUIRE))
		if (__atomic_load_n((uint64_t *)pid + 4, __ATOMIC_ACQUIRE) & ON)
			take(pid);
		else
			sched_yield();
	return NULL;
}

/* The same vector again only once it is taken: then none may be lost, and none stays without ON. */
START_TEST(nothing_is_lost)
{
	uint64_t *pid;
	pthread_t thread;

	begin(0);
	pid = arena_ptr(ARENA_L1 + PID);
	over = false;
	taken = 0;
	ck_assert_int_eq(pthread_create(&thread, NULL, taker, pid), 0);
	for (unsigned n = 0; n < POSTS; n++) {
		uint64_t bit = UINT64_C(1) << n % 64;

		while (__atomic_load_n(&pid[1], __ATOMIC_ACQUIRE) & bit)
			sched_yield();
		entry((uint8_t)(64 + n % 64), 0, 0, PID);
		ck_assert_int_ne(send(), VIOMMU_FAULT);
	}
	while (__atomic_load_n(&pid[4], __ATOMIC_ACQUIRE) & ON)
		sched_yield();
	__atomic_store_n(&over, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(pid[1], 0);
	ck_assert_uint_eq(taken, POSTS);
}
END_TEST

TCase *posted_cases(void)
{
	TCase *tcase = tcase_create("posted");

	tcase_add_test(tcase, offered_or_not);
	tcase_add_test(tcase, every_vector);
	tcase_add_loop_test(tcase, when_to_notify, 0, 8);
	tcase_add_loop_test(tcase, wrong_entries, 0, 2 * ROWS);
	tcase_add_test(tcase, as_the_model_says);
	tcase_add_test(tcase, nothing_is_lost);
	return tcase;
}
