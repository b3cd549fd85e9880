#include "base/crc32c.hpp"
#include "nib/nib.h"

#define NIB_TEXT(x) #x
#define NIB_VERSION_TEXT(major, minor, patch) NIB_TEXT(major) "." NIB_TEXT(minor) "." NIB_TEXT(patch)

const char* nib_version(void) { return NIB_VERSION_TEXT(NIB_VERSION_MAJOR, NIB_VERSION_MINOR, NIB_VERSION_PATCH); }

uint32_t nib_crc32c(const void* data, size_t size) { return nib::crc32c(data, size); }
