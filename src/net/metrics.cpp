#include "net/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace nib {

namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

// The area under the ROC curve: how often an example of the second class has a greater probability of it than one of
// the first class; a tie counts half (Hanley and McNeil 1982).
double auc_of(const DataTable& table, nib_split split, const float* y)
{
    struct Scored {
        float score;
        bool is_second;
        double weight;
    };
    std::vector<Scored> all;
    for (std::uint32_t i = 0; i < table.examples(split); ++i)
        all.push_back(
            {y[2 * std::size_t{i} + 1], table.class_of(split, i) == 1, static_cast<double>(table.weight(split, i))});
    std::sort(all.begin(), all.end(), [](const Scored& a, const Scored& b) { return a.score < b.score; });
    double first = 0, second = 0, area = 0;
    for (std::size_t i = 0; i < all.size();) {
        double tied_first = 0, tied_second = 0;
        const float score = all[i].score;
        for (; i < all.size() && all[i].score == score; ++i)
            (all[i].is_second ? tied_second : tied_first) += all[i].weight;
        area += tied_second * (first + tied_first / 2);
        first += tied_first;
        second += tied_second;
    }
    return first > 0 && second > 0 ? area / (first * second) : none;
}

Metrics class_metrics(const DataTable& table, nib_split split, const float* y, bool with_confusion)
{
    const std::size_t classes = table.schema().classes.size();
    Metrics m{none, none, none, std::vector<double>(with_confusion ? classes * classes : 0), {}, {}, {},
              none, none, none};
    std::vector<double> hits(classes), truths(classes), predictions(classes); // sums of weights
    double right = 0, total = 0;
    for (std::uint32_t i = 0; i < table.examples(split); ++i) {
        const float* p = y + std::size_t{i} * classes;
        const auto predicted = static_cast<std::size_t>(std::max_element(p, p + classes) - p);
        const auto truth = static_cast<std::size_t>(table.class_of(split, i));
        const auto weight = static_cast<double>(table.weight(split, i));
        if (with_confusion) m.confusion[truth * classes + predicted] += weight;
        truths[truth] += weight;
        predictions[predicted] += weight;
        if (truth == predicted) hits[truth] += weight, right += weight;
        total += weight;
    }
    m.accuracy = right / total;
    m.macro_f1 = 0;
    for (std::size_t c = 0; c < classes; ++c) {
        m.precision.push_back(share(hits[c], predictions[c]));
        m.recall.push_back(share(hits[c], truths[c]));
        m.f1.push_back(share(2 * hits[c], truths[c] + predictions[c]));
        m.macro_f1 += m.f1.back() / static_cast<double>(classes);
    }
    if (classes == 2) m.auc = auc_of(table, split, y);
    return m;
}

Metrics number_metrics(const DataTable& table, nib_split split, const float* y)
{
    const std::size_t targets = table.schema().targets.size();
    const std::uint32_t examples = table.examples(split);
    double squares = 0, absolutes = 0, weights = 0, scatter = 0;
    std::vector<double> means(targets), counts(targets);
    for (std::uint32_t i = 0; i < examples; ++i) {
        const auto weight = static_cast<double>(table.weight(split, i));
        if (weight == 0) continue;
        weights += weight;
        for (std::size_t t = 0; t < targets; ++t) {
            const auto truth = static_cast<double>(table.targets(split, i)[t]);
            const double error = static_cast<double>(y[std::size_t{i} * targets + t]) - truth;
            squares += weight * error * error;
            absolutes += weight * std::fabs(error);
            // West (1979): a weighted mean and the scatter around it.
            const double difference = truth - means[t];
            counts[t] += weight;
            means[t] += difference * weight / counts[t];
            scatter += weight * difference * (truth - means[t]);
        }
    }
    const double count = weights * static_cast<double>(targets);
    return {none,
            none,
            none,
            {},
            {},
            {},
            {},
            std::sqrt(squares / count),
            absolutes / count,
            scatter > 0 ? 1 - squares / scatter : none};
}

} // namespace

Metrics metrics_of(const DataTable& table, nib_split split, const float* y, bool with_confusion)
{
    return table.schema().task == Task::classes ? class_metrics(table, split, y, with_confusion)
                                                : number_metrics(table, split, y);
}

} // namespace nib
