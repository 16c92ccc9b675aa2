// SPDX-License-Identifier: Apache-2.0
#include "model.h"
#include "arena.h"

static bool bit(uint64_t value, unsigned n)
{
	return (value / (UINT64_C(1) << n)) % 2;
}

/* Depth 0 is the root. */
static uint64_t span_of(unsigned depth)
{
	static const uint64_t span[] = {
		UINT64_C(512) << 30,
		UINT64_C(1) << 30,
		UINT64_C(2) << 20,
		UINT64_C(4) << 10,
	};

	return span[depth];
}

static bool any_bit(uint64_t value, unsigned from, unsigned to)
{
	for (unsigned n = from; n <= to; n++)
		if (bit(value, n))
			return true;
	return false;
}

static bool bad_rights(uint64_t e, const struct ept_caps *caps)
{
	bool r = bit(e, 0), w = bit(e, 1), x = bit(e, 2);

	if (w && !r)
		return true;
	return x && !r && !w && !caps->exec_only;
}

static bool bad_type(uint64_t e)
{
	switch (e / 8 % 8) {
	case 2:
	case 3:
	case 7:
		return true;
	default:
		return false;
	}
}

static bool bad_entry(uint64_t e, unsigned depth, const struct ept_caps *caps)
{
	if (bad_rights(e, caps))
		return true;
	if (caps->maxphyaddr < 52 && any_bit(e, caps->maxphyaddr, 51))
		return true;
	switch (depth) {
	case 0:
		return any_bit(e, 3, 7);
	case 1:
		if (!bit(e, 7))
			return any_bit(e, 3, 6);
		return !caps->page_1g || any_bit(e, 12, 29) || bad_type(e);
	case 2:
		if (!bit(e, 7))
			return any_bit(e, 3, 6);
		return any_bit(e, 12, 20) || bad_type(e);
	default:
		return bad_type(e);
	}
}

struct source {
	bool through; /* are tables at addresses of L1? */
	uint64_t root01;
	const struct ept_caps *caps01, *caps;
};

static uint64_t address_in(uint64_t e)
{
	return e % (UINT64_C(1) << 52) / 4096 * 4096;
}

/* Reads the entry at an address of the source's kind; all ones where there is nothing. */
static uint64_t fetch(const struct source *src, uint64_t at, struct model_walk *walk)
{
	struct model_walk where;

	walk->entry[walk->entries].hpa = at;
	walk->entry[walk->entries].writable = true;
	if (src->through) {
		where = model_walk_host(src->root01, at, src->caps01);
		if (where.end != MODEL_PAGE || !where.r) {
			walk->table_gone = true;
			walk->to = at;
			return ~UINT64_C(0);
		}
		walk->entry[walk->entries].hpa = where.to;
		walk->entry[walk->entries].writable = where.w;
	}
	return arena_get(walk->entry[walk->entries++].hpa);
}

static void descend(const struct source *src, uint64_t table, unsigned depth, uint64_t gpa,
		    struct model_walk *walk)
{
	uint64_t span = span_of(depth);
	uint64_t e = fetch(src, table + gpa / span % 512 * 8, walk);

	if (!bit(e, 0) && !bit(e, 1) && !bit(e, 2)) {
		walk->end = MODEL_ABSENT;
		walk->r = walk->w = walk->x = false;
	} else if (bad_entry(e, depth, src->caps)) {
		walk->end = MODEL_BAD;
		walk->r = walk->w = walk->x = false;
	} else {
		walk->r = walk->r && bit(e, 0);
		walk->w = walk->w && bit(e, 1);
		walk->x = walk->x && bit(e, 2);
		if (depth < 3 && !bit(e, 7)) {
			descend(src, address_in(e), depth + 1, gpa, walk);
			return;
		}
		walk->end = MODEL_PAGE;
		walk->size = span;
		walk->to = address_in(e) + gpa % span;
		walk->type = (unsigned)(e / 8 % 8);
		walk->ipat = bit(e, 6);
		walk->d = bit(e, 9);
	}
}

static struct model_walk walk_from(const struct source *src, uint64_t root, uint64_t gpa)
{
	struct model_walk walk = {.end = MODEL_ABSENT};

	if (any_bit(gpa, 48, 63))
		return walk;
	walk.r = walk.w = walk.x = true;
	descend(src, root, 0, gpa, &walk);
	return walk;
}

struct model_walk model_walk_host(uint64_t root, uint64_t gpa, const struct ept_caps *caps)
{
	struct source src = {.caps = caps};

	return walk_from(&src, root, gpa);
}

struct model_walk model_walk_l1(uint64_t root01, const struct ept_caps *caps01, uint64_t root12,
				uint64_t gpa, const struct ept_caps *caps12)
{
	struct source src = {true, root01, caps01, caps12};

	return walk_from(&src, root12, gpa);
}

/* Row: EPT12's type, column: EPT01's, in the order UC, WC, WT, WP, WB. */
static unsigned combined_type(unsigned a, unsigned b)
{
	static const unsigned place[8] = {0, 1, 9, 9, 2, 3, 4, 9};
	static const unsigned types[5][5] = {
		{0, 0, 0, 0, 0}, {0, 1, 0, 0, 1}, {0, 0, 4, 0, 4}, {0, 0, 0, 5, 5}, {0, 1, 4, 5, 6},
	};

	return types[place[a]][place[b]];
}

static unsigned as_number(const struct model_walk *walk)
{
	return walk->r + 2u * walk->w + 4u * walk->x;
}

static bool allows(const struct model_walk *walk, uint64_t qual)
{
	return walk->end == MODEL_PAGE && (!bit(qual, 0) || walk->r) &&
	       (!bit(qual, 1) || walk->w) && (!bit(qual, 2) || walk->x);
}

/* Every entry of the walk becomes accessed, that of the page dirty if this is a write. */
static void list_updates(const struct model_walk *walk, bool write, struct model_answer *answer)
{
	for (unsigned i = 0; i < walk->entries; i++) {
		uint64_t bits = 1 << 8;

		if (write && i == walk->entries - 1)
			bits += 1 << 9;
		if (!walk->entry[i].writable)
			continue;
		answer->update[answer->updates].hpa = walk->entry[i].hpa;
		answer->update[answer->updates++].bits = bits;
	}
}

static void compose_leaf(const struct model_walk *one, const struct model_walk *two, bool ad,
			 bool write, struct model_answer *answer)
{
	answer->size = one->size < two->size ? one->size : two->size;
	answer->hpa = two->to;
	answer->rights = as_number(one) & as_number(two);
	if (ad && !one->d && !write)
		answer->rights &= 5;
	answer->type = combined_type(one->type, two->type);
	answer->ipat = one->ipat || two->ipat;
}

struct model_answer model_fill(uint64_t root01, const struct ept_caps *caps01, uint64_t eptp12,
			       const struct ept_caps *caps12, uint64_t gpa, uint64_t qual)
{
	struct model_answer answer = {.verdict = MODEL_FILL};
	struct model_walk one, two;

	one = model_walk_l1(root01, caps01, address_in(eptp12), gpa, caps12);
	answer.rights12 = as_number(&one);
	answer.l1_gpa = one.to;
	answer.table_gone = one.table_gone;
	if (one.end == MODEL_BAD) {
		answer.verdict = MODEL_MISCONFIG;
		return answer;
	}
	if (!allows(&one, qual)) {
		answer.verdict = MODEL_VIOLATION;
		answer.qualification = (qual & 0x1187) + answer.rights12 * 8;
		return answer;
	}
	if (bit(eptp12, 6))
		list_updates(&one, bit(qual, 1), &answer);
	two = model_walk_host(root01, one.to, caps01);
	answer.rights01 = as_number(&two);
	if (!allows(&two, qual) || !(as_number(&one) & as_number(&two)))
		answer.verdict = MODEL_OWN;
	else
		compose_leaf(&one, &two, bit(eptp12, 6), bit(qual, 1), &answer);
	return answer;
}
