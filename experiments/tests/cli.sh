#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The command line's contract: bad input costs exactly one line on stderr, status 2, and leaves
# nothing behind; --help goes to stdout with status 0; a run's end is its status. The engine here is
# fake-bochs.sh, so nothing is emulated.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
testudo=$here/../../testudo
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TMPDIR=$work/tmp TESTUDO_BOCHS=$here/fake-bochs.sh
unset TESTUDO_ENGINE
mkdir "$TMPDIR"
# A multiboot 1 header is all that the image maker asks of a kernel.
printf '\x02\xb0\xad\x1b\x00\x00\x00\x00\xfe\x4f\x52\xe4' > "$work/kernel"
passed=0 failed=0

verdict() {
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL cli: $1: $2"
	fi
}

# What a command left in the private directory, which must be nothing.
leftovers() { find "$TMPDIR" "$work/out"* -mindepth 1 2> /dev/null | head -n 1; }

# refuses PATTERN WORD...: status 2, no output, one line on stderr that matches.
refuses() {
	local pattern=$1 status why=
	shift
	timeout 20 "$testudo" "$@" > "$work/stdout" 2> "$work/stderr" < /dev/null
	status=$?
	[ $status -eq 2 ] || why="status $status"
	[ "$(wc -l < "$work/stderr")" -eq 1 ] || why="$why; $(wc -l < "$work/stderr") lines on stderr"
	grep -q -E -- "$pattern" "$work/stderr" || why="$why; no /$pattern/ in: $(cat "$work/stderr")"
	[ ! -s "$work/stdout" ] || why="$why; words on stdout"
	[ -z "$(leftovers)" ] || why="$why; left $(leftovers)"
	verdict "$*" "$why"
}

# ends STATUS LINES PATTERN WORD...: a boot on the fake engine, which plays what FAKE_BOCHS says.
ends() {
	local wanted=$1 lines=$2 pattern=$3 status why=
	shift 3
	timeout 60 "$testudo" boot $mode --kernel "$work/kernel" "$@" > "$work/stdout" 2> "$work/stderr" < /dev/null
	status=$?
	[ $status -eq "$wanted" ] || why="status $status, not $wanted: $(cat "$work/stderr")"
	[ "$(wc -l < "$work/stderr")" -eq "$lines" ] || why="$why; stderr: $(cat "$work/stderr")"
	grep -q -E -- "$pattern" "$work/stderr" || [ "$lines" -eq 0 ] || why="$why; no /$pattern/ in: $(cat "$work/stderr")"
	[ -z "$(leftovers)" ] || why="$why; left $(leftovers)"
	verdict "FAKE_BOCHS=$FAKE_BOCHS ${FAKE_STOP:-}" "$why"
}

helps() {
	local status why=
	"$testudo" "$@" --help > "$work/stdout" 2> "$work/stderr"
	status=$?
	[ $status -eq 0 ] && grep -q '^usage: testudo' "$work/stdout" && [ ! -s "$work/stderr" ] ||
		why="status $status"
	verdict "$* --help" "$why"
}

huge=99999999999999999999999999
refuses 'no command'
refuses 'unknown command "nonsense"' nonsense
refuses 'unknown command ""' ''
refuses 'unknown option --nonsense' boot --nonsense
refuses 'unexpected word "word"' boot word
refuses 'missing.*No such file' boot --kernel "$work/missing"
refuses 'is not a file' boot --kernel "$work"
refuses '--kernel: the value is empty' boot --kernel ''
refuses '--kernel: the value is missing' boot --kernel
refuses 'missing.*No such file' boot --initrd "$work/missing"
refuses '--l1 and --kernel' boot --l1 linux --kernel "$work/kernel"
refuses 'nowhere.*give an existing file' boot --l1 nowhere
refuses "--timeout: \"$huge\" is not a number from" boot --timeout $huge
refuses '--timeout: "-1" is not a number' boot --timeout -1
refuses '--timeout: "1x" is not a number' boot --timeout 1x
refuses '--timeout: "0" is not a number' boot --timeout 0
refuses '--memory: "1" is not a number' boot --memory 1
refuses 'give --neighbour KERNEL too' boot --neighbour-append x
refuses 'give --neighbour KERNEL too' boot --neighbour-set memory=64
refuses 'leave out --bare' boot --bare --neighbour micro
refuses '--neighbour-set: unknown knob "nonsense"' boot --neighbour micro --neighbour-set nonsense=1
refuses '--neighbour-set memory: "1" is not a number' boot --neighbour micro --neighbour-set memory=1
refuses '--neighbour-console: .* cannot be written' boot --neighbour micro --neighbour-console "$work/missing/x"
refuses '--cpus: "9" is not a number' boot --cpus 9
refuses '--cpus: that is for --bare' boot --cpus 2
refuses '--bare takes no value' boot --bare=yes
refuses 'unknown knob "nonsense"' boot --set nonsense=1
refuses '--console: /nonexistent/x cannot be written: No such file' boot --console /nonexistent/x
refuses '--channel: /nonexistent/x cannot be written: No such file' boot --channel /nonexistent/x
refuses '--channel: .* cannot be written: Is a directory' boot --channel "$work"
refuses 'missing.*No such file' boot --disk "$work/missing"
refuses '--disk-out: there is no disk; give --disk FILE too' boot --disk-out "$work/out.img"
refuses '--disk: L0 makes it; leave out --bare' boot --bare --kernel "$work/kernel" --disk "$work/kernel"
refuses 'has 12 bytes, which is no multiple of 512; make it longer with: truncate' boot --kernel "$work/kernel" --disk "$work/kernel"
refuses 'give --neighbour KERNEL too' boot --neighbour-disk "$work/kernel"
truncate -s 512 "$work/disk"
refuses '--disk-out: .* cannot be written: No such file' boot --kernel "$work/kernel" --disk "$work/disk" --disk-out "$work/missing/x"
refuses '--disk-out: /dev/null is not a file' boot --kernel "$work/kernel" --disk "$work/disk" --disk-out /dev/null
# Knobs that need others (l0/knob_needs.def): before a boot.
for nic in none e1000 function; do
	refuses '--set: only nic=virtio has several queues: use queues=1' boot --set queues=2 --set nic=$nic
done
for nic in none e1000 virtio; do
	refuses '--set: only nic=function has virtual functions: use vfs=0' boot --set nic=$nic --set vfs=1
done
for nic in none e1000; do
	refuses '--set: only PCI Express lies behind a port' boot --set nic=$nic --set nic_behind=port
done
refuses '--set: peer=on and nic=none' boot --set peer=on
refuses '--set: .* nobody serves the page of its registers: use sidecore=on' boot --set viommu=sidecore
refuses '--neighbour-set: .* use sidecore=on' boot --neighbour micro --neighbour-set viommu=sidecore
refuses '--set: profile=yes stops one CPU.s time' boot --set profile=yes --set nic=function
refuses '--vcpus: "9" is not a number' boot --vcpus 9
refuses 'missing.*No such file' boot --kernel "$work/kernel" --initrd "$work/kernel one" --initrd "$work/missing two"
refuses '--initrd: the value is empty' boot --initrd ''
: > "$work/empty"
head -c 40000 /dev/zero | tr '\0' x > "$work/nothing"
gzip -c "$work/nothing" > "$work/nothing.gz"
head -c 30 "$work/nothing.gz" > "$work/cut.gz"
printf '\177ELF\2\1\1' | cat - "$work/nothing" > "$work/elf"
truncate -s 3000M "$work/huge"
refuses 'empty is empty; give a kernel' boot --kernel "$work/empty"
refuses 'nothing is no kernel that can be booted: neither Linux .bzImage, vmlinux. nor multiboot 1 or 2' boot --kernel "$work/nothing"
refuses 'nothing.gz is no kernel that can be booted' boot --kernel "$work/nothing.gz"
refuses 'cut.gz cannot be unpacked: it is cut short or damaged' boot --kernel "$work/cut.gz"
refuses 'elf is an ELF without a multiboot header' boot --bare --kernel "$work/elf"
refuses 'are 3001 MiB, the guest.s memory 1024; give --memory' boot --kernel "$work/kernel" --initrd "$work/huge"
refuses 'are 30[0-9]* MiB, the boot loader takes 768; leave out --bare' boot --bare --l1 linux --initrd "$work/huge" --memory 8192
refuses 'the boot loader takes 3008; make them smaller' boot --kernel "$work/kernel" --initrd "$work/huge" --disk "$work/huge" --memory 8192
truncate -s 3100M "$work/huge"
refuses 'are 3101 MiB, the boot loader takes 3008' boot --kernel "$work/kernel" --initrd "$work/huge" --memory 8192
rm "$work/huge"
refuses 'is not KEY=VALUE' boot --set memory
refuses 'is not KEY=VALUE' boot --set =1
refuses '--set: the value is empty' boot --set ''
refuses '--set memory: "" is not a number' boot --set memory=
refuses "--set memory: \"$huge\"" boot --set memory=$huge
refuses '--set apic: unknown value "nonsense"; there are: x2apic, xapic' boot --set apic=nonsense
refuses 'unknown engine "nonsense"; there are: bochs, fast, stock, kvm' boot --engine nonsense
refuses '--engine: the value is empty' boot --engine ''
refuses 'unknown experiment "nonsense"; testudo list' run nonsense
refuses 'give the name of an experiment .* or --definition' run
refuses 'the name is empty' run ''
refuses 'unknown experiment "\.\./definitions' run ../definitions/exit-multiplication
refuses 'one word too many' run exit-multiplication exit-multiplication
refuses 'unknown knob "nonsense"' run exit-multiplication --set nonsense=1 --out "$work/out"
refuses '--peer: "nonsense" is not known; there are: kvm, kvm-io, kvm-ipi' run exit-multiplication --peer nonsense
refuses '--peer: the value is empty' run exit-multiplication --peer ''
refuses '--peer: the value is missing' run compare-l0 --peer
refuses '--peer: "\.\./peers/kvm" is not known' run compare-l0 --peer ../peers/kvm
refuses '--peer: this experiment has no numbers' run kernbench --peer kvm
refuses '--set charge=turtles-nehalem: the peer runs with charge=none' run exit-multiplication --peer kvm --set charge=turtles-nehalem
refuses '--set memory=512: the peer runs with memory=1024' run compare-l0 --set memory=512
refuses 'the runs of this experiment differ in it' run compare-l0 --set mmu=mdp
refuses '--set: profile=yes and a cost model' run profile --set charge=turtles-nehalem
refuses '--set: profile=yes and a cost model exclude each other: use charge=none' run mmu --set profile=yes
refuses '--set: profile=yes and a cost model' boot --set profile=yes --set charge=turtles-nehalem
refuses '--set: profile=yes steps one CPU: use vcpus=1' boot --set profile=yes --vcpus 2
refuses '--set: a second vCPU starts in real mode' boot --vcpus 3 --set mmu=shadow-on-shadow
refuses '--set: interrupts=posted is for x2APIC mode: use apic=x2apic' boot --set interrupts=posted --set apic=xapic
refuses '--set: mmu=shadow-on-shadow has no posted interrupts' boot --set interrupts=posted --set mmu=shadow-on-shadow
refuses '--set: interrupts=eli is for x2APIC mode: use apic=x2apic' boot --set interrupts=eli --set apic=xapic
refuses '--set: interrupts=eli has its shadow in EPT' boot --set interrupts=eli --set mmu=shadow-on-shadow
# Every definition of ours passes its own check, which comes before that of the knobs.
for definition in "$here"/../definitions/*.json; do
	name=$(basename "$definition" .json)
	refuses 'unknown knob "nonsense"' run "$name" --set nonsense=1
done
refuses '--out: the value is empty' run exit-multiplication --out ''
refuses 'is not a directory' run exit-multiplication --out "$work/kernel"
refuses 'unexpected word' list word
refuses 'unexpected word' doctor word
refuses 'no result in' report "$work/missing"
refuses "no test's name" check-system nonsense
refuses "no long test's name" check-system --long smp-bare
refuses 'the name is missing' table
refuses 'missing cannot be read' table "$work/missing"
refuses 'has no "measure" line' table "$work/kernel"

# defines PATTERN DEFINITION: an experiment of one's own that is refused for that.
defines() {
	printf '%s\n' "$2" > "$work/own.json"
	refuses "$1" run --definition "$work/own.json" --out "$work/out"
}
one='{"level":"L1","l0":"testudo","kernel":"micro"}'
refuses 'or --definition' run mmu --definition "$work/kernel"
refuses 'missing.*No such file' run --definition "$work/missing"
cp "$work/kernel" "$work/own name.json"
refuses 'name the file with letters' run --definition "$work/own name.json"
defines 'own.json line 2: ' '{'
defines 'has no "runs"' '{}'
defines '"runs" is empty' '{"runs":[]}'
defines '"runs" of the definition is not an array' '{"runs":1}'
defines 'run 1 is not an object' '{"runs":[1]}'
defines '"runz" of the definition is not known' '{"runz":[]}'
defines 'run 1 has no "l0"' '{"runs":[{"level":"L1"}]}'
defines 'run 2 has no "kernel"' "{\"runs\":[$one,{\"level\":\"L1\",\"l0\":\"none\"}]}"
defines '"l0" of run 1 is "kvm"; there are: testudo, none' "{\"runs\":[${one/testudo/kvm}]}"
defines '"ends" of run 1 is "never"' "{\"runs\":[${one/\}/,\"ends\":\"never\"\}}]}"
defines '"status" of run 1 is not a whole number' "{\"runs\":[${one/\}/,\"status\":\"0\"\}}]}"
defines '"knobs" of run 1 are texts' "{\"runs\":[${one/\}/,\"knobs\":[1]\}}]}"
defines '"neighbour" of run 1 is not an object' "{\"runs\":[${one/\}/,\"neighbour\":1\}}]}"
defines 'the neighbour of run 1 has no "kernel"' "{\"runs\":[${one/\}/,\"neighbour\":{\}\}}]}"
defines 'the neighbour of run 1 needs "l0"' "{\"runs\":[${one/testudo\",/none\",\"neighbour\":{\"kernel\":\"micro\"\},}]}"
defines 'operation "x" is not known' "{\"operations\":[\"x\"],\"runs\":[$one]}"
goal='{"goal":"it","operation":"cpuid","quantity":"ticks_min","at_most":1}'
defines 'goal 1 is not an object' "{\"goals\":[1],\"runs\":[$one]}"
defines 'goal 1 has no "quantity"' "{\"goals\":[{\"goal\":\"it\"}],\"runs\":[$one]}"
defines '"at_mots" of goal 2 is not known' "{\"goals\":[$goal,${goal/most/mots}],\"runs\":[$one]}"
defines 'operation "x" of goal 1' "{\"goals\":[${goal/cpuid/x}],\"runs\":[$one]}"
defines 'quantity "x" of goal 1' "{\"goals\":[${goal/ticks_min/x}],\"runs\":[$one]}"
defines 'goal 1 needs one of at_most, at_least' "{\"goals\":[${goal/,\"at_most\":1/}],\"runs\":[$one]}"
defines 'goal 1 needs one of at_most, at_least' "{\"goals\":[${goal/\}/,\"at_least\":1\}}],\"runs\":[$one]}"
defines '"at_most" of goal 1 is less than 0' "{\"goals\":[${goal/:1/:-1}],\"runs\":[$one]}"
defines '"at_least" of goal 1 is not a whole number' "{\"goals\":[${goal/most\":1/least\":\"1\"}],\"runs\":[$one]}"
defines 'not of both' "{\"goals\":[${goal/\"at_most\":1/\"part_of_peer\":1,\"of_run\":\"x\"}],\"runs\":[$one]}"
defines 'table "x" is not known' "{\"table\":\"x\",\"runs\":[$one]}"
defines 'figure "x" is not in' "{\"figure\":\"x\",\"runs\":[$one]}"
defines 'published "x" is not in' "{\"published\":\"x\",\"runs\":[$one]}"
defines 'nowhere is missing' "{\"runs\":[${one/micro/nowhere}]}"
refuses 'unknown.*\?' $'bad\nname'
TESTUDO_BOCHS=$work/missing refuses 'engine "fast" is not here' boot --engine fast --bare --kernel "$work/kernel"
TMPDIR=$work/missing refuses 'set TMPDIR' boot --engine fast --bare --kernel "$work/kernel"

for command in '' doctor list run boot report table check-system; do
	helps $command
done

# stops STATUS LINES PATTERN STOP-LINE: the same under L0, whose stop line is this.
stops() { FAKE_BOCHS=stop FAKE_STOP=$4 ends "$1" "$2" "$3"; }

export FAKE_BOCHS FAKE_STOP
mode=--bare
FAKE_BOCHS=end ends 0 0 ''
FAKE_BOCHS=poweroff ends 0 0 ''
FAKE_BOCHS=garbage ends 0 0 ''
FAKE_BOCHS=die ends 108 1 'the engine ended'
FAKE_BOCHS=crash ends 108 1 'died by signal 11'
FAKE_BOCHS=hang ends 124 1 'time-out: .*--timeout' --timeout 1
FAKE_BOCHS=linger ends 0 0 ''
FAKE_BOCHS=stop FAKE_STOP='{"t":"end","why":"debug-exit","status":21}' ends 43 0 ''
FAKE_BOCHS=stop FAKE_STOP='{"t":"stop","why":"poweroff"}' ends 108 1 'the engine ended'

mode=
stops 0 0 '' '{"t":"stop","why":"poweroff","status":0}'
stops 1 0 '' '{"t":"stop","why":"debug-exit","status":0}'
stops 43 0 '' '{"t":"stop","why":"debug-exit","status":21}'
stops 255 0 '' '{"t":"stop","why":"debug-exit","status":4294967295}'
stops 100 1 'reboot' '{"t":"stop","why":"reboot"}'
stops 102 1 'triple fault' '{"t":"stop","why":"triple-fault","detail":""}'
stops 112 1 'halted for ever: vCPU 0' '{"t":"stop","why":"halted","detail":"vCPU 0 at rip 1"}'
stops 104 1 'unsupported: L1 CRASH' '{"t":"stop","why":"unsupported","detail":"L1 CRASH"}'
stops 106 1 'error: no' '{"t":"stop","why":"error","detail":"no","status":"x"}'
stops 106 1 'unknown reason "nonsense"' '{"t":"stop","why":"nonsense"}'
stops 106 1 'error' '{"t":"stop"}'
# A neighbour's end is told, and ends nothing.
stops 0 1 'the neighbour ended by triple-fault: L1 at 5' '{"t":"stop","why":"triple-fault","detail":"L1 at 5","machine":1}'$'\n''{"t":"stop","why":"poweroff","machine":0}'
stops 108 2 'the engine ended' '{"t":"stop","why":"poweroff","machine":1}'
FAKE_BOCHS=end ends 108 1 'the engine ended'

# The disk comes back whole or not at all: blocks, and how many they were. "AQI=" are bytes 1 and 2.
truncate -s 8192 "$work/disk"
block='{"t":"disk","machine":0,"at":4096,"size":4096,"data":"AQI="}' off='{"t":"stop","why":"poweroff","status":0}'
whole='{"t":"disk","machine":0,"changed":1,"of":8192}'
# disk STATUS LINES PATTERN STOP-LINES...: a boot with a disk on the fake engine, which says those lines.
disk() {
	local IFS=$'\n'
	rm -f "$work/disk.out"
	FAKE_BOCHS=stop FAKE_STOP="${*:4}" ends "$1" "$2" "$3" --disk "$work/disk" --disk-out "$work/disk.out"
	[ -z "$(find "$work" -name 'disk.out.new*')" ] && verdict 'nothing half-written' '' || verdict 'nothing half-written' "$(ls "$work")"
}
disk 0 0 '' "$block" "$whole" "$off"
head -c 4096 /dev/zero | cat - <(printf '\1\2') <(head -c 4094 /dev/zero) | cmp -s - "$work/disk.out" &&
	verdict 'the changed disk' '' || verdict 'the changed disk' "$(od -A d -t x1 "$work/disk.out" | head)"
disk 110 1 'not written: the machine did not end by itself' "$block" "$off"
disk 110 1 'not written: the machine did not end by itself' "$block" "$block" "$whole" "$off"
disk 110 1 'not written: a changed block could not be taken' "${block/4096/8192}" "$whole" "$off"
disk 110 1 'not written: a changed block could not be taken' "${block/AQI=/A}" "$whole" "$off"
disk 108 2 'not written: the machine did not end' "$block"
disk 110 1 'not written: the machine did not end' "${block/\"machine\":0/\"machine\":1}" "guest> $block" "guest> $whole" "$off"
FAKE_BOCHS=hang ends 124 3 'not written: the machine did not end by itself' --timeout 1 --disk "$work/disk" --disk-out "$work/disk.out"
[ ! -e "$work/disk.out" ] && verdict 'no disk of a failed run' '' || verdict 'no disk of a failed run' 'it is there'

# At a time-out L0 is asked what its guests do, and hurried; one that says nothing gets a line.
FAKE_BOCHS=hang ends 124 2 'L0 does not say what the guest does' --timeout 1
asked() { FAKE_BOCHS=asked ends 124 15 "$1" --timeout 1 --channel "$work/asked"; }
asked '^testudo: machine 0, vCPU 0, tick 1000: level 1, active'
asked '^  rip fffdn cs_base n/a'
asked '^  no exit since'
asked '^testudo: machine 0, vCPU 1, tick 1000: level 2, hlt'
asked '^  cr0 n/a cr3 cafe'
asked '^ *600 +2 CPUID +bee0 7$'
asked '^  counted so far: 900 ticks, l0 9'
asked '^ *3 of level 2 for CPUID +8 ticks of L0'
grep -q '^{"t":"state".*"vcpu":1' "$work/asked" && verdict 'the state is on the channel' '' ||
	verdict 'the state is on the channel' "$(cat "$work/asked")"

# What the console still has to say when the run's end is told is not lost, though it takes longer
# than the engine's grace.
FAKE_BOCHS=late ends 1 0 ''
grep -q 'last words' "$work/stdout" && verdict 'the last words on the console' '' ||
	verdict 'the last words on the console' "$(cat "$work/stdout")"

# A compressed kernel is unpacked for the boot and nothing of it stays.
cp "$work/kernel" "$work/kernel.plain"
gzip -c "$work/kernel.plain" > "$work/kernel"
FAKE_STOP='{"t":"stop","why":"poweroff"}' FAKE_BOCHS=stop ends 0 0 ''
mv "$work/kernel.plain" "$work/kernel"

# The channel's file has the channel's lines alone, each with one mark; without L0 all are the guest's.
banner=$(printf '=%.0s' {1..72})
said=$banner$'\n'" Bochs"$'\n'"$banner"$'\n''x{"t":"boot"}'$'\n''<bochs:1>'$'\n''guest> a b'$'\n''guest> guest> c'$'\n''{"t":"stop","why":"poweroff"}'
FAKE_STOP=$said FAKE_BOCHS=stop ends 0 0 '' --channel "$work/lines"
printf '{"t":"boot"}\nguest> a b\nguest> c\n{"t":"stop","why":"poweroff"}\n' | cmp -s - "$work/lines" &&
	verdict 'the lines of --channel' '' || verdict 'the lines of --channel' "$(cat "$work/lines")"
mode=--bare
said=$banner$'\n'" Bochs"$'\n'"$banner"$'\n''a b'$'\n'"$banner"$'\n''{"t":"end","status":0}'
FAKE_STOP=$said FAKE_BOCHS=stop ends 0 0 '' --channel "$work/lines"
printf 'a b\n%s\n{"t":"end","status":0}\n' "$banner" | cmp -s - "$work/lines" &&
	verdict 'the lines of --channel without L0' '' || verdict 'the lines of --channel without L0' "$(cat "$work/lines")"
mode=

# The shell of L1 is told the size of the window: seen in what GRUB is given.
mkdir "$work/bin"
cat > "$work/bin/grub-mkimage" <<-END
	#!/bin/bash
	cp "\${@:8:1}" "$work/grub.cfg" # what follows -c
	exec $(command -v grub-mkimage) "\$@"
END
chmod +x "$work/bin/grub-mkimage"
FAKE_BOCHS=stop FAKE_STOP='{"t":"stop","why":"poweroff"}' PATH=$work/bin:$PATH \
	script -qec "stty rows 40 columns 111; $testudo boot" /dev/null > "$work/stdout" 2>&1 < /dev/null
grep -q "'testudo.rows=40' 'testudo.columns=111'" "$work/grub.cfg" && verdict 'size of the window' '' ||
	verdict 'size of the window' "not told: $(cat "$work/stdout" "$work/grub.cfg" 2>&1)"

# list names what L1's init does.
"$testudo" list > "$work/stdout"
grep -q '^  shell: An interactive shell on the console; ' "$work/stdout" && verdict 'actions in list' '' ||
	verdict 'actions in list' "$(tail -n 5 "$work/stdout")"

# A measurement of one's own, from a run's own channel and from a file of lines.
measure='{"t":"measure","id":7,"iterations":2,"level":1,"vmcs12":0,"elapsed":30,"ticks":{"l0":20,"l1":10,"l2":0},"exits":[{"level":1,"vmcs12":0,"reason":"CPUID","count":4,"ticks":20}]}'
stop='{"t":"stop","why":"debug-exit","status":0}'
own="{\"table\":\"marks\",\"markers\":{\"7\":\"ping\"},\"runs\":[${one/\}/,\"ends\":\"debug-exit\"\}}]}"

# own STATUS PATTERN LINES: the experiment of one's own on the fake engine, which says those lines.
own() {
	local status why= said
	printf '%s\n' "$own" > "$work/own.json"
	said=$(FAKE_BOCHS=stop FAKE_STOP=$3 "$testudo" run --definition "$work/own.json" --out "$work/mine" 2>&1)
	status=$?
	[ $status -eq "$1" ] || why="status $status, not $1: $said"
	[[ $said == *"$2"* ]] || why="$why; no \"$2\" in: $said"
	[ $status -eq 0 ] || [ ! -e "$work/mine" ] || why="$why; left a result"
	verdict "run --definition, which ends with $1" "$why"
}

# holds NAME FILE LINE: the file has that line.
holds() {
	grep -qxF -- "$3" "$2" && verdict "$1" '' || verdict "$1" "no $3 in: $(cat "$2")"
}

own 110 'the guest set no marks' "$stop"
own 110 'do not add up' "${measure/elapsed\":30/elapsed\":31}"$'\n'"$stop"
own 0 'ping' "$measure"$'\n'"$stop"
holds 'measurements of an own experiment' "$work/mine/measurements.csv" L1,7,ping,L1,0,2,2.000,15.000,10.000,5.000,0.000,n/a,n/a,n/a
holds 'the command of a result' "$work/mine/result.json" ' "command": "./testudo run --definition own.json",'
[ "$(grep -c '"engine"' "$work/mine/host.json")" -eq 1 ] && verdict 'the program in host.json' '' ||
	verdict 'the program in host.json' "$(cat "$work/mine/host.json")"
"$testudo" report "$work/mine" --out "$work/page.html" > "$work/stdout" 2>&1
holds 'the report of a result' "$work/page.html" '<pre>./testudo run --definition own.json</pre>'
printf 'engine words\n%s\nguest> %s\n' "$measure" "$measure" > "$work/lines"
"$testudo" table "$work/lines" --out "$work/tables" > "$work/stdout" 2>&1
holds 'table of a channel file' "$work/tables/marker-exits.csv" n/a,7,n/a,L1,1,0,CPUID,4,2.000,20,10.000
printf '%s\n' "${measure/\"id\"/\"machine\":1,\"id\"}" > "$work/lines-beside"
"$testudo" table "$work/lines-beside" --out "$work/beside" > "$work/stdout" 2>&1
holds 'a table tells machines apart' "$work/beside/measurements.csv" neighbour,7,n/a,L1,0,2,2.000,15.000,10.000,5.000,0.000,n/a,n/a,n/a
[ "$(wc -l < "$work/tables/measurements.csv")" -eq 2 ] && verdict 'a guest forges no measurement' '' ||
	verdict 'a guest forges no measurement' "$(cat "$work/tables/measurements.csv")"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
