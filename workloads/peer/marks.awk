# Where in the payload its two marker CPUIDs are, by KVM's trace of it: begin=RIP end=RIP.
# kvm_exit: vcpu 0 reason CPUID rip 0x100abc info1 ...
# kvm_cpuid: func 54530001 idx 1 rax ...
$1 == "kvm_exit:" { rip = $7 }
$1 == "kvm_cpuid:" && $3 == "54530001" { begin = rip }
$1 == "kvm_cpuid:" && $3 == "54530002" { end = rip }
END { if (begin && end) print "begin=" begin, "end=" end }
