#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Takes the engine's place in tests: writes what FAKE_BOCHS names to stdout, as port E9H would.
log=$(dirname "${3:-bochsrc}")/bochs.log
case ${FAKE_BOCHS:-end} in
end) echo '{"t":"end","status":0}' ;;
stop) printf '%s\n' "${FAKE_STOP:-}" ;;
late)
	echo '{"t":"stop","why":"debug-exit","status":0}'
	console=$(sed -n 's/^com1:.*dev=//p' "${3:-bochsrc}")
	for word in a b c last; do
		sleep 1
		echo "$word words" >> "$console"
	done
	;;
poweroff) echo '00000000001p[ACPI  ] >>PANIC<< ACPI control: soft power off' >> "$log" ;;
garbage)
	head -c 100000 /dev/urandom
	printf '\n{"t":"measure","id":"x","exits":7}\n{"t":\n{"t":"stop"}\n{"t":"end"\n'
	printf 'words before {"t":"end","status":0}\n'
	;;
die) exit 3 ;;
crash) kill -SEGV $$ ;;
hang) exec sleep 60 ;;
asked)
	# L0's monitor: the first word gets no answer yet, the second one does.
	exec 3< "$(sed -n 's/^com3:.*dev=//p' "${3:-bochsrc}")"
	read -r -n 1 -u 3 first && read -r -n 1 -u 3 second
	echo '{"t":"state","machine":0,"vcpu":0,"told_with":2,"now":1000,"level":1,"activity":"active","rip":"fff'$first$second'"}'
	printf '{"t":"state","machine":0,"vcpu":1,"told_with":2,"now":1000,"level":2,"activity":"hlt","rip":"beef","cr3":"cafe",'
	printf '"last":[{"level":2,"reason":"CPUID","rip":"bee0","qualification":"7","when":400}],'
	echo '"counters":{"elapsed":900,"ticks":{"l0":9},"exits":[{"level":2,"reason":"CPUID","count":3,"ticks":8}]}}'
	exec sleep 60
	;;
linger)
	echo '{"t":"end","status":0}'
	exec sleep 60
	;;
esac
