#!/bin/sh
# Man pages from --help, one for the program and one for each command: man.sh PROGRAM FOLDER
set -eu
program=$(realpath "$1")
out=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
export LC_ALL=C ARGP_HELP_FMT=rmargin=200
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH

# page NAME SUMMARY WORDS...: help2man runs a script of that name, which says what the program says, with the groups of options as
# sections and each example as a paragraph.
page() {
	name=$1 summary=$2
	shift 2
	cat >"$work/$name" <<-END
		#!/bin/sh
		case \$1 in
		--version) "$program" --version | sed '1s/themetally/$name/; 2,\$d' ;;
		--help) "$program" $* --help | sed -E 's/^ ([A-Z][A-Za-z ]*):\$/\n*\1:*/; /^  themetally /s/\$/\n/; /^Mandatory or optional/,/^\$/d' ;;
		esac
	END
	chmod +x "$work/$name"
	printf '[SEE ALSO]\n.BR themetally (1);\nthe documentation that came with the program: counting-rules.md, lexicon.md, store.md and others\n' >"$work/also"
	help2man --no-info --section=1 --name="$summary" --include="$work/also" "$work/$name" -o "$out/$name.1"
	sed -i -E 's/^\*(.*):\*$/.SS \1/' "$out/$name.1"
}

page themetally "themes in archives of case reviews, counted by year" ""
"$program" --help | sed -n 's/^  \([a-z]*\)  *\(.*\)/\1 \2/p' | while read -r command summary; do
	page "themetally-$command" "$summary" "$command"
done
"$program" lexicon --help | sed -n 's/^  \([a-z]*\)  *\(.*\)/\1 \2/p' | while read -r action summary; do
	page "themetally-lexicon-$action" "$summary" "lexicon $action"
done
