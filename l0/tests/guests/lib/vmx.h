/* SPDX-License-Identifier: Apache-2.0 */
/* VMX for tests: instructions with their status, capabilities, and one L2 to enter. */
#ifndef VMX_H
#define VMX_H

#include "guest.h"
#include "processor.h"
#include "trap.h"

enum field {
#define FIELD(name, encoding, exists) name = encoding,
#include "fields.def"
#undef FIELD
};

/* ---- status of a VMX instruction: SDM vol. 3, "conventions" of the VMX instruction reference ----
 */

enum {
	VM_SUCCEED = 0,
	VM_FAIL_INVALID = 0x10000, /* CF: no current VMCS to hold a number */
	VM_FAIL_VALID = 0x20000,   /* ZF: the number is added */
	ENTRY_FAILED = 0x80000000, /* exit reason bit 31 */
};
#define VM_FAIL(number) (VM_FAIL_VALID | (number))

enum vm_error {
	E_VMCALL_IN_ROOT = 1,
	E_VMCLEAR_ADDRESS = 2,
	E_VMCLEAR_VMXON = 3,
	E_LAUNCH_NOT_CLEAR = 4,
	E_RESUME_NOT_LAUNCHED = 5,
	E_CONTROLS = 7,
	E_HOST_STATE = 8,
	E_VMPTRLD_ADDRESS = 9,
	E_VMPTRLD_VMXON = 10,
	E_VMPTRLD_REVISION = 11,
	E_UNSUPPORTED_FIELD = 12,
	E_READ_ONLY_FIELD = 13,
	E_VMXON_IN_ROOT = 15,
	E_MOV_SS = 26,
	E_INVEPT_OPERAND = 28,
};

/* CF and ZF of `text`, made into a status; the number is read from the current VMCS. */
uint32_t vm_status(bool cf, bool zf);
#define VMX_INSTRUCTION(text, ...)                                                                 \
	({                                                                                         \
		bool cf_, zf_;                                                                     \
		asm volatile(text : "=@ccc"(cf_), "=@ccz"(zf_) : __VA_ARGS__ : "memory");          \
		vm_status(cf_, zf_);                                                               \
	})

static inline uint32_t vmxon(uint64_t pa)
{
	return VMX_INSTRUCTION("vmxon %2", "m"(pa));
}

static inline uint32_t vmxoff(void)
{
	bool cf, zf;

	asm volatile("vmxoff" : "=@ccc"(cf), "=@ccz"(zf)::"memory");
	return cf ? VM_FAIL_INVALID : zf ? VM_FAIL_VALID : VM_SUCCEED;
}

static inline uint32_t vmclear(uint64_t pa)
{
	return VMX_INSTRUCTION("vmclear %2", "m"(pa));
}

static inline uint32_t vmptrld(uint64_t pa)
{
	return VMX_INSTRUCTION("vmptrld %2", "m"(pa));
}

static inline uint64_t vmptrst(void)
{
	uint64_t pa = 0;

	asm volatile("vmptrst %0" : "=m"(pa)::"memory", "cc");
	return pa;
}

static inline uint32_t vmwrite_status(uint64_t field, uint64_t value)
{
	return VMX_INSTRUCTION("vmwrite %2, %3", "r"(value), "r"(field));
}

static inline uint32_t vmread_status(uint64_t field, uint64_t *value)
{
	return VMX_INSTRUCTION("vmread %3, %2", "m"(*value), "r"(field));
}

struct inv_descriptor {
	uint64_t first, second; /* INVEPT: EPTP, 0; INVVPID: VPID, address */
};

static inline uint32_t invept(uint64_t type, uint64_t eptp, uint64_t reserved)
{
	struct inv_descriptor d = {eptp, reserved};

	return VMX_INSTRUCTION("invept %2, %3", "m"(d), "r"(type));
}

static inline uint32_t invvpid(uint64_t type, uint64_t vpid, uint64_t address)
{
	struct inv_descriptor d = {vpid, address};

	return VMX_INSTRUCTION("invvpid %2, %3", "m"(d), "r"(type));
}

/* Access that must succeed: a failure is a failure of the running test. */
uint64_t vmread(enum field field);
void vmwrite(enum field field, uint64_t value);

/* ---- capabilities ---- */

enum control_word {
	WORD_ALWAYS,
	WORD_PIN,
	WORD_PROC,
	WORD_PROC2,
	WORD_EXIT,
	WORD_ENTRY,
	WORD_CR3_TARGETS
};

struct allowed {
	uint32_t must; /* must be 1 */
	uint32_t may;  /* may be 1 */
};
struct allowed control_allowed(enum control_word word);

struct field_row {
	const char *name;
	uint32_t encoding;
	enum control_word word; /* the control that brings the field into being */
	unsigned int bit;
};
extern const struct field_row field_rows[];
extern const unsigned int field_count;
bool field_exists(const struct field_row *row);

static inline unsigned int field_width(uint32_t encoding)
{
	static const uint8_t bits[] = {16, 64, 32, 64};

	return bits[(encoding >> 13) & 3];
}

static inline unsigned int field_type(uint32_t encoding)
{
	return (encoding >> 10) & 3;
}
enum { TYPE_CONTROL, TYPE_EXIT, TYPE_GUEST, TYPE_HOST };

/* True when the processor has VMX and firmware (or this call) allows it. */
bool vmx_available(void);
/* Sets what CR0 and CR4 must have and executes VMXON, on the processor that calls; its status. */
uint32_t vmx_enter_root(uint64_t region);
/* Turns VMX on unless it is; skips the running test and returns false where there is none. */
bool vmx_begin(void);
extern uint64_t vmxon_region;
uint32_t vmcs_revision(void);
/* A page with the revision in its first word. */
uint64_t vmcs_alloc(void);

/* ---- one L2 ---- */

enum { RAX, RCX, RDX, RBX, RSP_UNUSED, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

struct vm {
	uint64_t regs[16];
	bool launched;
	uint64_t vmcs;
	uint64_t *ept, *ept_pdpt, *ept_pd; /* identity, 4 GiB by 2 MiB */
	uint8_t *msr_bitmap, *io_bitmap;
	uint64_t stack; /* top */
};
extern struct vm vm;

/*
 * A fresh current VMCS: host state as now; L2 in 64-bit mode at `entry` with a stack and log
 * table of its own, EPT one to one where there is EPT, MSR bitmap all clear. L2 leaves by VMCALL.
 */
void vm_setup(void (*entry)(void));
/* Writes these fields again into the current VMCS, for an L2 at `entry`; EPT stays as it is. */
void vm_fill(uint64_t entry);
/* Enters L2; the exit reason with its high bits, or a VM_FAIL status. */
uint32_t vm_run(void);
/* The same for a copy of `vm` whose VMCS is current, on any processor; vm_guard() is not for it. */
uint32_t vm_run_one(struct vm *one);
/*
 * The most ticks that each entry until vm_setup() stays in L2: then it comes back with exit reason
 * 52, also where the processor has no preemption timer; there the test must want no interrupts.
 */
void vm_guard(uint64_t ticks);
/* Enters, and checks the exit reason; false and a failed test if it is another. */
bool vm_expect(const char *what, uint32_t reason);
/* Moves L2 past the instruction that exited. */
void vm_skip(void);
/* Sets (clears) control bits if the processor has them; false if not. */
bool vm_set(enum control_word word, uint32_t bits);
void vm_clear(enum control_word word, uint32_t bits);

#define NEED(condition, why)                                                                       \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			skip(why);                                                                 \
			return;                                                                    \
		}                                                                                  \
	} while (0)

static inline void hypercall(uint64_t number)
{
	asm volatile("vmcall" ::"a"(number) : "memory");
}

/* Starts L2 code in naked assembly, for tests that need to know each instruction. */
#define L2_CODE(name, text)                                                                        \
	void name(void);                                                                           \
	asm(".text\n.balign 16\n.globl " #name "\n" #name ":\n" text "\n\tvmcall\n\thlt\n")

/* ---- control bits ---- */

enum {
	PIN_EXTERNAL = 1 << 0,
	PIN_NMI = 1 << 3,
	PIN_VIRTUAL_NMI = 1 << 5,
	PIN_TIMER = 1 << 6,
	PROC_INTERRUPT_WINDOW = 1 << 2,
	PROC_TSC_OFFSET = 1 << 3,
	PROC_HLT = 1 << 7,
	PROC_INVLPG = 1 << 9,
	PROC_MWAIT = 1 << 10,
	PROC_RDPMC = 1 << 11,
	PROC_RDTSC = 1 << 12,
	PROC_CR3_LOAD = 1 << 15,
	PROC_CR3_STORE = 1 << 16,
	PROC_CR8_LOAD = 1 << 19,
	PROC_CR8_STORE = 1 << 20,
	PROC_TPR_SHADOW = 1 << 21,
	PROC_NMI_WINDOW = 1 << 22,
	PROC_MOV_DR = 1 << 23,
	PROC_IO_ALL = 1 << 24,
	PROC_IO_BITMAP = 1 << 25,
	PROC_MTF = 1 << 27,
	PROC_MSR_BITMAP = 1 << 28,
	PROC_MONITOR = 1 << 29,
	PROC_PAUSE = 1 << 30,
	PROC2_EPT = 1 << 1,
	PROC2_DESCRIPTOR = 1 << 2,
	PROC2_RDTSCP = 1 << 3,
	PROC2_VPID = 1 << 5,
	PROC2_WBINVD = 1 << 6,
	PROC2_UNRESTRICTED = 1 << 7,
	PROC2_RDRAND = 1 << 11,
	PROC2_INVPCID = 1 << 12,
	PROC2_RDSEED = 1 << 16,
	PROC2_XSAVES = 1 << 20,
	EXIT_SAVE_DEBUG = 1 << 2,
	EXIT_HOST_64 = 1 << 9,
	EXIT_ACK = 1 << 15,
	EXIT_SAVE_PAT = 1 << 18,
	EXIT_LOAD_PAT = 1 << 19,
	EXIT_SAVE_EFER = 1 << 20,
	EXIT_LOAD_EFER = 1 << 21,
	EXIT_SAVE_TIMER = 1 << 22,
	ENTRY_LOAD_DEBUG = 1 << 2,
	ENTRY_IA32E = 1 << 9,
	ENTRY_SMM = 1 << 10,
	ENTRY_LOAD_PAT = 1 << 14,
	ENTRY_LOAD_EFER = 1 << 15,
};
#define PROC_SECONDARY 0x80000000U

enum exit_reason {
	X_EXCEPTION = 0,
	X_EXTERNAL = 1,
	X_TRIPLE_FAULT = 2,
	X_INTERRUPT_WINDOW = 7,
	X_NMI_WINDOW = 8,
	X_TASK_SWITCH = 9,
	X_CPUID = 10,
	X_HLT = 12,
	X_INVD = 13,
	X_INVLPG = 14,
	X_RDPMC = 15,
	X_RDTSC = 16,
	X_VMCALL = 18,
	X_VMCLEAR = 19,
	X_VMLAUNCH = 20,
	X_VMPTRLD = 21,
	X_VMPTRST = 22,
	X_VMREAD = 23,
	X_VMRESUME = 24,
	X_VMWRITE = 25,
	X_VMXOFF = 26,
	X_VMXON = 27,
	X_CR = 28,
	X_DR = 29,
	X_IO = 30,
	X_RDMSR = 31,
	X_WRMSR = 32,
	X_GUEST_STATE = 33,
	X_MSR_LOAD = 34,
	X_MWAIT = 36,
	X_MTF = 37,
	X_MONITOR = 39,
	X_PAUSE = 40,
	X_TPR = 43,
	X_GDTR_IDTR = 46,
	X_LDTR_TR = 47,
	X_EPT_VIOLATION = 48,
	X_EPT_MISCONFIG = 49,
	X_INVEPT = 50,
	X_RDTSCP = 51,
	X_TIMER = 52,
	X_INVVPID = 53,
	X_WBINVD = 54,
	X_XSETBV = 55,
	X_RDRAND = 57,
	X_INVPCID = 58,
};

/* Interruption information: valid, type, vector, error code delivered. */
#define EVENT(type, vector) (BIT(31) | ((uint64_t)(type) << 8) | (uint64_t)(vector))
#define EVENT_ERROR         BIT(11)
enum {
	EVENT_EXTERNAL = 0,
	EVENT_NMI = 2,
	EVENT_EXCEPTION = 3,
	EVENT_SOFT_INT = 4,
	EVENT_PRIVILEGED = 5,
	EVENT_SOFT_EXCEPTION = 6,
	EVENT_OTHER = 7
};

#endif
