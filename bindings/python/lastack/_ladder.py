"""Ladders: a run of two ends from top to bottom, with the states of both."""

from __future__ import annotations

import os
from typing import Literal

from lastack import _core
from lastack._picture import Picture

__all__ = ["Ladder", "Numbers"]

Numbers = Literal["relative", "absolute", "symbolic"]
"""How sequence numbers are printed: from 0 in each direction; as they are; as x, x+1 and y, y+1."""

_SHOWN = 400  # moments, in a notebook


def checked(numbers: Numbers) -> Numbers:
    """`numbers`; ValueError when it is another word."""
    if numbers not in ("relative", "absolute", "symbolic"):
        raise ValueError(f"numbers: {numbers!r} is none of relative, absolute, symbolic")
    return numbers


class Ladder:
    """A run as a ladder diagram: time goes down, the states stand at both sides, a segment is an arrow.

    A notebook shows it as a picture, of a long run just the beginning; `print` shows it as text, `save` writes the
    picture. `numbers` and the other options can be changed with `replace`.
    """

    __slots__ = ("_bits", "_history", "_names", "_numbers", "_rules", "_title")

    def __init__(
        self,
        history: _core.History,
        *,
        numbers: Numbers = "relative",
        bits: bool = False,
        rules: bool = False,
        title: str = "",
        names: tuple[str, str] = ("A", "B"),
    ) -> None:
        self._history = history
        self._numbers: Numbers = checked(numbers)
        self._bits = bits
        self._rules = rules
        self._title = title
        self._names = names

    def replace(
        self,
        *,
        numbers: Numbers | None = None,
        bits: bool | None = None,
        rules: bool | None = None,
        title: str | None = None,
    ) -> Ladder:
        """The same run, drawn otherwise.

        `numbers`: relative (from 0), absolute, or symbolic (x, x+1; y, y+1). `bits`: the control bits as the header
        has them, the last six: URG ACK PSH RST SYN FIN. `rules`: below each line, the ids of the rules that fired.
        """
        return Ladder(
            self._history,
            numbers=self._numbers if numbers is None else numbers,
            bits=self._bits if bits is None else bits,
            rules=self._rules if rules is None else rules,
            title=self._title if title is None else title,
            names=self._names,
        )

    @property
    def text(self) -> str:
        """The ladder in ASCII, lines of at most 100 columns."""
        return self._history.text(self._numbers, self._bits, self._rules)

    @property
    def picture(self) -> Picture:
        """The ladder as an SVG picture."""
        return Picture(
            self._history.svg(self._numbers, self._bits, self._rules, self._title, self._names[0], self._names[1])
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture to `path`, as SVG. Raises OSError as `open` does."""
        self.picture.save(path)

    def _repr_svg_(self) -> str:
        if len(self._history) <= _SHOWN:
            return self.picture.svg
        begin = self.replace(title=f"{self._title} (the first {_SHOWN} of {len(self._history)} moments)".strip())
        begin._history = self._history.first(_SHOWN)
        return begin.picture.svg

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Ladder of {len(self._history)} moments>"
