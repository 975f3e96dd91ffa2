#!/bin/sh
# Submits the tasks whose stores are missing, and a merge that waits for them. Run it again after any failure: it does only what is left.
# usage: submit.sh LISTS STORES RESULT.db     (environment as in task.sh)
set -eu
[ $# -eq 3 ] || { echo "usage: $0 LISTS STORES RESULT.db" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
LISTS=$(cd "$1" && pwd); mkdir -p "$2"; STORES=$(cd "$2" && pwd)
export LISTS STORES THEMETALLY="${THEMETALLY:-themetally}" RESULT="$3" HERE="$here"
missing=$("$here/missing.sh" "$LISTS" "$STORES" | paste -sd, -)
dependency=""
if [ -n "$missing" ]; then
	job=$(sbatch --parsable --requeue --array="$missing" --export=ALL --output="$STORES/task-%a.log" "$here/task.sh")
	echo "tasks $missing: job $job"
	dependency="--dependency=afterok:$job --kill-on-invalid-dep=yes"
fi
# shellcheck disable=SC2086
sbatch --wait $dependency --export=ALL --output="$STORES/merge.log" "$here/merge.sh"
