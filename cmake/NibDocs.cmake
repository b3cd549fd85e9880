# The target "docs": the reference, in docs/html of the build folder. Without Doxygen there is no such target.
find_program(NIB_DOXYGEN doxygen)
mark_as_advanced(NIB_DOXYGEN)
configure_file("${PROJECT_SOURCE_DIR}/cmake/Doxyfile.in" "${PROJECT_BINARY_DIR}/Doxyfile" @ONLY)
if(NIB_DOXYGEN)
    add_custom_target(docs COMMAND "${NIB_DOXYGEN}" "${PROJECT_BINARY_DIR}/Doxyfile" VERBATIM)
endif()
