"""Completion scripts, in the language of each shell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smart_charging.cli.completable import Completable, Option

_BASH = """\
# Completes smart-charging in bash; printed by `smart-charging completion bash`.
_smart_charging() {
    local IFS=$'\\n' word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= words= files= place
    if [[ $word == = ]]; then
        word=
    elif [[ $before == = ]]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((place = 1; place < COMP_CWORD; place++)); do
        [[ ${COMP_WORDS[place]} == -* ]] || { command=${COMP_WORDS[place]}; break; }
    done
    case "$command $before" in
%s
    esac
    COMPREPLY=()
    if [[ $files && $word != -* ]]; then
        compopt -o filenames 2> /dev/null
        COMPREPLY=($(compgen -f -- "$word"))
    else
        COMPREPLY=($(compgen -W "$words" -- "$word"))
    fi
}
complete -F _smart_charging smart-charging
"""
_ZSH = """\
#compdef smart-charging
# Completes smart-charging in zsh; printed by `smart-charging completion zsh`.
_smart_charging() {
    local context state state_descr line
    typeset -A opt_args
    _arguments -C '(- *)'{-h,--help}'[show the help]' '(- *)--version[show the version]' \\
        '1:command:->command' '*::argument:->argument'
    case $state in
        command)
            local -a commands=(
%s
            )
            _describe command commands
            ;;
        argument)
            case $words[1] in
%s
            esac
            ;;
    esac
}
if [[ $funcstack[1] == _smart_charging ]]; then
    _smart_charging "$@"
else
    compdef _smart_charging smart-charging
fi
"""
_FISH = """\
# Completes smart-charging in fish; printed by `smart-charging completion fish`.
complete -c smart-charging -f
complete -c smart-charging -s h -l help -d 'show the help'
complete -c smart-charging -n __fish_use_subcommand -l version -d 'show the version'
%s
"""


def bash(commands: Sequence[Completable]) -> str:
    """For bash from 3.2 on, the one that macOS has."""
    cases = [line for command in commands for line in _bash_cases(command)]
    names = _bash_words([*(command.name for command in commands), "--help", "--version"])
    return _BASH % "\n".join([*cases, f'        " "*) words={names} ;;'])


def _bash_cases(command: Completable) -> Iterator[str]:
    """What may stand behind an option, then what may stand anywhere else."""
    by_offer: dict[str, list[str]] = {}
    for option in command.options:
        if option.value is None:
            continue
        offer = "files=yes" if option.takes_file else f"words={_bash_words(option.choices)}" if option.choices else ""
        by_offer.setdefault(offer, []).append(f'"{command.name} {option.name}"')
    yield from (f"        {' | '.join(places)}) {offer} ;;" for offer, places in by_offer.items())
    own = [option.name for option in command.options]
    yield from (
        f'        "{command.name} {before}") words={_bash_words(words)} ;;'
        for before, words in _placed(command).items()
    )
    words = own if command.following else [*command.words, *own]
    files = " files=yes" if command.takes_files else ""
    yield f'        "{command.name} "*) words={_bash_words(words)}{files} ;;'


def _placed(command: Completable) -> Mapping[str, Sequence[str]]:
    """Words that only stand right behind another, by that word."""
    return {command.name: command.words, **command.following} if command.following else {}


def _bash_words(words: Sequence[str]) -> str:
    return "$'" + "\\n".join(words) + "'"


def zsh(commands: Sequence[Completable]) -> str:
    """With a description beside each command and option."""
    listed = [f"                {_quoted(f'{one.name}:{_without_colons(one.summary)}')}" for one in commands]
    return _ZSH % ("\n".join(listed), "\n".join(_zsh_case(command) for command in commands))


def _zsh_case(command: Completable) -> str:
    specs = [_zsh_option(option) for option in command.options]
    specs += [f"1:word:({' '.join(command.words)})"] if command.words else []
    specs += ["*:file:_files"] if command.takes_files else []
    lines = " \\\n".join(f"                        {_quoted(spec)}" for spec in specs)
    behind = "".join(_zsh_behind(command, word) for word in command.following)
    return (
        f"                {command.name})\n{behind}                    _arguments \\\n{lines}\n                    ;;"
    )


def _zsh_behind(command: Completable, word: str) -> str:
    """The case of a second word, which depends on the first."""
    words = " ".join(command.following[word])
    return f"                    [[ $CURRENT == 3 && $words[2] == {word} ]] && {{ compadd -- {words}; return }}\n"


def _zsh_option(option: Option) -> str:
    summary = _without_colons(option.summary.replace("[", "(").replace("]", ")"))
    begin = f"{'*' if option.may_repeat else ''}{option.name}"
    if option.value is None:
        return f"{begin}[{summary}]"
    values = "_files" if option.takes_file else f"({' '.join(option.choices)})" if option.choices else " "
    return f"{begin}=[{summary}]:{_without_colons(option.value)}:{values}"


def _without_colons(text: str) -> str:
    """In zsh a colon ends a description."""
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def fish(commands: Sequence[Completable]) -> str:
    """With a description beside each command and option."""
    return _FISH % "\n".join(line for command in commands for line in _fish_lines(command))


def _fish_lines(command: Completable) -> Iterator[str]:
    of_command = f"complete -c smart-charging -n {_fish_quoted(f'__fish_seen_subcommand_from {command.name}')}"
    yield f"complete -c smart-charging -n __fish_use_subcommand -a {command.name} -d {_fish_quoted(command.summary)}"
    if command.takes_files:
        yield f"{of_command} -F"
    if command.words and not command.following:
        yield f"{of_command} -a {_fish_quoted(' '.join(command.words))}"
    for before, words in _placed(command).items():
        here = f"__fish_seen_subcommand_from {command.name}; and __fish_prev_arg_in {before}"
        yield f"complete -c smart-charging -n {_fish_quoted(here)} -a {_fish_quoted(' '.join(words))}"
    for option in command.options:
        if option.name != "--help":
            name = option.name.removeprefix("--")
            yield f"{of_command} -l {name}{_fish_value(option)} -d {_fish_quoted(option.summary)}"


def _fish_value(option: Option) -> str:
    if option.value is None:
        return ""
    if option.takes_file:
        return " -r -F"
    return f" -x -a {_fish_quoted(' '.join(option.choices))}" if option.choices else " -x"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
