// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "platform/lapic_internal.h"
#include "platform/platform.h"
#include "platform/platform_host.h"

/* Messages between LAPICs and from the IOAPIC: SDM volume 3, "Issuing Interprocessor Interrupts".
 */

#define ICR_DELIVERY(v)  ((uint8_t)((v) >> 8 & 7))
#define ICR_LOGICAL      (1u << 11)
#define ICR_ASSERT       (1u << 14)
#define ICR_LEVEL        (1u << 15)
#define ICR_SHORTHAND(v) ((v) >> 18 & 3)
/* Not of an interrupt with fixed delivery to a physical destination. */
#define ICR_SPECIAL (7u << 8 | ICR_LOGICAL | 3u << 18)

enum shorthand {
	SHORTHAND_NONE,
	SHORTHAND_SELF,
	SHORTHAND_ALL,
	SHORTHAND_OTHERS,
};

/* SDM "Deriving Logical x2APIC ID from the Local x2APIC ID". */
static uint32_t x2apic_logical_id(uint32_t id)
{
	return id >> 4 << 16 | 1u << (id & 15);
}

uint32_t lapic_logical_id(const struct lapic *l)
{
	return lapic_x2apic(l) ? x2apic_logical_id(l->id) : l->ldr;
}

/* Of a LAPIC others see its word and its number, which is its identifier in x2APIC mode. */
static bool match_physical(uint32_t word, uint32_t id, uint32_t destination)
{
	return destination == (word & PUBLISHED_X2APIC ? id : PUBLISHED_XAPIC_ID(word));
}

static bool match_logical(uint32_t word, uint32_t id, uint32_t destination)
{
	uint32_t logical = x2apic_logical_id(id), ldr = PUBLISHED_LDR(word);

	if (word & PUBLISHED_X2APIC)
		return destination >> 16 == logical >> 16 && (destination & logical & 0xffff);
	if (destination > 0xff)
		return false;
	if (word & PUBLISHED_FLAT)
		return (destination & ldr) != 0;
	return destination >> 4 == ldr >> 4 && (destination & ldr & 15);
}

static bool match(uint32_t word, uint32_t id, const struct lapic_message *m)
{
	if (!(word & PUBLISHED_ON))
		return false;
	if (m->destination == (m->x2apic ? 0xffffffff : 0xff))
		return true;
	return m->logical ? match_logical(word, id, m->destination)
			  : match_physical(word, id, m->destination);
}

/* Who the message is for: bit n for vCPU n. */
static uint32_t targets(const struct platform *p, const struct lapic_message *m)
{
	uint32_t who = 0;

	for (unsigned i = 0; i < p->config.vcpus; i++)
		if (p->lapic[i] && match(lapic_published(p->lapic[i]), i, m))
			who |= 1u << i;
	return who;
}

static uint32_t everyone(const struct platform *p)
{
	const struct lapic_message broadcast = {.destination = 0xff};

	return targets(p, &broadcast);
}

/* Lowest priority goes to the least busy; the lowest number breaks ties, for determinism. */
static uint32_t least_busy(const struct platform *p, uint32_t who)
{
	uint32_t best = 0, best_class = 16;

	for (; who != 0; who &= who - 1) {
		const struct lapic *l = p->lapic[__builtin_ctz(who)];
		uint32_t class = __atomic_load_n(&l->ppr, __ATOMIC_RELAXED) >> 4;

		if (!(lapic_published(l) & PUBLISHED_ENABLED) || class >= best_class)
			continue;
		best = who & -who;
		best_class = class;
	}
	return best;
}

/* To the sender itself: there is nothing to wait for. */
static bool deliver(struct lapic *l, const struct lapic_message *m)
{
	switch (m->delivery) {
	case LAPIC_FIXED:
	case LAPIC_LOWEST:
		if (!lapic_enabled(l))
			return false;
		lapic_accept(l, m->vector, m->level);
		return true;
	case LAPIC_NMI:
		l->nmi_pending = true;
		platform_attend(l->platform, l->id);
		return true;
	case LAPIC_INIT:
		lapic_accept_init(l);
		return true;
	case LAPIC_STARTUP:
		lapic_accept_sipi(l, m->vector);
		return true;
	default: /* there is no SMM, ExtINT comes by LINT0, the others are reserved */
		return false;
	}
}

static void post_vector(struct lapic *l, uint8_t vector, bool level)
{
	if (inbox_post_vector(&l->inbox, vector, level))
		platform_kick(l->platform, l->id);
}

/*
 * Not by the inbox alone: true if the LAPIC takes it. A level-triggered vector is written down by
 * its owner, and so is one that was level-triggered before; an illegal one is an error there.
 */
static __attribute__((noinline)) bool post_other(struct lapic *l, uint8_t vector, bool level)
{
	if (!(lapic_published(l) & PUBLISHED_ENABLED))
		return false;
	if (level || vector < 16 || lapic_was_level(l, vector) ||
	    !platform_post(l->platform, l->id, vector))
		post_vector(l, vector, level);
	return true;
}

void lapic_post_timer(struct lapic *l, uint8_t vector)
{
	post_other(l, vector, false);
}

/* To another, or from a device: true if the LAPIC takes it. */
static bool post(struct platform *p, unsigned vcpu, const struct lapic_message *m)
{
	struct lapic *l = p->lapic[vcpu];
	bool kick = false;

	switch (m->delivery) {
	case LAPIC_FIXED:
	case LAPIC_LOWEST:
		if (!(lapic_published(l) & PUBLISHED_INBOX))
			return post_other(l, m->vector, m->level);
		post_vector(l, m->vector, m->level);
		break;
	case LAPIC_NMI:
		kick = inbox_post_signals(&l->inbox, INBOX_NMI);
		break;
	case LAPIC_INIT:
		kick = inbox_post_init(&l->inbox);
		break;
	case LAPIC_STARTUP:
		kick = inbox_post_sipi(&l->inbox, m->vector);
		break;
	default:
		return false;
	}
	if (kick)
		platform_kick(p, vcpu);
	return true;
}

/* `self` sends, NULL is a device. */
static bool send(struct platform *p, struct lapic *self, uint32_t who,
		 const struct lapic_message *m)
{
	bool taken = false;

	if (m->delivery == LAPIC_LOWEST)
		who = least_busy(p, who);
	for (; who != 0; who &= who - 1) {
		unsigned i = (unsigned)__builtin_ctz(who);

		taken |= p->lapic[i] == self ? deliver(self, m) : post(p, i, m);
	}
	return taken;
}

/* Start-up is for LAPICs alone: in a message's data its number is reserved. */
bool lapic_send(struct platform *p, const struct lapic_message *m)
{
	return m->delivery != LAPIC_STARTUP && send(p, NULL, targets(p, m), m);
}

void lapic_send_lint0(struct platform *p)
{
	for (unsigned i = 0; i < p->config.vcpus; i++) {
		struct lapic *l = p->lapic[i];

		if (l && (lapic_published(l) & PUBLISHED_LINT0) &&
		    inbox_post_signals(&l->inbox, INBOX_LINT0))
			platform_kick(p, i);
	}
}

static uint32_t shorthand_targets(const struct lapic *l, enum shorthand to,
				  const struct lapic_message *m)
{
	switch (to) {
	case SHORTHAND_NONE:
		return targets(l->platform, m);
	case SHORTHAND_SELF:
		return 1u << l->id;
	case SHORTHAND_ALL:
		return everyone(l->platform);
	default:
		return everyone(l->platform) & ~(1u << l->id);
	}
}

static __attribute__((noinline)) void command(struct lapic *l, uint32_t low, uint32_t high)
{
	enum shorthand to = ICR_SHORTHAND(low);
	struct lapic_message m = {
		.destination = lapic_x2apic(l) ? high : high >> 24,
		.logical = (low & ICR_LOGICAL) != 0,
		.x2apic = lapic_x2apic(l),
		.delivery = ICR_DELIVERY(low),
		.vector = (uint8_t)low,
	};

	/* INIT level de-assert only synchronises arbitration identifiers, which no longer exist. */
	if (m.delivery == LAPIC_INIT && (low & (ICR_LEVEL | ICR_ASSERT)) == ICR_LEVEL)
		return;
	if (m.delivery <= LAPIC_LOWEST && m.vector < 16) {
		lapic_error(l, ESR_SEND_VECTOR);
		return;
	}
	send(l->platform, l, shorthand_targets(l, to, &m), &m);
}

/* Where the one that it is for is in xAPIC mode or off, or vectors are posted to it. */
static __attribute__((noinline)) void command_posted(struct lapic *l, uint32_t low,
						     uint32_t destination)
{
	struct lapic *to = l->platform->lapic[destination];

	if (!to || !(lapic_published(to) & PUBLISHED_X2APIC) ||
	    !post_other(to, (uint8_t)low, false))
		command(l, low, destination);
}

/*
 * By far the most: a fixed interrupt to one other LAPIC, both in x2APIC mode, where the destination
 * is its number (one in xAPIC mode that was given the same identifier is not asked). False if it is
 * anything else; nothing was sent then.
 */
static bool command_one(struct lapic *l, uint32_t low, uint32_t destination)
{
	const uint32_t takes = PUBLISHED_X2APIC | PUBLISHED_INBOX;
	const struct platform *p = l->platform;
	struct lapic *to;

	if ((low & ICR_SPECIAL) || !lapic_x2apic(l) || destination >= p->config.vcpus ||
	    destination == l->id || (uint8_t)low < 16)
		return false;
	to = p->lapic[destination];
	if (!to || (lapic_published(to) & takes) != takes)
		command_posted(l, low, destination);
	else
		post_vector(to, (uint8_t)low, false);
	return true;
}

void lapic_command(struct lapic *l)
{
	uint32_t low = (uint32_t)l->icr, high = (uint32_t)(l->icr >> 32);

	if (!command_one(l, low, high))
		command(l, low, high);
}
