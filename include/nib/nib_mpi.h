/*
 * nib/nib_mpi.h: nib_collective (nib/nib.h) by MPI. C99, header-only; libnib itself knows no MPI.
 *
 * Include it in one C file, compiled by the mpicc of the MPI that the program uses: MPI libraries differ in their types.
 *
 *     MPI_Init(&argc, &argv);
 *     nib_mpi ranks;
 *     nib_collective collective;
 *     if (nib_mpi_begin(&ranks, MPI_COMM_WORLD, 600, &collective) != MPI_SUCCESS) ...
 *     nib_trainer_create_distributed(context, model, dataset, &options, &collective, &trainer);
 *     ...
 *     nib_trainer_destroy(trainer);
 *     nib_mpi_end(&ranks);
 *     MPI_Finalize();
 *
 * A rank that fails where the others go on, as for want of a file, ends them all by MPI_Abort: they would wait for it in
 * their next call, and so would nib_mpi_end and MPI_Finalize here.
 *
 * MPI is called by the thread that calls nib, so MPI_Init is enough, or MPI_Init_thread with MPI_THREAD_FUNNELED if the
 * program has threads that nib's caller is not one of.
 */
#ifndef NIB_NIB_MPI_H
#define NIB_NIB_MPI_H

#include "nib/nib.h"

#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <unistd.h>

/* The error of a call that took longer than its limit; the others are MPI's. Then a rank is lost, or a link: MPI itself
 * reports a link that is cut only after many minutes, or never. As MPI may still write to the call's memory, the process
 * can only end, by nib_mpi_abort: every further call returns this error at once, and MPI_Finalize would wait for ever. */
#define NIB_MPI_LATE (-1)

/* The most bytes to or from one rank in one call of MPI, which counts in int. A test may set it lower. */
#ifndef NIB_MPI_MOST
#define NIB_MPI_MOST INT_MAX
#endif

/* The user of a nib_collective; lives until nib_mpi_end, at the same address. */
typedef struct nib_mpi {
    MPI_Comm comm;  /* of nib alone, so that its messages meet no others */
    double seconds; /* the longest wait of a call; 0: no limit. It may be changed between two calls */
    int error;      /* NIB_MPI_LATE after such a wait, else 0 */
} nib_mpi;

/* Between two looks at a request: nothing at first, then other processes of this core have their turn, as a rank that
 * spins on another's core slows both down ten to a hundred times; after 10 ms, as in a pause of rank 0, 50 us of sleep. */
static inline void nib_mpi_pause(long looks, double seconds)
{
    if (looks < 50) return;
    if (seconds < 0.01) {
        sched_yield();
    } else {
        struct timeval wait = {0, 50};
        select(0, NULL, NULL, NULL, &wait);
    }
}

/* Waits for a call that has begun. begun: what beginning it returned. */
static inline int nib_mpi_wait(nib_mpi *ranks, int begun, MPI_Request *request)
{
    if (begun != MPI_SUCCESS) return begun;
    const double begin = MPI_Wtime();
    for (long looks = 0;; ++looks) {
        int is_done = 0;
        const int error = MPI_Test(request, &is_done, MPI_STATUS_IGNORE);
        if (error != MPI_SUCCESS || is_done) return error;
        const double seconds = MPI_Wtime() - begin;
        if (ranks->seconds > 0 && seconds > ranks->seconds) return ranks->error = NIB_MPI_LATE;
        nib_mpi_pause(looks, seconds);
    }
}

/* The type of `part` bytes out of each rank's `bytes`. */
static inline int nib_mpi_column(int part, size_t bytes, MPI_Datatype *column)
{
    MPI_Datatype whole;
    int error = MPI_Type_contiguous(part, MPI_BYTE, &whole);
    if (error != MPI_SUCCESS) return error;
    error = MPI_Type_create_resized(whole, 0, (MPI_Aint)bytes, column);
    MPI_Type_free(&whole);
    return error == MPI_SUCCESS ? MPI_Type_commit(column) : error;
}

/* Every rank's bytes to every rank; to_all: another piece to each. */
static inline int nib_mpi_exchange(nib_mpi *ranks, int to_all, const char *send, size_t bytes, char *receive)
{
    for (size_t at = 0; at < bytes && ranks->error == 0; at += NIB_MPI_MOST) {
        const int part = (int)(bytes - at < NIB_MPI_MOST ? bytes - at : NIB_MPI_MOST);
        const int is_whole = bytes <= NIB_MPI_MOST;
        const int count = is_whole ? part : 1;
        MPI_Datatype column = MPI_BYTE;
        MPI_Request request;
        int error = is_whole ? MPI_SUCCESS : nib_mpi_column(part, bytes, &column);
        if (error != MPI_SUCCESS) return error;
        if (to_all)
            error = MPI_Ialltoall(send + at, count, column, receive + at, count, column, ranks->comm, &request);
        else
            error = MPI_Iallgather(send + at, part, MPI_BYTE, receive + at, count, column, ranks->comm, &request);
        error = nib_mpi_wait(ranks, error, &request);
        if (error != NIB_MPI_LATE && !is_whole) MPI_Type_free(&column);
        if (error != MPI_SUCCESS) return error;
    }
    return ranks->error;
}

static inline int nib_mpi_all_gather(void *user, const void *send, size_t bytes, void *receive)
{
    return nib_mpi_exchange((nib_mpi *)user, 0, (const char *)send, bytes, (char *)receive);
}

static inline int nib_mpi_all_to_all(void *user, const void *send, size_t bytes, void *receive)
{
    return nib_mpi_exchange((nib_mpi *)user, 1, (const char *)send, bytes, (char *)receive);
}

static inline int nib_mpi_broadcast(void *user, void *memory, size_t bytes)
{
    nib_mpi *const ranks = (nib_mpi *)user;
    for (size_t at = 0; at < bytes && ranks->error == 0; at += NIB_MPI_MOST) {
        const int part = (int)(bytes - at < NIB_MPI_MOST ? bytes - at : NIB_MPI_MOST);
        MPI_Request request;
        const int begun = MPI_Ibcast((char *)memory + at, part, MPI_BYTE, 0, ranks->comm, &request);
        const int error = nib_mpi_wait(ranks, begun, &request);
        if (error != MPI_SUCCESS) return error;
    }
    return ranks->error;
}

static inline void nib_mpi_leave(int signal)
{
    (void)signal;
    _Exit(EXIT_FAILURE);
}

/* Ends all processes of MPI_COMM_WORLD; for another communicator, mpiexec of MPICH 4.0 waits for a machine that is cut off.
 * On that machine its MPI_Abort never returns: after 5 s this process ends by itself, with exit status 1. */
static inline void nib_mpi_abort(int exit_status)
{
    signal(SIGALRM, nib_mpi_leave);
    alarm(5);
    MPI_Abort(MPI_COMM_WORLD, exit_status);
}

/* Prints why, and ends all processes. */
static inline void nib_mpi_abandon(void *user, const char *why)
{
    nib_mpi *const ranks = (nib_mpi *)user;
    int rank = 0;
    MPI_Comm_rank(ranks->comm, &rank);
    fprintf(stderr, "nib: error: rank %d: %s\n", rank, why);
    fflush(stderr);
    nib_mpi_abort(EXIT_FAILURE);
}

/* Fills collective for the processes of comm, each of which calls this. seconds: the longest wait of a call, longer than
 * any pause between two calls of nib on any rank, as for writing a checkpoint; 0: no limit. Returns MPI's error, or
 * MPI_SUCCESS. */
static inline int nib_mpi_begin(nib_mpi *ranks, MPI_Comm comm, double seconds, nib_collective *collective)
{
    const nib_collective none = {0};
    int rank = 0, count = 0;
    int error = MPI_Comm_dup(comm, &ranks->comm);
    if (error == MPI_SUCCESS) error = MPI_Comm_set_errhandler(ranks->comm, MPI_ERRORS_RETURN);
    if (error == MPI_SUCCESS) error = MPI_Comm_rank(ranks->comm, &rank);
    if (error == MPI_SUCCESS) error = MPI_Comm_size(ranks->comm, &count);
    if (error != MPI_SUCCESS) return error;
    ranks->seconds = seconds;
    ranks->error = 0;
    *collective = none;
    collective->struct_size = sizeof *collective;
    collective->user = ranks;
    collective->rank = rank;
    collective->ranks = count;
    collective->all_gather = nib_mpi_all_gather;
    collective->all_to_all = nib_mpi_all_to_all;
    collective->broadcast = nib_mpi_broadcast;
    collective->abandon = nib_mpi_abandon;
    return MPI_SUCCESS;
}

/* Ends what nib_mpi_begin made, before MPI_Finalize. Every rank calls it; after NIB_MPI_LATE it does nothing. */
static inline void nib_mpi_end(nib_mpi *ranks)
{
    if (ranks->error == 0) MPI_Comm_free(&ranks->comm);
}

#endif
