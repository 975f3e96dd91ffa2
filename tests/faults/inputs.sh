#!/bin/bash
# Hostile input from outside: damaged archives, bombs, the largest member that is allowed, damaged stores, files made to be hostile; and whether runs differ.
# usage: inputs.sh PROGRAM CORPUS     QUICK=1: a twentieth of it
set -euo pipefail
program=$(realpath "$1"); corpus=$(realpath "$2"); here=$(dirname "$(realpath "$0")")
quick=${QUICK:-0}
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cc -O1 -o "$work/damage" "$here/damage.c"
cd "$work"
violations=0 tried=0
complain() { violations=$((violations + 1)); echo "VIOLATION: $*"; }
run() { status=0; timeout 120 "$program" "$@" || status=$?; }

# 1. Runs that must not differ: threads, order of the archives, size of a read.
mapfile -t archives < <(find "$corpus" -type f | sort)
runs=0 first=
rounds=9; [ "$quick" = 1 ] && rounds=1
for ((round = 0; round < rounds; round++)); do
	for threads in 1 2 3 7 16 64; do
		for size in 1 7 4K 1M; do
			mapfile -t shuffled < <(printf '%s\n' "${archives[@]}" | shuf)
			sum=$({ "$program" count -q --kind all -j $threads --limit read=$size "${shuffled[@]}"; "$program" kwic -q --theme harm -j $threads --limit read=$size "${shuffled[@]}"; } | sha256sum) || sum=failed
			runs=$((runs + 2)) first=${first:-$sum}
			[ "$sum" = "$first" ] || complain "another result with -j $threads, read=$size, order: ${shuffled[*]##*/}"
		done
	done
done
echo "$runs runs of one corpus compared over threads, order and read size"

# 2. Damage. The damaged archive must be refused whole and once, or give what the whole one gives; the good one beside it counts either way. Plain text
# has no checksum: there any text is a text.
seeds=100; [ "$quick" = 1 ] && seeds=6
good=$(find "$corpus" -name 'child-*' | head -n 1)
mkdir damaged; cp "$good" damaged/good.txt.gz
mkdir forms
for a in "${archives[@]}"; do cp "$a" forms/; done
text=$(find "$corpus" -name '*.txt' | head -n 1)
zstd -q --check "$text" -o forms/checked.txt.zst; xz -kc "$text" >forms/text.txt.xz; bzip2 -kc "$text" >forms/text.txt.bz2
(cd forms && zip -q entries.zip "$(basename "$text")" && tar cf - "$(basename "$text")" | gzip -1 >members.tar.gz)
run segment -q -j 2 damaged >alone 2>/dev/null
for a in forms/*; do
	name=$(basename "$a")
	cp "$a" "damaged/$name"; run segment -q -j 2 damaged >whole 2>/dev/null
	for ((seed = 1; seed <= seeds; seed++)); do
		./damage "$seed" <"$a" >"damaged/$name"
		tried=$((tried + 1))
		run segment -q -j 2 damaged >found 2>err
		case $name in *.txt) [ "$status" -le 1 ] || complain "$name, seed $seed: status $status"; continue ;; esac
		case $status in
		0) cmp -s found whole || complain "$name, seed $seed: accepted with another text" ;;
		1)
			cmp -s found alone || complain "$name, seed $seed: a part of a damaged archive was counted"
			[ "$(grep -c "$name.*refused" err)" = 1 ] || complain "$name, seed $seed: not named once: $(head -n 3 err)"
			;;
		*) complain "$name, seed $seed: status $status: $(head -n 1 err)" ;;
		esac
	done
	rm "damaged/$name"
done
echo "$tried damaged archives"

# 3. Memory: bombs of every kind and the largest member that is allowed stay below a ceiling of address space, and the good archive beside them counts.
ceiling=2097152; mib=600 # KiB, MiB
[ "$quick" = 1 ] && mib=200
ones() { head -c ${mib}M /dev/zero | tr '\0' 1; }
mkdir bombs; cp "$good" bombs/good.txt.gz
ones | gzip -1 >bombs/ones.txt.gz
ones | zstd -q >bombs/ones.txt.zst
ones | xz -0 >bombs/ones.txt.xz
ones | bzip2 -1 >bombs/ones.txt.bz2
ones >ones.txt && zip -q -1 bombs/ones.zip ones.txt && rm ones.txt
gzip -kc bombs/ones.txt.gz >bombs/twice.txt.gz.gz
mkdir -p nest/a; (cd nest && cp ../bombs/good.txt.gz a/ && for i in 1 2 3 4; do tar cf "$i.tar" a && rm -r a && mkdir a && mv "$i.tar" a/; done; tar cf - a) | gzip >bombs/nested.tar.gz
peak=0
for threads in 1 4; do
	run segment -q -j $threads bombs/good.txt.gz >alone 2>/dev/null
	for b in bombs/ones* bombs/twice* bombs/nested*; do
		tried=$((tried + 1))
		status=0
		/usr/bin/time -f %M -o rss bash -c 'ulimit -v '$ceiling'; exec timeout 120 "$@"' - "$program" segment -q -j $threads "$b" bombs/good.txt.gz >found 2>err || status=$?
		[ "$status" = 1 ] && grep -q 'refused, limit' err || complain "$b: status $status: $(head -n 1 err)"
		cmp -s <(cut -d, -f2- alone) <(cut -d, -f2- found) || complain "$b: the good archive beside it counts otherwise"
		kib=$(tail -n 1 rss); [ "$kib" -le $peak ] || peak=$kib
	done
done
echo "bombs: at most $((peak / 1024)) MiB resident"
mib=255; [ "$quick" = 1 ] && mib=64
head -c ${mib}M < <(while zcat -f "$text" "$good"; do :; done 2>/dev/null) | gzip -1 >largest.txt.gz
tried=$((tried + 1))
status=0
/usr/bin/time -f %M -o rss bash -c 'ulimit -v '$ceiling'; exec "$@"' - "$program" count -q -j 1 largest.txt.gz >/dev/null 2>err || status=$?
[ "$status" -le 1 ] && ! grep -q 'refused' err || complain "a member of $mib MiB: status $status: $(head -n 1 err)"
echo "a member of $mib MiB: $(($(tail -n 1 rss) / 1024)) MiB resident"

# 4. Stores of unknown origin: a damaged file ends in a table, or in status 3 with a message; never in a crash.
"$program" update -q --progress never --store whole.db "$text" "$good" 2>/dev/null
"$program" count -q --store whole.db >clean
refused=0 same=0 stores=$((seeds * 2))
for ((seed = 1; seed <= stores; seed++)); do
	rm -f s.db*
	if ((seed % 2)); then ./damage "$seed" <whole.db >s.db; else # one byte
		cp whole.db s.db; printf "\\$(printf %o $((seed * 37 % 256)))" | dd of=s.db bs=1 seek=$(((seed * 7919) % $(stat -c %s whole.db))) conv=notrunc status=none; fi
	tried=$((tried + 1))
	counts=0
	for command in "count -q" "verify -q" "segment -q" "status" "update -q --progress never"; do
		files=(); [[ $command = update* ]] && files=("$text")
		# shellcheck disable=SC2086
		run $command --store s.db "${files[@]}" >found 2>err
		[ "$status" -le 3 ] || complain "store, seed $seed: $command: status $status"
		[ "$status" != 3 ] || [ -s err ] || complain "store, seed $seed: $command: status 3 without a word"
		[ "$command" != 'count -q' ] || { [ "$status" = 0 ] && cmp -s found clean && same=$((same + 1)) counts=1 || true; }
		if [ "$command" != 'verify -q' ]; then :; elif [ "$status" != 0 ]; then refused=$((refused + 1)); elif [ $counts = 0 ]; then complain "store, seed $seed: verify finds nothing, the table is another"; fi
	done
done
echo "$stores damaged stores: verify refuses $refused; $same still count as before"

# 5. Files made to be hostile, each with the verdict it must get and the number of its records that count. The good archive beside it counts whatever
# comes of it, and none may take more than its share of time and memory.
every=1; [ "$quick" = 1 ] && every=8
seconds=20
python3 "$here/hostile.py" hostile >verdicts
run segment -q --kind all --duplicates all --format jsonl damaged/good.txt.gz >alone 2>/dev/null
made=0 peak=0
while IFS=$'\t' read -r name verdict records; do
	((made++ % every == 0)) || continue
	tried=$((tried + 1))
	status=0
	/usr/bin/time -f '%M %U %S' -o cost timeout 120 "$program" segment -q --kind all --duplicates all --format jsonl -j 2 "hostile/$name" damaged/good.txt.gz >found 2>err || status=$?
	read -r kib user system < <(tail -n 1 cost)
	[ "$kib" -le $peak ] || peak=$kib
	told=$(sed -nE "s#^themetally: hostile/$name: (.*: )?(refused|skipped), ([a-z-]*).*#\3#p; T; q" err)
	wanted=0; [ "$verdict" = read ] || wanted=1
	[ "$status" = $wanted ] && [ "${told:-read}" = "$verdict" ] || complain "$name: status $status, ${told:-read}, and not $verdict: $(head -n 1 err | cut -c 1-200)"
	[ "$(grep -c "\"archive\":\"hostile/$name\"" found)" = "$records" ] || complain "$name: another number of records than $records"
	cmp -s alone <(grep -F '"archive":"damaged/good.txt.gz"' found) || complain "$name: the good archive beside it counts otherwise"
	[ "$(echo "$user + $system > $seconds" | bc)" = 0 ] || complain "$name: $user + $system seconds"
	ceiling=$((96 * 1024 + $(stat -c %s "hostile/$name") / 25)) # KiB: what decoding may expand before its ratio is looked at, and forty times the file
	[[ $name == pdf-* ]] && ceiling=$((512 * 1024)) # poppler's own
	[ "$kib" -le $ceiling ] || complain "$name: $kib KiB resident"
done <verdicts
echo "$((made / every)) files made to be hostile: at most $((peak / 1024)) MiB resident"
echo "$tried hostile inputs, $violations violations"
[ $violations = 0 ]
