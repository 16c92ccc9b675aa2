/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_INBOX_H
#define PLATFORM_INBOX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What reaches a vCPU from elsewhere: interrupts and signals of other vCPUs and of devices. Any CPU
 * posts, the owner alone takes; nobody waits for anybody. All zero is empty.
 *
 *     sender:  OR the vector into its word ── then ── OR into `posted`; was it 0? kick the owner
 *     owner:   exchange `posted` by 0      ── then ── exchange each word that it names by 0
 *
 * No message is lost. All changes of `posted` have one order. If a sender's OR stands before the
 * owner's exchange in it, the exchange reads that OR's value or a later one of the same release
 * sequence (all changes are read-modify-writes), so what the sender did before it, its vector and
 * the memory of its guest, is seen. If it stands after the exchange, it finds 0, or what another
 * sender has put there since.
 *
 * No wake-up is lost. Whoever finds `posted` 0 kicks, and no message stands in it without somebody
 * having found it 0 since the owner's last exchange: one kick is on its way, a second would say
 * nothing new. The owner on its part must not sleep or stay in its guest after a kick before it has
 * looked here: it looks at inbox_empty() after everything that posts to itself, and the host makes
 * a kick an event that ends the guest's running, or the next entry if it comes before that.
 *
 * A vector may be taken before its mark in `posted` arrives, which then names an empty word: that
 * costs a look and does no harm. Therefore the words too are released and acquired. No bit is taken
 * twice.
 */

#define INBOX_NMI   (1u << 0)
#define INBOX_LINT0 (1u << 1) /* the 8259's output has risen */
#define INBOX_INIT  (1u << 2)
#define INBOX_SIPI  (1u << 3) /* behind INIT, if both are there; with its vector: */
#define INBOX_LOOK  (1u << 4) /* nothing for the LAPIC: the platform's deadline came closer */

#define INBOX_SIPI_VECTOR_SHIFT 8

/* All of these: the words of vectors and the SIPI's vector stand above. */
#define INBOX_SIGNALS ((1u << INBOX_SIPI_VECTOR_SHIFT) - 1)

/* Words of 32 vectors: 0 to 7 are edge-triggered, 8 to 15 level-triggered ones. */
#define INBOX_WORDS      16
#define INBOX_WORD_SHIFT 16
#define INBOX_WORD(n)    (1u << (INBOX_WORD_SHIFT + (n)))

struct inbox {
	uint32_t posted; /* signals, and which words are not empty */
	uint32_t word[INBOX_WORDS];
} __attribute__((aligned(64)));

/* Each returns true if the owner must be kicked: it has not been since it last looked. */
bool inbox_post_vector(struct inbox *inbox, uint8_t vector, bool level);
bool inbox_post_signals(struct inbox *inbox, uint32_t signals);

/* INIT takes back a SIPI that was sent before it, and a SIPI never replaces another. */
bool inbox_post_init(struct inbox *inbox);
bool inbox_post_sipi(struct inbox *inbox, uint8_t vector);

/* For the owner: is there nothing to take? */
static inline bool inbox_empty(const struct inbox *inbox)
{
	return __atomic_load_n(&inbox->posted, __ATOMIC_RELAXED) == 0;
}

/* For the owner: signals and marks of the words that inbox_take_word() should be asked for. */
uint32_t inbox_take(struct inbox *inbox);
uint32_t inbox_take_word(struct inbox *inbox, unsigned n);

#endif
