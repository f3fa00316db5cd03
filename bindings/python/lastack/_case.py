"""Case files: runs with what the RFC says must come of them."""

from __future__ import annotations

import os
from pathlib import Path

from lastack import _core
from lastack._core import Config
from lastack._ladder import Ladder, Numbers, checked
from lastack._table import Table

__all__ = ["CaseRun", "cases", "play"]

_MOST_OCTETS = 1 << 20


class CaseRun:
    """A case that was played: what happened, and whether it is what the case expects.

    A notebook shows its ladder.
    """

    __slots__ = ("_history", "_numbers", "client", "description", "fault", "mismatch", "name", "server", "text", "title")

    name: str
    """Of the case, or the file."""
    title: str
    """Its first comment line."""
    description: str
    """The other comment lines that open it."""
    text: str
    """The case file."""
    fault: str
    """"" for the lifecycle itself; else what the machine that ran has otherwise: "without RULE", "inverted RULE", "variant NAME"."""
    mismatch: str | None
    """None when all is as expected; else one line "file:line: expected ..., got ..."."""
    client: Config
    """What A is in at the end."""
    server: Config
    """What B is in at the end."""

    def __init__(self, name: str, text: str, numbers: Numbers, history: _core.History | None = None) -> None:
        # A history that is given is this run's, with notes that a case file has no words for.
        self._numbers: Numbers = checked(numbers)
        case = _core.Case(text, os.fsencode(name).decode("utf-8", errors="replace"))
        self.name = name
        self.text = text
        self.title = case.title
        self.description = case.description
        self.fault = case.fault
        played, self.client, self.server, self.mismatch = _core.play_case(case)
        self._history = played if history is None else history

    @property
    def ok(self) -> bool:
        """Everything happened as the case says."""
        return self.mismatch is None

    @property
    def ladder(self) -> Ladder:
        """The run, up to the block that is not as expected."""
        return Ladder(self._history, numbers=self._numbers, title=self.title)

    def _repr_svg_(self) -> str:
        return self.ladder._repr_svg_()

    def __str__(self) -> str:
        return f"{self.title}\n\n{self.ladder}"

    def __repr__(self) -> str:
        return f"<CaseRun of {self.name}: {'ok' if self.ok else self.mismatch}>"


def cases() -> Table:
    """The cases that are built in: `case` is the name for `play`, `title` what it shows, `text` the file."""
    rows = []
    for name, text in _core.case_texts().items():
        rows.append((name, _core.Case(text, f"{name}.case").title, text))
    return Table(("case", "title", "text"), rows)


def play(case: str | os.PathLike[str], *, numbers: Numbers = "relative") -> CaseRun:
    """Plays a case: one that is built in, by name (`cases()`; "close" is "normal_close"), a case file by its path, or
    the text of one.

    Text has several lines; the grammar is in spec/case-files.md. A run that is not as the case says is no error: see
    `CaseRun.ok`. Raises ValueError ("file:line: reason") for text that is no case, FileNotFoundError where there is
    neither such a case nor such a file.
    """
    if isinstance(case, str):
        if "\n" in case:
            return CaseRun("case", case, numbers)
        name = "normal_close" if case == "close" else case
        built_in = _core.case_texts().get(name)
        if built_in is not None:
            return CaseRun(f"{name}.case", built_in, numbers)
    path = Path(case)
    if not path.exists():
        raise FileNotFoundError(f"{case}: neither a case (see lastack.cases()) nor a file")
    with path.open(encoding="utf-8", errors="replace") as file:
        text = file.read(_MOST_OCTETS + 1)  # a device has no size, and may have no end
    if len(text) > _MOST_OCTETS:
        raise ValueError(f"{path}: larger than 1 MiB, which no case file is")
    return CaseRun(str(path), text, numbers)
