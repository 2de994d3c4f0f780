# Completes shoal in bash. What can be typed is asked of the program itself: `shoal complete WORD...` reads the tables that read a
# command line, and asks the daemon that runs.

_shoal() {
    local breaks=${COMP_WORDBREAKS-=:} words=() word is_joined='' i
    COMPREPLY=()
    # Bash makes words of '=' and ':' unless it is told otherwise: "torrent=ab" is three of them, joined here again.
    for ((i = 1; i <= COMP_CWORD; ++i)); do
        word=${COMP_WORDS[i]}
        if [[ ${#words[@]} -gt 0 && ($is_joined || $word =~ ^[=:]+$) ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        is_joined=''
        [[ $word =~ ^[=:]+$ && $breaks == *"${word:0:1}"* ]] && is_joined=1
    done
    local last=$((${#words[@]} - 1)) quote=''
    ((last >= 0)) || return 0
    for ((i = 0; i <= last; ++i)); do
        [[ $i -eq $last && ${words[i]} == [\'\"]* ]] && quote=${words[i]:0:1}
        words[i]=${words[i]//[\\\'\"]/}
    done
    # Readline replaces what comes after the last sign that breaks a word.
    local typed=${words[last]} cut=''
    [[ $breaks == *=* && $typed == *=* ]] && cut=${typed%"${typed##*=}"}
    [[ $breaks == *:* && ${typed#"$cut"} == *:* ]] && cut=${typed%"${typed##*:}"}

    local text help
    while IFS=$'\t' read -r text help; do
        case $text in
        '#files') mapfile -t COMPREPLY < <(compgen -f -- "${typed#"$cut"}"); compopt -o filenames 2>/dev/null ;;
        '#folders') mapfile -t COMPREPLY < <(compgen -d -- "${typed#"$cut"}"); compopt -o filenames 2>/dev/null ;;
        *)
            text=${text#"$cut"}
            [[ $quote ]] || printf -v text '%q' "$text"
            COMPREPLY+=("$text")
            ;;
        esac
    done < <("$1" complete "${words[@]}" 2>/dev/null)
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}

complete -F _shoal shoal
