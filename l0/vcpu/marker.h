/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VCPU_MARKER_H
#define VCPU_MARKER_H

/* CPUID leaves that every level may use to mark a measurement (design: "Measuring"). */
#define MARKER_LEAF 0x54530000u
enum marker { MARKER_IDENTIFY, MARKER_BEGIN, MARKER_END, MARKER_COUNT };

#endif
