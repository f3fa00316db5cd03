# `lastack why`, with the claims of spec/claims.toml built in.
lastack_built_in_toml(claims)
add_library(lastack_why STATIC why.cpp claims.cpp ${CMAKE_CURRENT_BINARY_DIR}/claims_toml.cpp)
target_include_directories(lastack_why PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(lastack_why PUBLIC lastack::exhaustive CLI11::CLI11
  PRIVATE fmt::fmt nlohmann_json::nlohmann_json tomlplusplus::tomlplusplus)
# It runs stories of millions of states: too many for the sanitizers.
lastack_test(why_cli_test SOURCES why_cli_test.cpp LINK lastack_why nlohmann_json::nlohmann_json LABELS slow)
if(LASTACK_TESTS)
  target_compile_definitions(why_cli_test PRIVATE LASTACK_TOP="${PROJECT_SOURCE_DIR}"
    LASTACK_COMMAND="$<TARGET_FILE:lastack>")
  add_dependencies(why_cli_test lastack)
endif()
