"""The page of the command line: every command with its arguments, from the parser itself."""

import argparse
from typing import Iterator, List, Tuple

from documents.words import Words, code, literal, made, table
from sophon_report import cli

PLACES = ("--config", "--data-dir")
"""Options that nearly every command takes: told once."""
Command = Tuple[str, str, argparse.ArgumentParser]
"""Words that are typed, what it does, its parser."""


def page(words: Words) -> str:
    """The whole page."""
    parser = cli._parser()  # noqa: SLF001 - there is no other
    commands = list(_commands(parser, parser.prog))
    about = words(
        "Exit status: 0 done, 1 it could not be done, 2 the command line or the settings are wrong. Every command that"
        " takes the two options below works, where nothing else is said, whether the service runs or not.",
        "退出码：0 表示完成，1 表示无法完成，2 表示命令行或设置有误。凡接受下面两个选项的命令，除另有说明外，"
        "无论服务是否在运行都可以使用。",
    )
    return made(words("Command line", "命令行"), about, [_places(words, commands), *_told(words, commands)])


def _commands(parser: argparse.ArgumentParser, typed: str, does: str = "") -> Iterator[Command]:
    inner = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]  # noqa: SLF001
    for action in inner:
        helps = {each.dest: each.help or "" for each in action._choices_actions}  # noqa: SLF001
        for name, under in action.choices.items():
            yield from _commands(under, f"{typed} {name}", helps.get(name, ""))
    if not inner:
        yield typed, does, parser


def _arguments(parser: argparse.ArgumentParser) -> List[argparse.Action]:
    """What a command takes of its own, in order."""
    hidden = ("help", "version")
    return [
        each
        for each in parser._actions  # noqa: SLF001
        if each.dest not in hidden
        and each.help != argparse.SUPPRESS
        and not set(PLACES) & set(each.option_strings)
    ]


def _places(words: Words, commands: List[Command]) -> str:
    _, _, parser = next(each for each in commands if each[0].endswith(" run"))
    ours = [each for each in parser._actions if set(PLACES) & set(each.option_strings)]  # noqa: SLF001
    return _table(words, ours)


def _told(words: Words, commands: List[Command]) -> Iterator[str]:
    group = ""
    for typed, does, parser in commands:
        name = typed.split()[1]
        if name != group:
            group = name
            yield f"## {name}\n"
        if len(typed.split()) > 2:
            yield f"### {typed.partition(' ')[2]}\n"
        arguments = _arguments(parser)
        places = any(set(PLACES) & set(each.option_strings) for each in parser._actions)  # noqa: SLF001
        takes = "" if places else words(" It takes neither of the two options.", " 不接受上面两个选项。")
        yield f"{_sentence(words, does)}{takes}\n\n```text\n{_usage(typed, arguments)}\n```\n"
        if arguments:
            yield _table(words, arguments)


def _sentence(words: Words, does: str) -> str:
    told = words(does)
    end = "。" if told != does else "."
    return f"{told[:1].upper()}{told[1:]}{end}" if told else ""


def _usage(typed: str, arguments: List[argparse.Action]) -> str:
    pieces = [typed]
    for each in [
        *(one for one in arguments if one.option_strings),
        *(one for one in arguments if not one.option_strings),
    ]:
        shown = _shown(each)
        needed = each.required if each.option_strings else each.nargs not in ("?", "*")
        pieces.append(shown if needed else f"[{shown}]")
    lines, line = [], pieces[0]
    for piece in pieces[1:]:
        if len(line) + 1 + len(piece) > 100:
            lines.append(line)
            line = " " * 4 + piece
        else:
            line += " " + piece
    return "\n".join([*lines, line])


def _shown(one: argparse.Action) -> str:
    """As it is typed, with what stands for its value."""
    if isinstance(one.metavar, str):
        value = one.metavar
    else:
        value = "|".join(map(str, one.choices)) if one.choices else one.dest.upper()
    if not one.option_strings:
        return f"{value} ..." if one.nargs in ("*", "+") else value
    name = max(one.option_strings, key=len) if one.choices is None else one.option_strings[0]
    return name if one.nargs == 0 else f"{name} {value}"


def _table(words: Words, arguments: List[argparse.Action]) -> str:
    rows = []
    for each in arguments:
        default = "" if each.default in (None, False, [], "", argparse.SUPPRESS) else code(literal(each.default))
        rows.append((code(_shown(each)), words(each.help or ""), default))
    head = (words("argument", "参数"), words("what it says", "含义"), words("default", "默认"))
    columns = 3 if any(row[2] for row in rows) else 2
    return table(head[:columns], [row[:columns] for row in rows])
