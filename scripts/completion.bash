# bash completion for themetally: commands, options and the values that --help lists for them.
_themetally()
{
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]}
	local command=() words
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		words=$("$program" --help 2>/dev/null | sed -n 's/^  \([a-z]*\)  *.*/\1/p')
		mapfile -t COMPREPLY < <(compgen -W "$words --help --version" -- "$current")
		return
	fi
	command=("${COMP_WORDS[1]}")
	if [ "${command[0]}" = lexicon ]; then
		if [ "$COMP_CWORD" -eq 2 ]; then
			mapfile -t COMPREPLY < <(compgen -W "check stats convert diff" -- "$current")
			return
		fi
		command+=("${COMP_WORDS[2]}")
	fi
	if [ "$current" = = ]; then
		current=
	elif [ "$previous" = = ]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case $previous in
	--format) words="table csv tsv json jsonl md latex" ;;
	--nested) words="theme lexicon all quanteda-key quanteda-dictionary" ;;
	--themes | --theme | -t) words=$("$program" lexicon stats -q --no-header --format tsv 2>/dev/null | cut -f1) ;;
	--year) words="published incident" ;;
	--by) words="year fy period:" ;;
	--kind) words="review report other all" ;;
	--duplicates) words="once all" ;;
	--sections) words="main all" ;;
	--facet | --where) words="outcome age_band gender board method kind section layout" ;;
	--color | --progress) words="auto always never" ;;
	--log) words="text json" ;;
	*)
		if [[ $current == -* ]]; then
			words=$("$program" "${command[@]}" --help 2>/dev/null | grep -oE -- '^ +(-[a-zA-Z?], )?--[a-z-]+' | grep -oE -- '--[a-z-]+')
			mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
		else
			compopt -o default
		fi
		return
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _themetally themetally ./themetally
