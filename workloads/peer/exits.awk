# One "measure" line for each operation, from KVM's trace of its exits:
#	kvm_exit: vcpu 0 reason CPUID rip 0x100abc info1 ...
#	kvm_nested_vmexit: ...			the exit before was L2's, not L1's
# level: whose the benchmark is, 1 or 2; begin, end: its markers; ids: the operations in their order;
# iterations: of each. What is left of a marker's own way through L1 is not counted: at level 2 counting
# begins with the first exit of L2 after it.
BEGIN { operations = split(ids, id, " "); done = 0; reason = "" }
$1 == "kvm_exit:" { settle(); reason = $5; rip = $7; nested = 0 }
$1 == "kvm_nested_vmexit:" { nested = 1 }
END { settle(); exit done == operations && operations > 0 ? 0 : 1 }

# The exit before this line, now that it is known whose it was.
function settle(   own) {
	own = level == 1 || nested
	if (reason == "CPUID" && own && rip == begin)
		start()
	else if (reason == "CPUID" && own && rip == end)
		finish()
	else if (inside && reason != "")
		count()
	reason = ""
}

function start() {
	inside = 1
	counting = level == 1
	chain = chains = sum = max = keys = 0
	split("", counts)
	split("", lengths)
}

function count(   key) {
	if (nested) {
		close_chain()
		counting = 1
	}
	if (!counting)
		return
	key = (nested ? 2 : 1) ",\"vmcs12\":" (nested ? 1 : 0) ",\"reason\":\"" reason
	if (!(key in counts))
		keyed[++keys] = key
	counts[key]++
	chain += level == 2
}

# From an exit of L2 to its next: how many there were.
function close_chain() {
	if (chain > 0) {
		chains++
		sum += chain
		lengths[chain]++
		if (chain > max)
			max = chain
	}
	chain = 0
}

function finish(   i, comma) {
	if (!inside)
		return
	close_chain()
	inside = 0
	done++
	printf "{\"t\":\"measure\",\"id\":%d,\"iterations\":%d,\"level\":%d,\"exits\":[", id[done], iterations, level
	for (i = 1; i <= keys; i++)
		printf "%s{\"level\":%s\",\"count\":%d}", (i > 1 ? "," : ""), keyed[i], counts[keyed[i]]
	printf "]"
	if (level == 2) {
		printf ",\"multiplication\":{\"count\":%d,\"sum\":%d,\"max\":%d,\"hist\":[", chains, sum, max
		for (i = 1; i <= max; i++)
			if (i in lengths) {
				printf "%s[%d,%d]", comma, i, lengths[i]
				comma = ","
			}
		printf "]}"
	}
	print "}"
}
