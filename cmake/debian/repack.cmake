# Packs CPack's packages again, by dpkg-deb: CPack adds scripts that call ldconfig, which is the work of a trigger, and
# puts the time of day into the archives. Before its version 3.31 it does not know Multi-Arch.
cmake_minimum_required(VERSION 3.25)
foreach(package IN LISTS CPACK_PACKAGE_FILES)
    set(root "${CPACK_TEMPORARY_DIRECTORY}/repack")
    file(REMOVE_RECURSE "${root}")
    execute_process(COMMAND dpkg-deb --raw-extract "${package}" "${root}" COMMAND_ERROR_IS_FATAL ANY)
    # CPack takes no notice of an error here, but fails where a package is missing.
    file(REMOVE "${package}" "${root}/DEBIAN/postinst" "${root}/DEBIAN/postrm")
    file(READ "${root}/DEBIAN/control" control)
    if(control MATCHES "\nSection: lib")
        string(REPLACE "\nPackage: " "\nMulti-Arch: same\nPackage: " control "${control}")
        file(WRITE "${root}/DEBIAN/control" "${control}")
    endif()
    execute_process(COMMAND dpkg-deb --root-owner-group --uniform-compression -Zxz --build "${root}" "${package}"
        OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
endforeach()
