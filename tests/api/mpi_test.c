/* The functions of nib_mpi.h on the processes that mpiexec starts, with bytes of one piece and of several. With an
 * argument, rank 1 abandons the others, which wait for it without a limit. */
#define NIB_MPI_MOST 1000

#include "nib/nib_mpi.h"

#include <stdint.h>
#include <string.h>

static int faults = 0;

static void check(int is_right, const char *what, size_t bytes, int rank)
{
    if (is_right) return;
    ++faults;
    fprintf(stderr, "rank %d: %s of %zu bytes is wrong\n", rank, what, bytes);
}

/* A byte that tells from which rank it comes, to which it goes, and its place. */
static unsigned char byte_of(int from, int to, size_t place)
{
    return (unsigned char)(from * 37 + to * 101 + (int)place * 7);
}

static int is_from_each(const nib_collective *c, const unsigned char *received, size_t bytes, int to)
{
    for (int from = 0; from < c->ranks; ++from)
        for (size_t i = 0; i < bytes; ++i)
            if (received[(size_t)from * bytes + i] != byte_of(from, to, i)) return 0;
    return 1;
}

static void exchange(const nib_collective *c, size_t bytes, unsigned char *send, unsigned char *received)
{
    const size_t all = bytes * (size_t)c->ranks;
    for (int to = 0; to < c->ranks; ++to)
        for (size_t i = 0; i < bytes; ++i) send[(size_t)to * bytes + i] = byte_of(c->rank, to, i);
    memset(received, 0, all);
    check(c->all_gather(c->user, send, bytes, received) == 0 && is_from_each(c, received, bytes, 0), "all_gather", bytes,
          c->rank);
    memset(received, 0, all);
    check(c->all_to_all(c->user, send, bytes, received) == 0 && is_from_each(c, received, bytes, c->rank), "all_to_all",
          bytes, c->rank);
    memcpy(received, send, all);
    int is_right = c->broadcast(c->user, received, all) == 0;
    for (int to = 0; to < c->ranks; ++to)
        for (size_t i = 0; i < bytes; ++i) is_right = is_right && received[(size_t)to * bytes + i] == byte_of(0, to, i);
    check(is_right, "broadcast", all, c->rank);
}

static void abandoned(nib_mpi *ranks, const nib_collective *c)
{
    char byte = 0, received[8];
    ranks->seconds = 0;
    if (c->rank == 1) c->abandon(ranks, "has gone on purpose");
    c->all_gather(ranks, &byte, 1, received);
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {1, 64, 999, 1000, 1001, 2000, 5003};
    static unsigned char send[8 * 5003], received[8 * 5003];
    nib_mpi ranks;
    nib_collective collective;
    int expected = 0;
    if (MPI_Init(&argc, &argv) != MPI_SUCCESS) return 1;
    if (nib_mpi_begin(&ranks, MPI_COMM_WORLD, 60, &collective) != MPI_SUCCESS) return 1;
    MPI_Comm_size(MPI_COMM_WORLD, &expected);
    check(collective.struct_size == sizeof collective && collective.ranks == expected && expected > 1 && expected <= 8,
          "collective", 0, collective.rank);
    if (argc > 1) abandoned(&ranks, &collective);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) exchange(&collective, sizes[i], send, received);
    ranks.error = NIB_MPI_LATE; /* as after a call that was too late: no further call reaches MPI */
    check(collective.all_gather(&ranks, send, 1, received) == NIB_MPI_LATE, "a late all_gather", 1, collective.rank);
    check(collective.broadcast(&ranks, send, 1) == NIB_MPI_LATE, "a late broadcast", 1, collective.rank);
    ranks.error = 0;
    nib_mpi_end(&ranks);
    MPI_Finalize();
    return faults == 0 ? 0 : 1;
}
