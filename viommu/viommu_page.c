// SPDX-License-Identifier: Apache-2.0
/*
 * The register page: RAM that L1 uses as the registers, and that a sidecore compares with what it
 * last put there. A word that differs is what L1 has written, and goes the way of a trapped write.
 *
 *	L1            data registers ... then the command        ... polls the answer
 *	                   |                  |                          ^
 *	unit          2. loads and applies   1. loads    3. applies it   4. publishes
 *
 * - L1 writes a command last, so the unit loads commands first: what it then finds in the data
 *   registers is what the command was meant for.
 * - Answers are exchanged for what was seen: if L1 has written the word meanwhile, its write stays,
 *and the next poll sees it. Nothing is ever taken from the page but what L1 writes.
 * - Status comes last, and a message about it after that: who sees PPF finds the record, and who is
 *   interrupted finds PPF.
 * - GCMD is taken by an exchange before it is carried out, so that a command which L1 writes upon
 *the answer cannot be taken for the one before it.
 */
#include "viommu_registers.h"

#define WORD(offset) (UINT64_C(1) << (offset) / 8)
/* Words whose registers start something, or let something out. */
#define COMMANDS                                                                                   \
	(WORD(VTD_GCMD) | WORD(VTD_CCMD) | WORD(VTD_FECTL) | WORD(VTD_IECTL) | WORD(VTD_IQT) |     \
	 WORD(VTD_IOTLB))

/* Words that tell of others. */
#define STATUS (WORD(VTD_FSTS) | WORD(VTD_ICS))

/* The word as the page has it: a command register idle, and those cleared by writing 1 with a tag.
 */
static uint64_t visible(const struct viommu *u, unsigned word)
{
	uint64_t value = u->reg[word];

	switch (word) {
	case VTD_GCMD / 8:
		return (value & ~UINT64_C(0xffffffff)) | VIOMMU_GCMD_IDLE;
	case VTD_FSTS / 8:
		if (viommu_reg32(u, VTD_FSTS) & ~VTD_FSTS_FRI)
			value |= (uint64_t)VIOMMU_PAGE_TAG << 32;
		return value;
	case VTD_ICS / 8:
		if (viommu_reg32(u, VTD_ICS))
			value |= (uint64_t)VIOMMU_PAGE_TAG << 32;
		return value;
	default:
		return value;
	}
}

void viommu_page_init(struct viommu *u, void *page)
{
	uint64_t *words = page;

	for (unsigned i = 0; i < VTD_PAGE_SIZE / 8; i++) {
		uint64_t value = i < VIOMMU_WORDS ? visible(u, i) : 0;

		if (i < VIOMMU_WORDS)
			u->shown[i] = value;
		__atomic_store_n(&words[i], value, __ATOMIC_RELEASE);
	}
	u->dirty = 0;
	u->paged = true;
}

/* Loads these words; a bit for each that is not as it was shown. */
static uint64_t load(const struct viommu *u, const uint64_t *page, uint64_t which, uint64_t *seen)
{
	uint64_t changed = 0;

	for (; which; which &= which - 1) {
		unsigned word = (unsigned)__builtin_ctzll(which);

		seen[word] = __atomic_load_n(&page[word], __ATOMIC_ACQUIRE);
		if (seen[word] != u->shown[word])
			changed |= UINT64_C(1) << word;
	}
	return changed;
}

bool viommu_page_changed(const struct viommu *u, const void *page)
{
	const uint64_t *words = page;
	uint64_t differs = __atomic_load_n(&u->dirty, __ATOMIC_RELAXED);

	if (__atomic_load_n(&words[VTD_IQT / 8], __ATOMIC_RELAXED) != u->shown[VTD_IQT / 8])
		return true;

	for (uint64_t which = u->words; which; which &= which - 1) {
		unsigned word = (unsigned)__builtin_ctzll(which);

		differs |= __atomic_load_n(&words[word], __ATOMIC_RELAXED) ^ u->shown[word];
	}
	return differs;
}

/*
 * What L1 has written to a word: both halves of a wide register at once, else each that differs, so
 * that a half which L1 left alone is not taken for written. The upper one first: of two registers,
 * it holds the lower one's data.
 */
static void apply_word(struct viommu *u, unsigned word, uint64_t value, uint64_t old)
{
	bool upper = (value ^ old) >> 32, lower = (uint32_t)(value ^ old);

	if (upper && lower && viommu_register_wide(u, word * 8)) {
		viommu_register_write(u, word * 8, 8, value);
		return;
	}
	if (upper)
		viommu_register_write(u, word * 8 + 4, 4, value >> 32);
	if (lower)
		viommu_register_write(u, word * 8, 4, (uint32_t)value);
}

static void apply(struct viommu *u, uint64_t which, const uint64_t *seen)
{
	for (; which; which &= which - 1) {
		unsigned word = (unsigned)__builtin_ctzll(which);
		uint64_t old = u->shown[word];

		u->shown[word] = seen[word];
		u->dirty |= UINT64_C(1) << word;
		apply_word(u, word, seen[word], old);
	}
}

/* Takes a command out of GCMD, and leaves it idle. */
static void take_command(void *page, uint64_t *seen)
{
	uint32_t *gcmd = (uint32_t *)page + VTD_GCMD / 4;
	uint32_t command = __atomic_exchange_n(gcmd, VIOMMU_GCMD_IDLE, __ATOMIC_ACQ_REL);
	uint64_t status = seen[VTD_GCMD / 8] & ~UINT64_C(0xffffffff);

	seen[VTD_GCMD / 8] = status | command;
}

/* The global command. */
static void apply_command(struct viommu *u, const uint64_t *seen)
{
	uint64_t word = VTD_GCMD / 8;

	apply(u, WORD(VTD_GCMD), seen);
	/* The page's GCMD is idle already. */
	u->shown[word] = (u->shown[word] & ~UINT64_C(0xffffffff)) | VIOMMU_GCMD_IDLE;
}

/* Puts words into the page. What fails, because L1 has just written it, stays due. */
static void publish_words(struct viommu *u, uint64_t *page, uint64_t which)
{
	for (; which; which &= which - 1) {
		unsigned word = (unsigned)__builtin_ctzll(which);
		uint64_t expected = u->shown[word], value = visible(u, word);

		if (expected != value &&
		    !__atomic_compare_exchange_n(&page[word], &expected, value, false,
						 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			continue;
		u->shown[word] = value;
		u->dirty &= ~(UINT64_C(1) << word);
	}
}

static void publish(struct viommu *u, uint64_t *page)
{
	publish_words(u, page, u->dirty & ~STATUS);
	if (!(u->dirty & ~STATUS))
		publish_words(u, page, u->dirty);
	if (!u->dirty)
		viommu_events_deliver(u);
}

/* The usual command, a tail that has moved: it needs no other register, and somebody waits for it.
 */
static uint32_t run_tail(struct viommu *u, const uint64_t *page, uint32_t limit)
{
	uint64_t seen[VIOMMU_WORDS];

	if (!(viommu_reg32(u, VTD_GSTS) & VTD_GSTS_QIES) || !load(u, page, WORD(VTD_IQT), seen) ||
	    load(u, page, WORD(VTD_GCMD), seen))
		return 0;
	apply(u, WORD(VTD_IQT), seen);
	return viommu_run(u, limit);
}

/*
 * Does this command latch a table? Its status may have been set before, so that L1 goes on to its
 * invalidations without a wait: then it comes before them. All others L1 waits for.
 */
static bool latches(const uint64_t *seen)
{
	return (uint32_t)seen[VTD_GCMD / 8] & (VTD_GCMD_SRTP | VTD_GCMD_SIRTP);
}

/* Commands and what they need, loaded in the reverse of the order in which L1 writes them. */
static uint64_t load_all(const struct viommu *u, void *page, uint64_t *seen)
{
	uint64_t changed = load(u, page, COMMANDS & ~WORD(VTD_GCMD), seen);

	changed |= load(u, page, WORD(VTD_GCMD), seen);
	if (changed & WORD(VTD_GCMD))
		take_command(page, seen);
	return changed | load(u, page, u->words & ~COMMANDS, seen);
}

bool viommu_page_poll(struct viommu *u, void *page, uint32_t limit)
{
	uint32_t done = run_tail(u, page, limit);
	uint64_t seen[VIOMMU_WORDS], changed = load_all(u, page, seen);
	bool due = u->dirty, command = changed & WORD(VTD_GCMD), latch = command && latches(seen);

	apply(u, changed & ~COMMANDS, seen);
	if (latch)
		apply_command(u, seen);
	apply(u, changed & COMMANDS & ~WORD(VTD_GCMD), seen);
	done += viommu_run(u, limit - done);
	if (command && !latch) {
		apply_command(u, seen);
		viommu_run(u, limit);
	}
	publish(u, page);
	return changed || due || done;
}
