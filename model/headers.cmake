# Libraries of headers: installed as a package of CMake, or just a folder of headers on CMAKE_PREFIX_PATH or
# CMAKE_INCLUDE_PATH, as package managers of other languages bring them.

# The function takes the policy that stands where it is defined.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)  # newer versions of CMake leave it to Boost to say where it is
endif()

# lastack_headers(package TARGET name VERSION least HEADER path VERSION_FROM files... VERSION_MACROS names... DEBIAN name)
# Makes the target `name`, or ends with one line. HEADER is the header that tells that the folder is right; the first
# of VERSION_FROM with the macros has the version: either one number as Boost writes it, or major, minor and patch.
function(lastack_headers package)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TARGET;VERSION;HEADER;DEBIAN" "VERSION_FROM;VERSION_MACROS")
  if(TARGET ${arg_TARGET})
    return()
  endif()
  find_package(${package} ${arg_VERSION} QUIET GLOBAL)
  if(TARGET ${arg_TARGET})
    return()
  endif()
  set(found "none was found")
  string(TOUPPER ${package} upper)
  find_path(${upper}_HEADERS ${arg_HEADER} HINTS ${${package}_ROOT} ${${upper}_ROOT} PATH_SUFFIXES include)
  mark_as_advanced(${upper}_HEADERS)
  if(${upper}_HEADERS)
    set(folder ${${upper}_HEADERS})
    set(version)
    foreach(file IN LISTS arg_VERSION_FROM)
      if(version OR NOT EXISTS ${folder}/${file})
        continue()
      endif()
      foreach(macro IN LISTS arg_VERSION_MACROS)
        file(STRINGS ${folder}/${file} line REGEX "^#define ${macro} [0-9]+" LIMIT_COUNT 1)
        if(line MATCHES "${macro} ([0-9]+)")
          list(APPEND version ${CMAKE_MATCH_1})
        endif()
      endforeach()
    endforeach()
    list(LENGTH version numbers)
    if(numbers EQUAL 1)  # 108100 is 1.81.0
      math(EXPR major "${version} / 100000")
      math(EXPR minor "${version} / 100 % 1000")
      math(EXPR patch "${version} % 100")
      set(version ${major} ${minor} ${patch})
    endif()
    list(JOIN version . version)
    if(version VERSION_GREATER_EQUAL arg_VERSION)
      message(STATUS "Found ${package}: ${folder} (headers, version ${version})")
      add_library(${arg_TARGET} INTERFACE IMPORTED GLOBAL)
      target_include_directories(${arg_TARGET} INTERFACE ${folder})
      return()
    endif()
    set(found "${folder} has ${version}")
  endif()
  # A folder that was not right is looked for again in the next run.
  unset(${upper}_HEADERS CACHE)
  message(FATAL_ERROR "lastack needs the headers of ${package} ${arg_VERSION} or newer (Debian: ${arg_DEBIAN}), \
and ${found}. Where they are elsewhere, say -D CMAKE_PREFIX_PATH=FOLDER")
endfunction()
