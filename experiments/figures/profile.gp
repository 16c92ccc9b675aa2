# SPDX-License-Identifier: Apache-2.0
# figure.dat: a line for each kind of exit, a column for each source file, its ticks for one operation;
# the first line names them. `name` comes from the harness; SVG and PNG show the same.
set datafile separator "\t"
set style data histograms
set style histogram rowstacked
set style fill solid 0.9 border rgb "#444444"
set boxwidth 0.7
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set xtics rotate by -30 left
set key outside right top reverse Left samplen 1.5 invert
set yrange [0:*]
set ylabel "ticks of L0 for one CPUID of L2"
set title "Where L0's ticks go in one nested round trip, by exit and source file"
stats "figure.dat" skip 1 using 2 nooutput
columns = int(STATS_columns)
array colour[16] = ["#2a5d8f", "#e0a030", "#7fb069", "#c0392b", "#7d5ba6", "#4bacc6", "#8c6d46", "#d98cb3", "#5f7f3f", "#f2d16b", \
	"#3d405b", "#e07a5f", "#81b29a", "#9bc1e0", "#6b2d5c", "#b0b0b0"]

draw = 'plot for [i=2:columns] "figure.dat" using i:xtic(1) title columnheader(i) noenhanced lc rgb colour[i - 1]'

set terminal svg size 1000,560 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1000,560 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
