/* nib.h compiles as strict C99, and the library's version is the header's. */
#include "nib/nib.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
    /* The check value of the Castagnoli CRC. */
    if (nib_crc32c("123456789", 9) != 0xe3069283u) {
        fprintf(stderr, "nib_crc32c() is wrong\n");
        return 1;
    }
    char header[32];
    snprintf(header, sizeof header, "%d.%d.%d", NIB_VERSION_MAJOR, NIB_VERSION_MINOR, NIB_VERSION_PATCH);
    if (strcmp(nib_version(), header) != 0) {
        fprintf(stderr, "nib_version() is \"%s\", nib.h says \"%s\"\n", nib_version(), header);
        return 1;
    }
    return 0;
}
