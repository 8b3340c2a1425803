"""Nothing that comes from a run or a file acts where it is shown."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given, strategies as st
from markdown_it import MarkdownIt

from harness.traces.escape import (
    annotation,
    annotation_property,
    html,
    markdown,
    markdown_code,
    terminal,
)
from harness.visible import UNSAFE_CHARACTERS, one_line, visible

# Rich in what some destination reads as more than text.
marks = st.text(
    st.sampled_from(
        [*"<>&\"'`*_[]()!|~#@\\/:%,;=-+.{}$^ \n\t\r\x1b\x9b\x00\u202e\u200b\ud800aé1", "##[", "::"]
    ).map(lambda piece: piece[0])
    | st.characters()
)
hostile = st.one_of(
    marks,
    st.lists(
        st.sampled_from(
            [
                "%0A",
                "%25",
                "##[",
                "::",
                "<b>",
                "](x)",
                "`",
                "@a",
                "https://x.y",
                "www.x.y",
                "\n",
                " ",
                "|",
                "&lt;",
            ]
        )
    ).map("".join),
)
unsafe = re.compile(f"[{UNSAFE_CHARACTERS}]")


def test_every_character_that_acts_or_hides_counts_as_unsafe() -> None:
    """Controls, lone surrogates, line separators, bidi controls and what has no width.

    The other format characters (of some scripts and of music) shape visible text and stay.
    """
    kept = set()
    for code in range(0x110000):
        character = chr(code)
        acts = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
        bidi = unicodedata.bidirectional(character)
        acts |= bidi in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
        assert not acts or unsafe.match(character), hex(code)
        if unicodedata.category(character) == "Cf" and not unsafe.match(character):
            kept.add(unicodedata.name(character).split()[0])
    assert kept <= {"ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN", "SHORTHAND", "MUSICAL"}


@given(hostile)
def test_one_line_is_one_line_that_can_be_printed(text: str) -> None:
    """In every terminal and every encoding that has the letters."""
    line = one_line(text)
    assert not unsafe.search(line)
    line.encode()
    assert "##[" not in line
    assert not line.lstrip().startswith("::")
    assert one_line(line) == line


def test_what_acts_is_shown_as_an_escape() -> None:
    """Visible, so that nobody wonders what is missing."""
    assert visible("a\x1b[31m\x9b\u202e\u2028\ud800\U000e0041") == (
        r"a\x1b[31m\x9b\u202e\u2028\ud800\U000e0041"
    )
    assert visible("é 中 💥 \\x1b") == "é 中 💥 \\x1b"


def test_a_long_text_is_cut_with_its_length() -> None:
    """One line stays readable."""
    assert one_line("x" * 20, length_max=5) == "xxxxx... (20 characters)"


@given(hostile)
def test_a_terminal_gets_lines_and_no_commands(text: str) -> None:
    """Line breaks stay; no line is a command to a CI runner."""
    shown = terminal(text)
    assert shown.count("\n") == text.count("\n")
    for line in shown.split("\n"):
        assert not unsafe.search(line)
        assert "##[" not in line
        assert not line.lstrip().startswith("::")


class Reader(HTMLParser):
    """What a browser would take for text, and everything that it would not."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.text = ""
        self.other: list[str] = []
        self.feed(markup)
        self.close()

    def handle_data(self, data: str) -> None:
        """Text."""
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """An element."""
        self.other.append(tag)

    def handle_comment(self, data: str) -> None:
        """Neither shown nor harmless."""
        self.other.append(data)

    def handle_decl(self, decl: str) -> None:
        """A document type."""
        self.other.append(decl)

    def handle_pi(self, data: str) -> None:
        """An instruction."""
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        """A CDATA section."""
        self.other.append(data)


@given(hostile)
def test_html_shows_the_text_and_nothing_else(text: str) -> None:
    """Within an element, and within an attribute with either quote."""
    shown = html(text)
    reader = Reader(shown)
    assert reader.other == []
    assert "\x1b" not in reader.text
    assert not set("<>\"'") & set(shown)
    if not unsafe.search(text.replace("\n", "").replace("\t", "")) and visible(text) == text:
        assert reader.text == text


@given(hostile)
def test_markdown_shows_the_text_and_nothing_else(text: str) -> None:
    """No link, no emphasis, no element, no list, no table cell; one paragraph at most."""
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(f"x {markdown(text)}")
    reader = Reader(rendered.strip())
    assert reader.other == ["p"]
    plain = one_line(text, length_max=len(text))
    assert reader.text.replace("\u200b", "") == f"x {plain}".rstrip()


@given(hostile)
def test_markdown_stays_in_its_table_cell(text: str) -> None:
    """A bar or a line break in a value adds no cell."""
    table = f"| a | b |\n|---|---|\n| {markdown(text)} | {markdown_code(text)} |"
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(table)
    assert re.findall("<(/?[a-z]+)", rendered) == re.findall(
        "<(/?[a-z]+)",
        "<table><thead><tr><th></th><th></th></tr></thead>"
        "<tbody><tr><td></td><td><code></code></td></tr></tbody></table>",
    )


@pytest.mark.parametrize("text", ["@everyone", "#1", "a@b.c"])
def test_markdown_mentions_nobody(text: str) -> None:
    """GitHub looks for names and numbers in the finished text, where escapes are gone."""
    assert not re.search(r"[@#]\w", markdown(text))


@given(hostile)
def test_an_annotation_is_one_command(text: str) -> None:
    """The message and a property can be read back; neither ends early or starts another."""
    command = f"::error title={annotation_property(text)}::{annotation(text)}"
    assert "\n" not in command
    assert "\r" not in command
    properties, message = command.removeprefix("::error ").split("::", 1)
    assert properties.count("=") - 1 == text.count("=")
    assert not set(properties) & set(":,")
    assert not unsafe.search(message.replace("\t", " "))
    read_back = message.replace("%0A", "\n").replace("%25", "%")
    assert read_back.split("\n") == [
        "\t".join(visible(cell) for cell in line.split("\t")) for line in text.split("\n")
    ]
