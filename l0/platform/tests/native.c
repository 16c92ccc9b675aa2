// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "native.h"

#include <check.h>
#include <string.h>
#include <sys/mman.h>

struct native native;
bool native_avx;

/* For the assembly below alone. */
void native_enter(void);
extern const char native_back[];
uint64_t native_code, native_stack;

/*
 * Registers are loaded and stored by RIP-relative moves, which need no register and leave the flags
 * alone; `native` begins with gpr[16], then rflags at 128, vector at 136.
 */
#define LOAD(reg, at)  "mov native+" #at "(%rip), %" #reg "\n\t"
#define STORE(reg, at) "mov %" #reg ", native+" #at "(%rip)\n\t"
#define GPRS(what)                                                                                 \
	what(rax, 0) what(rcx, 8) what(rdx, 16) what(rbx, 24) what(rbp, 40) what(rsi, 48)          \
		what(rdi, 56) what(r8, 64) what(r9, 72) what(r10, 80) what(r11, 88) what(r12, 96)  \
			what(r13, 104) what(r14, 112) what(r15, 120)

#define YMM_LOAD(n)  "vmovdqu native+136+32*" #n "(%rip), %ymm" #n "\n\t"
#define YMM_STORE(n) "vmovdqu %ymm" #n ", native+136+32*" #n "(%rip)\n\t"
#define XMM_LOAD(n)  "movdqu native+136+32*" #n "(%rip), %xmm" #n "\n\t"
#define XMM_STORE(n) "movdqu %xmm" #n ", native+136+32*" #n "(%rip)\n\t"
#define VECTORS(what)                                                                              \
	what(0) what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8) what(9) what(10)   \
		what(11) what(12) what(13) what(14) what(15)

__asm__(".text\n"
	"native_enter:\n\t"
	"push %rbx\n\tpush %rbp\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\tpush %r15\n\t"
	"testb $1, native_avx(%rip)\n\tjz 1f\n\t" VECTORS(YMM_LOAD) "jmp 2f\n1:\t" VECTORS(
		XMM_LOAD) "2:\tmov %rsp, native_stack(%rip)\n\t"
			  "pushq native+128(%rip)\n\tpopfq\n\t" GPRS(LOAD) LOAD(
				  rsp,
				  32) "jmp *native_code(%rip)\n"
				      "native_back:\n\t" GPRS(STORE) STORE(
					      rsp,
					      32) "mov native_stack(%rip), "
						  "%rsp\n\t"
						  "pushfq\n\tpopq "
						  "native+128(%rip)\n\tcld\n\t"
						  "testb $1, "
						  "native_avx(%rip)\n\tjz "
						  "3f\n\t" VECTORS(
							  YMM_STORE) "vzeroupper\n\tjmp "
								     "4f\n3:\t" VECTORS(
									     XMM_STORE) "4"
											":"
											"\tpop "
											"%"
											"r"
											"1"
											"5"
											"\n\t"
											"p"
											"o"
											"p"
											" "
											"%"
											"r"
											"1"
											"4"
											"\n\t"
											"p"
											"o"
											"p"
											" "
											"%"
											"r"
											"1"
											"3"
											"\n\t"
											"p"
											"o"
											"p"
											" "
											"%"
											"r"
											"1"
											"2"
											"\n\t"
											"p"
											"o"
											"p"
											" "
											"%"
											"r"
											"b"
											"p"
											"\n\t"
											"p"
											"o"
											"p"
											" "
											"%"
											"r"
											"b"
											"x"
											"\n\t"
											"r"
											"e"
											"t"
											"\n");

uint8_t *native_map(void)
{
	void *p = mmap(NULL, 2 * NATIVE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	native_avx = __builtin_cpu_supports("avx");
	return p;
}

void native_run(uint8_t *code, unsigned length)
{
	static const uint8_t jump[] = {0xff, 0x25, 0, 0, 0, 0}; /* jmp *0(%rip) */
	uint64_t back = (uint64_t)(uintptr_t)native_back;

	memcpy(code + length, jump, sizeof(jump));
	memcpy(code + length + sizeof(jump), &back, sizeof(back));
	native_code = (uint64_t)(uintptr_t)code;
	native_enter();
}
