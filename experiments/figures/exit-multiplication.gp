# SPDX-License-Identifier: Apache-2.0
# figure.dat: operation, exits at L1 and L2, published exits at L2, ticks of one L2 operation in
# L0, L1 and L2. `name` comes from the harness; SVG and PNG show the same.
set datafile separator "\t"
set datafile missing "n/a"
set style data histograms
set style fill solid 0.9 border rgb "#444444"
set boxwidth 0.85
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set xtics rotate by -35 left
set key top left reverse Left samplen 1.5
set yrange [0:*]

draw = 'set multiplot layout 2,1; \
set title "Exits to L0 for one operation"; set ylabel "exits"; \
set style histogram clustered gap 1; \
plot "figure.dat" using 2:xtic(1) title "in L1" lc rgb "#8fb8de", \
     "" using 3 title "in L2" lc rgb "#2a5d8f", \
     "" using ($0 + 0.17):4 with points pt 2 ps 1.4 lw 2 lc rgb "#c0392b" title "in L2, published (Turtles, 2010)"; \
set title "Ticks of one operation of L2, by who spent them (not shown where it waits for a timer)"; set ylabel "ticks (instructions)"; \
set style histogram rowstacked; \
plot "figure.dat" using 5:xtic(1) title "L0" lc rgb "#2a5d8f", \
     "" using 6 title "L1" lc rgb "#e0a030", \
     "" using 7 title "L2" lc rgb "#7fb069"; \
unset multiplot'

set terminal svg size 900,900 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 900,900 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
