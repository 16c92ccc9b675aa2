// SPDX-License-Identifier: Apache-2.0
// vmcs=evmcs: the Hyper-V interface as a guest meets it, and enlightened VMCSs good and bad.
#include "vmx.h"

enum {
	HV_GUEST_OS_ID = 0x40000000,
	HV_HYPERCALL = 0x40000001,
	HV_VP_INDEX = 0x40000002,
	HV_VP_ASSIST_PAGE = 0x40000073,
};

/* Places in the VP assist page and in the enlightened VMCS (TLFS). */
enum {
	ASSIST_ENLIGHTEN = 40,
	ASSIST_CURRENT = 48,
	AT_SELECTORS = 8,
	AT_ERROR = 688,
	AT_REASON = 692,
	AT_GUEST_RIP = 816,
	AT_CLEAN = 824,
};

/* The layout, by encodings. */
enum {
#define X(code, NAME, name, width, access, group, rule, exists) code_##name = code,
#include "../../../vmcs-merge/fields.def"
#undef X
};

static const struct {
	uint32_t encoding;
	unsigned int offset, bytes;
} places[] = {
#define EVMCS_GROUP(group)
#define EVMCS_FIELD(name, offset, bits, kind) {code_##name, offset, bits / 8},
#define EVMCS_END
#include "../../../vmcs-merge/evmcs.def"
};

static uint8_t *assist, *page;

static uint32_t word(unsigned int offset)
{
	return *(volatile uint32_t *)(page + offset);
}

static void set(unsigned int offset, uint64_t value)
{
	*(volatile uint64_t *)(page + offset) = value;
}

/* 0 after an exit, else CF and ZF; host RSP and RIP go to the page. */
uint32_t evmcs_enter(uint8_t *page, bool resume);
asm(".text\n"
    "evmcs_enter:\n"
    "	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "	mov %rsp, 616(%rdi)\n"
    "	lea 3f(%rip), %rax\n"
    "	mov %rax, 80(%rdi)\n"
    "	test %esi, %esi\n"
    "	jnz 1f\n"
    "	vmlaunch\n"
    "	jmp 2f\n"
    "1:	vmresume\n"
    "2:	setc %al\n"
    "	setz %cl\n"
    "	movzx %al, %eax\n"
    "	movzx %cl, %ecx\n"
    "	lea (%rax, %rcx, 2), %eax\n"
    "	jmp 4f\n"
    "3:	xor %eax, %eax\n"
    "4:	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "	ret\n");

L2_CODE(e_calls, "mov $1, %eax; vmcall; mov $2, %eax");

static bool hyperv_begin(void)
{
	uint64_t id;

	if (!vmx_begin())
		return false;
	if (CATCH(id = rdmsr(HV_GUEST_OS_ID)) != NO_FAULT) {
		skip("no Hyper-V interface: vmcs=evmcs");
		return false;
	}
	(void)id;
	return true;
}

/* An enlightened VMCS with all that vm_setup() put into an ordinary one. */
static bool evmcs_setup(void)
{
	if (!hyperv_begin())
		return false;
	vm_setup(e_calls);
	assist = page_alloc();
	page = page_alloc();
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		uint64_t value = 0;

		if (vmread_status(places[i].encoding, &value) != VM_SUCCEED)
			continue;
		for (unsigned int byte = 0; byte < places[i].bytes; byte++)
			page[places[i].offset + byte] = (uint8_t)(value >> 8 * byte);
	}
	*(uint32_t *)(void *)page = 1;
	wrmsr(HV_VP_ASSIST_PAGE, address_of(assist) | 1);
	*(volatile uint64_t *)(assist + ASSIST_CURRENT) = address_of(page);
	*(volatile uint8_t *)(assist + ASSIST_ENLIGHTEN) = 1;
	return true;
}

static void evmcs_over(void)
{
	wrmsr(HV_VP_ASSIST_PAGE, 0);
}

TEST(registers)
{
	uint8_t *code;

	if (!hyperv_begin())
		return;
	check_eq("VP index", 0, rdmsr(HV_VP_INDEX));
	check_eq("VP index is read-only", GP, (uint64_t)CATCH(wrmsr(HV_VP_INDEX, 0)));
	check_eq("unknown register", GP, (uint64_t)CATCH(rdmsr(0x40000020)));
	check_eq("assist page outside RAM", GP,
		 (uint64_t)CATCH(wrmsr(HV_VP_ASSIST_PAGE, BIT(40) | 1)));
	code = page_alloc();
	wrmsr(HV_GUEST_OS_ID, 0);
	wrmsr(HV_HYPERCALL, address_of(code) | 1);
	check_eq("no page without an identity", 0, code[0]);
	wrmsr(HV_GUEST_OS_ID, 0x8100);
	wrmsr(HV_HYPERCALL, address_of(code) | 1);
	check_eq("VMCALL; RET", 0xc3c1010f, *(uint32_t *)(void *)code);
	wrmsr(HV_GUEST_OS_ID, 0);
	check_eq("gone with the identity", 0, rdmsr(HV_HYPERCALL) & 1);
}

TEST(entries)
{
	if (!evmcs_setup())
		return;
	check_eq("launch", 0, evmcs_enter(page, false));
	check_eq("exit reason", X_VMCALL, word(AT_REASON));
	check_eq("no VMCS is current", VM_FAIL_INVALID, vmwrite_status(GUEST_RIP, 0));
	/* The first VMCALL is stepped over; all else is called clean. */
	set(AT_GUEST_RIP, *(uint64_t *)(void *)(page + AT_GUEST_RIP) + 3);
	*(volatile uint32_t *)(page + AT_CLEAN) = 0xffff;
	check_eq("resume", 0, evmcs_enter(page, true));
	check_eq("exit reason", X_VMCALL, word(AT_REASON));
	evmcs_over();
}

/* A clean bit hides what L1 wrote; without it the checks see it. */
TEST(clean_fields)
{
	if (!evmcs_setup())
		return;
	check_eq("launch", 0, evmcs_enter(page, false));
	*(volatile uint32_t *)(page + 92) = ~0u; /* pin-based controls */
	*(volatile uint32_t *)(page + AT_CLEAN) = 0xffff;
	check_eq("called clean", 0, evmcs_enter(page, true));
	*(volatile uint32_t *)(page + AT_CLEAN) = 0xffff & ~(1u << 3);
	check_eq("not clean: VMfail", 2, evmcs_enter(page, true));
	check_eq("error number", 7, word(AT_ERROR));
	evmcs_over();
}

TEST(wrong_pages)
{
	if (!evmcs_setup())
		return;
	*(uint32_t *)(void *)page = 2;
	check_eq("revision", 1, evmcs_enter(page, false));
	*(uint32_t *)(void *)page = 1;
	*(volatile uint64_t *)(assist + ASSIST_CURRENT) = address_of(page) + 8;
	check_eq("not aligned", 1, evmcs_enter(page, false));
	*(volatile uint64_t *)(assist + ASSIST_CURRENT) = BIT(38);
	check_eq("outside RAM", 1, evmcs_enter(page, false));
	*(volatile uint64_t *)(assist + ASSIST_CURRENT) = vmxon_region;
	check_eq("the VMXON region", 1, evmcs_enter(page, false));
	evmcs_over();
}

/* VMCLEAR has nothing to write into such a page, and the next entry reads all of it. */
TEST(clear)
{
	uint64_t selectors;

	if (!evmcs_setup())
		return;
	check_eq("launch", 0, evmcs_enter(page, false));
	selectors = *(uint64_t *)(void *)(page + AT_SELECTORS);
	check_eq("vmclear", VM_SUCCEED, vmclear(address_of(page)));
	check_eq("untouched", selectors, *(uint64_t *)(void *)(page + AT_SELECTORS));
	*(volatile uint32_t *)(page + AT_CLEAN) = 0xffff;
	*(volatile uint32_t *)(page + 92) = ~0u;
	check_eq("read although called clean", 2, evmcs_enter(page, true));
	evmcs_over();
}

/* ... but an ordinary region keeps its launch state in it, whatever entries are made by. */
TEST(clear_of_a_plain_vmcs)
{
	if (!evmcs_setup())
		return;
	evmcs_over();
	vm_expect("launched", X_VMCALL);
	wrmsr(HV_VP_ASSIST_PAGE, address_of(assist) | 1);
	check_eq("vmclear", VM_SUCCEED, vmclear(vm.vmcs));
	evmcs_over();
	check_eq("vmptrld", VM_SUCCEED, vmptrld(vm.vmcs));
	vm.launched = false;
	vm_expect("launched again", X_VMCALL);
}
