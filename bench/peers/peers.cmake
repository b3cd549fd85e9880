# The libraries to compare with: those that are installed. Each is one file that defines one function (peers.hpp).
set(peers)

# nib_bench_peer(NAME LIBRARY...): builds peers/NAME.cpp in, and tells peers.cpp by NIB_BENCH_NAME.
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

# By header and library rather than by its package, whose variables differ between versions. BLAS, too, has a cblas.h.
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
    # Eigen knows no dispatch: it is as good as its flags.
    set_property(SOURCE peers/eigen.cpp PROPERTY COMPILE_OPTIONS -march=native
        $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

find_path(NIB_libxsmm_INCLUDE libxsmm.h)
find_library(NIB_libxsmm_LIBRARY xsmm)
mark_as_advanced(NIB_libxsmm_INCLUDE NIB_libxsmm_LIBRARY)
set(dispatch)
if(NIB_libxsmm_INCLUDE)
    # Version 1; later ones ask for a kernel in another way.
    file(STRINGS "${NIB_libxsmm_INCLUDE}/libxsmm.h" dispatch REGEX "libxsmm_smmdispatch\\(")
endif()
if(dispatch AND NIB_libxsmm_LIBRARY)
    # It is a static library in Debian, which looks for a BLAS when the program is loaded.
    nib_bench_peer(libxsmm "${NIB_libxsmm_LIBRARY}" ${CMAKE_DL_LIBS})
    # Not a folder that the compiler looks in by itself, since <cstdlib> finds no <stdlib.h> behind it then.
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
