# The Debian packages libnib0, libnib-dev and nib: "cpack" makes one of each component in NibInstall.cmake.
if(NOT NIB_SHARED OR NOT NIB_BUILD_TOOLS OR NIB_BUILD_TESTS)
    message(FATAL_ERROR "NIB_PACKAGE needs NIB_SHARED=ON, NIB_BUILD_TOOLS=ON and NIB_BUILD_TESTS=OFF: use cmake --preset package")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_COMPONENTS_ALL nib_runtime nib_development nib_program)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/debian/documents.cmake")
set(CPACK_POST_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/debian/repack.cmake")

# Revision 0 is older than the 1 of a package in the archive, which then replaces this one.
set(CPACK_DEBIAN_PACKAGE_RELEASE 0nib1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
# Whoever hands the packages on puts a name here. The domain .invalid says that mail to this one arrives nowhere.
set(CPACK_PACKAGE_CONTACT "nib authors <nib@nib.invalid>" CACHE STRING "Maintainer of the packages: NAME <ADDRESS>")
set(CPACK_DEBIAN_PACKAGE_SOURCE nib)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# The program's libnib.so.0 is that of the build. Its package is named below.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/lib")
# A struct that grows needs a newer library, which no list of symbols shows. So the oldest version that suits a program is
# that with which it was built, for every symbol.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
# In place of CMake's summary of the project each package has one of its own.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")

get_target_property(abi nib_shared SOVERSION)
set(runtime libnib${abi})
set(version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")

# libnib.so and libnib_infer.so share a package because their sonames have one number, which src/CMakeLists.txt sets once.
set(CPACK_DEBIAN_NIB_RUNTIME_PACKAGE_NAME ${runtime})
set(CPACK_DEBIAN_NIB_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_NIB_RUNTIME_PACKAGE_CONTROL_EXTRA "${PROJECT_SOURCE_DIR}/cmake/debian/triggers")
set(CPACK_DEBIAN_NIB_RUNTIME_DESCRIPTION [[small neural networks on CPUs - shared libraries
nib trains small neural networks on a CPU, and folds them into small files
that any C program can use. Training has the same bits for any number of
threads.
.
This package has libnib, for training and all the rest, and libnib_infer, for
folded models only, which needs nothing but C's library.]])

set(CPACK_DEBIAN_NIB_DEVELOPMENT_PACKAGE_NAME libnib-dev)
set(CPACK_DEBIAN_NIB_DEVELOPMENT_PACKAGE_SECTION libdevel)
# zlib is for libnib.a; so is the library of C++, which programs linked with libnib.so do not need.
set(CPACK_DEBIAN_NIB_DEVELOPMENT_PACKAGE_DEPENDS "${runtime} (= ${version}), zlib1g-dev")
set(CPACK_DEBIAN_NIB_DEVELOPMENT_PACKAGE_SUGGESTS "g++, pkgconf | pkg-config, cmake, nib")
set(CPACK_DEBIAN_NIB_DEVELOPMENT_DESCRIPTION [[small neural networks on CPUs - development files
nib trains small neural networks on a CPU, and folds them into small files
that any C program can use.
.
This package has the headers for C99 and C++17, the static libraries, the
files for pkg-config, and a package for CMake.]])

set(CPACK_DEBIAN_NIB_PROGRAM_PACKAGE_NAME nib)
set(CPACK_DEBIAN_NIB_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_NIB_PROGRAM_PACKAGE_DEPENDS "${runtime} (>= ${version})")
set(CPACK_DEBIAN_NIB_PROGRAM_DESCRIPTION [[train and deploy small neural networks on CPUs
nib learns a text of one item a line and makes up new items, or learns a table
and predicts its rows. Each run writes a page that shows whether the network
started and trained well.
.
A trained network is a file for PyTorch, too. Folded, it becomes a small file
for a C program, C source without dependencies, or ONNX.]])
include(CPack)
