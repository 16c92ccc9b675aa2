// SPDX-License-Identifier: Apache-2.0
// Starting the other processors (SDM vol. 3, 9.4.4) and giving them work.
#include "smp.h"

/* The page that a start-up vector names. */
#define START_VECTOR 8U
#define START_PAGE   ((uint64_t)START_VECTOR << 12)

struct worker {
	void (*volatile work)(void);
	volatile uint32_t idle;
};

extern const char smp_trampoline[], smp_trampoline_end[];

volatile unsigned int cpu_count = 1;
static struct worker workers[CPUS_MAX];
static volatile uint32_t table_lock;

void smp_main(unsigned int cpu);

unsigned int this_cpu(void)
{
	return cpuid(1, 0).ebx >> 24;
}

void ipi(uint32_t target, uint32_t command)
{
	if (rdmsr(MSR_APIC_BASE) & APIC_BASE_X2) {
		wrmsr(MSR_X2APIC + APIC_ICR / 16, ((uint64_t)target << 32) | command);
		return;
	}
	apic_write(APIC_ICR_HIGH, target << 24);
	apic_write(APIC_ICR, command);
}

uint32_t sent_to(uint32_t target, uint32_t command)
{
	uint32_t before = irq_count[VECTOR_TEST];

	ipi(target, command | ICR_ASSERT | VECTOR_TEST);
	sti();
	spend(20000);
	cli();
	return irq_count[VECTOR_TEST] - before;
}

/* LTR wants the one TSS of all not to be busy, so that only one processor may be here. */
static void load_tables(void)
{
	while (__atomic_exchange_n(&table_lock, 1, __ATOMIC_ACQUIRE))
		pause();
	trap_reload();
	__atomic_store_n(&table_lock, 0, __ATOMIC_RELEASE);
}

static void sleep(void)
{
	asm volatile("sti; hlt; cli" ::: "memory");
}

/* A started processor: sleeps, and works when it is called. */
void smp_main(unsigned int cpu)
{
	struct worker *me = &workers[cpu];

	load_tables();
	if (!option("x2apic") || !apic_enable_x2())
		apic_enable();
	me->work = NULL;
	__atomic_store_n(&me->idle, 1, __ATOMIC_RELEASE);
	for (;;) {
		while (!me->work)
			sleep();
		me->work();
		me->work = NULL;
		__atomic_store_n(&me->idle, 1, __ATOMIC_RELEASE);
	}
}

void spend(uint64_t ticks)
{
	uint64_t start = rdtsc();

	while (rdtsc() - start < ticks)
		pause();
}

bool wait_until(const volatile uint32_t *word, uint32_t value)
{
	uint64_t start = rdtsc();

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value) {
		if (rdtsc() - start > SMP_PATIENCE)
			return false;
		pause();
	}
	return true;
}

bool restart(unsigned int cpu)
{
	workers[cpu].idle = 0;
	ipi(cpu, ICR_INIT | ICR_ASSERT);
	ipi(cpu, ICR_SIPI | ICR_ASSERT | START_VECTOR);
	return wait_until(&workers[cpu].idle, 1);
}

static void copy_trampoline(void)
{
	char *page = (char *)(uintptr_t)START_PAGE;
	size_t size = (size_t)(smp_trampoline_end - smp_trampoline);

	for (size_t i = 0; i < size; i++)
		page[i] = smp_trampoline[i];
}

bool smp_begin(void)
{
	apic_enable();
	if (cpu_count > 1)
		return true;
	copy_trampoline();
	ipi(0, ICR_INIT | ICR_ASSERT | ICR_OTHERS);
	spend(100000);
	ipi(0, ICR_SIPI | ICR_ASSERT | ICR_OTHERS | START_VECTOR);
	spend(100000);
	while (cpu_count < CPUS_MAX && workers[cpu_count].idle)
		cpu_count++;
	if (cpu_count == 1)
		skip("one processor");
	return cpu_count > 1;
}

void run_on(unsigned int cpu, void (*work)(void))
{
	workers[cpu].idle = 0;
	workers[cpu].work = work;
	ipi(cpu, ICR_ASSERT | VECTOR_CALL);
}

bool wait_for(unsigned int cpu)
{
	bool done = wait_until(&workers[cpu].idle, 1);

	check("a processor's work done in time", done);
	return done;
}

void run_on_all_others(void (*work)(void))
{
	for (unsigned int cpu = 1; cpu < cpu_count; cpu++)
		run_on(cpu, work);
}

void wait_for_all(void)
{
	for (unsigned int cpu = 1; cpu < cpu_count; cpu++)
		wait_for(cpu);
}
