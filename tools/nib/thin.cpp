#include "thin.hpp"

#include <algorithm>
#include <cmath>

namespace nib::cli {
namespace {

constexpr std::size_t whole = 200;
constexpr std::size_t pieces = 600;

std::vector<Point> finite(const std::vector<Point>& points)
{
    std::vector<Point> result;
    result.reserve(points.size());
    for (const Point& point : points)
        if (std::isfinite(point.x) && std::isfinite(point.y)) result.push_back(point);
    return result;
}

std::size_t piece_size(std::size_t points)
{
    return points <= whole + 2 * pieces ? 1 : (points - whole + pieces - 1) / pieces;
}

} // namespace

std::vector<std::size_t> chosen(std::size_t size, std::size_t count)
{
    const std::size_t kept = std::min(size, std::max<std::size_t>(count, 2));
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < kept; ++i) indices.push_back(kept == 1 ? 0 : i * (size - 1) / (kept - 1));
    return indices;
}

std::vector<Point> evenly(const std::vector<Point>& points, std::size_t count)
{
    std::vector<Point> result;
    for (const std::size_t index : chosen(points.size(), count)) result.push_back(points[index]);
    return result;
}

std::vector<Point> envelope(const std::vector<Point>& points)
{
    std::vector<Point> all = finite(points);
    const std::size_t size = piece_size(all.size());
    if (size == 1) return all;
    std::vector<Point> result(all.begin(), all.begin() + whole);
    for (std::size_t begin = whole; begin < all.size(); begin += size) {
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = all.begin() + static_cast<std::ptrdiff_t>(std::min(begin + size, all.size()));
        auto [low, high] = std::minmax_element(first, last, [](Point a, Point b) { return a.y < b.y; });
        if (high < low) std::swap(low, high);
        result.push_back(*low);
        if (high != low) result.push_back(*high);
    }
    return result;
}

std::vector<Point> smoothed(const std::vector<Point>& points)
{
    const std::vector<Point> all = finite(points);
    std::vector<double> sums(1, 0.0);
    for (const Point& point : all) sums.push_back(sums.back() + point.y);
    const auto first_at = [&](double x) { // the index of the first point with at least this x
        const auto found =
            std::lower_bound(all.begin(), all.end(), x, [](Point p, double least) { return p.x < least; });
        return static_cast<std::size_t>(found - all.begin());
    };
    const std::size_t size = piece_size(all.size());
    std::vector<Point> result;
    for (std::size_t i = 0; i < all.size(); i += i < whole ? 1 : size) {
        const double reach = std::min(0.01 * all.back().x, 0.2 * all[i].x);
        const std::size_t begin = std::min(i, first_at(all[i].x - reach)); // i, if x does not rise
        const std::size_t end = std::max(i + 1, first_at(all[i].x + reach));
        result.push_back({all[i].x, (sums[end] - sums[begin]) / static_cast<double>(end - begin)});
    }
    return result;
}

std::vector<Point> speed(const std::vector<Point>& clock)
{
    constexpr double places = 60;
    const std::vector<Point> all = finite(clock);
    if (all.empty()) return {};
    std::vector<Point> result;
    Point before = all.front();
    for (const Point& point : all) {
        const bool anew = point.x <= before.x || point.y < before.y;
        if (!anew && (point.x - before.x < all.back().x / places || point.y == before.y)) continue;
        if (!anew) result.push_back({point.x, (point.x - before.x) / (point.y - before.y)});
        before = point;
    }
    return result;
}

} // namespace nib::cli
