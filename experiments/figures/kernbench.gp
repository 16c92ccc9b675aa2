# SPDX-License-Identifier: Apache-2.0
# figure.dat: level, ticks of the guest, of L1 below it, of L0 and of charged switches, and the published
# time, all in percent of bare. `name` comes from the harness; SVG and PNG show the same.
set datafile separator "\t"
set datafile missing "n/a"
set style data histograms
set style histogram rowstacked
set style fill solid 0.9 border rgb "#444444"
set boxwidth 0.5
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set key top left reverse Left samplen 1.5
set yrange [0:180]
set ylabel "ticks, % of bare"
set title "A compile job (tcc builds Lua) at each level, by who spent the ticks"

draw = 'plot "figure.dat" using 2:xtic(1) title "the guest" lc rgb "#7fb069", \
     "" using 3 title "L1 below it" lc rgb "#e0a030", \
     "" using 4 title "L0" lc rgb "#2a5d8f", \
     "" using 5 title "charged switches" lc rgb "#9a9a9a", \
     "" using ($0):6 with points pt 2 ps 1.4 lw 2 lc rgb "#c0392b" title "published (Turtles, 2010), bare = 100"'

set terminal svg size 700,500 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 700,500 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
