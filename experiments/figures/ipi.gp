# SPDX-License-Identifier: Apache-2.0
# figure.dat: a block for each operation, whose first line names it; then a line for each run: its name, exits, ticks at
# the least (p50, p99, mean, ...). Ticks are logarithmic. `name` comes from the harness; SVG and PNG show the same.
set datafile separator "\t"
set datafile missing "n/a"
stats "figure.dat" using 0 nooutput
blocks = STATS_blocks - 1
set style fill solid 0.9 border rgb "#444444"
set boxwidth 0.8
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set xtics rotate by -40
set bmargin 8
set rmargin 8
set ylabel "ticks for one, logarithmic"
begins(run, word) = run[1:strlen(word)] eq word
colour(run) = begins(run, "kvm") ? 0xe0a030 : begins(run, "L1") ? 0x2a5d8f : begins(run, "L2") ? 0x7fb069 : 0x999999

draw = 'set multiplot layout (blocks + 1) / 2,2; \
do for [i=0:blocks-1] { \
	unset logscale y; \
	set yrange [*:*]; \
	stats "figure.dat" index i every ::0::0 using (heading = strcol(1), 0) nooutput; \
	set logscale y; \
	set yrange [10:100000]; \
	set title heading.", the cheapest: Testudo at L1 (blue) and L2 (green), KVM (orange)"; \
	plot "figure.dat" index i every ::1 using 0:3:(colour(strcol(1))):xtic(1) with boxes lc rgb variable notitle, \
	     "" index i every ::1 using 0:($3 * 1.5):3 with labels font ",8" notitle; \
}; \
unset multiplot'

set terminal svg size 1500,400 * ((blocks + 1) / 2) dynamic enhanced font "sans,13" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1500,400 * ((blocks + 1) / 2) enhanced font "sans,11" background rgb "white"
set output name.".png"
eval draw
set output
