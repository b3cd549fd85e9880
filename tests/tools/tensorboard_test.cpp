// TensorBoard's event files, read back byte by byte as its loader does.
#include "tools/run.hpp"

#include "../tools/nib/tensorboard.hpp"
#include "catch.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <unistd.h>

using namespace nib::test;

namespace {

std::uint64_t fixed(const std::string& bytes, std::size_t at, std::size_t size)
{
    REQUIRE(at + size <= bytes.size());
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    return value;
}

std::uint64_t masked_crc(const std::string& bytes)
{
    const std::uint32_t crc = nib_crc32c(bytes.data(), bytes.size());
    return static_cast<std::uint32_t>((crc >> 15 | crc << 17) + 0xa282ead8u);
}

std::vector<std::string> messages_of(const std::string& file)
{
    std::vector<std::string> messages;
    for (std::size_t at = 0; at < file.size();) {
        const std::size_t length = fixed(file, at, 8);
        CHECK(fixed(file, at + 8, 4) == masked_crc(file.substr(at, 8)));
        messages.push_back(file.substr(at + 12, length));
        REQUIRE(messages.back().size() == length);
        CHECK(fixed(file, at + 12 + length, 4) == masked_crc(messages.back()));
        at += 12 + length + 4;
    }
    return messages;
}

// A message's fields in their order: number and payload. A fixed number is its 8 or 4 bytes, a varint 8 bytes.
using Fields = std::multimap<int, std::string>;

std::uint64_t varint(const std::string& bytes, std::size_t& at)
{
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
        REQUIRE(at < bytes.size());
        const auto byte = static_cast<unsigned char>(bytes[at++]);
        value |= std::uint64_t{byte & 0x7fu} << shift;
        if (byte < 0x80) return value;
    }
}

Fields fields_of(const std::string& message)
{
    Fields fields;
    for (std::size_t at = 0; at < message.size();) {
        const std::uint64_t key = varint(message, at);
        const int wire = static_cast<int>(key & 7);
        std::string payload(8, '\0');
        if (wire == 0) {
            const std::uint64_t value = varint(message, at);
            std::memcpy(payload.data(), &value, 8);
        } else {
            const std::size_t size = wire == 1 ? 8 : wire == 5 ? 4 : varint(message, at);
            REQUIRE((wire == 1 || wire == 2 || wire == 5));
            REQUIRE(at + size <= message.size());
            payload = message.substr(at, size);
            at += size;
        }
        fields.emplace(static_cast<int>(key >> 3), payload);
    }
    return fields;
}

const std::string& field(const Fields& fields, int number)
{
    REQUIRE(fields.count(number) == 1);
    return fields.find(number)->second;
}

double number(const std::string& payload)
{
    if (payload.size() == 4)
        return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(fixed(payload, 0, 4))));
    return std::bit_cast<double>(fixed(payload, 0, 8));
}

struct Value {
    std::uint64_t step;
    Fields fields;
};

// The values of all events, by tag.
std::multimap<std::string, Value> values_of(const std::vector<std::string>& messages)
{
    std::multimap<std::string, Value> values;
    for (const std::string& message : messages) {
        const Fields event = fields_of(message);
        CHECK(number(field(event, 1)) > 1.6e9); // wall time
        if (event.count(5) == 0) continue;
        const std::uint64_t step = event.count(2) ? fixed(field(event, 2), 0, 8) : 0;
        for (const auto& [key, value] : fields_of(field(event, 5))) {
            REQUIRE(key == 1);
            const Fields fields = fields_of(value);
            values.emplace(field(fields, 1), Value{step, fields});
        }
    }
    return values;
}

std::vector<double> doubles(const std::string& packed)
{
    std::vector<double> all;
    for (std::size_t at = 0; at < packed.size(); at += 8) all.push_back(std::bit_cast<double>(fixed(packed, at, 8)));
    return all;
}

// The one event file of a folder.
std::string event_file(const std::string& folder)
{
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path().string());
    REQUIRE(files.size() == 1);
    CHECK(files[0].find("events.out.tfevents.") != std::string::npos);
    return read_text(files[0]);
}

} // namespace

TEST_CASE("the frame of a record")
{
    const std::string record = nib::cli::framed("abc");
    REQUIRE(record.size() == 19);
    CHECK(record.substr(0, 8) == std::string("\3\0\0\0\0\0\0\0", 8));
    CHECK(messages_of(record) == std::vector<std::string>{"abc"});
}

TEST_CASE("a training run's event file: version, scalars, histograms")
{
    const TextFolder folder;
    const Result result = run_nib({"train",           folder.names(),
                                   "--out",           folder / "run",
                                   "--tensorboard",   folder / "a/b",
                                   "--preset",        "lecture-deep",
                                   "--hidden",        "12",
                                   "--hidden-layers", "2",
                                   "--batch",         "8",
                                   "--steps",         "101",
                                   "--stats-every",   "50",
                                   "--eval-every",    "20",
                                   "--threads",       "2"});
    REQUIRE(result.exit_code == 0);
    const std::vector<std::string> messages = messages_of(event_file(folder / "a/b"));
    CHECK(field(fields_of(messages.at(0)), 3) == "brain.Event:2");
    const auto values = values_of(messages);
    CHECK(values.count("loss") == 101);
    const Value& first = values.find("loss")->second;
    CHECK(first.step == 0);
    CHECK(std::abs(number(field(first.fields, 2)) - std::log(20)) < 0.3);
    CHECK(values.count("activations/saturated/7_tanh") == 3);
    CHECK(values.count("parameters/update_data/8.weight") == 3);
    CHECK(values.count("evaluation/val") == 1);
    CHECK(values.find("evaluation/val")->second.step == 101);
    CHECK(values.count("val_loss") == 6); // after the last step, too
    CHECK(values.find("val_loss")->second.step == 20);

    REQUIRE(values.count("parameters/gradient/2.weight") == 3);
    const Fields histogram = fields_of(field(values.find("parameters/gradient/2.weight")->second.fields, 5));
    const std::vector<double> limits = doubles(field(histogram, 6)), buckets = doubles(field(histogram, 7));
    REQUIRE(limits.size() == 101);
    REQUIRE(buckets.size() == 101);
    CHECK(number(field(histogram, 3)) == 12 * 30);
    CHECK(limits.front() == number(field(histogram, 1)));
    CHECK(limits.back() == Approx(number(field(histogram, 2))));
    double count = 0;
    for (const double bucket : buckets) count += bucket;
    CHECK(count == Approx(12 * 30).epsilon(1e-3));
    for (std::size_t i = 1; i < limits.size(); ++i) CHECK(limits[i] > limits[i - 1]);
}

TEST_CASE("the event file of a run that goes on says from which step")
{
    const TextFolder folder;
    {
        const nib::cli::EventFile events(folder / "a", 5);
    }
    const std::vector<std::string> messages = messages_of(event_file(folder / "a"));
    REQUIRE(messages.size() == 2);
    const Fields start = fields_of(messages[1]);
    CHECK(fixed(field(start, 2), 0, 8) == 5);
    CHECK(field(start, 7) == std::string("\x08\x01")); // status START
    {
        const nib::cli::EventFile events(folder / "b", 0);
    }
    CHECK(messages_of(event_file(folder / "b")).size() == 1);
}

TEST_CASE("a name that is taken in the folder, by a link too, is left alone")
{
    const TextFolder folder;
    write_text(folder / "victim", "precious");
    std::filesystem::create_directory(folder / "events");
    char host[64] = "localhost";
    REQUIRE(gethostname(host, sizeof host - 1) == 0);
    const long now = static_cast<long>(std::time(nullptr));
    const std::string end = std::string(".") + host + "." + std::to_string(getpid()) + ".";
    for (long second = now; second < now + 60; ++second)
        std::filesystem::create_symlink("../victim",
                                        folder / "events/events.out.tfevents." + std::to_string(second) + end + "0");
    {
        const nib::cli::EventFile events(folder / "events", 0);
    }
    CHECK(read_text(folder / "victim") == "precious");
    int written = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "events"))
        written += !entry.is_symlink() && entry.path().string().ends_with(end + "1");
    CHECK(written == 1);
}
