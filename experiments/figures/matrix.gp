# SPDX-License-Identifier: Apache-2.0
# figure.dat: a block for each mmu: its name, then vmcs and merge, ticks of L2's boot in L2, in L1, in L0,
# and ticks of one CPUID in L2. `name` comes from the harness; SVG and PNG show the same.
set datafile separator "\t"
set datafile missing "n/a"
stats "figure.dat" using 0 nooutput
blocks = STATS_blocks
set style data histograms
set style histogram rowstacked
set style fill solid 0.9 border rgb "#444444"
set boxwidth 0.7
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set xtics rotate by -35 left
set rmargin 8
set key tmargin right horizontal reverse Left samplen 1.5
# One scale for all blocks: the highest bar of each row.
stats "figure.dat" every ::1 using (($2+$3+$4)/1e9) nooutput
boot = STATS_max * 1.05
stats "figure.dat" every ::1 using 5 nooutput
cpuid = STATS_max * 1.05

draw = 'set multiplot layout 2,blocks; \
set yrange [0:boot]; \
do for [i=0:blocks-1] { \
	stats "figure.dat" index i every ::0::0 using (heading = strcol(1), 0) nooutput; \
	set title "mmu=".heading; set ylabel "boot of L2, 10^9 ticks"; \
	plot "figure.dat" index i every ::1 using ($2/1e9):xtic(1) title "L2" lc rgb "#7fb069", \
	     "" index i every ::1 using ($3/1e9) title "L1" lc rgb "#e0a030", \
	     "" index i every ::1 using ($4/1e9) title "L0" lc rgb "#2a5d8f"; \
}; \
set yrange [0:cpuid]; \
do for [i=0:blocks-1] { \
	set title " "; set ylabel "a CPUID of L2, ticks"; \
	plot "figure.dat" index i every ::1 using 5:xtic(1) notitle lc rgb "#8a6fae"; \
}; \
unset multiplot'

set terminal svg size 1200,800 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1200,800 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
