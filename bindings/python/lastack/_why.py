"""Why TCP is as it is: the protocol with a piece left out, and a run in which that goes wrong."""

from __future__ import annotations

from html import escape
from typing import Any, SupportsIndex

from lastack import _core
from lastack._case import CaseRun
from lastack._explore import _number
from lastack._progress import progress_bar
from lastack._table import Table

__all__ = ["Why", "stories", "why"]


class Why:
    """A story: what a piece of the protocol is there for.

    A shortest run without the piece in which something goes wrong, the same run with it, and the search that says that
    there it never does. `print` shows what the command `lastack why` does; a notebook shows it with pictures.
    """

    __slots__ = (
        "answer", "as_claimed", "claims", "cycle", "full", "holds", "left_out", "name", "path", "place", "protocol",
        "question", "searched", "statement", "text", "until_r2", "without", "wrong",
    )  # fmt: skip

    name: str
    """Of the story: "two-way-handshake"."""
    question: str
    """What it answers."""
    left_out: str
    """What is otherwise than in the full protocol."""
    wrong: str
    """What goes wrong then."""
    place: str
    """The section of RFC 9293, and the decision that speaks of it."""
    claims: tuple[str, ...]
    """What it demonstrates or refutes: ids of spec/claims.toml, which the first notebook lists."""
    protocol: str
    """The full one: "RFC 9293", or that with the reading that a story of a choice takes: see `choices`."""
    without: CaseRun
    """The run in which it goes wrong. What comes again and again is shown once, behind a note."""
    full: CaseRun
    """The same calls, losses, copies, forgeries and timeouts under the full protocol, and on until nothing is owed."""
    path: tuple[int, ...]
    """The moves of `without`, each by its number among those of its state."""
    cycle: tuple[int, ...]
    """Of a run without end, the moves that come again and again behind `path`; else empty."""
    until_r2: bool
    """The cycle has retransmissions, and so ends where R2 is finite (RFC 9293 3.8.3)."""
    holds: str
    """What holds under the full protocol, as a sentence."""
    answer: str
    """Of the search under the full protocol: "holds", "violated", "vacuous" (nothing spoke of it), "open"."""
    searched: dict[str, Any]
    """How far it was searched under the full protocol: `states`, `moves`, `depth`, `complete`, and `bounds` in words."""
    statement: str
    """`searched` and `answer` as sentences."""
    as_claimed: bool
    """It goes wrong without the piece, and never under the full protocol."""
    text: str
    """The whole story, in lines of at most 100 columns."""

    def __init__(self, told: _core.Told) -> None:
        for what in ("answer", "as_claimed", "claims", "cycle", "holds", "left_out", "name", "path", "place",
                     "protocol", "question", "searched", "statement", "text", "until_r2", "wrong"):  # fmt: skip
            setattr(self, what, getattr(told, what))
        if not self.path and not self.cycle:
            raise RuntimeError(f"{self.name}: no run was found in which it goes wrong")
        self.without, self.full = (
            CaseRun(f"{self.name}.case", text, "absolute", history) for text, history in (told.without, told.full)
        )

    def _repr_html_(self) -> str:
        """Side by side where there is room, else one below the other."""
        runs = (("Otherwise", self.without), (f"The same under {self.protocol}", self.full))
        ladders = "".join(
            f'<div style="max-width:100%">{run.ladder.replace(title=title)._repr_svg_()}</div>' for title, run in runs
        )
        return (
            f"<div><p><strong>{escape(self.question)}</strong></p>"
            f"<p>Otherwise: {escape(self.left_out)}<br>What goes wrong: {escape(self.wrong)}</p>"
            f'<div style="display:flex;flex-wrap:wrap;gap:12px;align-items:flex-start">{ladders}</div>'
            f"<p>Under {escape(self.protocol)}: {escape(self.holds)}<br>{escape(self.statement)}<br>"
            f"RFC 9293 {escape(self.place)}.</p></div>"
        )

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Why {self.name}: {self.question} {len(self.path) + len(self.cycle)} moves; {self.answer}>"


def stories() -> Table:
    """The stories that `why` tells: `name`, `question`, `place` (in RFC 9293) and `claims` (ids of spec/claims.toml)."""
    return Table(("name", "question", "place", "claims"), _core.stories())


def why(name: str, *, threads: SupportsIndex = 1, progress: bool | None = None) -> Why:
    """Tells what a piece of the protocol is there for, by a run without it.

    `name` is that of a story, see `stories`. Both protocols are searched, which takes from milliseconds to seconds.
    `threads`: 0 for all cores. With one, everything is the same in each run; with more, the run may be another one of
    the same length. `progress`: see `check`. Ctrl-C ends it. ValueError where no story has this name.
    """
    with progress_bar("why", "state", progress) as tell:
        return Why(_core.tell(name, _number("threads", threads, 1024), tell))
