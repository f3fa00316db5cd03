"""What is public is documented and typed: docstrings, stubs, mypy."""

import ast
import dataclasses
import enum
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import lastack
import lastack.strategies
import pytest
from lastack import _core

PACKAGE = Path(lastack.__file__).parent
STUB = ast.parse((PACKAGE / "_core.pyi").read_text(encoding="utf-8"))


def test_all_names_are_there_and_sorted() -> None:
    assert list(lastack.__all__) == sorted(lastack.__all__)
    for name in lastack.__all__:
        assert hasattr(lastack, name)
    public = {n for n, v in vars(lastack).items() if not n.startswith("_") and not inspect.ismodule(v)}
    assert public <= set(lastack.__all__)
    for name in lastack.strategies.__all__:
        assert hasattr(lastack.strategies, name)


def classes() -> list[type]:
    named = [getattr(lastack, n) for n in lastack.__all__] + [
        getattr(lastack.strategies, n) for n in lastack.strategies.__all__
    ]
    return [c for c in named if inspect.isclass(c)]


def described_fields(cls: type) -> set[str]:
    """Attributes that the source declares with a string behind them."""
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):
        return set()
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    found = set()
    for one, behind in zip(body.body, [*body.body[1:], None], strict=True):
        if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name):
            continue
        is_text = (
            isinstance(behind, ast.Expr)
            and isinstance(behind.value, ast.Constant)
            and isinstance(behind.value.value, str)
        )
        # What names itself needs no more, where the class describes it.
        if (
            is_text
            or re.search(rf"\b{one.target.id}\b", cls.__doc__ or "")
            or cls.__name__ in SPEAKING.get(one.target.id, ())
        ):
            found.add(one.target.id)
    return found


# Fields whose name and type say all.
SPEAKING: dict[str, tuple[str, ...]] = {
    "before": ("Step", "Happening"), "event": ("Step", "Happening"),
    "outcome": ("Step", "Happening"), "happenings": ("Run",),
    "sender": ("UnderWay",), "segment": ("UnderWay", "Packet"),
    "file": ("CheckResult",), "loss": ("Network",), "destination": ("Packet",),
}  # fmt: skip


@pytest.mark.parametrize("cls", classes(), ids=lambda c: c.__name__)
def test_every_class_and_its_members_have_a_docstring(cls: type) -> None:
    assert inspect.getdoc(cls)
    if cls.__doc__ and cls.__module__.startswith("lastack"):
        assert not cls.__doc__.startswith(f"{cls.__name__}("), "that of a dataclass is made, not written"
    fields = described_fields(cls)
    missing = []
    for name, member in vars(cls).items():
        if name.startswith("_") or isinstance(member, enum.Enum) or isinstance(member, cls):
            continue
        if (
            inspect.isfunction(member)
            or inspect.ismethod(member)
            or isinstance(member, property | classmethod | staticmethod)
        ):
            if not inspect.getdoc(getattr(cls, name)) and not inspect.getdoc(member):
                missing.append(name)
        elif name not in fields and not inspect.getdoc(member):
            missing.append(name)
        elif (
            not isinstance(member, type)
            and name not in fields
            and (dataclasses.is_dataclass(cls) or hasattr(cls, "_fields"))
        ):
            missing.append(name)
    for name in getattr(cls, "__annotations__", {}):
        if not name.startswith("_") and name not in fields:
            missing.append(name)
    assert not missing


def test_every_function_has_a_docstring() -> None:
    for module in (lastack, lastack.strategies):
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.isroutine(value):
                assert inspect.getdoc(value), name
                assert value.__module__.startswith("lastack")


# ---- stubs


def in_stub(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node


def test_the_stub_names_what_the_module_has() -> None:
    stub = dict(in_stub(STUB.body))
    module = {n for n in vars(_core) if not n.startswith("__")} | {"__version__"}
    of_types = {n for n in stub if n.startswith("_") and n not in module}  # aliases, for types only
    assert set(stub) - of_types == module
    for name in sorted(module):
        value = getattr(_core, name)
        if not inspect.isclass(value):
            continue
        node = stub[name]
        assert isinstance(node, ast.ClassDef)
        members = {n for n, _ in in_stub(node.body)}
        there = {n for n in vars(value) if not n.startswith("_")}
        assert {n for n in members if not n.startswith("_")} == there, name
        for special in ("__eq__", "__hash__", "__copy__", "__deepcopy__", "__and__", "__len__"):
            assert (special in members) == (special in vars(value) and vars(value)[special] is not None), (
                name,
                special,
            )


def arguments(node: ast.FunctionDef) -> list[tuple[str, str]]:
    """Names with their kinds, as inspect has them."""
    a = node.args
    found = [(x.arg, "/") for x in a.posonlyargs] + [(x.arg, "") for x in a.args]
    found += [(x.arg, "*") for x in a.kwonlyargs]
    if a.kwarg:
        found.append((a.kwarg.arg, "**"))
    return found


def shown_arguments(doc: str) -> list[tuple[str, str]]:
    """Those in the first line of the docstring, which pybind11 writes."""
    inside = doc[doc.index("(") + 1 : doc.rindex(") ->")]
    parts: list[str] = []
    depth = 0
    for part in inside.split(","):
        if depth:
            parts[-1] += "," + part
        else:
            parts.append(part)
        depth += part.count("[") + part.count("(") - part.count("]") - part.count(")")
    found: list[tuple[str, str]] = []
    kind = ""
    for part in (p.strip() for p in parts):
        if part == "*":
            kind = "*"
        elif part == "/":
            found = [(n, "/") for n, _ in found]
        elif part.startswith("**"):
            found.append((part[2:].split(":")[0], "**"))
        elif part:
            found.append((part.split(":")[0].split("=")[0].strip(), kind))
    return found


def test_the_stub_has_the_parameters_that_the_module_has() -> None:
    compared = 0
    for name, node in in_stub(STUB.body):
        pairs = [(name, node, getattr(_core, name, None))]
        if isinstance(node, ast.ClassDef) and hasattr(_core, name):
            cls = getattr(_core, name)
            pairs = [(f"{name}.{n}", m, vars(cls).get(n)) for n, m in in_stub(node.body)]
        for where, one, value in pairs:
            doc = getattr(value, "__doc__", None) or ""
            if not isinstance(one, ast.FunctionDef) or one.decorator_list or inspect.isfunction(value):
                continue
            if not re.match(r"\w+\(", doc) or where.rpartition(".")[2] in ("__eq__", "__hash__", "__and__", "__len__"):
                continue
            shown, given = shown_arguments(doc.splitlines()[0]), arguments(one)
            if any(kind == "**" for _, kind in shown):
                continue  # pybind11 does not know the keywords
            if all(re.fullmatch(r"self|arg\d+", n) for n, _ in shown):
                assert len(shown) == len(given), where
            else:
                assert shown == given, where
            compared += 1
    assert compared > 20


# ---- mypy

PROGRAM = """
import lastack
from lastack import strategies

machine = lastack.Machine("linux", iss=100, schedule="delayed_ack")
outcome: lastack.Outcome = machine.call("OPEN active")
left: lastack.Segment | None = machine.depart()
state: lastack.State = machine.fork().undo().state
name: str = str(state)
steps: tuple[lastack.Step, ...] = machine.advance(1.5)
policy = lastack.Policy(time_wait_ack="letter")
entries: list[lastack.Allowed] = lastack.allowed(machine.config, lastack.Arrival("S 1:1(0)"), policy)
policies: tuple[lastack.Policy, ...] = entries[0].policies
pair = lastack.Pair(lastack.Machine(), None)
way: tuple[lastack.UnderWay, ...] = pair.way
run: lastack.Simulation = lastack.simulate(lastack.End(octets=5), network=lastack.Network(loss=0.5), seed=1)
rows: list[object] = [row["rule"] for row in lastack.rules().where(source=lastack.State.CLOSED)]
result: lastack.CheckResult = lastack.check("x.pcap", host="192.0.2.1")
for verdict in result:
    judged: str = verdict.judged
    text: str = verdict.ladder("symbolic").text
octets: bytes = lastack.Segment(flags="S", seq=1).to_bytes()
packet: lastack.Packet = lastack.parse_packet(octets, length=60)
segments = strategies.segments(machine.config)
explored: lastack.Exploration = lastack.explore(loss=1, data=(1, 0), isn="same")
ordinals: tuple[int, ...] = explored.path_to((lastack.State.CLOSING, lastack.State.TIME_WAIT))
case: lastack.CaseRun = explored.run(ordinals)
depth: int = explored.states["depth"].max()
"""
WRONG = """
import lastack

lastack.Segment(flag="S")
lastack.Machine(schedule="lazy")
lastack.Segment().seq = 5
lastack.step(lastack.Config(), "close")
state: int = lastack.Machine().state
lastack.simulate(closing="never")
"""


def test_mypy_tells_right_from_wrong(tmp_path: Path) -> None:
    for name, text in (("program.py", PROGRAM), ("wrong.py", WRONG)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "program.py", "wrong.py"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert "program.py" not in done.stdout, done.stdout
    for line in range(4, 10):
        assert f"wrong.py:{line}: error" in done.stdout, done.stdout


def test_the_stub_is_that_of_the_module(tmp_path: Path) -> None:
    # What pybind11 shows of itself (its metaclass too), and keywords that it takes as **kwargs, no stub has.
    (tmp_path / "allowed").write_text(
        r"""
lastack\._core\..*\.__(init|new|getstate|setstate|reduce|reduce_ex|repr|str|eq)__
lastack\._core\..*\.__(and|hash|copy|deepcopy|getattr|qualname)__
lastack\._core\..*_pybind11_conduit_v1_
lastack\._core\.[A-Z]\w+
lastack\._core\.(Segment|Policy)\.replace
""",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "lastack._core", "--allowlist", "allowed", "--ignore-missing-stub",
         "--ignore-unused-allowlist", "--ignore-disjoint-bases"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
