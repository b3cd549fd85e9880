# Installs nib and moves the tree to where the tests use it: a path in it that is not relative would not be found there.
#   cmake -D BUILD=build -D TREE=DIR -P tree_test.cmake
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE "${TREE}" "${TREE}.first")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${TREE}.first" OUTPUT_VARIABLE output
    COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${TREE}.first" "${TREE}")
# Only the program itself may name the source folder, where it looks for its names until it is installed.
file(GLOB_RECURSE files "${TREE}/*.pc" "${TREE}/*.cmake")
list(LENGTH files count)
if(count LESS 6)
    message(FATAL_ERROR "${count} files describe the package: expected 6 at least")
endif()
foreach(file IN LISTS files)
    file(READ "${file}" text)
    string(FIND "${text}" "${TREE}" prefix)
    string(FIND "${text}" "${BUILD}" build)
    if(NOT prefix EQUAL -1 OR NOT build EQUAL -1)
        message(SEND_ERROR "${file} names a folder of the build:\n${text}")
    endif()
endforeach()
