// Mean and squared differences of many numbers, joined from those of parts of them.
#pragma once

namespace nib {

struct Spread {
    double mean = 0, scatter = 0; // scatter: the sum of squared differences from the mean
    double count = 0;

    // Chan, Golub and LeVeque (1979): joins two samples.
    void join(double other_mean, double other_scatter, double other_count)
    {
        const double total = count + other_count, difference = other_mean - mean;
        mean += difference * other_count / total;
        scatter += other_scatter + difference * difference * count * other_count / total;
        count = total;
    }
};

} // namespace nib
