/* nib.h compiles as strict C99, and the library's version is the header's. */
#include "nib/nib.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
    char header[32];
    snprintf(header, sizeof header, "%d.%d.%d", NIB_VERSION_MAJOR, NIB_VERSION_MINOR, NIB_VERSION_PATCH);
    if (strcmp(nib_version(), header) != 0) {
        fprintf(stderr, "nib_version() is \"%s\", nib.h says \"%s\"\n", nib_version(), header);
        return 1;
    }
    return 0;
}
