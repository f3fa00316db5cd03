"""What it costs to have a million explored states and more in NumPy, beside the exploring in C++: run by ./dev bench.

The time from the call of lastack.explore until the array is there, as a multiple of what the explorer measured of
itself. The median of several: both are of the same run.
"""

import statistics
import time

import lastack

REPEATS = 7
MOST = 1.2
"""What was promised."""


def main() -> None:
    ratios = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        explored = lastack.explore(loss=1, duplicates=1, properties=False, progress=False)
        states = explored.states
        seconds = time.perf_counter() - began
        assert len(states) == explored.counts["states"] > 1_000_000
        ratios.append(seconds / explored.counts["seconds"])
        print(f"{len(states)} states explored in {explored.counts['seconds']:.2f} s, in NumPy after {seconds:.2f} s")
        del explored, states  # or giving their memory back would count with the next
    ratio = statistics.median(ratios)
    print(f"{'explore(...).states':26}{ratio:9.2f} x the explorer's own time, of at most {MOST}")


if __name__ == "__main__":
    main()
