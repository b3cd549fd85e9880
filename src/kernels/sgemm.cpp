#include "kernels/sgemm.hpp"

#include "base/parallel.hpp"
#include "kernels/grow.hpp"

#include <algorithm>
#include <cstring>

namespace nib::kernels {
namespace {

using Index = std::ptrdiff_t;

// The size of the blocks in which the product is computed. A's block (rows x depth, half a megabyte) stays in the
// second cache while the panels of B's block (depth x columns, in the third) pass by it; a panel stays in the second
// cache too while A's tiles pass. Reading and writing C costs more than streaming a panel from the second cache does:
// at 1024^3 a depth of 192, whose panel fits in the first cache, reached 0.81 of the peak, and 1024 reaches 0.94.
struct Blocks {
    Index rows, columns, depth;
    Index pack_a_from;         // columns of C from which copying A's block pays off,
    Index pack_a_aliased_from; // and the same if A's rows fall on the same sets of the cache
    Index pack_b_from;         // rows of C from which copying B's block pays off
};
constexpr Blocks blocks = {
    .rows = 126, .columns = 1024, .depth = 1024, .pack_a_from = 640, .pack_a_aliased_from = 64, .pack_b_from = 192};

// The number of multiplications from which a second thread pays off: about 20 us of one thread.
constexpr double parallel_from = 1 << 20;

// The number of C's rows whose sums are computed in the workspace at a time, if they cannot be computed in C itself.
constexpr Index sums_rows = 8 * blocks.rows;

constexpr Index lanes = 16;

Index round_up(Index n, Index to) { return (n + to - 1) / to * to; }

// f(first, count) over [0, total) in pieces of at most `largest` and about equal size. Each but the last is a multiple
// of quantum, which divides largest. No call if total is 0, which is the share of a thread past the edge.
template <class F>
void for_pieces(Index total, Index largest, Index quantum, F f)
{
    if (total == 0) return;
    const Index pieces = (total + largest - 1) / largest;
    const Index piece = round_up((total + pieces - 1) / pieces, quantum);
    for (Index first = 0; first < total; first += piece) f(first, std::min(piece, total - first));
}

// One thread's rectangle of C and how it is computed. The workspace, in floats:
//   a: A's block, lines padded so that they do not fall on the same sets of the cache
//   b: B's block in panels
//   sums: the sums, if they cannot be computed in C
struct ThreadTask {
    const Table& table;
    Sgemm t;
    bool pack_a, pack_b;
    Index panel;  // columns of a panel
    ProductOp op; // the operation of the first block over k
    float *a, *b, *sums;
    Index pieces = 1; // and where they begin, as Product has them
    const Index* cuts = nullptr;
};

// The place of a block of A, in Product's terms.
struct Left {
    const float* p;
    Index stride;
    bool along_k;
};

Index packed_stride(Index length) { return round_up(length, lanes) + lanes; }

Left left_block(const ThreadTask& task, Index row, Index rows, Index k, Index depth)
{
    const Sgemm& t = task.t;
    const float* from = t.transposed_a ? t.a + k * t.a_stride + row : t.a + row * t.a_stride + k;
    if (!task.pack_a) return {from, t.a_stride, !t.transposed_a};
    const Index lines = t.transposed_a ? depth : rows, length = t.transposed_a ? rows : depth;
    const Index stride = packed_stride(length);
    for (Index i = 0; i < lines; ++i)
        std::memcpy(task.a + i * stride, from + i * t.a_stride, static_cast<std::size_t>(length) * sizeof(float));
    return {task.a, stride, !t.transposed_a};
}

// Copies n floats. A memcpy whose size is known only at run time would be a call for each row.
inline void copy_row(const float* from, Index n, float* to)
{
    Index i = 0;
    for (; i + lanes <= n; i += lanes) std::memcpy(to + i, from + i, lanes * sizeof(float));
    for (; i < n; ++i) to[i] = from[i];
}

// Rows [k, k + depth) and columns [column, column + width) of B, one row after another.
void pack_panel(const Sgemm& t, const Table& table, Index k, Index depth, Index column, Index width, float* to)
{
    if (t.transposed_b) return table.transpose(width, depth, t.b + column * t.b_stride + k, t.b_stride, to, width);
    const float* from = t.b + k * t.b_stride + column;
    for (Index i = 0; i < depth; ++i) copy_row(from + i * t.b_stride, width, to + i * width);
}

// Column j of the block begins at b + j * depth: panels one after another, the last one narrower. Eight rows at a time
// are copied to all panels. Copying one whole panel at a time jumps from page to page of B, and took four times as
// long.
void pack_right(const ThreadTask& task, Index k, Index depth, Index column, Index columns)
{
    const Index strip = task.t.transposed_b ? depth : 8;
    for (Index i = 0; i < depth; i += strip) {
        const Index rows = std::min(strip, depth - i);
        for (Index j = 0; j < columns; j += task.panel) {
            const Index width = std::min(task.panel, columns - j);
            pack_panel(task.t, task.table, k + i, rows, column + j, width, task.b + j * depth + i * width);
        }
    }
}

// A's block times B's, panel by panel if B is packed.
void block_product(const ThreadTask& task, const Product& whole)
{
    if (!task.pack_b) return task.table.product(whole);
    Product p = whole;
    for (Index j = 0; j < whole.n; j += task.panel) {
        p.n = p.b_stride = std::min(task.panel, whole.n - j);
        p.b = task.b + j * p.k;
        p.c = whole.c + j;
        task.table.product(p);
    }
}

void loop_rows(const ThreadTask& task, Index k, Index depth, Index column, Index columns)
{
    const Sgemm& t = task.t;
    for_pieces(t.m, blocks.rows, task.table.tile_rows, [&](Index row, Index rows) {
        const Left left = left_block(task, row, rows, k, depth);
        block_product(task, {.m = rows,
                             .n = columns,
                             .k = depth,
                             .a = left.p,
                             .a_stride = left.stride,
                             .a_along_k = left.along_k,
                             .b = t.b + k * t.b_stride + column,
                             .b_stride = t.b_stride,
                             .c = t.c + row * t.c_stride + column,
                             .c_stride = t.c_stride,
                             .op = k == 0 ? task.op : ProductOp::accumulate,
                             .alpha = t.alpha,
                             .pieces = task.pieces,
                             .cuts = task.cuts});
    });
}

void loop_depth(const ThreadTask& task, Index column, Index columns)
{
    for_pieces(task.t.k, blocks.depth, 1, [&](Index k, Index depth) {
        if (task.pack_b) pack_right(task, k, depth, column, columns);
        loop_rows(task, k, depth, column, columns);
    });
}

void loop_columns(const ThreadTask& task)
{
    for_pieces(task.t.n, blocks.columns, task.panel,
               [&](Index column, Index columns) { loop_depth(task, column, columns); });
}

void scale(Index m, Index n, float factor, float* c, Index stride)
{
    if (factor == 1.0f) return;
    for (Index i = 0; i < m; ++i, c += stride) {
        if (factor == 0.0f)
            std::fill(c, c + n, 0.0f); // also where C holds NaN
        else
            for (Index j = 0; j < n; ++j) c[j] *= factor;
    }
}

// Rows [row, row + m) and columns [column, column + n) of the product.
Sgemm cut(const Sgemm& t, Index row, Index m, Index column, Index n)
{
    Sgemm r = t;
    r.m = m;
    r.n = n;
    r.a += t.transposed_a ? row : row * t.a_stride;
    r.b += t.transposed_b ? column * t.b_stride : column;
    r.c += row * t.c_stride + column;
    return r;
}

// The part of it over k in [k, k + depth).
Sgemm cut_depth(const Sgemm& t, Index k, Index depth)
{
    Sgemm r = t;
    r.k = depth;
    r.a += t.transposed_a ? k * t.a_stride : k;
    r.b += t.transposed_b ? k : k * t.b_stride;
    return r;
}

// How many arrays of sums of some rows and columns a product needs in the workspace between blocks over k. It needs
// none for a single chain that can be kept in C itself, whose old value is not needed; one for any other chain; and for
// pieces one for each level of their tree that is above a block.
Index arrays_of_sums(const Sgemm& t, Index pieces)
{
    if (t.k <= blocks.depth || (t.beta == 0.0f && pieces == 1)) return 0;
    if (pieces == 1) return 1;
    Index levels = 2; // pieces differ by 16 at most, which may make one level more
    for (Index depth = t.k; pieces > 1 && depth > blocks.depth; pieces /= 2, depth = (depth + 1) / 2) ++levels;
    return levels;
}

// The sums of some pieces, which begin at task.cuts. Those that are a block at most are computed together, as
// table.product does; longer ones one at a time. The sums of a node's first half are where the node's will be, and
// those of the second half `size` floats behind them.
void sum_pieces(const ThreadTask& task, Index first, Index pieces, Index size, float* sums)
{
    const Index begin = task.cuts[first] - task.cuts[0], depth = task.cuts[first + pieces] - task.cuts[first];
    if (pieces > 1 && depth > blocks.depth) {
        sum_pieces(task, first, pieces / 2, size, sums);
        sum_pieces(task, first + pieces / 2, pieces / 2, size, sums + size);
        return task.table.add(size, sums, sums + size, sums);
    }
    ThreadTask some = task;
    some.t = cut_depth(task.t, begin, depth);
    some.t.c = sums;
    some.op = ProductOp::store;
    some.pieces = pieces;
    some.cuts = task.cuts + first;
    loop_columns(some);
}

void through_sums(const ThreadTask& task)
{
    const Sgemm& t = task.t;
    const Index whole[] = {0, t.k};
    for_pieces(t.m, sums_rows, task.table.tile_rows, [&](Index row, Index rows) {
        for_pieces(t.n, blocks.columns, task.panel, [&](Index column, Index columns) {
            const Sgemm piece = cut(t, row, rows, column, columns);
            const Index stride = round_up(columns, lanes);
            ThreadTask apart = task;
            apart.t = piece;
            apart.t.c_stride = stride;
            if (task.pieces == 1) apart.cuts = whole;
            sum_pieces(apart, 0, task.pieces, rows * stride, task.sums);
            if (t.beta != 0.0f) scale(rows, columns, t.beta, piece.c, t.c_stride);
            for (Index i = 0; i < rows; ++i) {
                const float* const sums = task.sums + i * stride;
                float* const c = piece.c + i * t.c_stride;
                if (t.beta == 0.0f)
                    std::copy_n(sums, columns, c); // of a product in pieces, whose alpha is 1
                else
                    task.table.sgd(columns, -t.alpha, sums, c); // w = fma(-rate, g, w)
            }
        });
    });
}

void multiply(ThreadTask& task)
{
    const Sgemm& t = task.t;
    if (arrays_of_sums(t, task.pieces) > 0) return through_sums(task);
    if (t.beta == 0.0f) {
        task.op = ProductOp::store;
        loop_columns(task);
        scale(t.m, t.n, t.alpha, t.c, t.c_stride);
    } else {
        task.op = ProductOp::add_scaled;
        scale(t.m, t.n, t.beta, t.c, t.c_stride);
        loop_columns(task);
    }
}

// The threads as a grid over C. Each computes its rectangle alone and packs the blocks that it needs. That costs a
// little more copying than sharing the blocks would, and saves all waiting.
struct Grid {
    Index rows, columns; // of a rectangle
    Index across;        // rectangles side by side

    Grid(int threads, Index panel, const Sgemm& t) : rows(0), columns(0), across(1)
    {
        for (int down = 1; down <= threads; ++down) {
            if (threads % down != 0) continue;
            const Index side = threads / down;
            const Index high = (t.m + down - 1) / down, wide = round_up((t.n + side - 1) / side, panel);
            if (down > 1 && high + wide >= rows + columns) continue;
            rows = high;
            columns = wide;
            across = side;
        }
    }
    // The product of a thread's rectangle; empty for threads past the edge.
    Sgemm task(const Sgemm& t, int thread) const
    {
        const Index row = std::min(thread / across * rows, t.m), column = std::min(thread % across * columns, t.n);
        return cut(t, row, std::min(rows, t.m - row), column, std::min(columns, t.n - column));
    }
};

// A thread's workspace for a rectangle of rows x columns at most.
struct WorkspaceSizes {
    Index a, b, sums;

    WorkspaceSizes(const Sgemm& t, Index rows, Index columns, Index pieces)
    {
        const Index depth = std::min(t.k, blocks.depth), high = std::min(rows, blocks.rows);
        const Index wide = round_up(std::min(columns, blocks.columns), lanes);
        const Index packed_a = t.transposed_a ? depth * packed_stride(high) : high * packed_stride(depth);
        a = pack_a(t, columns) ? round_up(packed_a, lanes) : 0;
        b = pack_b(t, rows) ? depth * wide : 0;
        sums = arrays_of_sums(t, pieces) * std::min(rows, sums_rows) * wide;
    }
    Index total() const { return a + b + sums; }

    // A page is 1024 floats, and rows of a tile that are a multiple of a page apart share the eight ways of one set.
    static bool pack_a(const Sgemm& t, Index columns)
    {
        return columns >= (t.a_stride % 1024 == 0 ? blocks.pack_a_aliased_from : blocks.pack_a_from);
    }
    static bool pack_b(const Sgemm& t, Index rows) { return t.transposed_b || rows >= blocks.pack_b_from; }
};

Index panel_of(const Table& table) { return std::max(table.tile_columns, lanes); }

// The workspace is sized for rectangles of up to rows x columns of t.
ThreadTask new_part(const Table& table, const Sgemm& t, Index rows, Index columns, float* workspace)
{
    const WorkspaceSizes sizes(t, rows, columns, 1); // sums are behind the others, whatever their size
    return {.table = table,
            .t = t,
            .pack_a = WorkspaceSizes::pack_a(t, columns),
            .pack_b = WorkspaceSizes::pack_b(t, rows),
            .panel = panel_of(table),
            .op = ProductOp::store,
            .a = workspace,
            .b = workspace + sizes.a,
            .sums = workspace + sizes.a + sizes.b};
}

Sgemm as_sgemm(const Product& t)
{
    const bool adds = t.op == ProductOp::add_scaled;
    return {.transposed_a = !t.a_along_k,
            .transposed_b = false,
            .m = t.m,
            .n = t.n,
            .k = t.k,
            .alpha = adds ? t.alpha : 1.0f,
            .a = t.a,
            .a_stride = t.a_stride,
            .b = t.b,
            .b_stride = t.b_stride,
            .beta = adds ? 1.0f : 0.0f,
            .c = t.c,
            .c_stride = t.c_stride};
}

// Whether A, which is read again for every panel of columns, or a panel, which is read again for every tile of rows, is
// too large for the second cache.
bool is_large(const Product& t) { return t.m * t.k > (1 << 17) || t.k > blocks.depth; }

} // namespace

void sgemm(const Table& table, const Sgemm& t, int threads, Buffer<float>& workspace, Memory* memory)
{
    if (t.m == 0 || t.n == 0) return;
    if (t.k == 0 || t.alpha == 0.0f) return scale(t.m, t.n, t.beta, t.c, t.c_stride);

    const double work = static_cast<double>(t.m) * static_cast<double>(t.n) * static_cast<double>(t.k);
    if (work < parallel_from) threads = 1;
    const Grid grid(threads, panel_of(table), t);
    const WorkspaceSizes sizes(t, grid.rows, grid.columns, 1);
    grow(workspace, sizes.total() * threads, memory);
    parallel(threads, [&](int thread, int granted) {
        ThreadTask task = new_part(table, t, grid.rows, grid.columns, workspace.data() + thread * sizes.total());
        for (int i = thread; i < threads; i += granted) {
            task.t = grid.task(t, i);
            multiply(task);
        }
    });
}

// Not inlined: blocked_product needs no stack for small products then.
[[gnu::noinline]] static void large_product(const Table& table, const Product& t, float* workspace)
{
    ThreadTask task = new_part(table, as_sgemm(t), t.m, t.n, workspace);
    task.pieces = t.pieces;
    task.cuts = t.cuts;
    multiply(task);
}

void blocked_product(const Table& table, const Product& t, float* workspace)
{
    if (!is_large(t)) return table.product(t);
    large_product(table, t, workspace);
}

std::ptrdiff_t blocked_workspace(const Product& t)
{
    return is_large(t) ? WorkspaceSizes(as_sgemm(t), t.m, t.n, t.pieces).total() : 0;
}

} // namespace nib::kernels
