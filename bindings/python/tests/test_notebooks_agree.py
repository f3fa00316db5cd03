"""The notebook of the two handshakes says in English and in Korean what spec/claims.toml says."""

import ast
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[3]
NOTEBOOKS = ROOT / "bindings/python/notebooks"
ENGLISH = "1-two-handshakes.ipynb"
KOREAN = "1-two-handshakes.ko.ipynb"
VERDICTS = {
    "holds": "맞음",
    "holds under conditions": "조건부로 맞음",
    "wrong": "틀림",
    "outside": "다루지 않음",
}


@cache
def notebook(name: str) -> Any:
    return nbformat.reads((NOTEBOOKS / name).read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]


@cache
def claims() -> list[dict[str, str]]:
    with (ROOT / "spec/claims.toml").open("rb") as file:
        entries: list[dict[str, str]] = tomllib.load(file)["claim"]
    return entries


def claims_table(name: str) -> str:
    """The table at the end of a notebook, of claims.toml and the headings above the cells."""
    heading: dict[str, str] = {}  # by id of the cell
    last = ""
    for cell in notebook(name).cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            last = cell.source.partition("\n")[0].removeprefix("## ")
        heading[cell.id] = last
    korean = name == KOREAN
    lines = ["| 설명 | 이름 | 판정 | 절 |" if korean else "| Claim | Name | Verdict | Section |", "|:--|:--|:--|:--|"]
    for claim in claims():
        text = claim["text_ko" if korean else "text"].replace("|", "\\|")
        verdict = VERDICTS[claim["verdict"]] if korean else claim["verdict"]
        where = heading[claim["shown_by"]]
        link = f"[{where.partition('.')[0]}](#{where.replace(' ', '-')})"
        lines.append(f"| {text} | `{claim['id']}` | {verdict} | {link} |")
    return "\n".join(lines)


def test_every_claim_is_whole() -> None:
    assert len(claims()) == 48
    for claim in claims():
        shown = set() if claim["verdict"] == "outside" else {"command"}
        assert set(claim) == {"id", "text", "text_ko", "verdict", "why", "shown_by"} | shown
        assert all(value.strip() for value in claim.values()), claim["id"]
        assert claim["verdict"] in VERDICTS, claim["id"]
    assert len({claim["id"] for claim in claims()}) == 48


def test_code_is_the_same_in_both_languages() -> None:
    english, korean = (
        [(c.cell_type, c.id, c.metadata, c.source if c.cell_type == "code" else "") for c in notebook(name).cells]
        for name in (ENGLISH, KOREAN)
    )
    assert english == korean


@pytest.mark.parametrize("name", [ENGLISH, KOREAN])
def test_no_outputs_are_stored(name: str) -> None:
    assert notebook(name).metadata.kernelspec.name == "python3"
    for cell in notebook(name).cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None), cell.id


@pytest.mark.parametrize("name", [ENGLISH, KOREAN])
def test_every_claim_stands_at_one_cell_that_asserts(name: str) -> None:
    cells = {cell.id: cell for cell in notebook(name).cells}
    marks = [(claim, cell.id) for cell in cells.values() for claim in cell.metadata.get("claims", [])]
    assert sorted(marks) == sorted((claim["id"], claim["shown_by"]) for claim in claims())
    for claim in claims():
        cell = cells[claim["shown_by"]]
        if claim["verdict"] == "outside":
            assert cell.cell_type == "markdown", claim["id"]
        else:
            assert any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(cell.source))), claim["id"]


@pytest.mark.parametrize("name", [ENGLISH, KOREAN])
def test_the_table_at_the_end_is_that_of_the_claims(name: str) -> None:
    table = notebook(name).cells[-1].source
    assert table[table.index("|") :] == claims_table(name)
