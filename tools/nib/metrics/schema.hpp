// metrics.jsonl: the events of a training run, one JSON object a line, its kind in "type". A number that is not finite
// is null. Readers skip kinds and members that they do not know.
//
//   run         version, time (ISO 8601, UTC), machine {cpu, processors, isa}, threads, data {file, path (absolute;
//               null for a pipe), bytes, crc32c (eight digits, base 16), items, vocabulary (0: a table), classes (of a
//               table; 0: numbers), encoding, train, val, test (examples), unigram_loss (of a text: the mean loss of
//               guessing each symbol by its frequency, both over the first million examples of the validation
//               split)}, model and train (every option by its name in nib.h, enumerations in the words of the command
//               line, network and input as the library prints them), steps, stats_every, eval_every (0: no
//               validation), eval_examples (of each), patience (0: none).
//               First line of the file. A run that was resumed appends another, with resumed_at: the step at which
//               it was resumed.
//   step        step (from 0), loss (of the minibatch, before the update), learning_rate, seconds (since this training
//               began). The first 100 steps, every one whose loss is printed, every one with statistics, the last, and
//               those between at a distance that gives 1,000 to 2,500 records.
//   stats       step, activations [A], gradients [A], parameters [P]: every stats_every-th step, nib_trainer_observe's.
//               A describes the outputs of an activation: name (its position in the network, "4"), kind (tanh,
//               relu ...), mean, std, and for activations: saturated (share), dead (units), units (channels of planes).
//               P describes a weight matrix or the embedding: name, shape, mean, std (after the update), gradient_mean,
//               gradient_std, grad_data (gradient_std / std), update_data (log10 of the update's std over std). A has
//               the histogram of its numbers and P that of the gradient: {min, max, density [100]}. Only about 100
//               records of a run have histograms: every record of a run with up to 100, otherwise every 2nd, 3rd, ...,
//               and the first and the last one in any case. The other records lack the member.
//   saturation  step, layer, units, rows, bits: base64 of rows x units bits, row after row, the highest bit of a byte
//               first; a bit is set if the activation's slope is below 0.0199 in size, tanh's slope at 0.99; that of a
//               channel of planes if this is so at each position. Written for the first and the last step with
//               statistics, and for layers of up to 2^26 such bits.
//   filters     step, name, shape, values: the weights of the first tensor if it is a convolution's, in the order of a
//               state_dict, (channels, input channels, taps) or (channels, input channels, height, width) with 1 or 3
//               input channels; up to 16,384 numbers. Written for the same steps.
//   validation  step (steps run), val: the mean loss of the first eval_examples of the validation split. Every
//               eval_every steps, and after the last one.
//   diverged    step, message: the loss of this step was not finite; the steps before it were run.
//   evaluation  step (steps run), train, val: the mean losses of the splits.
//   best        step (steps run), val: the best model by the validation records, and its mean loss over the whole
//               split.
//   metrics     for a table, over the validation split, by the last step's model: step (steps run); for classes
//               accuracy, macro_f1, auc (of two classes), and for up to 64 classes also classes [text] and confusion
//               [class, predicted as]: weights of examples, row after row; for numbers rmse, mae, r2, and for up to
//               500 rows target (the first target column), truth and predicted.
//   samples     step, items [text].
//   end         step (steps run: fewer than the run's if patience ended it), seconds.
//
// A line has at most 16 MiB, and values are nested at most 16 deep: readers refuse anything else.
//
// If the program is killed at any time, all lines but the last are complete; a last line that was cut is removed when
// the file is opened again.
#pragma once

#include "nib/nib.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace nib::cli {

// Every record passes its members, key and value in the order of the file, to a visitor: the writer (record_line.hpp)
// or the reader (reader.cpp). The visitor's functions are named after the kind of value:
//   step, whole     whole numbers from 0 to 2^53; a larger number of steps is refused
//   number, single  numbers, NaN if they are not finite; single: computed in single precision, so that more digits
//                   would mean nothing
//   text, texts, wholes, singles; list of records; optional_...: a member that may be missing
// A record that was read has -1, NaN or nothing for members that its line lacks.

// A double holds all numbers up to here.
inline constexpr std::int64_t most_steps = std::int64_t{1} << 53;

namespace key { // of the record "run", which run_record.cpp writes
inline constexpr char data[] = "data";
inline constexpr char path[] = "path";
inline constexpr char val_path[] = "val_path"; // from here on: only for a table
inline constexpr char test_path[] = "test_path";
inline constexpr char labels_path[] = "labels_path";
inline constexpr char val_share[] = "val_share";
inline constexpr char test_share[] = "test_share";
inline constexpr char split_seed[] = "split_seed";
inline constexpr char header[] = "header";
inline constexpr char separator[] = "separator";
inline constexpr char vocabulary[] = "vocabulary";
inline constexpr char classes[] = "classes";
inline constexpr char unigram_loss[] = "unigram_loss";
inline constexpr char model[] = "model";
inline constexpr char train[] = "train";
inline constexpr char steps[] = "steps";
inline constexpr char eval_every[] = "eval_every";
inline constexpr char patience[] = "patience";
inline constexpr char resumed_at[] = "resumed_at";
} // namespace key

struct DataMembers {
    double vocabulary;
    std::optional<std::int64_t> classes; // none: a text
    std::optional<std::string> path;     // none: null, or missing
    std::optional<std::string> val_path, test_path, labels_path;
    std::optional<double> unigram_loss, val_share, test_share;
    std::optional<std::int64_t> split_seed, header, separator;

    template <class Self, class Members>
    static void members(Self& data, Members& members)
    {
        members.optional_text(key::path, data.path);
        members.number(key::vocabulary, data.vocabulary);
        members.optional_step(key::classes, data.classes);
        members.optional_number(key::unigram_loss, data.unigram_loss);
        members.optional_text(key::val_path, data.val_path);
        members.optional_text(key::test_path, data.test_path);
        members.optional_text(key::labels_path, data.labels_path);
        members.optional_number(key::val_share, data.val_share);
        members.optional_number(key::test_share, data.test_share);
        members.optional_step(key::split_seed, data.split_seed);
        members.optional_step(key::header, data.header);
        members.optional_step(key::separator, data.separator);
    }
};

// The options by their names in nib.h.
struct ModelMembers {
    std::string network;

    template <class Self, class Members>
    static void members(Self& model, Members& members)
    {
        members.text("network", model.network);
    }
};

struct TrainMembers {
    double learning_rate, batch_size;
    std::int64_t warmup_steps;

    template <class Self, class Members>
    static void members(Self& train, Members& members)
    {
        members.number("learning_rate", train.learning_rate);
        members.number("batch_size", train.batch_size);
        members.whole("warmup_steps", train.warmup_steps);
    }
};

// The members that other code needs, and the whole record as JSON.
struct RunRecord {
    static constexpr char type[] = "run";
    DataMembers data;
    ModelMembers model;
    TrainMembers train;
    std::int64_t steps; // requested
    std::optional<std::int64_t> eval_every, patience, resumed_at;
    nlohmann::ordered_json all;

    template <class Self, class Members>
    static void members(Self& run, Members& members)
    {
        members.object(key::data, run.data);
        members.object(key::model, run.model);
        members.object(key::train, run.train);
        members.whole(key::steps, run.steps);
        members.optional_step(key::eval_every, run.eval_every);
        members.optional_step(key::patience, run.patience);
        members.optional_step(key::resumed_at, run.resumed_at);
    }
};

struct StepRecord {
    static constexpr char type[] = "step";
    std::int64_t step;
    double loss, learning_rate, seconds;

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.step("step", record.step);
        members.single("loss", record.loss);
        members.number("learning_rate", record.learning_rate);
        members.single("seconds", record.seconds);
    }
};

struct Histogram {
    double min, max;
    std::vector<double> density; // NIB_HISTOGRAM_BINS

    template <class Self, class Members>
    static void members(Self& histogram, Members& members)
    {
        members.single("min", histogram.min);
        members.single("max", histogram.max);
        members.singles("density", histogram.density);
    }
};

struct ActivationsRecord {
    std::string name, kind;
    double mean, std, saturated, dead, units; // dead and units are whole
    std::optional<Histogram> histogram;

    template <class Self, class Members>
    static void members(Self& layer, Members& members)
    {
        members.text("name", layer.name);
        members.text("kind", layer.kind);
        members.single("mean", layer.mean);
        members.single("std", layer.std);
        members.single("saturated", layer.saturated);
        members.number("dead", layer.dead);
        members.number("units", layer.units);
        members.optional_object("histogram", layer.histogram);
    }
};

struct GradientsRecord {
    std::string name, kind;
    double mean, std;
    std::optional<Histogram> histogram;

    template <class Self, class Members>
    static void members(Self& layer, Members& members)
    {
        members.text("name", layer.name);
        members.text("kind", layer.kind);
        members.single("mean", layer.mean);
        members.single("std", layer.std);
        members.optional_object("histogram", layer.histogram);
    }
};

struct ParameterRecord {
    std::string name;
    std::vector<std::int64_t> shape;
    double mean, std, gradient_mean, gradient_std, grad_data, update_data;
    std::optional<Histogram> histogram;

    template <class Self, class Members>
    static void members(Self& parameter, Members& members)
    {
        members.text("name", parameter.name);
        members.wholes("shape", parameter.shape);
        members.single("mean", parameter.mean);
        members.single("std", parameter.std);
        members.single("gradient_mean", parameter.gradient_mean);
        members.single("gradient_std", parameter.gradient_std);
        members.single("grad_data", parameter.grad_data);
        members.single("update_data", parameter.update_data);
        members.optional_object("histogram", parameter.histogram);
    }
};

struct StatisticsRecord {
    static constexpr char type[] = "stats";
    std::int64_t step;
    std::vector<ActivationsRecord> activations;
    std::vector<GradientsRecord> gradients; // as many as activations
    std::vector<ParameterRecord> parameters;
    std::int64_t rows; // examples of the minibatch; not in the file

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.step("step", record.step);
        members.list("activations", record.activations);
        members.list("gradients", record.gradients);
        members.list("parameters", record.parameters);
    }
};

struct SaturationRecord {
    static constexpr char type[] = "saturation";
    std::int64_t step;
    std::string layer;
    std::int64_t units, rows;
    std::string bits; // base64

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.step("step", record.step);
        members.text("layer", record.layer);
        members.whole("units", record.units);
        members.whole("rows", record.rows);
        members.text("bits", record.bits);
    }
};

// The most numbers of a record of filters.
inline constexpr std::int64_t most_filter_numbers = 16384;

struct FiltersRecord {
    static constexpr char type[] = "filters";
    std::int64_t step;
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<double> values;

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.step("step", record.step);
        members.text("name", record.name);
        members.wholes("shape", record.shape);
        members.singles("values", record.values);
    }
};

// Whether such weights can be drawn: as curves, or as pictures in grey or in colour.
inline bool are_drawable(const std::vector<std::int64_t>& shape)
{
    if (shape.size() != 3 && shape.size() != 4) return false;
    if (shape.size() == 4 && shape[1] != 1 && shape[1] != 3) return false;
    std::int64_t numbers = 1;
    for (const std::int64_t extent : shape) {
        if (extent < 1 || extent > most_filter_numbers / numbers) return false;
        numbers *= extent;
    }
    return true;
}

struct ValidationRecord {
    static constexpr char type[] = "validation";
    std::int64_t step;
    double val;

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.step("step", record.step);
        members.number("val", record.val);
    }
};

struct DivergenceRecord {
    static constexpr char type[] = "diverged";
    std::int64_t step;
    std::string message;

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.step("step", record.step);
        members.text("message", record.message);
    }
};

struct EvaluationRecord {
    static constexpr char type[] = "evaluation";
    std::int64_t step;
    double train, val;

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.step("step", record.step);
        members.number("train", record.train);
        members.number("val", record.val);
    }
};

struct BestRecord {
    static constexpr char type[] = "best";
    std::int64_t step;
    double val;

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.step("step", record.step);
        members.number("val", record.val);
    }
};

struct MetricsRecord {
    static constexpr char type[] = "metrics";
    std::int64_t step;
    double accuracy, macro_f1, auc, rmse, mae, r2; // NaN: does not apply
    std::vector<std::string> classes;
    std::vector<double> confusion;
    std::string target;
    std::vector<double> truth, predicted;

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.step("step", record.step);
        members.number("accuracy", record.accuracy);
        members.number("macro_f1", record.macro_f1);
        members.number("auc", record.auc);
        members.number("rmse", record.rmse);
        members.number("mae", record.mae);
        members.number("r2", record.r2);
        members.texts("classes", record.classes);
        members.singles("confusion", record.confusion);
        members.text("target", record.target);
        members.singles("truth", record.truth);
        members.singles("predicted", record.predicted);
    }
};

struct SamplesRecord {
    static constexpr char type[] = "samples";
    std::int64_t step;
    std::vector<std::string> items;

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.step("step", record.step);
        members.texts("items", record.items);
    }
};

struct EndRecord {
    static constexpr char type[] = "end";
    std::int64_t step;
    double seconds;

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.step("step", record.step);
        members.single("seconds", record.seconds);
    }
};

// A record of a kind that this program does not know.
struct OtherRecord {
    std::optional<std::int64_t> step;

    template <class Self, class Members>
    static void members(Self& record, Members& members)
    {
        members.optional_step("step", record.step);
    }
};

// A line of the file.
struct Record {
    std::variant<OtherRecord, RunRecord, StepRecord, StatisticsRecord, SaturationRecord, FiltersRecord,
                 ValidationRecord, DivergenceRecord, EvaluationRecord, BestRecord, MetricsRecord, SamplesRecord,
                 EndRecord>
        what;
    std::string fault; // what nib train would have written, "a number or null as ..."; empty if nothing is missing
};

} // namespace nib::cli
