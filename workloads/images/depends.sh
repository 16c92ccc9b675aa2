# SPDX-License-Identifier: Apache-2.0
# Which modules there are to take, by the file `modules` beside this one and by depmod's modules.dep; for fetch.sh and
# contents.sh, which source it.
modules_list=$(dirname "${BASH_SOURCE[0]}")/modules

# module_names [SET...]: names in those sets, or in all.
module_names() {
	sed 's/#.*//; /^[[:space:]]*$/d' "$modules_list" | awk -v sets=" $* " \
		'sets == "  " || index(sets, " " $1 " ") { for (i = 2; i <= NF; i++) print $i }'
}

# module_files DEP NAME...: their files and those of what they depend on, each once, as DEP has them; status 1 if it
# lacks one.
module_files() {
	local dep=$1
	shift
	awk -v names="$*" '
		{ file = $1; sub(/:$/, "", file); name = file; gsub(/.*\/|[.]ko$/, "", name); line[name] = file
		  for (i = 2; i <= NF; i++) line[name] = line[name] "\n" $i }
		END { n = split(names, wanted, " ")
		      for (i = 1; i <= n; i++) if (!(wanted[i] in line)) exit 1; else print line[wanted[i]] }' "$dep" |
		sort -u
}
