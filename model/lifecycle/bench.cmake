# The machine beside a hand-written switch.
lastack_benchmark(lifecycle_bench SOURCES lifecycle_bench.cpp LINK lastack::lifecycle)
