/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SELFTEST_H
#define SELFTEST_H

/*
 * L0 does on purpose what a defect of its own would do, and must end with a line that says so (knob
 * selftest): "code" writes to its code, "stack" overflows its stack; "none" does nothing.
 */
void selftest(const char *what);

/* "sealed": it writes to @variable, which is SEALED, and sealed by now. */
void selftest_sealed(const char *what, volatile void *variable);

#endif
