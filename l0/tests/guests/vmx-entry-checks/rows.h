/* SPDX-License-Identifier: Apache-2.0 */
/* A row: from a valid VMCS, a few changes, and what the entry must answer. */
#ifndef ROWS_H
#define ROWS_H

#include "vmx.h"

enum answer {
	OK = X_VMCALL,
	EXCEPTION = X_EXCEPTION,
	BAD_CONTROL = VM_FAIL_VALID | E_CONTROLS,
	BAD_HOST = VM_FAIL_VALID | E_HOST_STATE,
	BAD_GUEST = (int)(ENTRY_FAILED | X_GUEST_STATE),
	BAD_MSR = (int)(ENTRY_FAILED | X_MSR_LOAD),
};

enum operation { NONE, SET, OR, CLEAR };

struct change {
	enum field field;
	enum operation operation;
	uint64_t value;
};

struct row {
	const char *name;
	struct change changes[5];
	enum answer answer;
	uint8_t qualification;   /* of a failed entry */
	enum control_word needs; /* the row counts only where the processor allows these bits */
	uint32_t bits;
	enum answer engine; /* where the engine differs from the manual: what it says */
};

/* The forms that rows take; the changes come last. */
#define ROW(name, answer, ...)                                                                     \
	{                                                                                          \
		name, {__VA_ARGS__}, answer, 0, WORD_ALWAYS, 0, 0                                  \
	}
#define ROW_IF(word, bits, name, answer, qualification, ...)                                       \
	{                                                                                          \
		name, {__VA_ARGS__}, answer, qualification, word, bits, 0                          \
	}
#define ROW_ERRATUM(name, answer, engine, ...)                                                     \
	{                                                                                          \
		name, {__VA_ARGS__}, answer, 0, WORD_ALWAYS, 0, engine                             \
	}
#define ROW_IF_ERRATUM(word, bits, name, answer, engine, ...)                                      \
	{                                                                                          \
		name, {__VA_ARGS__}, answer, 0, word, bits, engine                                 \
	}

#define ROWS(rows) run_rows(rows, ARRAY_SIZE(rows))
void run_rows(const struct row *rows, unsigned int count);
/* What L2 runs: leaves at once. */
void l2_leave(void);

#define BEYOND       BIT(51) /* above every physical-address width in use here */
#define NONCANONICAL BIT(60)

#endif
