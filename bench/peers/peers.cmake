# The libraries to compare with, if they are installed. Each has one file that defines one function (peers.hpp).
set(peers)

# nib_bench_peer(NAME LIBRARY...): builds peers/NAME.cpp into nib_bench, and defines NIB_BENCH_NAME for peers.cpp.
macro(nib_bench_peer name)
    target_sources(nib_bench PRIVATE peers/${name}.cpp)
    target_link_libraries(nib_bench PRIVATE ${ARGN})
    string(TOUPPER "NIB_BENCH_${name}" definition)
    set_property(SOURCE peers.cpp APPEND PROPERTY COMPILE_DEFINITIONS ${definition}=1)
    list(APPEND peers ${name})
endmacro()

find_package(dnnl CONFIG QUIET)
if(dnnl_FOUND)
    nib_bench_peer(onednn DNNL::dnnl)
endif()

# Found by header and library rather than by its package, whose variables differ between versions. BLAS has a cblas.h
# too.
find_path(NIB_openblas_INCLUDE openblas_config.h
    PATH_SUFFIXES openblas-pthread openblas-openmp openblas-serial openblas)
find_library(NIB_openblas_LIBRARY openblas)
mark_as_advanced(NIB_openblas_INCLUDE NIB_openblas_LIBRARY)
if(NIB_openblas_INCLUDE AND NIB_openblas_LIBRARY)
    nib_bench_peer(openblas "${NIB_openblas_LIBRARY}")
    set_property(SOURCE peers/openblas.cpp PROPERTY INCLUDE_DIRECTORIES "${NIB_openblas_INCLUDE}")
endif()

find_package(Eigen3 CONFIG QUIET)
if(Eigen3_FOUND)
    nib_bench_peer(eigen Eigen3::Eigen)
    # Eigen has no run-time dispatch: its speed depends on its flags.
    set_property(SOURCE peers/eigen.cpp PROPERTY COMPILE_OPTIONS -march=native
        $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

find_path(NIB_libxsmm_INCLUDE libxsmm.h)
find_library(NIB_libxsmm_LIBRARY xsmm)
mark_as_advanced(NIB_libxsmm_INCLUDE NIB_libxsmm_LIBRARY)
set(dispatch)
if(NIB_libxsmm_INCLUDE)
    # Only version 1: later ones have another function for a kernel.
    file(STRINGS "${NIB_libxsmm_INCLUDE}/libxsmm.h" dispatch REGEX "libxsmm_smmdispatch\\(")
endif()
if(dispatch AND NIB_libxsmm_LIBRARY)
    # Debian's package is a static library, which looks for a BLAS when the program is loaded.
    nib_bench_peer(libxsmm "${NIB_libxsmm_LIBRARY}" ${CMAKE_DL_LIBS})
    # A folder that the compiler searches by default must not be named: <cstdlib> would then not find <stdlib.h> behind
    # it.
    if(NOT NIB_libxsmm_INCLUDE IN_LIST CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
        set_property(SOURCE peers/libxsmm.cpp PROPERTY INCLUDE_DIRECTORIES "${NIB_libxsmm_INCLUDE}")
    endif()
endif()

if(peers)
    list(JOIN peers ", " found)
else()
    set(found none)
endif()
message(STATUS "Libraries that nib_bench compares with: ${found}")
