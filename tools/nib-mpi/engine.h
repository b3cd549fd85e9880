/* MPI for nib-mpi and nib_bench: a C file of its own, so that mpi.h is compiled as C and nothing else sees it. */
#ifndef NIB_MPI_ENGINE_H
#define NIB_MPI_ENGINE_H

#include "nib/nib.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Starts MPI, also without mpirun: there is then one rank. Returns 0, or MPI's error. */
int mpi_engine_begin(int *argc, char ***argv, nib_collective *collective);

/* The longest wait of a call in seconds; 0: no limit. */
void mpi_engine_set_limit(double seconds);

/* The seconds that a call has waited in vain; 0: none has. */
double mpi_engine_late(void);

/* The MPI library and its version in a line; size bytes. */
void mpi_engine_name(char *text, size_t size);

/* Ends MPI. are_awaited: other ranks may wait for this one, so all end, by force and with this exit status. */
void mpi_engine_end(int are_awaited, int exit_code);

#ifdef __cplusplus
}
#endif

#endif
