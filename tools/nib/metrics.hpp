// metrics.jsonl: what happened in a training run, one JSON object a line, its kind in "type". A number that is not
// finite is null. Readers skip kinds and members that they do not know.
//
//   run         version, time (ISO 8601, UTC), machine {cpu, processors, isa}, threads, data {file, path (absolute;
//               null for a pipe), bytes, crc32c (eight digits, base 16), items, vocabulary, encoding, train, val, test
//               (examples)}, model and train (every option by its name in nib.h, enumerations in the words of the
//               command line), steps, stats_every. First line of the file. A run that was resumed appends another, with
//               resumed_at: the step it went on from.
//   step        step (from 0), loss (of the minibatch, before the update), learning_rate, seconds (since this training
//               began). The first 100 steps, every one whose loss is printed, every one with statistics, the last, and
//               those between at a distance that gives 1,000 to 2,500 records.
//   stats       step, activations [A], gradients [A], parameters [P]: every stats_every-th step, nib_trainer_observe's.
//               A, of a hidden layer: name, kind (tanh, relu, identity), mean, std, and of activations: saturated
//               (share), dead (units), units. P, of a weight matrix or the embedding: name, shape, mean, std (after the
//               update), gradient_mean, gradient_std, grad_data (gradient_std / std), update_data (log10 of the
//               update's std over std). A has the histogram of its numbers and P that of the gradient: {min, max,
//               density [100]}. Only about 100 records of a run have histograms: every record of a run with up to 100,
//               otherwise every 2nd, 3rd, ..., the first and the last one in any case. The other records lack the
//               member.
//   saturation  step, layer, units, rows, bits: base64 of rows x units bits, row after row, the highest bit of a byte
//               first; set where |tanh| > 0.99, or where relu is 0. Of the first and the last step with statistics, and
//               of layers of up to 2^26 such bits.
//   diverged    step, message: the loss of this step was not finite; the steps before it were run.
//   evaluation  step (steps run), train, val: the mean losses of the splits.
//   samples     step, items [text].
//   end         step, seconds.
//
// A line has at most 16 MiB, and values are nested at most 16 deep: readers refuse others.
//
// Whenever the program is killed, all lines but the last are whole; a last line that was cut is removed when the file
// is opened again.
#pragma once

#include "records.hpp"

#include "nib/nib.hpp"

#include <span>
#include <string>

namespace nib::cli {

class Metrics {
public:
    // A new file, in place of an old one.
    Metrics(const nib::context& context, const std::string& path);

    // The file of a run that goes on with step `first`: the records of this step and later ones go, and those of runs
    // that were resumed there or later. A file that is missing is begun.
    Metrics(const nib::context& context, const std::string& path, std::int64_t first);

    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;
    ~Metrics();

    // Each throws Failure where the file cannot be written.
    void add_line(const std::string& line); // a record of its own making, with the end of the line
    void add(std::span<const StepRecord> steps);
    void add(const StatisticsRecord& record);
    void add(const SaturationRecord& record);
    void add_divergence(std::int64_t step, const std::string& message);
    void add_evaluation(std::int64_t step, double train, double val);
    void add_samples(std::int64_t step, std::span<const std::string> items);
    void add_end(std::int64_t step, double seconds);

    // Closes the file: a quota or a network file system may refuse only then what was written. Nothing can be added
    // after it.
    void finish();

private:
    void begin(const nib::context& context, const std::string& lines);

    std::string path_;
    int file_ = -1;
};

} // namespace nib::cli
