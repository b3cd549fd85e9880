# The libraries that nib is built with: the system's, or else a release archive. A program that links nib gets none of
# them.
include(FetchContent)

FetchContent_Declare(xsimd
    URL https://github.com/xtensor-stack/xsimd/archive/refs/tags/14.0.0.tar.gz
    URL_HASH SHA256=17de0236954955c10c09d6938d4c5f3a3b92d31be5dadd1d5d09fc1b15490dce
    SOURCE_SUBDIR headers-only)
FetchContent_Declare(json
    URL https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
    URL_HASH SHA256=d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d
    SOURCE_SUBDIR headers-only)
FetchContent_Declare(random123
    URL https://github.com/DEShawResearch/random123/archive/refs/tags/v1.14.0.tar.gz
    URL_HASH SHA256=effafd8656b18030b2a5b995cd3650c51a7c45052e6e1c21e48b9fa7a59d926e
    SOURCE_SUBDIR headers-only)
FetchContent_Declare(CLI11
    URL https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.5.0.tar.gz
    URL_HASH SHA256=17e02b4cddc2fa348e5dbdbb582c59a3486fa2b2433e70a0c3bacb871334fd55
    SYSTEM FIND_PACKAGE_ARGS)
FetchContent_Declare(Catch2
    URL https://github.com/catchorg/Catch2/archive/refs/tags/v3.6.0.tar.gz
    URL_HASH SHA256=485932259a75c7c6b72d4b874242c489ea5155d17efa345eb8cc72159f49f356
    SYSTEM FIND_PACKAGE_ARGS)
set(BENCHMARK_ENABLE_TESTING OFF)
set(BENCHMARK_ENABLE_INSTALL OFF)
FetchContent_Declare(benchmark
    URL https://github.com/google/benchmark/archive/refs/tags/v1.8.2.tar.gz
    URL_HASH SHA256=2aab2980d0376137f969d92848fbb68216abb07633034534fc8c65cc4e7a0e93
    SYSTEM FIND_PACKAGE_ARGS)

# nib_headers(NAME FOLDER HEADER): finds a library that is headers only, and sets NIB_NAME_INCLUDE to a folder with a link to
# these headers alone: in a cross build, the host's include folder would bring the host's other headers too.
# SOURCE_SUBDIR above names a folder that does not exist, which keeps the library's own CMakeLists.txt out.
function(nib_headers name folder header)
    find_path(NIB_${name}_PREFIX ${folder}/${header})
    mark_as_advanced(NIB_${name}_PREFIX)
    set(prefix "${NIB_${name}_PREFIX}")
    if(NOT prefix)
        FetchContent_MakeAvailable(${name})
        set(prefix "${${name}_SOURCE_DIR}/include")
    endif()
    set(include "${PROJECT_BINARY_DIR}/headers/${name}")
    file(MAKE_DIRECTORY "${include}")
    file(CREATE_LINK "${prefix}/${folder}" "${include}/${folder}" SYMBOLIC)
    set(NIB_${name}_INCLUDE "${include}" PARENT_SCOPE)
endfunction()

nib_headers(xsimd xsimd xsimd.hpp)
nib_headers(json nlohmann json.hpp)
nib_headers(random123 Random123 philox.h)

if(NIB_OPENMP)
    find_package(OpenMP COMPONENTS CXX)
    if(NOT OpenMP_CXX_FOUND)
        message(FATAL_ERROR "The compiler has no OpenMP. Install it (for clang on Debian: libomp-dev), or set NIB_OPENMP=OFF.")
    endif()
endif()

# Without zlib, libnib refuses compressed files, with a message that names zlib.
if(NIB_ZLIB)
    find_package(ZLIB)
    if(NOT ZLIB_FOUND)
        message(STATUS "zlib was not found (Debian: zlib1g-dev): libnib will not read .gz and deflated .npz")
        set(NIB_ZLIB OFF)
    endif()
endif()
