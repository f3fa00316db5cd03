"""Policies, choices and profiles."""

import copy
import pickle
from pathlib import Path

import pytest
from drawn import full_policies
from hypothesis import given
from hypothesis import strategies as st
from lastack import Policy, choices, profiles
from lastack.strategies import policies

# From spec/decisions: the pages C3, C1 and D33.
SOME = {"time_wait_ack": ("silent", "letter"), "simultaneous_open": ("figure_7", "letter")}


def test_choices_are_those_of_the_decisions(tree: Path) -> None:
    pages = {page.name.split("-")[0] for page in (tree / "spec" / "decisions").glob("[CD][0-9]*.md")}
    for row in choices():
        assert len(row["readings"]) >= 2
        number = row["decision"]
        assert f"{number[0]}{int(number[1:]):02}" in pages, row["choice"]
    for choice, readings in SOME.items():
        (row,) = choices().where(choice=choice)
        assert set(row["readings"]) == set(readings)
    assert choices().where(choice="time_wait_ack")[0]["readings"][0] == "silent"


@given(policies())
def test_a_policy_says_what_was_decided(p: Policy) -> None:
    assert Policy(**p.decided) == p
    assert Policy(None, **p.decided) == p
    if p.decided:
        assert Policy(str(p)) == p
    assert eval(repr(p)) == p
    for other in (copy.copy(p), copy.deepcopy(p), pickle.loads(pickle.dumps(p)), p.replace()):
        assert other == p
        assert hash(other) == hash(p)
    p.decided.clear()  # a dict of its own
    assert Policy(**p.decided) == p


@given(policies(), policies())
def test_compatible_refines_and_the_intersection(a: Policy, b: Policy) -> None:
    da, db = a.decided, b.decided
    compatible = all(db.get(choice, reading) == reading for choice, reading in da.items())
    assert a.compatible(b) == b.compatible(a) == compatible
    assert a.refines(b) == all(da.get(choice) == reading for choice, reading in db.items())
    assert (a == b) == (da == db)
    if compatible:
        assert (a & b).decided == {**da, **db}
        assert (a & b).refines(a)
    else:
        with pytest.raises(ValueError, match="no stack"):
            a & b


@given(policies(), st.sampled_from([(row["choice"], r) for row in choices() for r in row["readings"]]))
def test_replace_decides_and_opens(p: Policy, decision: tuple[str, str]) -> None:
    choice, reading = decision
    assert p.replace(**{choice: reading}).decided == {**p.decided, choice: reading}
    assert p.replace(**{choice: None}).decided == {c: r for c, r in p.decided.items() if c != choice}


@given(full_policies)
def test_a_full_policy_leaves_nothing_open(p: Policy) -> None:
    assert len(p.decided) == len(choices())
    assert p.refines(Policy())
    assert not Policy().refines(p)


def test_profiles_have_names() -> None:
    assert {"rfc9293", "rfc793", "linux"} <= set(profiles().column("profile"))
    for row in profiles():
        assert Policy(row["profile"]) == row["policy"]
        assert row["policy"].compatible(row["profile"])
        assert row["what"]
    # RFC 793 knew nothing of RFC 5961's exact match of RCV.NXT.
    assert Policy("rfc793").decided["rst_validation"] == "rfc793"
    assert not Policy("rfc793").compatible(Policy("rfc9293"))


@pytest.mark.parametrize(
    "base",
    ["", "linus", "time_wait_ack", "time_wait_ack=", "time_wait_ack=loud", "x=y", "\0", "\ud800", "linux" * 1000],
)
def test_a_base_that_there_is_not_is_a_value_error(base: str) -> None:
    with pytest.raises(ValueError) as error:
        Policy(base)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "readings",
    [{"no_choice": "x"}, {"time_wait_ack": "loud"}, {"time_wait_ack": ""}, {"time_wait_ack": "\ud800"}, {"": "x"}],
)
def test_a_reading_that_there_is_not_is_a_value_error(readings: dict[str, str]) -> None:
    for act in (Policy, Policy().replace):
        with pytest.raises(ValueError, match="no such|UTF-8") as error:
            act(**readings)
        assert "\n" not in str(error.value)


def test_other_types_are_type_errors() -> None:
    for base in (1, True, b"linux", {"time_wait_ack": "letter"}, ("linux",)):
        with pytest.raises(TypeError):
            Policy(base)  # type: ignore[arg-type]
    for reading in (1, True, b"letter", ["letter"]):
        with pytest.raises(TypeError, match="time_wait_ack"):
            Policy(time_wait_ack=reading)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            Policy().compatible(reading)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Policy() & "linux"  # type: ignore[operator]
    with pytest.raises(AttributeError):
        Policy().decided = {}  # type: ignore[misc]
