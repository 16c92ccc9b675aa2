// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "lib/relax.h"
#include "platform/inbox.h"
#include "threads.h"

/*
 * Senders post a million messages to one owner who sleeps whenever its inbox is empty, as a halted
 * vCPU does, and wakes by a kick alone. Each sender has vectors of its own and writes a plain word
 * before it posts one: the owner reads it, so that a message that comes before what it speaks of is
 * a data race for the sanitizer. It posts the vector again only when the owner has answered: a lost
 * message or wake-up is a test that never ends, which the time limit finds.
 */
#define SENDERS 3
#define OWN     80u /* vectors of a sender */
#define POSTS   350000u

static struct inbox inbox;
static sem_t kicks;
static unsigned payload[256];
static atomic_uint answered[256];
static unsigned taken, empty_words;

static void kick(bool needed)
{
	if (needed)
		sem_post(&kicks);
}

static void *sender(void *argument)
{
	unsigned first = 16 + *(unsigned *)argument * OWN, sent[OWN] = {0};

	for (unsigned i = 0; i < POSTS; i++) {
		unsigned n = i * 7 % OWN, vector = first + n;

		while (atomic_load(&answered[vector]) != sent[n])
			cpu_relax();
		payload[vector] = ++sent[n];
		kick(inbox_post_vector(&inbox, (uint8_t)vector, vector & 1));
	}
	return NULL;
}

static void take_word(unsigned n)
{
	uint32_t vectors = inbox_take_word(&inbox, n);

	empty_words += vectors == 0;
	for (; vectors != 0; vectors &= vectors - 1, taken++) {
		unsigned vector = n % 8 * 32 + (unsigned)__builtin_ctz(vectors);

		require((vector & 1) == (n >= 8));
		require(payload[vector] == atomic_load(&answered[vector]) + 1);
		atomic_fetch_add(&answered[vector], 1);
	}
}

static void drain(void)
{
	uint32_t posted = inbox_take(&inbox);

	for (uint32_t words = posted >> INBOX_WORD_SHIFT; words != 0; words &= words - 1)
		take_word((unsigned)__builtin_ctz(words));
}

void inbox_race(void)
{
	pthread_t thread[SENDERS];
	unsigned number[SENDERS], sleeps = 0;

	sem_init(&kicks, 0, 0);
	for (unsigned i = 0; i < SENDERS; i++) {
		number[i] = i;
		pthread_create(&thread[i], NULL, sender, &number[i]);
	}
	for (; taken < SENDERS * POSTS; sleeps++) {
		sem_wait(&kicks);
		while (!inbox_empty(&inbox))
			drain();
	}
	for (unsigned i = 0; i < SENDERS; i++)
		pthread_join(thread[i], NULL);
	require(inbox_empty(&inbox));
	report("inbox: %u messages, %u sleeps, %u empty words", taken, sleeps, empty_words);
}
