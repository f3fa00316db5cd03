"""Long work: Ctrl-C ends it, other threads run meanwhile, its progress shows; and what lastack does without."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from lastack import End, check, coverage, explore, simulate
from lastack._progress import progress_bar


@pytest.fixture(scope="module")
def long_capture(captures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packets of a capture again and again, each time from another client and 1000 s later."""
    octets = (captures / "http200_clean_server.pcap").read_bytes()
    starts = []
    at = 24
    while at < len(octets):
        starts.append(at)
        at += 16 + int.from_bytes(octets[at + 8 : at + 12], "little")
    begin = np.array(starts)
    packets = np.frombuffer(octets[24:], np.uint8)
    client = np.array([b + 16 + (28 if octets[b + 42 : b + 46] == bytes([10, 77, 0, 1]) else 32) for b in starts]) - 24

    def add(data: npt.NDArray[np.uint8], where: npt.NDArray[np.int64], what: int) -> None:
        """To numbers of 16 bits, in ones' complement."""
        value = data[where].astype(np.int64) * 256 + data[where + 1] + what
        value = (value & 0xFFFF) + (value >> 16)
        data[where], data[where + 1] = value >> 8, value & 0xFF

    file = tmp_path_factory.mktemp("long") / "long.pcap"
    with file.open("wb") as out:
        out.write(octets[:24])
        for n in (0, *range(2, 350)):  # the host is 10.77.0.2
            data = packets.copy()
            add(data, client, n)
            add(data, begin - 24 + 16 + 14 + 20 + 16, 0xFFFF - n if n else 0)  # the checksum of TCP
            seconds = data[(begin - 24)[:, None] + np.arange(4)].copy().view("<u4")[:, 0] + 1000 * n
            data[(begin - 24)[:, None] + np.arange(4)] = seconds.astype("<u4")[:, None].view(np.uint8)
            out.write(data.tobytes())
    result = check(file, host="10.77.0.2", keep_segments=False, progress=False)
    assert result.conforms == len(result) == 349 * 200
    return file


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-I", "-c", textwrap.dedent(code), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


WORK = {
    "check": "lastack.check(sys.argv[1], host='10.77.0.2', progress=False)",
    "coverage": "lastack.coverage(10**9, progress=False)",
    "coverage of long runs": "lastack.coverage(10**6, 10**5, progress=False)",
    "explore": "lastack.explore(loss=3, duplicates=3, reordering=True, properties=False, progress=False)",
    "explore on all cores": "lastack.explore(loss=3, duplicates=3, reordering=True, threads=0, progress=False)",
    "simulate": "lastack.simulate(lastack.End(octets=2**32 - 1), max_events=2**62, max_seconds=3e8, progress=False)",
}


@pytest.mark.parametrize("work", WORK)
def test_ctrl_c_ends_it(work: str, long_capture: Path) -> None:
    code = f"""
        import sys, time
        import lastack
        print("begin", flush=True)
        try:
            {WORK[work]}
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        else:
            print("done", flush=True)
        # It may be used on.
        assert lastack.play("handshake").ok
    """
    with python(code, str(long_capture)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begin\n"
        time.sleep(0.1)
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        threading.Timer(20, process.kill).start()  # rather than to wait for ever
        assert process.stdout.readline() == "interrupted\n"
        assert time.monotonic() - sent < 1
        _, errors = process.communicate(timeout=30)
        assert errors == ""
        assert process.returncode == 0


@pytest.mark.parametrize(
    "work",
    [
        lambda file: check(file, host="10.77.0.2", progress=False),
        lambda _: coverage(20_000, progress=False),
        lambda _: simulate(End(octets=2**32 - 1), max_events=50_000, progress=False),
        lambda _: explore(loss=1, progress=False),
        lambda _: explore(loss=1, properties=False, progress=False).moves,
    ],
    ids=["check", "coverage", "simulate", "explore", "moves"],
)
def test_other_threads_run_meanwhile(work: Callable[[Path], object], long_capture: Path) -> None:
    worker = threading.Thread(target=work, args=(long_capture,))
    longest = 0.0
    worker.start()
    beats = 0
    last = time.monotonic()
    while worker.is_alive():
        time.sleep(0.001)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
        beats += 1
        if beats > 100:
            break
    assert beats > 20
    worker.join()


def test_an_exception_of_the_progress_function_ends_it(captures: Path) -> None:
    from lastack import _core

    class Enough(Exception):
        pass

    def tell(done: int, total: int) -> None:
        raise Enough

    for work in (
        lambda: _core.check_file(os.fsencode(captures / "http200_clean_server.pcap"), "", None, False, tell),
        lambda: _core.coverage(10**9, 40, 0, tell),
    ):
        with pytest.raises(Enough):
            work()


def test_the_search_for_fair_cycles_can_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    from lastack import _core

    class Enough(Exception):
        pass

    states = len(explore(loss=1, duplicates=1, states=300_000, properties=False))
    told = []

    def tell(done: int, total: int) -> None:
        told.append(done)
        if told[-3:] == [states] * 3:  # the exploring is over
            raise Enough

    real = _core.explore
    monkeypatch.setattr(_core, "explore", lambda given, *_: real(given, False, True, 1, None, None, 300_000, tell))
    with pytest.raises(Enough):
        explore(loss=1, duplicates=1)


def test_the_bar_shows_when_it_is_wanted(captures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = captures / "http200_clean_server.pcap"
    check(file, progress=False)
    coverage(100, progress=False)
    simulate(progress=False)
    explore(data=0, progress=False)
    assert capsys.readouterr() == ("", "")
    check(file, progress=True)
    assert "check http200_clean_server.pcap" in capsys.readouterr().err
    coverage(100, progress=True)
    assert "random runs" in capsys.readouterr().err
    simulate(progress=True)
    assert "simulate" in capsys.readouterr().err
    explore(data=0, progress=True)
    assert "explore" in capsys.readouterr().err
    coverage(1)  # too short to be worth a bar
    assert capsys.readouterr().err == ""


def test_progress_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("work", "B", True) as tell:
        assert tell is not None
        tell(0, 0)
        tell(5, 10)
        tell(10, 10)
    assert "work" in capsys.readouterr().err
    with progress_bar("work", "B", False) as tell:
        assert tell is None


FORBID = """
    import sys

    class Forbidden:
        def find_spec(self, name, path=None, target=None):
            if name.split(".")[0] in sys.argv[1].split(","):
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, Forbidden())
"""
OTHERS = "tqdm,numpy,pandas,scapy,hypothesis,networkx"


def test_lastack_needs_none_of_the_others(captures: Path) -> None:
    code = FORBID + """
    import lastack
    machine = lastack.Machine(iss=100)
    machine.call("OPEN active")
    machine.depart()
    machine.advance(1)
    pair = lastack.Pair()
    pair.server.call("OPEN passive")
    pair.client.call("OPEN active")
    pair.exchange()
    pair._repr_svg_()
    assert lastack.play("handshake").ok
    assert lastack.simulate(lastack.End(octets=100)).ended == "closed"
    assert lastack.check(sys.argv[2], host="10.77.0.2").conforms == 3
    segment = lastack.Segment("S 0:0(0)")
    assert lastack.Segment.from_bytes(segment.to_bytes()) == segment
    for table in (lastack.rules(), lastack.requirements(), lastack.choices(), lastack.profiles(), lastack.cases()):
        assert len(table) and str(table)
    assert lastack.allowed(lastack.Config(), lastack.Call("close"))
    lastack.state_diagram()
    lastack.rules_matrix()
    explored = lastack.explore(data=0)
    assert explored.complete and not len(explored.violated) and explored.run(explored.path_to(5)).ok
    for use in (segment.to_scapy, lastack.rules().to_pandas, lambda: lastack.coverage(1),
                lambda: lastack.coverage(1, progress=True), lambda: explored.states,
                lambda: explored.matrix, explored.to_pandas, explored.to_networkx, lambda: __import__("lastack.strategies")):
        try:
            use()
        except ImportError as error:
            assert error.name in sys.argv[1], error
        else:
            raise AssertionError(use)
    assert not set(sys.argv[1].split(",")) & set(sys.modules)
    """  # fmt: skip
    with python(code, OTHERS, str(captures / "closewait_server.pcap")) as process:
        out, errors = process.communicate(timeout=60)
        assert (out, errors) == ("", "")
        assert process.returncode == 0


def test_import_loads_none_of_the_others() -> None:
    code = "import sys, lastack; print(sorted({m.split('.')[0] for m in sys.modules} & set(sys.argv[1].split(','))))"
    with python(code, OTHERS) as process:
        out, errors = process.communicate(timeout=60)
        assert (out, errors) == ("[]\n", "")


def test_warnings_are_errors_at_import() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-X", "dev", "-c", "import lastack; lastack.play('handshake')"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
