#!/bin/sh
# Runs fuzz targets one after another, each from its corpus in tests/fuzz/corpus, and keeps what they find to themselves in the build folder.
# usage: fuzz.sh BUILD-FOLDER SECONDS TARGET...
set -u
build=$1 seconds=$2
shift 2
failed=0
for target in "$@"; do
	kept=$build/corpus/$target found=$build/findings/$target
	mkdir -p "$kept" "$found"
	log=$found/log
	if ASAN_OPTIONS=quarantine_size_mb=4:malloc_context_size=4 "$build/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1 \
		-artifact_prefix="$found/" "$kept" "tests/fuzz/corpus/${target#fuzz_}" >"$log" 2>&1; then
		printf 'ok   %-24s %s executions\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
	else
		failed=$((failed + 1))
		printf 'FAIL %s\n' "$target"
		grep -E 'property|ERROR|SUMMARY|Test unit written' "$log" | head -n 8
	fi
done
exit "$failed"
