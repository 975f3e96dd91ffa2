#!/bin/sh
# How often words and pairs of neighbouring words come, per million words, averaged over the given texts; only what more than one of
# them has. Makes matchers/frequency.tsv.
# usage: word-frequencies.sh TEXT... > matchers/frequency.tsv
set -eu
LC_ALL=C awk -v least=50 '
function end_text(  k) {
	for (k in words) { sum[k] += words[k] * 1e6 / total; texts[k]++ }
	for (k in pairs) { sum[k] += pairs[k] * 1e6 / total; texts[k]++ }
	split("", words); split("", pairs); total = 0
}
FNR == 1 && NR > 1 { end_text() }
FNR == 1 { files++ }
{
	line = tolower($0)
	gsub(/\342\200[\230\231]/, "\047", line)
	gsub(/[.;:!?|]|\342\200\242/, " . ", line)
	gsub(/[^a-z0-9\047 .]/, " ", line)
	gsub(/\047s? /, " ", line)
	n = split(line, token, " ")
	for (i = 1; i <= n; i++) {
		if (token[i] == ".") { before = ""; continue }
		words[token[i]]++
		total++
		if (before != "") pairs[before " " token[i]]++
		before = token[i]
	}
}
END {
	end_text()
	for (k in sum)
		if (sum[k] / files >= least && texts[k] > 1) printf "%s\t%.0f\n", k, sum[k] / files
}' "$@" | LC_ALL=C sort
