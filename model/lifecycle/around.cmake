# What surrounds the machine: initial numbers, timers, segment sizes, the table of connections, its documents.
target_sources(lastack_lifecycle PRIVATE describe.cpp endpoints.cpp isn.cpp timers.cpp)

if(LASTACK_TESTS)
    lastack_test(isn_test SOURCES isn_test.cpp LINK lastack::lifecycle)
    lastack_test(timers_test SOURCES timers_test.cpp LINK lastack::lifecycle)
    lastack_test(endpoints_test SOURCES endpoints_test.cpp LINK lastack::lifecycle)
    lastack_test(mss_test SOURCES mss_test.cpp LINK lastack::lifecycle)
endif()
