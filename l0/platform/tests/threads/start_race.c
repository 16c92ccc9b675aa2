// SPDX-License-Identifier: Apache-2.0
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <unistd.h>

#include "lib/lock.h"
#include "platform/inbox.h"
#include "threads.h"

/*
 * INIT and start-up IPI share one word with everything else. One thread starts the owner again and
 * again, another sends NMIs all the while: each start must be seen whole, with its own vector. All
 * wait by semaphores, as there may be fewer processors than threads.
 */
#define STARTS 20000u

static struct inbox inbox;
static sem_t kicks, started;
static unsigned starts;
static atomic_bool done;

static void kick(bool needed)
{
	if (needed)
		sem_post(&kicks);
}

static void *starter(void *argument)
{
	for (unsigned i = 0; i < STARTS; i++) {
		kick(inbox_post_sipi(&inbox, 0xee)); /* sent before INIT: for nobody */
		kick(inbox_post_init(&inbox));
		kick(inbox_post_sipi(&inbox, (uint8_t)i));
		kick(inbox_post_sipi(&inbox, 0xdd)); /* a second: for nobody either */
		sem_wait(&started);
	}
	return argument;
}

static void *nagger(void *argument)
{
	while (!atomic_load(&done)) {
		kick(inbox_post_signals(&inbox, INBOX_NMI | INBOX_LINT0));
		usleep(1);
	}
	return argument;
}

static void take(bool *waits)
{
	uint32_t posted = inbox_take(&inbox);

	*waits |= (posted & INBOX_INIT) != 0;
	if (!*waits || !(posted & INBOX_SIPI))
		return;
	require((uint8_t)(posted >> INBOX_SIPI_VECTOR_SHIFT) == (uint8_t)starts);
	*waits = false;
	starts++;
	sem_post(&started);
}

void start_race(void)
{
	pthread_t thread[2];
	bool waits = false;

	sem_init(&kicks, 0, 0);
	sem_init(&started, 0, 0);
	pthread_create(&thread[0], NULL, starter, NULL);
	pthread_create(&thread[1], NULL, nagger, NULL);
	while (starts < STARTS) {
		sem_wait(&kicks);
		take(&waits);
	}
	atomic_store(&done, true);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	report("start-up: a vCPU started %u times", starts);
}

/* The lock: a plain word that each increments, which the sanitizer watches. */
#define TURNS 10000u

static struct lock lock;
static unsigned guarded;

static void *turner(void *argument)
{
	for (unsigned i = 0; i < TURNS; i++) {
		lock_take(&lock);
		guarded++;
		lock_give(&lock);
	}
	return argument;
}

void lock_race(void)
{
	pthread_t thread[2];

	for (unsigned i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, turner, NULL);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	require(guarded == 2 * TURNS);
	report("lock: %u turns", guarded);
}
