"""Plays a page of the documentation: does what it tells a reader to do, in a folder of its own.

Four kinds of fenced block mean something; they are told apart by their first line.

* A title names a file (`python title="shop.py"`, and toml, yaml and so on): it is written.
* `console` holds commands and what they print: each is run, and its output put in the place of what
  stands there. `$ echo $?` is the exit code of the command before. Output that begins with a line
  `...` is shown from the line on that begins with the two words that follow. The name of a trace is
  the one that the play has made.
* `sh` is shown only: what installs or takes minutes. `text` and `json` are shown only, too.
* A comment `<!-- from some/file -->` before a block: its content is that file of the project.

`played` returns the page as it would be if everything in it were true, so a page is right when it
does not change.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[2]

#: Where a reader is said to work; stands for the folder of the play.
HOME = "/home/you"
CHECKOUT = "/home/you/restart-harness"

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<kind>\w+)(?P<options>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r'title="([^"]+)"')
_SOURCE = re.compile(r"<!-- from (\S+) -->\n\Z")
_ELISION = "...\n"
_TRACE = re.compile(r"\S+/\w+-[0-9a-f]+\.trace\.json")
#: What tells one machine from another: a line of progress after ten seconds, and what pytest timed.
_PROGRESS = re.compile(r"^  \.\.\. .* after \d+ s\n", re.MULTILINE)
_SECONDS = re.compile(r"\bin \d+\.\d+s\b")


@attrs.frozen
class Block:
    """One fenced block: `kind` is the word after the fence, `body` ends with a newline."""

    kind: str
    title: str | None
    source: str | None
    indent: str
    body: str


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [_block(text, found) for found in _FENCE.finditer(text)]


def _block(text: str, found: re.Match[str]) -> Block:
    title = _TITLE.search(found["options"])
    source = _SOURCE.search(text[: found.start()])
    return Block(
        kind=found["kind"],
        title=title and title[1],
        source=source and source[1],
        indent=found["indent"],
        body=_without(found["indent"], found["body"]),
    )


def _without(indent: str, body: str) -> str:
    return "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))


def played(text: str, folder: Path) -> str:
    """The page after everything in it was done in `folder`, with what was printed then."""
    play = Play(folder)
    parts, end = [], 0
    for found in _FENCE.finditer(text):
        block = _block(text, found)
        body = "".join(
            f"{block.indent}{line}" if line.strip() else line
            for line in play.do(block).splitlines(keepends=True)
        )
        parts += [text[end : found.start("body")], body]
        end = found.end("body")
    return "".join([*parts, text[end:]])


class Play:
    """What has been done so far: the files in the folder, and the last exit code."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._code = 0

    def do(self, block: Block) -> str:
        """Do what a block says; returns the body that it should have."""
        if block.source is not None:
            return self._write(block.title, (ROOT / block.source).read_text())
        if block.title is not None:
            return self._write(block.title, block.body)
        if block.kind == "console":
            return "".join(self._command(line, shown) for line, shown in _commands(block.body))
        return block.body

    def _write(self, title: str | None, content: str) -> str:
        if title is not None:
            path = self._folder / title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return content

    def _command(self, line: str, shown: str) -> str:
        line = _TRACE.sub(self._trace, line)
        words = shlex.split(line)
        if words == ["echo", "$?"]:
            return f"$ {line}\n{self._code}\n"
        done = subprocess.run(
            words, cwd=self._folder, env=environment(), check=False, text=True, timeout=300,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self._code = done.returncode
        printed = _anywhere(done.stdout, self._folder)
        return f"$ {line}\n{_from(shown, printed)}"

    def _trace(self, found: re.Match[str]) -> str:
        """The trace of that scenario that is there, whatever its digest has become."""
        named = Path(found[0])
        made = sorted(
            (self._folder / named.parent).glob(f"{named.name.split('-')[0]}-*.trace.json")
        )
        return str(named if not made else named.with_name(made[0].name))


def _commands(body: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what is said to come of it."""
    for command in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, _, shown = command.partition("\n")
        yield line, shown


# What a program needs to run at all. All else would change what it prints: pytest and Hypothesis say more
# where `CI` is set, the reports go elsewhere where `GITHUB_` is, and every flag of ours has a variable.
_KEPT = ("HOME", "LANG", "LC_ALL", "TMPDIR")


def environment() -> dict[str, str]:
    """That of a reader at a terminal: this Python first, no settings but time enough, no colours."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    # So that a slow machine sees as many schedules as a fast one.
    return kept | {"PATH": path, "HARNESS_TIME_BUDGET": "10m", "NO_COLOR": "1", "COLUMNS": "80"}


def _anywhere(printed: str, folder: Path) -> str:
    """Output without what differs between machines."""
    printed = printed.replace(str(folder.resolve()), HOME).replace(str(ROOT), CHECKOUT)
    printed = _PROGRESS.sub("", printed)
    printed = _SECONDS.sub("in 0.10s", printed)
    return "".join(f"{line.rstrip()}\n" for line in printed.splitlines())


def _from(shown: str, printed: str) -> str:
    """What is printed, without its beginning if that was left out of what is shown."""
    if not shown.startswith(_ELISION):
        return printed
    wanted = shown.splitlines()[1].split()[:2]
    lines = printed.splitlines(keepends=True)
    begin = next((i for i, line in enumerate(lines) if line.split()[:2] == wanted), 0)
    return "".join([_ELISION, *lines[begin:]])
