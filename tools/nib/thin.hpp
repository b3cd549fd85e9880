// Thins curves to no more points than a screen can show.
#pragma once

#include <cstddef>
#include <vector>

namespace nib::cli {

struct Point {
    double x, y;
};

// About `count` indices of 0..size-1 (all, if there are no more), evenly spread, including the first and the last.
std::vector<std::size_t> chosen(std::size_t size, std::size_t count);

std::vector<Point> evenly(const std::vector<Point>& points, std::size_t count);

// The first 200 points, where the loss falls, and the lowest and the highest of each of 600 pieces of the rest: drawn,
// they look like all the points. Points that are not finite are left out.
std::vector<Point> envelope(const std::vector<Point>& points);

// Means over the points around each that are at most 1% of the last x away, and at most 20% of its own x: the first
// mean is the first point itself, and a fall at the start stays visible. x must rise. Computed for the first 200
// points, and for 600 of the rest.
std::vector<Point> smoothed(const std::vector<Point>& points);

// The steps per second at some 60 places, each the mean since the one before, of points (step, seconds). A place at
// which the clock began anew, in a run that was resumed, has none.
std::vector<Point> speed(const std::vector<Point>& clock);

} // namespace nib::cli
