# Everything that "cmake --install" installs: libraries, headers, nib.pc and nib_infer.pc, the CMake package, and the
# program with its man page, its completion in bash and its names. All paths in it are relative to its place, so the tree
# may be moved. "--component" installs a part:
#   nib_runtime      the shared libraries, for programs that are linked with them
#   nib_development  all that compiling and linking need; its link libnib.so needs nib_runtime
#   nib_program      the program
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/nib")
set(libraries nib nib_infer)
set_target_properties(nib PROPERTIES EXPORT_NAME nib_static)
set_target_properties(nib_infer PROPERTIES EXPORT_NAME infer_static)
if(NIB_SHARED)
    list(APPEND libraries nib_shared nib_infer_shared)
    set_target_properties(nib_infer_shared PROPERTIES EXPORT_NAME infer_shared)
endif()
install(TARGETS ${libraries} EXPORT nibTargets
    ARCHIVE COMPONENT nib_development
    LIBRARY COMPONENT nib_runtime NAMELINK_COMPONENT nib_development
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT nibTargets NAMESPACE nib:: DESTINATION "${package_dir}" COMPONENT nib_development)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/nib" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT nib_development
    FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/nibConfig.cmake.in" "${PROJECT_BINARY_DIR}/nibConfig.cmake"
    INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/nibConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/nibConfig.cmake" "${PROJECT_BINARY_DIR}/nibConfigVersion.cmake"
    DESTINATION "${package_dir}" COMPONENT nib_development)

# In the .pc files, paths begin at the file's own place. Without a shared library, the static one's dependencies are not
# private, so that plain "pkg-config --libs nib" links them.
file(RELATIVE_PATH pc_prefix "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" pc_prefix "${pc_prefix}")
list(TRANSFORM NIB_CXX_LIBRARIES PREPEND "-l" OUTPUT_VARIABLE pc_static)
if(NIB_OPENMP AND NIB_OPENMP_LIBRARY MATCHES "/")
    list(PREPEND pc_static "${NIB_OPENMP_LIBRARY}")
elseif(NIB_OPENMP)
    list(PREPEND pc_static "-l${NIB_OPENMP_LIBRARY}")
endif()
if(NIB_ZLIB)
    list(PREPEND pc_static "-lz")
endif()
list(JOIN pc_static " " pc_static)
if(NIB_SHARED)
    set(pc_libs "")
    set(pc_private " ${pc_static}")
else()
    set(pc_libs " ${pc_static}")
    set(pc_private "")
endif()
foreach(name IN ITEMS nib nib_infer)
    configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig"
        COMPONENT nib_development)
endforeach()

if(NIB_BUILD_TOOLS)
    install(TARGETS nib_program RUNTIME COMPONENT nib_program)
    if(NIB_MPI)
        install(TARGETS nib_mpi_program RUNTIME COMPONENT nib_program)
    endif()
    install(FILES "${NIB_MAN_PAGE}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT nib_program)
    install(FILES "${NIB_COMPLETION}" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions"
        COMPONENT nib_program)
    # The program looks for the names in ../share/nib, relative to its own folder.
    install(FILES "${PROJECT_SOURCE_DIR}/data/names.txt" DESTINATION share/nib COMPONENT nib_program)
endif()

# The documents, with the folders between them, for their links; the picture is the README's.
foreach(file IN ITEMS README.md LICENSE tools/README.md tools/nib/report.png include/nib/README.md)
    cmake_path(GET file PARENT_PATH folder)
    set(component nib_program)
    if(file MATCHES "^include" OR NOT NIB_BUILD_TOOLS)
        set(component nib_development)
    endif()
    install(FILES "${PROJECT_SOURCE_DIR}/${file}" DESTINATION "${CMAKE_INSTALL_DOCDIR}/${folder}" COMPONENT ${component})
endforeach()
