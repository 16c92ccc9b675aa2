# One "measure" line for each operation and vCPU, from the samples that the guest sent and KVM's trace of its exits:
#	{"t":"sample","level":"L2","operation":"cpuid","id":1,"cpu":0,"iterations":100,...	no "cpu": 0
#	kvm_exit: vcpu 0 reason CPUID rip 0x100abc info1 ...
#	kvm_nested_vmexit: vcpu 0 ...		the exit of that vCPU before was L2's, not L1's
# level: whose the benchmark is, 1 or 2; begin, end: its markers. A vCPU of L2 is taken to run on that of L1 with
# its number. What is left of a marker's own way through L1 is not counted: at level 2 counting begins with the
# first exit of L2 after it.
/^[{]"t":"sample",/ { sample(); next }
$1 == "kvm_exit:" { v = $3; settle(); reason[v] = $5; rip[v] = $7; nested[v] = 0 }
$1 == "kvm_nested_vmexit:" { nested[$3] = 1 }
END {
	for (v in reason) {
		settle()
		whole += done[v] == operations
	}
	exit whole == vcpus && operations > 0 ? 0 : 1
}

function number(name) {
	return match($0, "\"" name "\":[0-9]+") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 3) : 0
}

# The operations in their order; every vCPU takes part in each, with or without samples of its own.
function sample(   which, cpu) {
	which = number("id")
	cpu = number("cpu")
	if (id[operations] != which)
		id[++operations] = which
	iterations[which, cpu] = number("iterations")
}

# The exit of vCPU v before this line, now that it is known whose it was.
function settle(   own) {
	own = level == 1 || nested[v]
	if (reason[v] == "CPUID" && own && rip[v] == begin)
		start()
	else if (reason[v] == "CPUID" && own && rip[v] == end)
		finish()
	else if (inside[v] && reason[v] != "")
		count()
	reason[v] = ""
}

function start() {
	inside[v] = 1
	counting[v] = level == 1
	chain[v] = chains[v] = sum[v] = max[v] = keys[v] = 0
}

function count(   key) {
	if (nested[v]) {
		close_chain()
		counting[v] = 1
	}
	if (!counting[v])
		return
	key = (nested[v] ? 2 : 1) ",\"vmcs12\":" (nested[v] ? 1 : 0) ",\"reason\":\"" reason[v]
	if (!counts[v, key]++)
		keyed[v, ++keys[v]] = key
	chain[v] += level == 2
}

# From an exit of L2 to its next: how many there were.
function close_chain() {
	if (chain[v] > 0) {
		chains[v]++
		sum[v] += chain[v]
		lengths[v, chain[v]]++
		if (chain[v] > max[v])
			max[v] = chain[v]
	}
	chain[v] = 0
}

function finish(   i, comma, which) {
	if (!inside[v])
		return
	close_chain()
	inside[v] = 0
	which = id[++done[v]]
	vcpus += done[v] == 1
	printf "{\"t\":\"measure\",\"id\":%d,\"vcpu\":%d,\"iterations\":%d,\"level\":%d,\"exits\":[", which, v,
		iterations[which, v], level
	for (i = 1; i <= keys[v]; i++) {
		printf "%s{\"level\":%s\",\"count\":%d}", (i > 1 ? "," : ""), keyed[v, i], counts[v, keyed[v, i]]
		counts[v, keyed[v, i]] = 0
	}
	printf "]"
	if (level == 2)
		print_chains()
	print "}"
}

function print_chains(   i, comma) {
	printf ",\"multiplication\":{\"count\":%d,\"sum\":%d,\"max\":%d,\"hist\":[", chains[v], sum[v], max[v]
	for (i = 1; i <= max[v]; i++)
		if (lengths[v, i]) {
			printf "%s[%d,%d]", comma, i, lengths[v, i]
			comma = ","
			lengths[v, i] = 0
		}
	printf "]}"
}
