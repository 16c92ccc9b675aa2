// SPDX-License-Identifier: Apache-2.0
// The enlightened VMCS and the VP assist page, which L0 reads at each entry right from L1's memory.
#include "evmcs.h"
#include "race.h"

enum { ENTRIES = 1500, CLEAN_ALL = 0xffff };

L2_CODE(race_l2_is_enlightened, "1: mov $0x54530000, %eax; cpuid; pause; jmp 1b");

static uint8_t *pristine, *page, *assist;
static volatile uint32_t ready, entries;
static uint32_t refused, exited;

/* Where another processor may write without ending L1 itself: not its state, nor what its exits do.
 */
static bool harmless(const struct evmcs_place *p)
{
	static const uint32_t spared[] = {EXIT_CONTROLS,  EXIT_MSR_STORE_COUNT, EXIT_MSR_LOAD_COUNT,
					  EXIT_MSR_STORE, EXIT_MSR_LOAD,        EPTP,
					  PIN_CONTROLS,   PROC_CONTROLS,        PROC2_CONTROLS,
					  IO_BITMAP_A};

	if (field_type(p->encoding) == TYPE_HOST)
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(spared); i++)
		if (spared[i] == p->encoding)
			return false;
	return true;
}

/* One entry by a page that was whole a moment ago. */
static void enter_once(struct random *r)
{
	for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
		((volatile uint64_t *)(void *)page)[i] = ((uint64_t *)(void *)pristine)[i];
	*(volatile uint32_t *)(page + AT_CLEAN) = (uint32_t)random_next(r) & CLEAN_ALL;
	if (evmcs_enter(page, random_below(r, 4)))
		refused++;
	else
		exited++;
	apic_eoi();
	sti();
	cli();
}

static void enter_enlightened(void)
{
	static uint32_t region[1024] __attribute__((aligned(4096)));
	struct random r = {race_seed * 7 + 1};

	region[0] = vmcs_revision();
	vmx_enter_root(address_of(region));
	vm_setup(race_l2_is_enlightened);
	area_build();
	vmwrite(EPTP, address_of(vm.ept) | 0x1e);
	vmwrite(GUEST_RSP, AREA_PAGE(AREA_STACK + 1) - 64);
	vm_set(WORD_PIN, PIN_EXTERNAL | PIN_NMI);
	vm_set(WORD_EXIT, EXIT_ACK);
	evmcs_fill(pristine);
	evmcs_use(assist, page);
	ready = 1;
	while (entries < ENTRIES) {
		enter_once(&r);
		entries++;
	}
	wrmsr(HV_VP_ASSIST_PAGE, 0);
	vmxoff();
}

static void interrupt_it(void)
{
	struct random r = {race_seed * 11 + 1};

	while (entries < ENTRIES) {
		ipi(VICTIM, ICR_ASSERT | (random_below(&r, 8) ? VECTOR_TEST : ICR_NMI));
		spend(random_below(&r, 10000));
	}
}

static void attack_page(struct random *r)
{
	const struct evmcs_place *p = &evmcs_places[random_below(r, evmcs_place_count)];
	uint64_t value = random_below(r, 2) ? random_next(r) : BIT(random_below(r, 64));

	if (!harmless(p))
		return;
	for (unsigned int i = 0; i < p->bytes; i++)
		((volatile uint8_t *)page)[p->offset + i] ^= (uint8_t)(value >> 8 * i);
}

static void attack_assist(struct random *r)
{
	const uint64_t pages[] = {address_of(page), address_of(page), address_of(page) + 8,
				  BIT(45),          0xfee00000,       address_of(page)};
	static const uint32_t revisions[] = {1, 1, 1, 2, 0x12345};

	*(volatile uint64_t *)(assist + ASSIST_CURRENT) = pages[random_below(r, ARRAY_SIZE(pages))];
	*(volatile uint8_t *)(assist + ASSIST_ENLIGHTEN) = random_below(r, 8) != 0;
	*(volatile uint32_t *)(void *)page = revisions[random_below(r, ARRAY_SIZE(revisions))];
	*(volatile uint32_t *)(page + AT_CLEAN) = (uint32_t)random_next(r) & CLEAN_ALL;
}

TEST(hostile_enlightened_vmcs)
{
	struct random r = {race_seed = option_number("seed", 77)};

	if (!smp_begin())
		return;
	if (!vmx_available() || !hyperv_offered() || cpu_count < 3) {
		skip("needs vmcs=evmcs and three processors");
		return;
	}
	pristine = page_alloc();
	page = page_alloc();
	assist = page_alloc();
	ready = entries = 0;
	run_on(VICTIM, enter_enlightened);
	check("it begins", wait_until(&ready, 1));
	run_on(SENDER, interrupt_it);
	while (entries < ENTRIES) {
		if (random_below(&r, 2))
			attack_page(&r);
		else
			attack_assist(&r);
		spend(random_below(&r, 1500));
	}
	wait_for(VICTIM);
	wait_for(SENDER);
	print("INFO %u entries: %u refused, %u exits\n", entries, refused, exited);
	check("entries refused", refused);
	check("exits", exited > ENTRIES / 20);
}
