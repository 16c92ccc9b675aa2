// SPDX-License-Identifier: Apache-2.0
#include "evmcs.h"

/* The layout, by encodings. */
enum {
#define X(code, NAME, name, width, access, group, rule, exists) code_##name = code,
#include "../../../../vmcs-merge/fields.def"
#undef X
};

const struct evmcs_place evmcs_places[] = {
#define EVMCS_GROUP(group)
#define EVMCS_FIELD(name, offset, bits, kind) {code_##name, offset, bits / 8},
#define EVMCS_END
#include "../../../../vmcs-merge/evmcs.def"
};
const unsigned int evmcs_place_count = ARRAY_SIZE(evmcs_places);

asm(".text\n"
    ".globl evmcs_enter\n"
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

bool hyperv_offered(void)
{
	return CATCH(rdmsr(HV_GUEST_OS_ID)) == NO_FAULT;
}

void evmcs_fill(uint8_t *page)
{
	for (unsigned int i = 0; i < evmcs_place_count; i++) {
		const struct evmcs_place *p = &evmcs_places[i];
		uint64_t value = 0;

		if (vmread_status(p->encoding, &value) != VM_SUCCEED)
			continue;
		for (unsigned int byte = 0; byte < p->bytes; byte++)
			page[p->offset + byte] = (uint8_t)(value >> 8 * byte);
	}
	*(uint32_t *)(void *)page = 1;
}

void evmcs_use(uint8_t *assist, uint8_t *page)
{
	wrmsr(HV_VP_ASSIST_PAGE, address_of(assist) | 1);
	*(volatile uint64_t *)(assist + ASSIST_CURRENT) = address_of(page);
	*(volatile uint8_t *)(assist + ASSIST_ENLIGHTEN) = 1;
}
