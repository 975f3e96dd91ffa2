#!/bin/bash
# What the tests of build/coverage reached: lines of every source, and each branch of the files where nothing may be lost. Fails below LINES per cent of all lines, or if a
# branch of those files was never taken and tests/untaken-branches.txt does not say why that is right.
# usage: coverage.sh BUILD-FOLDER
set -euo pipefail
build=$1 least=${LINES_LEAST:-90}
strict="corpora/archive.c corpora/archive_layers.c pipeline/archive_job.c pipeline/ledger.c pipeline/output.c pipeline/store_write.c"
argued=tests/untaken-branches.txt
json=$build/coverage.json
gcovr -r . --gcov-ignore-parse-errors --object-directory "$build" -f base/ -f corpora/ -f matchers/ -f pipeline/ --exclude-throw-branches --json "$json" "$build"
jq -r '.files | group_by(.file | split("/")[0])[] | (map(.lines[] | select(.["gcovr/noncode"] | not))) as $l | ([$l[].branches[]]) as $b |
	[(.[0].file | split("/")[0]), ($l | length), ($l | map(select(.count > 0)) | length), ($b | length), ($b | map(select(.count > 0)) | length)] | @tsv' "$json" |
	awk -F'\t' -v least="$least" 'BEGIN { printf "%-10s %8s %8s %7s %9s %8s %7s\n", "", "lines", "reached", "%", "branches", "taken", "%" }
		function row(name, l, r, b, t) { printf "%-10s %8d %8d %7.1f %9d %8d %7.1f\n", name, l, r, 100 * r / l, b, t, 100 * t / b }
		{ row($1, $2, $3, $4, $5); l += $2; r += $3; b += $4; t += $5 }
		END { row("all", l, r, b, t); exit 100 * r / l < least }' || { echo "fewer than $least of 100 lines"; failed=1; }
echo
for file in $strict; do
	jq -r --arg f "$file" '.files[] | select(.file == $f) | .lines[] | select(.["gcovr/noncode"] | not) |
		[.line_number, (.branches | length), (.branches | map(select(.count == 0)) | length), .count] | @tsv' "$json" >"$build/branches"
	lacking=0 reasons=0
	while IFS=$'\t' read -r line _ untaken count; do
		[ "$untaken" != 0 ] || [ "$count" = 0 ] || continue
		source=$(sed -n "${line}p" "$file" | sed 's/^[[:space:]]*//; s/[[:space:]]*$//')
		reason=$(awk -F'\t' -v f="$file" -v s="$source" '$1 == f && $2 == s { print $3; exit }' "$argued")
		if [ -n "$reason" ]; then
			reasons=$((reasons + 1)); echo "  $file:$line: $source  -- $reason"
		else
			lacking=$((lacking + 1)); failed=1; echo "  NOT TAKEN $file:$line ($untaken of its branches, reached $count times): $source"
		fi
	done <"$build/branches"
	awk -F'\t' -v f="$file" -v lacking=$lacking -v reasons=$reasons '{ b += $2; u += $3 } END { printf "%s: %d of %d branches taken; lines with branches never taken: %d argued, %d not\n", f, b - u, b, reasons, lacking }' "$build/branches"
done
[ "${failed:-0}" = 0 ]
