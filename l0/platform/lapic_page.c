// SPDX-License-Identifier: Apache-2.0
#include "platform/lapic_page.h"

#include "platform/lapic_internal.h"

/* Words of the page, by LAPIC register. */
#define PAGE_TPR    0x20
#define PAGE_ISR(n) (0x40 + 4 * (n))
#define PAGE_TMR(n) (0x60 + 4 * (n))
#define PAGE_IRR(n) (0x80 + 4 * (n))

/* No class is above it, so that nothing becomes pending here. */
#define PPR_AWAY 0xffu

static void go_away(struct lapic *l)
{
	static const struct lapic_vectors none;

	l->irr = l->isr = none;
	l->pending = LAPIC_AWAY;
	__atomic_store_n(&l->ppr, PPR_AWAY, __ATOMIC_RELAXED);
}

/* The highest vector, where 0 says that there is none. */
static uint8_t highest(const struct lapic_vectors *v)
{
	int vector = vectors_highest(v);

	return vector < 0 ? 0 : (uint8_t)vector;
}

uint16_t lapic_give(struct lapic *l, struct lapic_page *page)
{
	uint16_t status = LAPIC_STATUS(highest(&l->irr), highest(&l->isr));

	page->word[PAGE_TPR] = l->tpr;
	for (unsigned n = 0; status && n < 8; n++) {
		page->word[PAGE_ISR(n)] = l->isr.word[n];
		page->word[PAGE_IRR(n)] = l->irr.word[n];
	}
	go_away(l);
	return status;
}

uint16_t lapic_add(struct lapic *l, struct lapic_page *page, uint16_t status)
{
	uint8_t first = highest(&l->irr);

	for (uint32_t words = l->irr.summary; words != 0; words &= words - 1) {
		unsigned n = (unsigned)__builtin_ctz(words);

		page->word[PAGE_IRR(n)] |= l->irr.word[n];
		l->irr.word[n] = 0;
	}
	l->irr.summary = 0;
	if (first > LAPIC_STATUS_RVI(status))
		status = LAPIC_STATUS(first, LAPIC_STATUS_SVI(status));
	return status;
}

uint16_t lapic_page_post(struct lapic_page *page, const uint32_t words[8], uint16_t status)
{
	uint8_t first = LAPIC_STATUS_RVI(status);

	for (unsigned n = 0; n < 8; n++) {
		unsigned top = words[n] ? n * 32 + 31 - (unsigned)__builtin_clz(words[n]) : 0;

		page->word[PAGE_IRR(n)] |= words[n];
		first = top > first ? (uint8_t)top : first;
	}
	return LAPIC_STATUS(first, LAPIC_STATUS_SVI(status));
}

static void move(struct lapic_vectors *v, unsigned n, uint32_t *word)
{
	v->word[n] |= *word;
	*word = 0;
	if (v->word[n])
		v->summary |= 1u << n;
}

void lapic_take(struct lapic *l, struct lapic_page *page, uint16_t status)
{
	/* Most often there is nothing. */
	for (unsigned n = 0; status && n < 8; n++) {
		move(&l->isr, n, &page->word[PAGE_ISR(n)]);
		move(&l->irr, n, &page->word[PAGE_IRR(n)]);
	}
	l->tpr = page->word[PAGE_TPR];
	l->pending = -1;
	lapic_update(l);
}

void lapic_page_clear(struct lapic_page *page)
{
	for (unsigned n = 0; n < 8; n++)
		page->word[PAGE_ISR(n)] = page->word[PAGE_IRR(n)] = 0;
}

void lapic_refuse_self_ipi(struct lapic *l)
{
	lapic_error(l, ESR_SEND_VECTOR);
}

void lapic_give_levels(const struct lapic *l, struct lapic_page *page)
{
	for (unsigned n = 0; n < 8; n++)
		page->word[PAGE_TMR(n)] = l->tmr[n];
}
