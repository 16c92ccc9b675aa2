// SPDX-License-Identifier: Apache-2.0
// Descriptor tables and the two C handlers: L1 catches or counts, L2 logs.
#include "apic.h"
#include "guest.h"
#include "processor.h"
#include "trap.h"

extern char stubs_l1[], stubs_l2[];

uint64_t idt_l1[512] __attribute__((aligned(4096)));
uint64_t idt_l2[512] __attribute__((aligned(4096)));
static uint32_t tss[26] __attribute__((aligned(128)));
static char fault_stack[16384] __attribute__((aligned(16)));

struct trap_frame last_fault;
volatile uint32_t irq_count[256];
volatile bool irq_keep;
struct l2_event l2_log[16];
volatile unsigned int l2_events;
volatile uint64_t l2_continue;

static void fill_idt(uint64_t *idt, const char *stubs)
{
	for (uint64_t v = 0; v < 256; v++) {
		uint64_t at = address_of(stubs) + 16 * v;

		/* Interrupt gate, DPL 3 so that software interrupts may use any vector. */
		idt[2 * v] = (at & 0xffff) | (SEL_CODE64 << 16) | BITS(47, 47) | BITS(46, 45) |
			     (0xeULL << 40) | ((at & 0xffff0000) << 32);
		idt[2 * v + 1] = at >> 32;
	}
}

static void load_table(const char *which, const void *base, uint16_t limit)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) r = {limit, address_of(base)};

	if (*which == 'i')
		asm volatile("lidt %0" ::"m"(r));
	else
		asm volatile("lgdt %0" ::"m"(r));
}

/* Loads GDT, IDT and task register anew, for tests that let a VM exit load nonsense. */
void trap_reload(void)
{
	uint64_t base = address_of(tss);

	load_table("gdt", gdt, sizeof(gdt) - 1);
	load_table("idt", idt_l1, sizeof(idt_l1) - 1);
	/* An available 64-bit TSS; LTR marks it busy. SDM vol. 3, 8.2.3. */
	gdt[6] = (sizeof(tss) - 1) | ((base & 0xffffff) << 16) | (0x89ULL << 40) |
		 ((base & 0xff000000) << 32);
	gdt[7] = base >> 32;
	asm volatile("ltr %w0" ::"r"(SEL_TSS));
}

void trap_setup(void)
{
	uint64_t top = address_of(fault_stack + sizeof(fault_stack));

	fill_idt(idt_l1, stubs_l1);
	fill_idt(idt_l2, stubs_l2);
	tss[1] = (uint32_t)top;
	tss[25] = sizeof(tss) << 16;
	trap_reload();
	/* Firmware leaves the PIC at vectors 8 on: mask all of it until a test wants it. */
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}

void trap_l1(struct trap_frame *f)
{
	if (f->vector >= 32 || f->vector == NMI) {
		__atomic_fetch_add(&irq_count[f->vector], 1, __ATOMIC_RELAXED);
		/* A spurious one is not in service: 11.9. */
		if (f->vector >= 32 && f->vector != APIC_SPURIOUS && !irq_keep)
			apic_eoi();
		return;
	}
	last_fault = *f;
	if (catch_active)
		try_resume((int)f->vector);
	print("FAIL unexpected exception %lu at 0x%lx: error 0x%lx, cr2 0x%lx\n", f->vector, f->rip,
	      f->error, read_cr2());
	finish(1);
}

void l2_log_reset(void)
{
	l2_events = 0;
	l2_continue = 0;
}

/* Runs in L2: what was delivered, and the debug status that a guest's handler would see. */
void trap_l2(struct trap_frame *f)
{
	unsigned int n = l2_events;

	if (n < ARRAY_SIZE(l2_log))
		l2_log[n] = (struct l2_event){f->vector & 0xff, f->error,   f->rip,
					      f->rflags,        read_cr2(), read_dr6()};
	l2_events = n + 1;
	/* A single step is logged once, not for every instruction that follows. */
	if ((f->vector & 0xff) == DB)
		f->rflags &= ~RFLAGS_TF;
	if (l2_continue && (f->vector & 0xff) < 32)
		f->rip = l2_continue;
}
