#!/bin/sh
# Lists the numbers of the parts whose store is not there yet. usage: missing.sh LISTS STORES
set -eu
for list in "$1"/shard-*.list; do
	n=$(basename "$list" .list)
	n=${n#shard-}
	[ -e "$2/part-$n.db" ] || expr "$n" + 0
done
