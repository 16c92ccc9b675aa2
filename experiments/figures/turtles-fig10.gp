# SPDX-License-Identifier: Apache-2.0
# figure.dat: bar, published total L0 L1 switch, measured total L0 L1 switch. Left the paper's five
# bars, in cycles; right ours, in ticks, on a scale of their own; the last two have the enlightened
# VMCS for the direct access. `name` comes from the harness.
set datafile separator "\t"
set datafile missing "n/a"
set style data histograms
set style histogram rowstacked
set style fill solid 0.9 border rgb "#444444"
set boxwidth 0.75
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set xtics rotate by -35 left
set key top right reverse Left samplen 1.5
set yrange [0:*]

draw = 'set multiplot layout 1,2; \
set xrange [-0.7:4.7]; set title "One CPUID: Turtles, 2010"; set ylabel "cycles"; \
plot "figure.dat" every ::0::4 using 3:xtic(1) title "L0" lc rgb "#2a5d8f", \
     "" every ::0::4 using 4 title "L1" lc rgb "#e0a030", \
     "" every ::0::4 using 5 title "mode switch" lc rgb "#b0b0b0"; \
set xrange [-0.7:6.7]; set title "Testudo (mode switch: the charge; no bar: no such knob)"; set ylabel "ticks (instructions, and the charge)"; \
plot "figure.dat" using 7:xtic(1) title "L0" lc rgb "#2a5d8f", \
     "" using 8 title "L1" lc rgb "#e0a030", \
     "" using 9 title "mode switch" lc rgb "#b0b0b0"; \
unset multiplot'

set terminal svg size 1100,520 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1100,520 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
