"""Tables: rows of named values that a notebook shows and pandas takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Table"]

_SHOWN = 60  # rows, by default, in a notebook and in print


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(_text(v) for v in value)
    return "".join(c if c.isprintable() else " " for c in str(value))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."


def _is(value: object, wanted: object) -> bool:
    if isinstance(value, tuple):
        return value == wanted or any(_is(part, wanted) for part in value)
    return value == wanted or (isinstance(wanted, str) and str(value) == wanted)


class Table(Sequence[dict[str, Any]]):
    """Rows of named values, in a fixed order of columns.

    A table is a sequence of dicts, one a row. A notebook shows it; `pandas` makes it a `DataFrame`.
    """

    __slots__ = ("_rows", "columns")

    columns: tuple[str, ...]
    """The names of the columns, in order."""

    def __init__(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        self.columns = tuple(columns)
        self._rows = [tuple(row) for row in rows]
        for i, row in enumerate(self._rows):
            if len(row) != len(self.columns):
                raise ValueError(f"row {i} has {len(row)} values for {len(self.columns)} columns")

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> Table: ...
    def __getitem__(self, index: int | slice) -> dict[str, Any] | Table:
        if isinstance(index, slice):
            return Table(self.columns, self._rows[index])
        return dict(zip(self.columns, self._rows[index], strict=True))

    def __len__(self) -> int:
        return len(self._rows)

    def column(self, name: str) -> list[Any]:
        """The values of one column, top to bottom. KeyError when there is none of this name."""
        if name not in self.columns:
            raise KeyError(f"no column {name!r}; there are {', '.join(self.columns)}")
        at = self.columns.index(name)
        return [row[at] for row in self._rows]

    def where(self, **values: object) -> Table:
        """The rows in which each named column has this value, or prints as this text.

        In a cell that has several, one of them is enough. KeyError when there is no such column.
        """
        rows = self._rows
        for name, wanted in values.items():
            if name not in self.columns:
                raise KeyError(f"no column {name!r}; there are {', '.join(self.columns)}")
            at = self.columns.index(name)
            rows = [r for r in rows if _is(r[at], wanted)]
        return Table(self.columns, rows)

    def to_pandas(self) -> pd.DataFrame:
        """The table as a `pandas.DataFrame`, which needs pandas: one row a row, the columns by name."""
        import pandas as pd

        return pd.DataFrame(list(self._rows), columns=list(self.columns))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and (self.columns, self._rows) == (other.columns, other._rows)

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        rows = [self.columns, *(tuple(_text(v) for v in row) for row in self._rows[:_SHOWN])]
        widths = [min(60, max(len(row[i]) for row in rows)) for i in range(len(self.columns))]
        lines = ["  ".join(_cut(v, w).ljust(w) for v, w in zip(row, widths, strict=True)).rstrip() for row in rows]
        if len(self._rows) > _SHOWN:
            lines.append(f"... {len(self._rows) - _SHOWN} more rows")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Table, {len(self._rows)} rows of {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        def cells(tag: str, values: Iterable[object]) -> str:
            style = ' style="text-align:left;vertical-align:top"'
            return "<tr>" + "".join(f"<{tag}{style}>{escape(_text(v))}</{tag}>" for v in values) + "</tr>"

        body = "".join(cells("td", row) for row in self._rows[:_SHOWN])
        more = len(self._rows) - _SHOWN
        tail = f"<p>... {more} more rows</p>" if more > 0 else ""
        return f"<table><thead>{cells('th', self.columns)}</thead><tbody>{body}</tbody></table>{tail}"
