// TensorBoard's event files: scalars and histograms, as its own loader reads them without TensorFlow.
//
// A file is a row of records: length (8 bytes, little-endian), masked CRC of the length (4), data, masked CRC of the
// data (4). The data is a message Event in Protocol Buffers' wire format; the masked CRC is CRC-32C rotated right by 15
// bits plus 0xa282ead8.
#pragma once

#include "metrics/schema.hpp"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>

namespace nib::cli {

class EventFile {
public:
    // A new file in folder, which is made where it is missing. first: the step that the run begins with; above 0,
    // TensorBoard drops what older files of the folder say of this step and later ones.
    EventFile(const std::string& folder, std::int64_t first);

    // Each throws Failure where the file cannot be written.
    void add(std::span<const StepRecord> steps); // loss, learning_rate
    void add(const StatisticsRecord& record);    // activations/..., gradients/..., parameters/... by layer and tensor
    void add(const ValidationRecord& record);    // val_loss
    void add(const EvaluationRecord& record);

private:
    void add_start(std::int64_t step);
    void add_event(std::int64_t step, const std::string& summary);
    void add_record(const std::string& data);
    void flush();

    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    std::string path_;
    std::unique_ptr<std::FILE, Close> file_;
};

// The record of a message: what add_record writes.
std::string framed(const std::string& data);

} // namespace nib::cli
