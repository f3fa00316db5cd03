# States a second and octets a state, on one thread and on two.
lastack_benchmark(explorer_bench SOURCES explorer_bench.cpp LINK lastack::explore)
