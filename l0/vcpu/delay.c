// SPDX-License-Identifier: Apache-2.0
#include "vcpu/delay.h"

#include "lib/asm.h"
#include "measure/channel.h"
#include "vcpu/vcpu.h"
#include "vcpu/vm.h"

static uint64_t clock(const struct vcpu *v)
{
	return rdtsc() + v->clock_offset;
}

void delay_ask(struct vcpu *v)
{
	uint64_t nothing = 0;

	__atomic_compare_exchange_n(&v->direct.delays.kicked, &nothing, clock(v), false,
				    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

void delay_end(struct vcpu *v)
{
	struct delays *d = &v->direct.delays;
	uint64_t since;

	if (!__atomic_load_n(&d->kicked, __ATOMIC_RELAXED))
		return;
	since = __atomic_exchange_n(&d->kicked, 0, __ATOMIC_ACQUIRE);
	delay_count(&d->kick, since, clock(v));
}

void delay_begin(struct vcpu *v)
{
	struct delays *d = &v->direct.delays;

	d->marked = 2;
	d->direct = d->ended = 0;
	d->begun = v->now;
}

void delay_tell(const struct vcpu *v)
{
	const struct delays *d = &v->direct.delays;
	uint64_t since = v->direct.on ? v->now - d->begun : 0;
	const struct channel_number numbers[] = {
		{"id", v->marker},           {"timer", d->timer},           {"kick", d->kick},
		{"interrupt", d->interrupt}, {"direct", d->direct + since}, {"ended", d->ended},
	};

	channel_delay(&(struct channel_who){v->vm->number, v->id}, numbers,
		      sizeof(numbers) / sizeof(numbers[0]));
}
