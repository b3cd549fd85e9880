FetchContent_MakeAvailable(Catch2)

add_library(nib_test_main STATIC main.cpp)
nib_target(nib_test_main)
target_link_libraries(nib_test_main PUBLIC Catch2::Catch2)
# Most of its code is Catch2, whose speed does not matter. Under the sanitizers, optimising it takes a minute.
target_compile_options(nib_test_main PRIVATE -O0)

# nib_test_target(TARGET): flags and folders of the tests, which may include files of src/.
function(nib_test_target target)
    nib_target(${target})
    target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/tests")
    target_include_directories(${target} SYSTEM PRIVATE "${NIB_xsimd_INCLUDE}" "${NIB_json_INCLUDE}")
    # The folder that holds data/ and tests/goldens/.
    target_compile_definitions(${target} PRIVATE "NIB_SOURCE_DIR=\"${PROJECT_SOURCE_DIR}\"")
    # The library under test is optimised. A test itself runs for milliseconds; -O3 makes Catch2's assertions larger and
    # takes half as long again to compile.
    target_compile_options(${target} PRIVATE $<$<NOT:$<CONFIG:Debug,MinSizeRel>>:-O1> ${NIB_SANITIZE_FLAGS})
endfunction()

# Code that several tests share is compiled once, and so are, with NIB_PRECOMPILE_TESTS, the headers that most tests
# include.
add_library(nib_test_parts STATIC goldens.cpp)
nib_test_target(nib_test_parts)
target_link_libraries(nib_test_parts PRIVATE nib PUBLIC Catch2::Catch2)
if(NIB_PRECOMPILE_TESTS)
    target_precompile_headers(nib_test_parts PRIVATE precompiled.hpp)
    # For a precompiled header GCC forgets that functions are the system's, about which it should not warn. These
    # warnings are false, about std::string. Builds without precompiled headers keep them.
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        set(precompiled_flags -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
            -Wno-stringop-overread)
    endif()
endif()

# nib_add_test(FOLDER/NAME_test.cpp|c [ISAS] [LONG]): makes the program FOLDER_NAME_test and registers it with ctest as
# FOLDER/NAME. It may include files of src/. A file in C has its own main and returns 0, or 77 for skipped.
#   ISAS   run once per instruction set, with NIB_ISA set; as FOLDER/NAME/ISA. Under the sanitizers those runs are in
#          the long set, and FOLDER/NAME/best runs with the machine's own: one template reads and writes for all
#   LONG   label "long": not in the short set
function(nib_add_test file)
    cmake_parse_arguments(PARSE_ARGV 1 arg "ISAS;LONG" "" "")
    string(REGEX REPLACE "_test\\.(c|cpp)$" "" name "${file}")
    string(REPLACE "/" "_" program "${name}_test")

    add_executable(${program} ${file})
    nib_test_target(${program})
    target_link_libraries(${program} PRIVATE nib) # the static library: tests may use its inner parts
    if(file MATCHES "\\.c$")
        target_compile_options(${program} PRIVATE -pedantic -Werror)
    else()
        target_link_libraries(${program} PRIVATE nib_test_parts nib_test_main)
        if(NIB_PRECOMPILE_TESTS)
            target_precompile_headers(${program} REUSE_FROM nib_test_parts)
            target_compile_options(${program} PRIVATE ${precompiled_flags})
        endif()
    endif()

    if(arg_ISAS)
        foreach(isa IN LISTS NIB_ISAS)
            add_test(NAME ${name}/${isa} COMMAND ${program})
            set_tests_properties(${name}/${isa} PROPERTIES ENVIRONMENT NIB_ISA=${isa})
            if(sanitized)
                set_tests_properties(${name}/${isa} PROPERTIES LABELS long)
            endif()
            list(APPEND tests ${name}/${isa})
        endforeach()
        if(sanitized)
            add_test(NAME ${name}/best COMMAND ${program})
            list(APPEND tests ${name}/best)
        endif()
    else()
        add_test(NAME ${name} COMMAND ${program})
        set(tests ${name})
    endif()
    set(timeout 300)
    if(sanitized)
        set(timeout 900) # a test that takes two minutes there takes more on a busy machine
    endif()
    set_tests_properties(${tests} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT ${timeout})
    if(arg_LONG)
        set_tests_properties(${tests} PROPERTIES LABELS long TIMEOUT 1200)
    endif()
endfunction()
