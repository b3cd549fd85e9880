#include "engine.h"

#include "nib/nib_mpi.h"

#include <stdio.h>
#include <string.h>

static nib_mpi ranks;

int mpi_engine_begin(int *argc, char ***argv, nib_collective *collective)
{
    const int error = MPI_Init(argc, argv);
    return error != MPI_SUCCESS ? error : nib_mpi_begin(&ranks, MPI_COMM_WORLD, 0, collective);
}

void mpi_engine_set_limit(double seconds) { ranks.seconds = seconds; }

double mpi_engine_late(void) { return ranks.error == NIB_MPI_LATE ? ranks.seconds : 0; }

void mpi_engine_name(char *text, size_t size)
{
    char whole[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    MPI_Get_library_version(whole, &length);
    snprintf(text, size, "%.*s", (int)strcspn(whole, ",\n"), whole);
}

void mpi_engine_end(int are_awaited, int exit_code)
{
    if (are_awaited || ranks.error != 0) nib_mpi_abort(exit_code);
    nib_mpi_end(&ranks);
    MPI_Finalize();
}
