// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/io.h"
#include "knobs.h"
#include "lib/lock.h"
#include "lib/print.h"
#include "measure/base64.h"
#include "measure/channel.h"
#include "measure/counters.h"
#include "measure/guest_line.h"
#include "measure/polling.h"

#define CHANNEL_PORT 0xe9

/* A line at a time, whichever CPU it comes from. */
static struct lock channel;

static void put(char c)
{
	outb(CHANNEL_PORT, (uint8_t)c);
}

static void put_text(void *context, char c)
{
	(void)context;
	put(c);
}

static void send(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void send(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_to(put_text, NULL, format, args);
	va_end(args);
}

static void send_knobs(const char *name, const struct knobs *knobs)
{
	send("\"%s\":{", name);
#define KNOB_NUMBER(name, initial, low, high) send("\"" #name "\":%lu,", knobs->name);
#define KNOB_CHOICE(name, initial, ...)       send("\"" #name "\":\"%s\",", knobs->name);
#include "knobs.def"
	send("\"end\":0}");
}

void channel_boot(const struct settings *settings)
{
	send("{\"t\":\"boot\",\"testudo\":\"%s\",", TESTUDO_VERSION);
	send_knobs("knobs", &settings->machine[0]);
	if (settings->neighbour) {
		send(",");
		send_knobs("neighbour", &settings->machine[1]);
	}
	send("}\n");
}

/* [[bucket,count],...] of what is not zero. */
static void send_buckets(const uint32_t *bucket, unsigned count)
{
	bool first = true;

	send("[");
	for (unsigned i = 0; i < count; i++) {
		if (!bucket[i])
			continue;
		send("%s[%u,%u]", first ? "" : ",", i, bucket[i]);
		first = false;
	}
	send("]");
}

static void send_stat(const struct counters *c, unsigned slot, unsigned reason, bool first)
{
	const struct exit_stat *s = &c->groups[slot].stat[reason];

	send("%s{\"level\":%u,\"vmcs12\":%u,\"reason\":\"%s\",\"count\":%lu,\"ticks\":%lu,",
	     first ? "" : ",", counters_level(c, slot), slot, exit_reason_name(reason),
	     counters_exits(s), s->ticks);
	send("\"min\":%lu,\"max\":%lu,\"hist\":", s->min, s->max);
	send_buckets(s->bucket, TICK_BUCKETS);
	send("}");
}

static void send_exits(const struct counters *c)
{
	bool first = true;

	for (unsigned slot = 0; slot < COUNTER_SLOTS; slot++)
		for (unsigned reason = 0; reason < EXIT_REASON_COUNT; reason++) {
			if (!c->groups[slot].stat[reason].ticks)
				continue;
			send_stat(c, slot, reason, first);
			first = false;
		}
}

/* By level: L0, L1 and L2 always, those below where there were any. */
static void send_ticks(const struct counters *c)
{
	send("\"ticks\":{\"l0\":%lu", counters_l0_ticks(c));
	for (unsigned level = 1; level <= COUNTER_LEVELS; level++) {
		uint64_t ticks = counters_ticks(c, level);

		if (level <= 2 || ticks)
			send(",\"l%u\":%lu", level, ticks);
	}
	send("}");
}

/* From the beginning of the measurement, or of time, to the last exit. */
static void send_counts(const struct counters *c)
{
	send("\"elapsed\":%lu,", c->left - c->start);
	send_ticks(c);
	send(",\"halted\":%lu,\"charged\":%lu,\"exits\":[", c->halted, c->charged);
	send_exits(c);
	send("]");
}

static void send_sidecore(const struct poll_counters *spent)
{
	send(",\"sidecore\":{\"busy\":%lu,\"idle\":%lu,\"turns\":%lu,\"busy_turns\":%lu}",
	     spent->busy_ticks, spent->idle_ticks, spent->turns, spent->busy_turns);
}

void channel_measure(const struct channel_who *who, const struct counters *c,
		     const struct channel_marks *marks)
{
	unsigned slot = (unsigned)(c->group - c->groups);

	lock_take(&channel);
	send("{\"t\":\"measure\",\"id\":%lu,\"machine\":%u,\"vcpu\":%u,\"iterations\":%lu,",
	     marks->id, who->machine, who->vcpu, marks->iterations);
	send("\"level\":%u,\"vmcs12\":%u,", counters_level(c, slot), slot);
	send_counts(c);
	send(",\"multiplication\":{\"count\":%lu,\"sum\":%lu,\"max\":%lu,\"hist\":", c->chains,
	     c->chain_sum, c->chain_max);
	send_buckets(c->chain_bucket, CHAIN_BUCKETS);
	send("}");
	if (marks->sidecore)
		send_sidecore(marks->sidecore);
	send("}\n");
	lock_give(&channel);
}

static void send_exit(const struct channel_exit *e)
{
	send("\"level\":%u,\"reason\":\"%s\",\"rip\":\"%lx\",\"qualification\":\"%lx\","
	     "\"when\":%lu}",
	     e->level, exit_reason_name(e->reason), e->rip, e->qualification, e->when);
}

void channel_exit(const struct channel_who *who, uint64_t number, const struct channel_exit *e)
{
	lock_take(&channel);
	send("{\"t\":\"exit\",\"machine\":%u,\"vcpu\":%u,\"number\":%lu,", who->machine, who->vcpu,
	     number);
	send_exit(e);
	send("\n");
	lock_give(&channel);
}

/* The oldest first. */
static void send_last(const struct channel_state *s)
{
	uint64_t first = s->exits > TRACE_EXITS ? s->exits - TRACE_EXITS : 0;

	send("\"last\":[");
	for (uint64_t n = first; n < s->exits; n++) {
		send("%s{", n == first ? "" : ",");
		send_exit(&s->last[n % TRACE_EXITS]);
	}
	send("],");
}

static void send_registers(const struct channel_state *s)
{
	send("\"level\":%u,\"activity\":\"%s\",\"rip\":\"%lx\",\"rsp\":\"%lx\",", s->level,
	     s->activity, s->rip, s->rsp);
	send("\"cs_base\":\"%lx\",\"rflags\":\"%lx\",\"cr0\":\"%lx\",\"cr3\":\"%lx\",", s->cs_base,
	     s->rflags, s->cr0, s->cr3);
	send("\"cr4\":\"%lx\",\"efer\":\"%lx\",\"interruptibility\":\"%lx\",", s->cr4, s->efer,
	     s->interruptibility);
}

void channel_state(const struct channel_state *s)
{
	lock_take(&channel);
	send("{\"t\":\"state\",\"machine\":%u,\"vcpu\":%u,\"told_with\":%u,\"now\":%lu,",
	     s->who.machine, s->who.vcpu, s->told_with, s->now);
	send_registers(s);
	send_last(s);
	send("\"counters\":{");
	send_counts(s->counters);
	send("}}\n");
	lock_give(&channel);
}

void channel_profile(uint64_t id, const struct profile_code *code, const struct profile_kind *kind,
		     uint64_t missed)
{
	bool first = true;

	lock_take(&channel);
	send("{\"t\":\"profile\",\"id\":%lu,\"level\":%u,\"reason\":\"%s\",\"exits\":%lu,"
	     "\"missed\":%lu,\"stub\":%u,\"ticks\":[",
	     id, kind->level, exit_reason_name(kind->reason), kind->exits, missed,
	     code->stub_ticks);
	for (uint64_t at = 0; at < code->size; at++) {
		if (!kind->ticks[at])
			continue;
		send("%s[%lu,%u]", first ? "" : ",", code->base + at, kind->ticks[at]);
		first = false;
	}
	send("]}\n");
	lock_give(&channel);
}

static uint32_t without_zeros(const uint8_t *bytes, uint32_t size)
{
	while (size && !bytes[size - 1])
		size--;
	return size;
}

void channel_disk_block(unsigned machine, uint64_t at, const uint8_t *bytes, uint32_t size)
{
	lock_take(&channel);
	send("{\"t\":\"disk\",\"machine\":%u,\"at\":%lu,\"size\":%u,\"data\":\"", machine, at,
	     size);
	base64_encode(bytes, without_zeros(bytes, size), put);
	send("\"}\n");
	lock_give(&channel);
}

void channel_disk_end(unsigned machine, uint64_t changed, uint64_t of)
{
	lock_take(&channel);
	send("{\"t\":\"disk\",\"machine\":%u,\"changed\":%lu,\"of\":%lu}\n", machine, changed, of);
	lock_give(&channel);
}

static void send_numbers(const struct channel_number *numbers, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		send(",\"%s\":%lu", numbers[i].name, numbers[i].value);
	send("}\n");
}

void channel_net(unsigned machine, const char *place, const struct channel_number *numbers,
		 unsigned count)
{
	lock_take(&channel);
	send("{\"t\":\"net\",\"machine\":%u,\"place\":\"%s\"", machine, place);
	send_numbers(numbers, count);
	lock_give(&channel);
}

static void send_list(const struct channel_list *list)
{
	send(",\"%s\":[", list->name);
	for (uint64_t i = 0; i < list->count; i++)
		send("%s%lu", i ? "," : "", list->value[i]);
	send("]");
}

void channel_window(unsigned machine, const struct channel_list *lists, unsigned list_count,
		    const struct channel_number *numbers, unsigned count)
{
	lock_take(&channel);
	send("{\"t\":\"window\",\"machine\":%u", machine);
	for (unsigned i = 0; i < list_count; i++)
		send_list(&lists[i]);
	send_numbers(numbers, count);
	lock_give(&channel);
}

void channel_iommu(unsigned machine, const struct channel_number *numbers, unsigned count)
{
	lock_take(&channel);
	send("{\"t\":\"iommu\",\"machine\":%u", machine);
	send_numbers(numbers, count);
	lock_give(&channel);
}

void channel_delay(const struct channel_who *who, const struct channel_number *numbers,
		   unsigned count)
{
	lock_take(&channel);
	send("{\"t\":\"delay\",\"machine\":%u,\"vcpu\":%u", who->machine, who->vcpu);
	send_numbers(numbers, count);
	lock_give(&channel);
}

void channel_polling(const char *role, const struct poll_counters *c)
{
	const struct channel_number numbers[] = {
		{"busy_ticks", polling_read(&c->busy_ticks)},
		{"idle_ticks", polling_read(&c->idle_ticks)},
		{"turns", polling_read(&c->turns)},
		{"busy_turns", polling_read(&c->busy_turns)},
	};

	lock_take(&channel);
	send("{\"t\":\"polling\",\"role\":\"%s\"", role);
	send_numbers(numbers, sizeof(numbers) / sizeof(numbers[0]));
	lock_give(&channel);
}

void channel_break(void)
{
	lock_break(&channel);
}

void channel_stop(const struct channel_end *end)
{
	const struct pool_use *pool = end->pool;

	lock_take(&channel);
	send("{\"t\":\"stop\",\"why\":\"%s\",\"status\":%u,\"detail\":\"%s\",\"machine\":%u,",
	     end->why, end->status, end->detail, end->machine);
	send("\"elapsed\":%lu", end->elapsed);
	if (pool)
		send(",\"pool\":{\"total\":%u,\"free\":%u,\"least_free\":%u,\"lost\":%u}",
		     pool->total, pool->free, pool->least_free, pool->lost);
	send("}\n");
	lock_give(&channel);
}

void channel_guest_put(struct guest_line *line, uint8_t c)
{
	bool sends;

	/* What one machine keeps is nobody else's business: only a line that goes out waits. */
	lock_take(&line->lock);
	sends = guest_line_sends(line, c);
	if (sends)
		lock_take(&channel);
	guest_line_put(line, c, put);
	if (sends)
		lock_give(&channel);
	lock_give(&line->lock);
}

void channel_guest_finish(struct guest_line *line)
{
	lock_take(&channel);
	guest_line_finish(line, put);
	lock_give(&channel);
}
