# nib_target(TARGET): language, flags and places that every target of ours has. All of it is private to the target:
# a program that links nib gets no flag from it.
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
        ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
    target_compile_options(${target} PRIVATE
        # The same bits from every compiler: a multiplication and an addition are fused only where the source says so.
        -ffp-contract=off
        # Also where the program around us sets no build type.
        $<$<NOT:$<CONFIG:Debug,MinSizeRel>>:-O3>
        -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
    if(NIB_WARNINGS_AS_ERRORS)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
    if(NOT NIB_OPENMP)
        target_compile_options(${target} PRIVATE -Wno-unknown-pragmas)
    endif()
endfunction()
