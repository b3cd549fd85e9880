# Sets up, builds and runs the project in consumer/, and looks at the commands that it was compiled by.
#   cmake -D HOW=find_package|add_subdirectory|FetchContent -D LANGUAGES="C;CXX" -D TARGETS="train_consumer;infer_consumer"
#         -D WORK=DIR -D TREE=PREFIX|-D NIB_SOURCE=DIR -D OPTIONS=-Dx=y,... -P consumer_test.cmake
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE "${WORK}")
string(REPLACE "," ";" OPTIONS "${OPTIONS}")
string(REPLACE "," ";" LANGUAGES "${LANGUAGES}")
string(REPLACE "," ";" TARGETS "${TARGETS}")
execute_process(COMMAND "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/consumer" -B "${WORK}" ${OPTIONS}
    -D CMAKE_BUILD_TYPE=Release -D HOW=${HOW} "-D LANGUAGES=${LANGUAGES}" "-D CMAKE_PREFIX_PATH=${TREE}"
    "-D NIB_SOURCE=${NIB_SOURCE}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${WORK}" --target ${TARGETS} COMMAND_ERROR_IS_FATAL ANY)

foreach(target IN LISTS TARGETS)
    if(NOT target MATCHES "^infer_" OR EXISTS "${WORK}/names.nib")
        execute_process(COMMAND "${WORK}/${target}" "${WORK}/names.nib" COMMAND_ERROR_IS_FATAL ANY)
    endif()
endforeach()

file(READ "${WORK}/compile_commands.json" commands)
string(JSON count LENGTH "${commands}")
math(EXPR last "${count} - 1")
foreach(i RANGE ${last})
    string(JSON command GET "${commands}" ${i} command)
    if(command MATCHES "consumer/(train|infer|names)\\.c" AND command MATCHES " (-fopenmp|-ffp|-O3 .*-O3|-m[a-z0-9]+|-fvis|-fno|-W)")
        message(SEND_ERROR "a flag of nib's own (${CMAKE_MATCH_1}) reached: ${command}")
    endif()
endforeach()
