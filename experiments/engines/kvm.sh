#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kvm.sh MEMORY CPUS CONSOLE KERNEL COMMAND-LINE MODULES [CONSOLE-2 [MONITOR]]: becomes the QEMU that runs L0 (a multiboot 1 ELF) or,
# with nothing between, a guest under KVM. MEMORY in MiB; CONSOLE a QEMU character device for COM1;
# CONSOLE-2 one for COM2, a neighbour's, or empty; MODULES as QEMU's -initrd has them ("FILE WORDS,FILE WORDS"), or empty. Port E9H goes to standard
# output, through a serial port where this QEMU is built without the debug console. MONITOR: a terminal for
# COM3, where L0 is asked what its guests do, or empty.
qemu=${TESTUDO_QEMU:-qemu-system-x86_64}
case $("$qemu" -device help 2>&1) in
*isa-debugcon*) channel=isa-debugcon,iobase=0xe9 ;;
*) channel=isa-serial,iobase=0xe9 ;;
esac
memory=$1 cpus=$2 console=$3 kernel=$4 words=$5 modules=$6 second=${7:-} monitor=${8:-}
set -- -machine q35 -accel kvm -cpu host -smp "$cpus" -m "$memory" -nodefaults -no-user-config \
	-display none -no-reboot -serial "$console" ${second:+-serial "$second"} -chardev stdio,id=channel,signal=off \
	-device "$channel,chardev=channel" -kernel "$kernel" -append "$words"
# What a guest without L0 writes to port F4H becomes this process' status, where QEMU has the device.
case $("$qemu" -device help 2>&1) in
*isa-debug-exit*) set -- "$@" -device isa-debug-exit,iobase=0xf4,iosize=4 ;;
esac
[ -z "$monitor" ] || set -- "$@" -chardev serial,id=monitor,path="$monitor" \
	-device isa-serial,chardev=monitor,iobase=0x3e8,irq=4
[ -z "$modules" ] || set -- "$@" -initrd "$modules"
exec "$qemu" "$@"
