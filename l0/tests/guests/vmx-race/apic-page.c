// SPDX-License-Identifier: Apache-2.0
// VTPR, which L0 checks at an entry of L1's and the processor at every entry. SDM vol. 3, 27.2.1.1.
#include "race.h"

enum { ENTRIES = 1500, THRESHOLD = 8 };

/* L0 answers these itself, on ways of several lengths: each is a resume that the processor checks.
 */
L2_CODE(race_l2_identifies, "mov $8, %esi\n"
			    "1: mov $0x54530000, %eax; cpuid; in $0x80, %al\n"
			    "mov $0x54530003, %eax; mov $10, %ecx; cpuid; in $0x64, %al\n"
			    "dec %esi; jnz 1b");

static volatile uint8_t *vtpr;
static volatile uint32_t entries, refused, below, odd, resumes;

static void note_vtpr(uint32_t reason)
{
	if (reason == VM_FAIL(E_CONTROLS))
		refused++;
	else if (reason == X_TPR)
		below++;
	else if (reason != X_VMCALL)
		odd++;
}

static void enter_under_changes(void)
{
	static uint32_t region[1024] __attribute__((aligned(4096)));

	region[0] = vmcs_revision();
	vmx_enter_root(address_of(region));
	vm_setup(race_l2_identifies);
	vm_set(WORD_PROC, PROC_TPR_SHADOW);
	vmwrite(VIRTUAL_APIC, address_of((const void *)(uintptr_t)vtpr) - 0x80);
	vmwrite(TPR_THRESHOLD, THRESHOLD);
	/* With L1's timer L0 reads the TSC right before each entry, and others catch up there. */
	vm_clear(WORD_PIN, PIN_TIMER);
	for (entries = 0; entries < ENTRIES; entries++) {
		vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)race_l2_identifies));
		note_vtpr(vm_run());
	}
	resumes = (uint32_t)exits_of_l2(X_CPUID);
	vmxoff();
}

/* No PAUSE: by that the engine lets the others catch up. */
static void work(uint64_t rounds)
{
	for (volatile uint64_t i = 0; i < rounds; i++)
		;
}

/* Another processor changes it between the check and the use, and back before anybody looks again.
 */
TEST(vtpr_changes_all_the_time)
{
	struct random r = {99};

	if (!smp_begin())
		return;
	if (!under_l0() || !vmx_available() ||
	    !(control_allowed(WORD_PROC).may & PROC_TPR_SHADOW)) {
		skip("needs L0, VMX and a TPR shadow");
		return;
	}
	vtpr = (volatile uint8_t *)page_alloc() + 0x80;
	entries = refused = below = odd = 0;
	run_on(VICTIM, enter_under_changes);
	while (entries < ENTRIES) {
		*vtpr = 0;
		work(random_below(&r, 6));
		*vtpr = 0xf0;
		work(random_below(&r, 40));
	}
	wait_for(VICTIM);
	print("INFO %u entries: %u refused, %u exits for VTPR, %u resumes\n", entries, refused,
	      below, resumes);
	check_eq("other answers", 0, odd);
	check("entries refused", refused);
	check("exits for VTPR", below);
}
