# cmake -D BUILD_DIR=... -D WORK_DIR=... -D GENERATOR=... -D COMPILER=... -D FLAGS=... -P install_test.cmake
# Installs a build into an empty prefix; configures, builds and runs the consumer against it.
set(prefix ${WORK_DIR}/prefix)
file(REMOVE_RECURSE ${WORK_DIR})
file(MAKE_DIRECTORY ${WORK_DIR})

execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${prefix} OUTPUT_QUIET
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${WORK_DIR}/build -G ${GENERATOR}
  -D CMAKE_CXX_COMPILER=${COMPILER} "-DCMAKE_CXX_FLAGS=${FLAGS}" -D CMAKE_PREFIX_PATH=${prefix}
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CMAKE_COMMAND} --build ${WORK_DIR}/build COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${WORK_DIR}/build/consumer OUTPUT_VARIABLE output ECHO_OUTPUT_VARIABLE
  COMMAND_ERROR_IS_FATAL ANY)

# The rule of an active OPEN in CLOSED comes from RFC 9293 3.10.1.
if(NOT output MATCHES "SYN-SENT by 3\\.10\\.1-")
  message(FATAL_ERROR "the consumer printed another rule or state than that of OPEN in CLOSED:\n${output}")
endif()

# The properties, on a TCP of the consumer's own: the right one passes, the other is told what it did.
execute_process(COMMAND ${WORK_DIR}/build/check_my_tcp WORKING_DIRECTORY ${WORK_DIR}/build OUTPUT_VARIABLE output
  ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${WORK_DIR}/build/check_my_tcp forgetful WORKING_DIRECTORY ${WORK_DIR}/build
  OUTPUT_VARIABLE output ERROR_QUIET RESULT_VARIABLE result)
if(NOT result EQUAL 1 OR NOT output MATCHES "drawn by: lastack play")
  message(FATAL_ERROR "a TCP that forgets to answer was not found out (${result}):\n${output}")
endif()

# Nothing that is installed may name the place it was built in.
file(GLOB_RECURSE texts ${prefix}/*.cmake ${prefix}/*.hpp)
foreach(file ${texts})
  file(STRINGS ${file} lines)
  foreach(line IN LISTS lines)
    string(FIND "${line}" "${BUILD_DIR}" place)
    if(NOT place EQUAL -1)
      message(FATAL_ERROR "${file} names the build directory: ${line}")
    endif()
  endforeach()
endforeach()
