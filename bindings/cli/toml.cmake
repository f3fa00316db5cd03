# lastack_built_in_toml(name)
# spec/NAME.toml, built in so that the command can quote it from anywhere: makes NAME_toml.cpp in the build folder, with
# `std::string_view NAME_toml()`.
find_package(tomlplusplus REQUIRED)
function(lastack_built_in_toml name)
  set(LASTACK_TOML_NAME ${name})
  set(file ${PROJECT_SOURCE_DIR}/spec/${name}.toml)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} LASTACK_TOML)
  configure_file(${CMAKE_CURRENT_SOURCE_DIR}/toml.cpp.in ${name}_toml.cpp @ONLY)
endfunction()
