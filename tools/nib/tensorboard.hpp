// TensorBoard's event files: scalars and histograms, as its own loader reads them without TensorFlow.
//
// A file is a sequence of records: length (8 bytes, little-endian), masked CRC of the length (4), data, masked CRC of
// the data (4). The data is a message Event in Protocol Buffers' wire format. The masked CRC is CRC-32C rotated right
// by 15 bits plus 0xa282ead8.
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
    // Creates a new file in folder, and the folder if needed. first: the step at which the run begins; if it is above
    // 0, TensorBoard drops what older files of the folder hold for this step and later ones.
    EventFile(const std::string& folder, std::int64_t first);

    // Each throws Failure if the file cannot be written.
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

// The record of a message, as add_record writes it.
std::string framed(const std::string& data);

} // namespace nib::cli
