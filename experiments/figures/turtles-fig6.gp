# SPDX-License-Identifier: Apache-2.0
# figure.dat: three blocks (nested, nested with direct access, single level), each line a type of exit:
# bar, published total L0 L1 switch, measured total L0 L1 switch. Above what the paper shows, in
# cycles; below ours, in ticks. `name` comes from the harness.
set datafile separator "\t"
set datafile missing "n/a"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 border rgb "#444444"
set boxwidth 0.9
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set xtics rotate by -25 left
set key top right reverse Left samplen 1.5
set xrange [-0.7:9.7]
set yrange [0:*]

draw = 'set multiplot layout 2,1; \
set title "Turtles, 2010: from exit to next entry of the same guest"; set ylabel "cycles"; \
plot "figure.dat" index 0 using 2:xtic(1) title "nested" lc rgb "#2a5d8f", \
     "" index 1 using 2 title "nested, direct access" lc rgb "#8fb8de", \
     "" index 2 using 2 title "single level" lc rgb "#e0a030"; \
set title "Testudo: the same, with the charge (no bar: not measured, or no exit)"; set ylabel "ticks (instructions)"; \
plot "figure.dat" index 0 using 6:xtic(1) title "nested" lc rgb "#2a5d8f", \
     "" index 1 using 6 title "nested, direct access" lc rgb "#8fb8de", \
     "" index 2 using 6 title "single level" lc rgb "#e0a030"; \
unset multiplot'

set terminal svg size 1000,900 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1000,900 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
