#!/bin/bash
# The whole way on a real Slurm: shard, array job, a node killed in the middle, resume, merge; the result must give the same tables, byte for byte, as one
# machine. usage: run.sh PROGRAM CORPUS. Prints the wall times with one node and with two.
set -euo pipefail
program=$(realpath "$1"); corpus=$(realpath "$2"); here=$(cd "$(dirname "$0")" && pwd); scripts=$(realpath "$here/../../scripts/slurm")
work=$(mktemp -d /var/tmp/themetally-cluster-XXXXXX)
export R=$work/slurm SLURM_CONF=$work/slurm/slurm.conf
trap '"$here/down.sh"; rm -rf "$work"' EXIT
cat >"$work/slow" <<SLOW
#!/bin/sh
# the program, slow enough that a node can be killed in the middle of a task
case "\$1" in update) sleep \${TASK_SECONDS:-2} ;; esac
exec "$program" "\$@"
SLOW
chmod +x "$work/slow"
export THEMETALLY=$work/slow SCRATCH=$work UPDATE_OPTIONS="-j 1 --progress never"
seconds() { date +%s.%N; }
same() {
	for c in count matrix segment 'count --kind all --duplicates all'; do
		"$program" $c -q "$corpus" >"$work/one"
		"$program" $c -q --store "$1" >"$work/many"
		cmp "$work/one" "$work/many" || { echo "FAILED: $c differs"; exit 1; }
	done
	"$program" verify -q --store "$1"
}
"$program" shard -q --parts 6 -o "$work/lists" "$corpus"

for nodes in 1 2; do
	export TASK_SECONDS=8
	rm -rf "$R"; NODES=$nodes "$here/up.sh"
	t=$(seconds)
	"$scripts/submit.sh" "$work/lists" "$work/stores-$nodes" "$work/all-$nodes.db" >/dev/null
	printf '%d node(s), 6 tasks: %.1f s\n' "$nodes" "$(echo "$(seconds) - $t" | bc)"
	same "$work/all-$nodes.db"
	"$here/down.sh"
done

echo "a node killed in the middle"
export TASK_SECONDS=4
rm -rf "$R"; NODES=2 "$here/up.sh"
"$scripts/submit.sh" "$work/lists" "$work/stores-k" "$work/all-k.db" >"$work/submit.log" 2>&1 &
submit=$!
sleep 3
"$here/kill-node.sh" 2
wait $submit || echo "the first submission did not end well: what is left is submitted again"
if [ ! -e "$work/all-k.db" ]; then
	"$scripts/missing.sh" "$work/lists" "$work/stores-k" | paste -sd' ' - | sed 's/^/parts left: /'
	slurmd -N n2 -f "$SLURM_CONF"
	"$scripts/submit.sh" "$work/lists" "$work/stores-k" "$work/all-k.db" >>"$work/submit.log" 2>&1
fi
same "$work/all-k.db"
echo "a store lost after it was done, and a run with GNU parallel"
rm "$work/stores-k/part-0003.db" "$work/all-k.db"
export LISTS=$work/lists STORES=$work/stores-k RESULT=$work/all-k.db HERE=$scripts TASK_SECONDS=0
"$scripts/missing.sh" "$LISTS" "$STORES" | parallel --will-cite -j 2 --retries 2 --joblog "$work/joblog" "$scripts/task.sh" {}
"$scripts/merge.sh"
same "$work/all-k.db"
echo "4 passed, 0 failed"
