"""Pictures that show themselves in a notebook."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["Picture"]


class Picture:
    """An SVG picture. A notebook shows it; `save` writes it to a file.

    It stands alone, carries its own background, and is legible on a light page and on a dark one. Its title and its
    description say in words what it shows.
    """

    __slots__ = ("svg",)

    svg: str
    """The whole document, from `<svg` to `</svg>`."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture to `path`, in UTF-8. Raises OSError as `open` does."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Picture, {len(self.svg)} characters of SVG>"
