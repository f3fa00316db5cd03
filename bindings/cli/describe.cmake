# `lastack describe`, with the requirements and cases that it quotes built in.
lastack_built_in_toml(requirements)
add_library(lastack_describe STATIC describe.cpp requirements.cpp ${CMAKE_CURRENT_BINARY_DIR}/requirements_toml.cpp)
target_include_directories(lastack_describe PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(lastack_describe PUBLIC lastack::lifecycle CLI11::CLI11
  PRIVATE lastack::support tomlplusplus::tomlplusplus)
lastack_test(describe_test SOURCES describe_test.cpp LINK lastack_describe)
