// SPDX-License-Identifier: Apache-2.0
// Micro-benchmarks as a multiboot 1 program: on the bare machine, as L1, or as L2.
#include "apic.h"
#include "cpus.h"
#include "idt.h"
#include "machine.h"
#include "measure.h"
#include "memory.h"
#include "multiboot.h"
#include "options.h"

void micro_main(uint32_t magic, const struct multiboot_info *info);

static _Noreturn void refuse(const char *what, const char *word)
{
	static struct line why, line;

	line_text(&why, what);
	line_text(&why, word);
	error_line(&line, NULL, why.text);
	channel_send(&line);
	machine_end(1);
}

void micro_main(uint32_t magic, const struct multiboot_info *info)
{
	static struct options options;
	const char *words = "";

	idt_init();
	if (magic != MULTIBOOT_LOADER_MAGIC)
		refuse("not started by a multiboot 1 loader", "");
	if (info->flags & MULTIBOOT_HAS_CMDLINE)
		words = (const char *)(uint64_t)info->cmdline;
	if (!options_parse(&options, words))
		refuse("unknown word on the command line: ", options.wrong);
	machine_end_by(options.end);
	memory_init(info);
	if (!apic_init() && options.cpus > 1)
		refuse("no local APIC: cpus=1 alone", "");
	if (cpus_start(options.cpus) != options.cpus)
		refuse("fewer processors answer than cpus= says", "");
	machine_end(measure_all(&options, channel_send, serial_say) ? 0 : 1);
}
