#!/bin/sh
# One array task: counts the archives of one list into a store of its own.
# Environment: THEMETALLY (the program), LISTS (folder of shard-NNNN.list), STORES (shared folder for the results),
# SCRATCH (local disk of the node; default /tmp), UPDATE_OPTIONS (more options for update).
#
# The store is made on local disk, because SQLite's locks do not hold on a shared one, then copied under a temporary name, synced and
# renamed. A task is done when its store stands under its final name; nothing else counts as done.
set -eu
n=$(printf '%04d' "${1:-$SLURM_ARRAY_TASK_ID}")
final="$STORES/part-$n.db"
[ -e "$final" ] && exit 0
work=$(mktemp -d "${SCRATCH:-/tmp}/themetally-$n-XXXXXX")
trap 'rm -rf "$work"' EXIT
status=0
# shellcheck disable=SC2086
"$THEMETALLY" update -q ${UPDATE_OPTIONS:-} --store "$work/part.db" --files-from "$LISTS/shard-$n.list" || status=$?
[ "$status" -le 1 ] || exit "$status" # 1: some archive is damaged, which the store records
[ ! -s "$work/part.db-wal" ] || exit 3 # closing a store puts its log into it, unless that failed
cp "$work/part.db" "$final.$$.tmp"
sync -d "$final.$$.tmp" 2>/dev/null || sync
mv "$final.$$.tmp" "$final"
