# Files of src/kernels/isa are compiled for different processors. If one of them shares a function with another file by
# name (an inline function or a template that was not inlined), the linker keeps the first copy that it meets: an
# AVX-512 copy would then run, and fail, on a processor without AVX-512. A weak symbol in one of these files may
# therefore only be a function of nib itself (which no program around it can have) that no other file of the library
# has.
#   cmake -D NM=nm -D LIBRARY=libnib.a -D ISAS=a,b -P symbols_test.cmake
cmake_minimum_required(VERSION 3.25)
if(NOT NM OR NOT EXISTS "${NM}")
    message("skipped: nm was not found")
    return()
endif()

execute_process(COMMAND "${NM}" --defined-only "${LIBRARY}" OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "," ";" ISAS "${ISAS}")
string(REPLACE "\n" ";" lines "${output}")
set(weak_count 0)
foreach(line IN LISTS lines)
    if(line MATCHES "^(.*/)?([^ /]+)\\.o:$")
        # "avx2.cpp.o:" of the archive; base/parallel.cpp and train/parallel.cpp would count as one, and need not
        # differ.
        string(REGEX REPLACE "\\.cpp$" "" member "${CMAKE_MATCH_2}")
    elseif(line MATCHES "^[0-9a-fA-F]+ ([A-Za-z]) (.+)$")
        set(kind "${CMAKE_MATCH_1}")
        set(symbol "${CMAKE_MATCH_2}")
        if(kind MATCHES "^[a-z]$" AND NOT kind MATCHES "^[uvw]$")
            continue() # local to its file
        endif()
        list(APPEND members_of_${symbol} "${member}")
        if(member IN_LIST ISAS AND kind MATCHES "^[uvwVW]$")
            list(APPEND weak "${symbol}")
            math(EXPR weak_count "${weak_count} + 1")
        endif()
        if(member IN_LIST ISAS)
            list(APPEND seen "${member}")
        endif()
    endif()
endforeach()

foreach(isa IN LISTS ISAS)
    if(NOT isa IN_LIST seen)
        message(SEND_ERROR "${LIBRARY} has no symbols of kernels/isa/${isa}.cpp: was its form changed?")
    endif()
endforeach()
list(REMOVE_DUPLICATES weak)
foreach(symbol IN LISTS weak)
    # The engine's file for an instruction set is compiled with the same flags as the trainer's.
    list(REMOVE_DUPLICATES members_of_${symbol})
    list(LENGTH members_of_${symbol} copies)
    if(copies GREATER 1)
        message(SEND_ERROR "${symbol} is defined in ${members_of_${symbol}}: the linker may keep the wrong copy")
    elseif(NOT symbol MATCHES "^_Z(GV)?Z?NK?3nib")
        message(SEND_ERROR "${symbol} in ${members_of_${symbol}} is not nib's own: another file of a program may have it")
    endif()
endforeach()
message("${weak_count} weak symbols in ${ISAS}")
