# One "measure" line for each measurement of a guest with one vCPU, from the samples that it sent and KVM's trace between
# its markers, with the TSC as the trace's clock:
#	{"t":"sample","level":"L1","operation":"udp-rr","id":110,...	which operation; they come in the trace's order
#	... 81234567: kvm_entry: vcpu 0, rip 0x...
#	... 81240123: kvm_exit: vcpu 0 reason EPT_MISCONFIG rip 0x...
#	... 81240456: kvm_cpuid: func 54530002 idx 64 rax ...	the marker that ends it, with the iterations in hex
# The trace begins behind the first marker that begins a measurement; of the others it has 54530001. From an exit to the next entry ticks are L0's, the rest are L1's.
BEGIN { marked = 1 }
/^[{]"t":"sample",/ { id[samples++] = number("id"); next }
/kvm_entry:/ { entered(time_of("kvm_entry:")) }
/kvm_exit:/ { left(time_of("kvm_exit:")) }
/kvm_cpuid: func 54530001 / { marked = 1 }
/kvm_cpuid: func 54530002 / { time_of("kvm_cpuid:"); finish($(place + 4)) }
END { exit done == samples && done > 0 ? 0 : 1 }

function number(name) {
	return match($0, "\"" name "\":[0-9]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : 0
}

# The time stamp stands before the event's name, whatever stands before that.
function time_of(event) {
	for (place = 2; place < NF && $place != event; place++)
		;
	return $(place - 1) + 0
}

function entered(now) {
	if (marked)
		begun = now
	else if (inside && out)
		count(now - at)
	inside = inside || marked
	marked = out = 0
}

# One that KVM answers on its way, with no entry of its own in the trace, has its ticks with the next.
function left(now) {
	if (!inside)
		return
	if (out)
		count(0)
	else
		at = now
	out = 1
	reason = $(place + 4)
}

function count(ticks) {
	if (!counts[reason]++) {
		reasons[++kinds] = reason
		least[reason] = ticks
	}
	sum[reason] += ticks
	total += ticks
	if (ticks < least[reason])
		least[reason] = ticks
	if (ticks > most[reason])
		most[reason] = ticks
}

# The exit of the marker itself is the end, and not counted.
function finish(iterations,   i, r) {
	if (!inside || !out)
		return
	printf "{\"t\":\"measure\",\"id\":%d,\"vcpu\":0,\"iterations\":%d,\"level\":1,", id[done++], hex(iterations)
	printf "\"elapsed\":%.0f,\"ticks\":{\"l0\":%.0f,\"l1\":%.0f,\"l2\":0},\"charged\":0,\"exits\":[", at - begun, total,
		at - begun - total
	for (i = 1; i <= kinds; i++) {
		r = reasons[i]
		printf "%s{\"level\":1,\"vmcs12\":0,\"reason\":\"%s\",\"count\":%d,\"ticks\":%.0f,\"min\":%.0f,\"max\":%.0f}",
			(i > 1 ? "," : ""), r, counts[r], sum[r], least[r], most[r]
		counts[r] = sum[r] = most[r] = 0
	}
	print "]}"
	inside = out = total = kinds = 0
}

function hex(text,   i, value) {
	for (i = 1; i <= length(text); i++)
		value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return value
}
