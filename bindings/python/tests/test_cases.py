"""Case files: those that are built in, and what is wrong with others."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lastack import State, cases, play

NAMES = cases().column("case")


def test_the_cases_are_those_of_the_tree(tree: Path) -> None:
    files = {p.stem: p.read_text(encoding="utf-8") for p in (tree / "proptests" / "cases").glob("*.case")}
    assert {row["case"]: row["text"] for row in cases()} == files
    assert cases().columns == ("case", "title", "text")
    for row in cases():
        assert row["text"].startswith(f"# {row['title']}\n")


@pytest.mark.parametrize("name", NAMES)
def test_every_case_is_as_it_says(name: str, tree: Path, tmp_path: Path) -> None:
    run = play(name)
    assert run.ok
    assert run.mismatch is None
    assert run.name == f"{name}.case"
    # What a variant is called stands in the name of its case.
    assert run.fault == ("variant " + name[4:].replace("_", "-") if name.startswith("why_") else "")
    assert run.title in str(run)
    assert run._repr_svg_().startswith("<svg ")
    assert "ok" in repr(run)
    for other in (play(tree / "proptests" / "cases" / f"{name}.case"), play(cases().where(case=name)[0]["text"])):
        assert (other.client, other.server, other.title, other.description) == (
            run.client,
            run.server,
            run.title,
            run.description,
        )
        assert other.ladder.text == run.ladder.text
    assert max(map(len, run.ladder.text.splitlines())) <= 100
    for numbers in ("absolute", "symbolic"):
        play(name, numbers=numbers).ladder.replace(bits=True, rules=True).picture.save(tmp_path / "x.svg")
        assert (tmp_path / "x.svg").read_text(encoding="utf-8").startswith("<svg ")


def test_the_handshake_ends_established() -> None:
    run = play("handshake")
    assert (run.client.state, run.server.state) == (State.ESTABLISHED, State.ESTABLISHED)
    assert (run.client.iss, run.server.iss) == (100, 300)
    assert (run.client.snd_nxt, run.server.rcv_nxt) == (111, 111)
    assert play("close").title == play("normal_close").title
    assert "Figure 12" in play("close").title


def test_a_mismatch_is_no_error_but_told() -> None:
    text = cases().where(case="normal_close")[0]["text"]
    run = play(text.replace("B CLOSE-WAIT\n", "B LAST-ACK\n"))
    assert not run.ok
    assert run.mismatch is not None
    line = 1 + text.splitlines().index("B CLOSE-WAIT")
    assert run.mismatch.startswith(f"case:{line}: expected: B LAST-ACK; got: B CLOSE-WAIT")
    assert run.mismatch in repr(run)
    assert run.server.state is State.CLOSE_WAIT, "nothing behind it is played"
    assert run.ladder.text


def test_a_fault_of_the_machine_is_named() -> None:
    text = "# t\n\npeers A\nwithout 3.10.1-CD-active\n\nA OPEN active\n----\nA CLOSED\n\ncut\n"
    assert play(text).fault == "without 3.10.1-CD-active"


def test_a_variant_is_played_and_named() -> None:
    text = "# t\n\npeers A\nvariant no-reset-in-closed\n\nA receives . 5:5(0) ack 7\nA sends\n----\nA sends nothing\n"
    run = play(text)
    assert run.ok, run.mismatch
    assert run.fault == "variant no-reset-in-closed"
    assert not play(text.replace("variant no-reset-in-closed\n", "")).ok


@pytest.mark.parametrize(
    "text",
    [
        "\n",
        "# only a title\n",
        "A CLOZE\n----\n",
        "A CLOSE\n",
        "\0\n",
        "policy linus\n",
        "é\n----\n",
        "A receives nonsense\n----\n",
        "A SEND 4294967296\n----\n",
        "\n" * 100_000,
        "----\n" * 1000,
    ],
)
def test_what_is_no_case_is_one_clear_line(text: str) -> None:
    with pytest.raises(ValueError, match=r"^case(:\d+)?: ") as error:
        play(text)
    assert "\n" not in str(error.value)


@given(st.data())
def test_damaged_cases_play_or_are_value_errors(data: st.DataObject) -> None:
    lines = data.draw(st.sampled_from([row["text"] for row in cases()])).splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at : at + 1] = data.draw(
            st.sampled_from(
                [
                    [],
                    [lines[at]] * 2,
                    [lines[at] + " 1"],
                    [lines[data.draw(st.integers(0, len(lines) - 1))]],
                    ["A SEND 4294967295"],
                    ["B ABORT"],
                    ["A sends"],
                    ["deliver A->B"],
                    ["A crash"],
                    ["A timeout user anyway"],
                    ["A receives R. 0:0(0) ack 4294967295"],
                ]
            )
        )
        if not lines:
            return
    text = "\n".join(lines) + "\n"
    try:
        run = play(text)
    except ValueError as error:
        assert "\n" not in str(error)
        return
    assert run.ladder.text is not None
    assert run._repr_svg_().startswith("<svg ")
    assert run.mismatch is None or "\n" not in run.mismatch


def test_files_that_there_are_not(tmp_path: Path) -> None:
    for name in ("no_such_case", tmp_path / "none.case", "", "handshake\0", "no/such/thing"):
        with pytest.raises((FileNotFoundError, IsADirectoryError)):
            play(name)
    with pytest.raises(OSError):
        play("x" * 5000)
    with pytest.raises(IsADirectoryError):
        play(tmp_path)
    for wrong in (5, None, b"handshake"):
        with pytest.raises(TypeError):
            play(wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="numbers"):
        play("handshake", numbers="roman").ladder  # type: ignore[arg-type]


def test_files_that_are_no_cases(tmp_path: Path) -> None:
    binary = tmp_path / "binary.case"
    binary.write_bytes(bytes(range(256)) * 16)
    with pytest.raises(ValueError, match="binary.case"):
        play(binary)
    empty = tmp_path / "empty.case"
    empty.write_bytes(b"")
    with pytest.raises(ValueError, match="empty.case"):
        play(empty)
    large = tmp_path / "large.case"
    large.write_bytes(b"# x\n" * (1 << 19))
    with pytest.raises(ValueError, match="larger than 1 MiB"):
        play(large)
    with pytest.raises(ValueError, match="larger than 1 MiB"):
        play("/dev/zero")
    windows = tmp_path / "windows.case"
    windows.write_bytes(cases().where(case="handshake")[0]["text"].replace("\n", "\r\n").encode())
    assert play(windows).ok


def test_names_of_files(tmp_path: Path) -> None:
    text = cases().where(case="handshake")[0]["text"]
    for name in ("ein Fall.case", "é.case", os.fsdecode(b"\xff.case")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert play(tmp_path / name).ok
    (tmp_path / os.fsdecode(b"\xfe.case")).write_text("A CLOZE\n----\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no such command"):
        play(tmp_path / os.fsdecode(b"\xfe.case"))
