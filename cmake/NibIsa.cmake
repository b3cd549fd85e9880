# The instruction sets for which kernels are compiled, worst first, as NIB_ISA names them. Each has a file isa/NAME.cpp
# in src/kernels and src/infer; only this file gets the flags NIB_ISA_FLAGS_NAME.
set(NIB_ISAS scalar)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    list(APPEND NIB_ISAS sse2 avx2 avx512)
    set(NIB_ISA_FLAGS_avx2 -mavx2 -mfma)
    # Skylake-X and everything since; xsimd's avx512bw is f, cd, dq and bw. Without the width, compilers prefer 256 bits.
    set(NIB_ISA_FLAGS_avx512 -mavx512f -mavx512cd -mavx512dq -mavx512bw -mavx512vl -mfma -mprefer-vector-width=512
        # GCC 12 mistakes the "any value" operand of its own intrinsics for an uninitialised variable.
        $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    list(APPEND NIB_ISAS neon64)
    # GCC reports at every function that structs of vectors are passed differently since its version 10.
    set(NIB_ISA_FLAGS_neon64 -Wno-psabi)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(arm|aarch64)" AND CMAKE_SIZEOF_VOID_P EQUAL 4)
    # uname says aarch64 even if all programs have 32 bits. NEON is optional there, and has no fused multiply-add before
    # VFPv4: only the flags with which the whole project is compiled tell.
    include(CheckCXXSourceCompiles)
    check_cxx_source_compiles("
        #if defined(__aarch64__) || !defined(__ARM_NEON) || !defined(__ARM_FEATURE_FMA)
        #error no
        #endif
        int main() { return 0; }" NIB_FLAGS_HAVE_NEON)
    if(NIB_FLAGS_HAVE_NEON)
        list(APPEND NIB_ISAS neon)
        set(NIB_ISA_FLAGS_neon -Wno-psabi) # as neon64
    endif()
endif()

# For fuzzing, clang would take minutes to instrument a kernel. Only the engine's kernels read data of a file.
if(NIB_BUILD_FUZZERS)
    set(NIB_FUZZ_FLAGS_kernels -fno-sanitize=all)
    set(NIB_FUZZ_FLAGS_infer -fno-sanitize=undefined,fuzzer-no-link -mllvm -asan-instrumentation-with-call-threshold=100)
endif()

# With UndefinedBehaviorSanitizer, half of the time that GCC takes for a kernel goes to checks of pointers before each
# access, and AddressSanitizer checks the access itself.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS MATCHES "-fsanitize=address,undefined")
    set(NIB_SANITIZE_FLAGS -fno-sanitize=null,object-size,pointer-overflow)
endif()

# nib_add_isa_sources(TARGET FOLDER): adds FOLDER/isa/*.cpp of NIB_ISAS, and defines NIB_HAVE_AVX512 and so on for
# FOLDER/dispatch.cpp. Call it in the folder that made TARGET: properties of source files hold in one folder only.
function(nib_add_isa_sources target folder)
    foreach(isa IN LISTS NIB_ISAS)
        target_sources(${target} PRIVATE ${folder}/isa/${isa}.cpp)
        set_source_files_properties(${folder}/isa/${isa}.cpp PROPERTIES
            COMPILE_OPTIONS "${NIB_ISA_FLAGS_${isa}};${NIB_SANITIZE_FLAGS};${NIB_FUZZ_FLAGS_${folder}}")
        string(TOUPPER "NIB_HAVE_${isa}" have)
        list(APPEND definitions ${have}=1)
    endforeach()
    set_source_files_properties(${folder}/dispatch.cpp PROPERTIES COMPILE_DEFINITIONS "${definitions}")
endfunction()
