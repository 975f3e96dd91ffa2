#!/bin/bash
# Runs what docs/reliability.md promises against what is there, and adds up. usage: reliability.sh BUILD-FOLDER     QUICK=1: under five minutes, without libFuzzer
# unless it is built already; SECONDS_EACH: for each fuzz target (30).
set -uo pipefail
build=$1
log=$(mktemp); trap 'rm -f "$log"' EXIT
faults=0 hostile=0 executions=0 violations=0 runs=0
step() { echo "--- $1"; shift; "$@" 2>&1 | tee "$log"; local status=${PIPESTATUS[0]}; last=$(tail -n 1 "$log"); bad=$(grep -c '^VIOLATION' "$log"); violations=$((violations + bad))
	if [ "$status" != 0 ] && [ "$bad" = 0 ]; then echo "$1 failed: status $status"; violations=$((violations + 1)); fi; }
number() { sed -n "s/.*\b\([0-9][0-9]*\) $1.*/\1/p" "$log" | tail -n 1; }

step "faults in the middle of an update" env STEP=50 tests/faults/store.sh ./themetally corpora/sample
faults=$((faults + $(number 'faults in all'))); disk=$(number 'sizes of a full disk'); faults=$((faults + ${disk:-0}))
step "memory that runs out" tests/faults/memory.sh ./themetally corpora/sample
faults=$((faults + $(number 'allocations failed')))
step "hostile input, runs that must not differ" tests/faults/inputs.sh ./themetally corpora/sample
hostile=$((hostile + $(number 'hostile inputs'))); runs=$(number 'runs of one corpus')

# every file of the fuzz corpora as it is and in a hundred damaged copies
echo "--- fuzz corpora"
for target in "$build"/tests/fuzz/fuzz_*; do
	[ -x "$target" ] && [ "${target%.?}" = "$target" ] || continue
	if "$target" >"$log" 2>&1; then
		files=$(number files); executions=$((executions + ${files:-0} * 101))
	else
		violations=$((violations + 1)); echo "VIOLATION: $(basename "$target"):"; tail -n 5 "$log"
	fi
done
if [ "${QUICK:-0}" != 1 ]; then
	step "libFuzzer" make --no-print-directory fuzz SECONDS_EACH="${SECONDS_EACH:-30}"
	violations=$((violations + $(grep -c '^FAIL' "$log")))
	executions=$((executions + $(sed -n 's/^ok .* \([0-9]*\) executions/\1/p' "$log" | paste -sd+ | bc)))
fi
echo "faults injected $faults, hostile inputs $hostile, fuzz executions $executions, runs compared $runs, violations $violations"
[ $violations = 0 ]
