#!/bin/sh
# Runs cmocka test programs one after another; prints the output of those that fail and a closing line.
set -u
passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for t in "$@"; do
	if "$t" >"$log" 2>&1; then
		n=$(grep -c '^\[       OK \]' "$log")
		skipped=$(grep -c '^\[  SKIPPED \]' "$log")
		passed=$((passed + n))
		printf 'ok   %-28s %3d passed%s\n' "$(basename "$t")" "$n" "$([ "$skipped" -gt 0 ] && echo ", $skipped skipped" || true)"
		grep '^skipped:' "$log" || true
	else
		failed=$((failed + 1))
		printf 'FAIL %s\n' "$(basename "$t")"
		tail -n 60 "$log"
	fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
