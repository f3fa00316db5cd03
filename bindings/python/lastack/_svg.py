"""What the pictures share: escaping, and a document whose styles stay inside it."""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Mapping, Sequence

from lastack._picture import Picture

__all__ = ["FONT_SIZE", "document", "escape", "number", "paragraph", "wrap"]

FONT_SIZE = 12
"""Of ordinary text, in px; nothing is smaller."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_COLOURS = {
    # name: (on a light page, on a dark one)
    "card": ("#ffffff", "#161b22"),
    "frame": ("#d0d7de", "#30363d"),
    "text": ("#1b1f24", "#e6edf3"),
    "muted": ("#57606a", "#9da7b3"),
}


def escape(text: str) -> str:
    """`text` for XML, in an element or between double quotes. What XML cannot hold becomes U+FFFD."""
    text = _NOT_XML.sub("\ufffd", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def number(value: float) -> str:
    """`value` with at most one decimal: "12", "12.5"."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def wrap(text: str, width: float, size: float = FONT_SIZE) -> list[str]:
    """`text` in lines of at most `width` px, where a letter is taken to be 0.54 em wide."""
    return textwrap.wrap(text, max(1, int(width / (0.54 * size)))) if text else []


def paragraph(lines: Sequence[str], x: float, y: float, style: str, spacing: float = 16) -> list[str]:
    """A text element for each line; `y` is the first baseline, and `style` a class of the document."""
    return [
        f'<text class="{style}" x="{number(x)}" y="{number(y + i * spacing)}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    ]


def document(
    *,
    width: float,
    height: float,
    title: str,
    description: str,
    colours: Mapping[str, tuple[str, str]],
    styles: Mapping[str, str],
    body: Sequence[str],
) -> Picture:
    """A picture of `width` x `height` px on a card of its own.

    `colours` names CSS variables, each on a light page and on a dark one; card, frame, text and muted are there
    already. `styles` maps classes of `body` to declarations. All of them hold below the class of this one picture,
    which comes from what it shows; there are no ids. So a page may hold many pictures, and one of them twice.
    """
    both = {**_COLOURS, **colours}
    schemes = ["".join(f"--{name}:{pair[i]};" for name, pair in both.items()) for i in (0, 1)]
    rules = {
        "card": "fill:var(--card);stroke:var(--frame)",
        "heading": "font-size:15px;font-weight:600",
        "note": "fill:var(--muted)",
        **styles,
    }
    head = f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>"
    size = f'width="{number(width)}" height="{number(height)}" viewBox="0 0 {number(width)} {number(height)}"'
    content = "\n".join(body)
    digest = hashlib.sha256("\n".join([size, head, *schemes, *map(repr, rules.items()), content]).encode())
    name = "lastack-" + digest.hexdigest()[:12]
    style = "\n".join(
        [
            f".{name}{{{schemes[0]}max-width:100%;height:auto}}",
            f"@media (prefers-color-scheme:dark){{.{name}{{{schemes[1]}}}}}",
            f".{name} text{{fill:var(--text);font:{FONT_SIZE}px Helvetica,Arial,'Liberation Sans',sans-serif}}",
            *(f".{name} .{which}{{{declarations}}}" for which, declarations in rules.items()),
        ]
    )
    card = (
        f'<rect class="card" x="0.5" y="0.5" width="{number(width - 1)}" height="{number(height - 1)}" rx="8"/>'
    )
    return Picture(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" role="img" {size}>\n{head}\n'
        f"<style>\n{style}\n</style>\n{card}\n{content}\n</svg>\n"
    )
