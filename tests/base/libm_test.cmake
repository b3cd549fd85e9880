# The results of libnib.a have the same bits with every C library: of its mathematical functions, it calls only those
# whose results IEEE 754 and the C standard determine, such as sqrt, fma and lround.
#   cmake -D NM=nm -D LIBRARY=libnib.a -P libm_test.cmake
cmake_minimum_required(VERSION 3.25)
execute_process(COMMAND "${NM}" --undefined-only "${LIBRARY}" OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL " U [A-Za-z_][A-Za-z0-9_]*" symbols "${listing}")
list(LENGTH symbols count)
if(count LESS 20)
    message(FATAL_ERROR "${NM} found only ${count} undefined symbols in ${LIBRARY}")
endif()
list(REMOVE_DUPLICATES symbols)
set(named "a?(sin|cos|tan)h?|sincos|atan2|exp(2|10|m1)?|log(2|10|1p|b)?|pow|cbrt|hypot|erfc?|[lt]gamma|j[01n]|y[01n]")
foreach(symbol IN LISTS symbols)
    if(symbol MATCHES "^ U (__)?(${named})(f|l)?(_finite)?$")
        message(SEND_ERROR "${LIBRARY} calls${symbol}: base/math.hpp has what is the same everywhere")
    endif()
endforeach()
message("none of ${count} calls is to a mathematical function that rounds as it likes")
