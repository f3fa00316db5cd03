"""What a call from Python costs, beside an empty call of the module: run by ./dev bench.

Each time is the least of several repeats: what a machine adds by doing other things is only ever more.
"""

import sys
from collections.abc import Callable
from timeit import Timer

import lastack
from lastack import _core

REPEATS = 9


def nanoseconds(function: Callable[[], object]) -> float:
    timer = Timer(function)
    number, _ = timer.autorange()  # at least 0.2 s
    return min(timer.repeat(REPEATS, max(1, number // 4))) / max(1, number // 4) * 1e9


def main() -> None:
    machine = lastack.Machine(iss=100)
    machine.call("OPEN active")
    machine.depart()
    machine.deliver("S. 500:500(0) ack 101 win 1000")
    established = machine.config
    assert established.state is lastack.State.ESTABLISHED
    arrival = lastack.Arrival(". 501:601(100) ack 101 win 1000")
    assert lastack.step(established, arrival).rules
    step, allowed, segment, empty = lastack.step, lastack.allowed, lastack.Segment, _core._empty_call
    measured = {
        "_empty_call()": lambda: empty(),
        "Segment(seq=1, ack=2)": lambda: segment(seq=1, ack=2),
        "step(config, arrival)": lambda: step(established, arrival),
        "allowed(config, arrival)": lambda: allowed(established, arrival),
    }
    times = {name: nanoseconds(function) for name, function in measured.items()}
    unit = times["_empty_call()"]
    print(f"lastack {lastack.__version__}, Python {sys.version.split()[0]}")
    for name, ns in times.items():
        print(f"{name:26}{ns:9.0f} ns{ns / unit:9.1f} x an empty call")


if __name__ == "__main__":
    main()
