# `lastack why`, with the claims of spec/claims.toml built in.
find_package(CLI11 REQUIRED)
find_package(fmt REQUIRED)
find_package(tomlplusplus REQUIRED)

set(claims ${PROJECT_SOURCE_DIR}/spec/claims.toml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${claims})
file(READ ${claims} LASTACK_CLAIMS)
configure_file(claims_toml.cpp.in claims_toml.cpp @ONLY)

add_library(lastack_why STATIC why.cpp claims.cpp ${CMAKE_CURRENT_BINARY_DIR}/claims_toml.cpp)
target_include_directories(lastack_why PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(lastack_why PUBLIC lastack::exhaustive CLI11::CLI11
  PRIVATE fmt::fmt nlohmann_json::nlohmann_json tomlplusplus::tomlplusplus)
# It runs stories of millions of states: too many for the sanitizers.
lastack_test(why_command_test SOURCES why_command_test.cpp LINK lastack_why nlohmann_json::nlohmann_json LABELS slow)
if(LASTACK_TESTS)
  target_compile_definitions(why_command_test PRIVATE LASTACK_TOP="${PROJECT_SOURCE_DIR}"
    LASTACK_COMMAND="$<TARGET_FILE:lastack>")
  add_dependencies(why_command_test lastack)
endif()
