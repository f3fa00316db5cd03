"""Tables, and pictures as files."""

from pathlib import Path

import pandas as pd
import lastack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lastack import Picture, State, Table, rules

TABLE = Table(("a", "b"), [(1, "x"), (2, ("y", "z")), (3, None)])


def test_a_table_is_a_sequence_of_dicts() -> None:
    assert len(TABLE) == 3
    assert TABLE[0] == {"a": 1, "b": "x"}
    assert TABLE[-1] == {"a": 3, "b": None}
    assert [row["a"] for row in TABLE] == [1, 2, 3]
    assert {"a": 1, "b": "x"} in TABLE
    assert TABLE.index({"a": 2, "b": ("y", "z")}) == 1
    assert list(reversed(TABLE))[0]["a"] == 3
    for at in (3, -4):
        with pytest.raises(IndexError):
            TABLE[at]
    assert TABLE.column("a") == [1, 2, 3]
    assert TABLE == Table(["a", "b"], [[1, "x"], [2, ("y", "z")], [3, None]])
    assert TABLE != Table(("a", "c"), [(1, "x"), (2, ("y", "z")), (3, None)])
    assert TABLE != [(1, "x")]
    with pytest.raises(TypeError):
        hash(TABLE)
    assert repr(TABLE) == "<Table, 3 rows of a, b>"


@given(st.lists(st.tuples(st.integers(), st.text()), max_size=8), st.slices(8))
def test_slices_are_those_of_a_list(rows: list[tuple[int, str]], part: slice) -> None:
    table = Table(("a", "b"), rows)
    assert table[part] == Table(("a", "b"), rows[part])
    assert [tuple(row.values()) for row in table[part]] == rows[part]


def test_where_finds_values_and_members() -> None:
    assert TABLE.where(a=1) == TABLE[:1]
    assert TABLE.where(b="z") == TABLE[1:2]
    assert TABLE.where(b=("y", "z")) == TABLE[1:2]
    assert TABLE.where(b=None) == TABLE[2:]
    assert TABLE.where(a=1, b="z") == Table(("a", "b"), [])
    assert TABLE.where() == TABLE
    for wrong in (lambda: TABLE.where(c=1), lambda: TABLE.column("c")):
        with pytest.raises(KeyError, match="no column 'c'; there are a, b"):
            wrong()


def test_rows_are_as_long_as_the_columns() -> None:
    with pytest.raises(ValueError, match="row 1 has 1 values for 2 columns"):
        Table(("a", "b"), [(1, 2), (3,)])
    assert str(Table((), [])) == ""
    assert Table(("a",), [])._repr_html_().count("<tr>") == 1


def test_html_escapes() -> None:
    shown = Table(("<b>", "b"), [("<script>alert('&')</script>", ('"', "\0"))])._repr_html_()
    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;" in shown
    assert "&lt;b&gt;" in shown


def test_long_tables_are_cut_in_print() -> None:
    table = Table(("n",), [(i,) for i in range(1000)])
    assert str(table).endswith("... 940 more rows")
    assert table._repr_html_().count("<tr>") == 61
    assert "940 more rows" in table._repr_html_()
    assert len(str(Table(("x",), [("y" * 10_000,)]))) < 1000


def test_pandas_has_it_as_it_is() -> None:
    frame = TABLE.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == ["a", "b"]
    assert frame["a"].tolist() == [1, 2, 3]
    assert frame["a"].dtype.kind == "i"
    assert frame["b"][1] == ("y", "z")
    empty = Table(("a", "b"), []).to_pandas()
    assert list(empty.columns) == ["a", "b"]
    assert len(empty) == 0
    frame = rules().to_pandas()
    assert len(frame) == len(rules())
    assert (frame["source"] == State.LISTEN).sum() == len(rules().where(source=State.LISTEN))


def test_a_picture_is_saved_as_it_is(tmp_path: Path) -> None:
    picture = Picture("<svg>é</svg>")
    picture.save(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes() == "<svg>é</svg>".encode()
    with pytest.raises(FileNotFoundError):
        picture.save(tmp_path / "none" / "a.svg")
    assert picture._repr_svg_() == picture.svg


def test_states_sort_and_are_found_as_they_print() -> None:
    assert sorted([State.TIME_WAIT, State.CLOSED, State.LISTEN]) == [State.CLOSED, State.LISTEN, State.TIME_WAIT]
    assert State.LISTEN <= State.LISTEN < State.SYN_SENT and State.SYN_SENT > State.LISTEN >= State.CLOSED
    assert State("SYN-RECEIVED") is State.SYN_RECEIVED
    with pytest.raises(ValueError, match="SYN-RECIEVED"):
        State("SYN-RECIEVED")
    by_name = lastack.rules().where(source="ESTABLISHED")
    assert len(by_name) > 20 and by_name == lastack.rules().where(source=State.ESTABLISHED)
    assert len(lastack.rules().to_pandas().groupby("source").size()) == 11


def test_print_keeps_a_row_on_a_line_and_marks_what_it_cuts() -> None:
    table = Table(("a", "b"), [("x\ny\x1b[2J", "z" * 100)])
    lines = str(table).splitlines()
    assert len(lines) == 2 and "\x1b" not in lines[1]
    assert lines[1].endswith("zzz...") and len(lines[1]) < 80
    assert len(str(lastack.cases()).splitlines()) == len(lastack.cases()) + 1
