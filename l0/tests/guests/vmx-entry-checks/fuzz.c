// SPDX-License-Identifier: Apache-2.0
// Nonsense in every field: the machine lives, and the answers are the same wherever this runs.
#include "rows.h"

/*
 * Excluded is what makes a processor lose L1 itself, as the manual allows: where L1 goes on after
 * an exit, and lists that end in a VMX abort or that write to memory of L1's own choice.
 */
static bool excluded(enum field field)
{
	static const enum field fields[] = {HOST_RSP, HOST_RIP, HOST_CR3, EXIT_MSR_LOAD_COUNT,
					    EXIT_MSR_STORE_COUNT};

	for (unsigned int i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i] == field)
			return true;
	return false;
}

/* Bochs 2.7, which has no monitor trap flag, ends at an event of type 7. */
static uint64_t tamed_event(uint64_t event)
{
	if (control_allowed(WORD_PROC).may & PROC_MTF)
		return event;
	return ((event >> 8) & 7) == EVENT_OTHER ? event & ~BIT(8) : event;
}

/* Values of a field that lose L1, or never come back, lose only those bits. */
static uint64_t tamed(enum field field, uint64_t value)
{
	switch (field) {
	case EPTP:
		return value & ~BIT(6); /* accessed and dirty bits would be written anywhere */
	case ENTRY_EVENT:
		return tamed_event(value);
	case HOST_CR4:
		return value & ~BIT(12); /* five-level paging with four-level tables */
	case GUEST_ACTIVITY:
		return value == 3 ? 4 : value; /* wait-for-SIPI waits for ever on one processor */
	/* Checks that the engine leaves out (see guest.c) would make the answers differ. */
	case GUEST_RIP:
		return value & BITS(46, 0);
	case GUEST_RFLAGS:
		return value & ~RFLAGS_TF;
	case GUEST_PENDING_DEBUG:
		return value & 0xffffbfff;
	case GUEST_DEBUGCTL:
		return value & 3;
	case ENTRY_CONTROLS:
		return value & ~(uint64_t)ENTRY_SMM;
	/* Bochs 3.0 multiplies a list's length in 32 bits; the list itself must not be firmware's.
	 */
	case ENTRY_MSR_LOAD_COUNT:
		return value & 0xfffffff;
	case ENTRY_MSR_LOAD:
		return value | BIT(36);
	default:
		return value;
	}
}

static uint64_t seed;

/* xorshift64: the same sequence everywhere. */
static uint64_t random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint64_t nonsense(uint64_t old, unsigned int kind)
{
	switch (kind) {
	case 0:
		return ~0ULL;
	case 1:
		return old ? 0 : 1;
	case 2:
		return random();
	case 3:
		return random() & 0xffffffff;
	case 4:
		return old + 1;
	default:
		return old ^ BIT(random() % 64);
	}
}
enum { KINDS = 8 };

static uint64_t digest;

/*
 * FNV-1a over the answer; of a failed entry also its qualification. With several faults at once the
 * manual leaves open which of them is told (27.2, 27.3), and only the kind of answer counts.
 */
static void add_answer(uint32_t answer, bool several)
{
	uint64_t v = answer;

	if (!several && (answer & ENTRY_FAILED))
		v |= vmread(EXIT_QUALIFICATION) << 32;
	if (several && (answer & VM_FAIL_VALID))
		v = VM_FAIL_VALID;
	for (unsigned int i = 0; i < 8; i++)
		digest = (digest ^ ((v >> (8 * i)) & 0xff)) * 0x100000001b3;
}

/*
 * What counts in the digest: not the fields and control words of which an L0 may offer less. They
 * are entered all the same.
 */
static bool counts(const struct field_row *row)
{
	switch ((enum field)row->encoding) {
	case PIN_CONTROLS:
	case PROC_CONTROLS:
	case EXIT_CONTROLS:
	case ENTRY_CONTROLS:
	case CR3_TARGET_COUNT:
		return false;
	default:
		return row->word == WORD_ALWAYS;
	}
}

static bool architectural(uint32_t answer)
{
	if (answer & VM_FAIL_VALID)
		return answer == BAD_CONTROL || answer == BAD_HOST;
	if (answer & ENTRY_FAILED)
		return (answer & 0xffff) == X_GUEST_STATE || (answer & 0xffff) == X_MSR_LOAD;
	return !(answer & VM_FAIL_INVALID) && (answer & 0xffff) < 70;
}

static uint64_t clean_cr0, clean_cr4;

/* L2 may read the image and the pool, and write nothing: it harms nothing and sees no firmware. */
static void restrict_ept(void)
{
	uint64_t *pt = page_alloc();

	if (!vm.ept)
		return;
	for (uint64_t i = 256; i < 512; i++)
		pt[i] = (i << 12) | 0x35;
	for (uint64_t i = 0; i < 2048; i++)
		vm.ept_pd[i] = i < 32 ? (i << 21) | 0xb5 : 0;
	vm.ept_pd[0] = address_of(pt) | 7;
}

/* A list whose first entry fails, for nonsense counts; its address is else that of firmware. */
static void prepare_list(void)
{
	uint64_t *list = page_alloc();

	list[0] = ~0ULL;
	vmwrite(ENTRY_MSR_LOAD, address_of(list));
}

static void prepare(void)
{
	write_cr0(clean_cr0);
	write_cr4(clean_cr4);
	page_reset();
	vm_setup(l2_leave);
	restrict_ept();
	prepare_list();
	vm_guard(20000);
}

static void enter(const char *name, uint64_t value, bool counted, bool several)
{
	uint32_t answer = vm_run();

	if (!architectural(answer))
		check_eq(name, X_VMCALL, answer);
	if (counted)
		add_answer(answer, several);
	if (option("verbose"))
		print("%s %lx: %x %lx\n", name, value, answer,
		      answer & ENTRY_FAILED ? vmread(EXIT_QUALIFICATION) : 0);
	vmclear(vm.vmcs);
}

static void start(uint64_t first)
{
	seed = first;
	digest = 0xcbf29ce484222325;
	clean_cr0 = read_cr0();
	clean_cr4 = read_cr4();
}

static void end(const char *what)
{
	write_cr0(clean_cr0);
	write_cr4(clean_cr4);
	trap_reload();
	print("INFO digest %s %16lx\n", what, digest);
}

/* Each field of the type alone, with every kind of nonsense. */
static void one_at_a_time(unsigned int type, const char *what)
{
	if (!vmx_begin())
		return;
	start(0);
	for (unsigned int i = 0; i < field_count; i++) {
		const struct field_row *row = &field_rows[i];
		enum field field = (enum field)row->encoding;

		if (!field_exists(row) || field_type(row->encoding) != type || excluded(field))
			continue;
		/* Each field has its own sequence: one that is missing shifts no other. */
		seed = 0x7e57d0 + row->encoding;
		for (unsigned int kind = 0; kind < KINDS; kind++) {
			uint64_t value;

			prepare();
			value = tamed(field, nonsense(vmread(field), kind));
			vmwrite(field, value);
			enter(row->name, value, counts(row), false);
		}
	}
	end(what);
}

TEST(nonsense_controls)
{
	one_at_a_time(TYPE_CONTROL, "controls");
}

TEST(nonsense_host)
{
	one_at_a_time(TYPE_HOST, "host");
}

TEST(nonsense_guest)
{
	one_at_a_time(TYPE_GUEST, "guest");
}

/* What keeps L2 from running for ever or beside its EPT stays as it is. */
static bool kept(enum field field)
{
	return excluded(field) || field == PIN_CONTROLS || field == PREEMPTION_TIMER ||
	       field == PROC_CONTROLS || field == PROC2_CONTROLS || field == EPTP;
}

/* Two to six fields at once, of all types. */
TEST(nonsense_together)
{
	if (!vmx_begin())
		return;
	start(0x7e57d7);
	for (unsigned int round = 0; round < 400; round++) {
		uint64_t value, changes = 2 + random() % 5;

		prepare();
		while (changes) {
			const struct field_row *row = &field_rows[random() % field_count];
			enum field field = (enum field)row->encoding;

			if (!counts(row) || kept(field) || field_type(row->encoding) == TYPE_EXIT)
				continue;
			value = tamed(field,
				      nonsense(vmread(field), (unsigned int)(random() % KINDS)));
			vmwrite(field, value);
			if (option("verbose"))
				print("%s=%lx ", row->name, value);
			changes--;
		}
		enter("round", round, true, true);
	}
	end("together");
}

/* Afterwards an ordinary L2 still runs. */
TEST(nonsense_survived)
{
	if (!vmx_begin())
		return;
	vm_setup(l2_leave);
	vm_expect("an ordinary L2", X_VMCALL);
}
