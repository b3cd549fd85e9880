# Where the libraries come from that nib is built with: the system's, or else a release archive, pinned.
include(FetchContent)

if(NIB_OPENMP)
    find_package(OpenMP REQUIRED COMPONENTS CXX)
endif()

# nib_headers(NAME HEADER): finds a library that consists of headers and sets NIB_<NAME>_INCLUDE to a folder with its
# headers alone. In a cross build the system's include folder must not be added, as it holds the host's headers.
function(nib_headers name header)
    find_path(NIB_${name}_PREFIX ${header} REQUIRED)
    get_filename_component(folder ${header} DIRECTORY)
    file(MAKE_DIRECTORY "${PROJECT_BINARY_DIR}/headers/${name}")
    file(CREATE_LINK "${NIB_${name}_PREFIX}/${folder}" "${PROJECT_BINARY_DIR}/headers/${name}/${folder}" SYMBOLIC)
    set(NIB_${name}_INCLUDE "${PROJECT_BINARY_DIR}/headers/${name}" PARENT_SCOPE)
endfunction()

nib_headers(xsimd xsimd/xsimd.hpp)
nib_headers(json nlohmann/json.hpp)
