"""A report in which every text tries to be more than text."""

from __future__ import annotations

from harness.reports.checks import Check, Deed, Failing, Place, Report

#: Commands of a runner, Markdown, HTML, XML, terminals; and what XML and UTF-8 cannot hold.
HOSTILE = (
    "::error file=/etc/passwd::pwned\n::stop-commands::x\r\n##[group]y %0A::add-mask::z | `a` <b>b</b>\n"
    "</pre><script>alert(1)</script> ]]> &amp; [link](javascript:x) ![i](http://evil/x.png) @everyone "
    "{0} \x1b[2J\x00\x0b\ud800\ufffe\uffff\u202e # | **bold** http://evil.example/ -->"
)


def hostile(text: str = HOSTILE) -> Report:
    """A failing search, a known failure, a stored one and an error, all called `text`."""
    found = Failing(
        property=text,
        message=text,
        fingerprint=text,
        places=(Place(file=text, line=3), Place(file=text, line=4)),
        deeds=(Deed(order=1, who=text, text=text, remark=text, place=Place(file=text, line=3)),),
        shown=(text, text),
        replay=f"harness replay {text}",
    )
    known = Failing(property=text, message=text, fingerprint="1", known=True)
    failed = Check(
        file=text, name=text, fixes=(text,), state="failed", verdict=text, failing=(found, known)
    )
    stored = Check(
        file=text, name=text, stored=text, state="failed", verdict=text, failing=(found,)
    )
    short = Check(file=text, name=text, state="inconclusive", verdict=text, said=text)
    stopped = Check(file=text, name=text, state="interrupted", verdict=text)
    return Report(
        checks=(failed, stored, short, stopped), outcome=text, seed=1, error=text, version=text
    )
