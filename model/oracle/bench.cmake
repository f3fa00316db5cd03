# Verdicts on a million packets, beside tshark; the command takes part when it is built.
lastack_benchmark(check_bench SOURCES check_bench.cpp LINK lastack::oracle)
if(TARGET check_bench)
  target_compile_definitions(check_bench PRIVATE LASTACK_COMMAND="${PROJECT_BINARY_DIR}/bindings/cli/lastack")
endif()
