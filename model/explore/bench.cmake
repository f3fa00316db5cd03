# States a second and octets a state, on one thread and on two.
lastack_benchmark(explorer_bench SOURCES explorer_bench.cpp LINK lastack::explore)
# ... growth with each budget, and the explorer beside Spin.
if(LASTACK_BENCHMARKS)
  add_executable(growth_bench growth_bench.cpp)
  target_link_libraries(growth_bench PRIVATE lastack::explore)
  add_dependencies(benchmarks growth_bench)
  add_executable(spin_bench spin_bench.cpp)
  target_link_libraries(spin_bench PRIVATE lastack::explore)
  target_compile_definitions(spin_bench PRIVATE LASTACK_HANDWRITTEN="${CMAKE_CURRENT_SOURCE_DIR}/handwritten.pml")
  add_dependencies(benchmarks spin_bench)
endif()
