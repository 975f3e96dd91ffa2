#!/bin/sh
# Writes an assembler file that holds the named files as they are and the table of base/resource.h.
# usage: embed.sh FILE... > embed.S
set -eu
echo '	.section .rodata'
n=0
for f in $(printf '%s\n' "$@" | LC_ALL=C sort); do
	printf '.Lname%d:\t.asciz "%s"\n.Lbytes%d:\t.incbin "%s"\n.Lend%d:\n' $n "$f" $n "$f" $n
	n=$((n + 1))
done
echo '	.section .data.rel.ro,"aw"'
echo '	.balign 8'
echo '	.globl embedded_files, embedded_count'
echo 'embedded_files:'
i=0
while [ $i -lt $n ]; do
	printf '\t.quad .Lname%d, .Lbytes%d, .Lend%d - .Lbytes%d\n' $i $i $i $i
	i=$((i + 1))
done
echo '	.quad 0, 0, 0'
printf 'embedded_count:\t.quad %d\n' $n
echo '	.section .note.GNU-stack,"",%progbits'
