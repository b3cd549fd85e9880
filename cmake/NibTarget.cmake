# nib_target(TARGET): the language, flags and folders that all of nib's targets have. All of it is private to the
# target: a program that links nib gets no flag from it.
function(nib_target target)
    set_target_properties(${target} PROPERTIES
        CXX_STANDARD 20
        CXX_STANDARD_REQUIRED ON
        CXX_EXTENSIONS OFF
        C_STANDARD 99
        C_STANDARD_REQUIRED ON
        C_EXTENSIONS OFF
        CXX_VISIBILITY_PRESET hidden
        C_VISIBILITY_PRESET hidden
        VISIBILITY_INLINES_HIDDEN ON
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin"
        ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib"
        LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
    target_compile_options(${target} PRIVATE
        # Parts of -ffast-math for which clang has no macro; src/base/strict_math.h refuses the others.
        "$<$<OR:$<CXX_COMPILER_ID:Clang>,$<CXX_COMPILER_ID:AppleClang>>:-fno-unsafe-math-optimizations>"
        # The same bits from every compiler: a multiplication and an addition are fused only if the source says so.
        -ffp-contract=off
        # Only clang counts a change of sign as a -Wconversion; the two compilers are to demand the same.
        -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
    if(NIB_WARNINGS_AS_ERRORS)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
    if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # These warnings are wrong in instrumented code, as GCC's manual says.
        target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized)
    endif()
    if(NOT NIB_OPENMP)
        target_compile_options(${target} PRIVATE -Wno-unknown-pragmas)
    endif()
endfunction()
