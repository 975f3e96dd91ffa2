#!/bin/bash
# Faults in the middle of an update: kill -9, EIO, ENOSPC and EINTR at every write-side system call in turn, once and lasting; a full disk; two runs at once. After each
# the store must open, pass `verify` and hold whole archives only, and the next update must end in the tables of an undisturbed run.
# usage: store.sh PROGRAM CORPUS     QUICK=1: every seventh call only, or every STEP-th. Needs strace, and root for the full disk.
set -euo pipefail
program=$(realpath "$1"); corpus=$(realpath "$2")
step=1; [ "${QUICK:-0}" = 1 ] && step=${STEP:-7}
work=$(mktemp -d /dev/shm/themetally-faults-XXXXXX); trap 'umount "$work/small" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
printf 'theme\tpattern\nharm.neglect\tneglect*\nparent.domestic_abuse\tdomestic {abuse|violence}\nparent.mental_health\tdepress*\n' >lexicon.tsv
mkdir corpus; cp "$corpus"/board* "$corpus"/*2012* "$corpus"/child* corpus/
update=("$program" update -q -j 1 --no-cache --progress never -l lexicon.tsv --store s.db corpus)
tables() { for c in count matrix segment; do "$program" $c -q --kind all --store "$1"; done; }
"${update[@]}" 2>/dev/null; tables s.db >clean; rm -f s.db*
injected=0 violations=0
complain() { violations=$((violations + 1)); echo "VIOLATION: $*"; }

# What is in the store must be whole archives: each archive it knows gives what a store of that archive alone gives.
whole_archives_only() {
	local known; known=$(sqlite3 s.db "SELECT path FROM archive" 2>/dev/null) || return 1
	[ -z "$known" ] && return 0
	rm -f part.db*
	# shellcheck disable=SC2086
	"$program" update -q -j 1 --no-cache --progress never -l lexicon.tsv --store part.db $known 2>/dev/null
	tables part.db >expected; tables s.db >found 2>/dev/null && cmp -s expected found
}

after() { # WHAT: the checks after one fault
	injected=$((injected + 1))
	if [ -s s.db ] && [ "$(sqlite3 s.db 'SELECT count(*) FROM sqlite_schema' 2>/dev/null || echo x)" != 0 ]; then
		"$program" verify -q --store s.db 2>err || complain "$1: verify: $(cat err)"
		if [ "$(sqlite3 s.db 'SELECT count(*) FROM edition' 2>/dev/null)" != 0 ]; then
			whole_archives_only || complain "$1: not whole archives"
		fi
	fi
	"${update[@]}" 2>err || complain "$1: the next update: $(cat err)"
	tables s.db >again; cmp -s clean again || complain "$1: another table after the next update"
}

calls="openat pread64 pwrite64 write fsync fdatasync ftruncate unlink rename"
for call in $calls; do
	for ((n = 1; ; n += step)); do
		rm -f s.db*
		status=0
		(strace -f -qq -o trace -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" "${update[@]}"; exit $?) >/dev/null 2>&1 || status=$?
		[ $status = 0 ] && break # it has fewer such calls
		after "kill at $call $n"
	done
done
for error in EIO ENOSPC EINTR; do
	for call in pread64 pwrite64 write fsync fdatasync ftruncate; do
		for lasting in "" +; do
			[ $error$lasting = EINTR+ ] && continue # a call that is interrupted for ever is made again for ever
			for ((n = 1; ; n += step * 3)); do
				rm -f s.db* trace
				status=0
				strace -f -qq -o trace -e "trace=$call" -e "inject=$call:error=$error:when=$n$lasting" timeout 60 "${update[@]}" >/dev/null 2>err || status=$?
				grep -q INJECTED trace || break
				grep -q 'error while loading shared' err && continue # the fault met the loader, before the program
				case $status in 0|1|2|3) ;; *) complain "$error at $call $n$lasting: status $status" ;; esac
				after "$error at $call $n$lasting"
			done
		done
	done
done
echo "$injected faults by system call, $violations violations"

if mkdir small && mount -t tmpfs -o size=64k none small 2>/dev/null; then
	full=0
	for kib in $(seq 64 $((16 * step)) 4096); do
		mount -o remount,size="${kib}k" none small 2>/dev/null || break
		rm -f small/*; rm -f s.db*
		status=0
		"$program" update -q -j 1 --no-cache --progress never -l lexicon.tsv --store small/s.db corpus 2>/dev/null || status=$?
		full=$((full + 1))
		if [ $status = 0 ]; then tables small/s.db >again && cmp -s clean again || complain "disk of $kib KiB: status 0, another table"; break; fi
		[ $status = 3 ] || complain "disk of $kib KiB: status $status"
		mount -o remount,size=16m none small
		"$program" update -q -j 1 --no-cache --progress never -l lexicon.tsv --store small/s.db corpus 2>err || complain "disk of $kib KiB, then room: $(cat err)"
		tables small/s.db >again; cmp -s clean again || complain "disk of $kib KiB, then room: another table"
		rm -f small/*; mount -o remount,size="${kib}k" none small
	done
	echo "$full sizes of a full disk"
	umount small
else
	echo "skipped: a full disk (no right to mount a tmpfs)"
fi

# timed kills of a run with several threads
for i in $(seq $((step == 1 ? 100 : 105 / step))); do
	rm -f s.db*
	"$program" update -q -j 8 --no-cache --progress never -l lexicon.tsv --store s.db corpus >/dev/null 2>&1 & pid=$!
	sleep "0.0$((RANDOM % 90 + 10))"
	{ kill -9 $pid || true; wait $pid || true; } 2>/dev/null
	after "timed kill $i"
done
echo "$((injected)) faults in all, $violations violations"
[ $violations = 0 ] && echo "$injected passed, 0 failed"
