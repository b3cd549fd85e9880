#include "metrics/run_record.hpp"

#include "choice.hpp"
#include "json.hpp"
#include "metrics/schema.hpp"
#include "option_json.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <thread>
#include <vector>

namespace nib::cli {
namespace {

std::string utc_time()
{
    char text[32];
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

// The processor's name as Linux reports it; "" if it does not.
std::string processor()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
    }
    return "";
}

Json machine(const nib::context& context)
{
    return {{"cpu", processor()}, {"processors", std::thread::hardware_concurrency()}, {"isa", context.isa()}};
}

// Records how the table was read, for a command that reads it again.
void add_table(const TableSource& table, Json& record)
{
    const auto add_path = [&](const char* key, const std::string& path) {
        if (!path.empty()) record[key] = path;
    };
    add_path(key::val_path, table.val);
    add_path(key::test_path, table.test);
    add_path(key::labels_path, table.labels);
    record[key::val_share] = table.val_share;
    record[key::test_share] = table.test_share;
    record[key::split_seed] = table.seed;
    record[key::header] = static_cast<int>(table.header);
    record[key::separator] = static_cast<int>(table.separator);
}

// The entropy of the symbols in nats, which is the mean loss of guessing them by their frequency.
double unigram_loss(const nib::dataset& dataset)
{
    constexpr std::int64_t most = 1'000'000; // items are shuffled: a random sample
    const nib_dataset_info info = dataset.info();
    std::vector<std::int32_t> symbols(static_cast<std::size_t>(std::min(info.examples[NIB_SPLIT_VAL], most)));
    const auto count = static_cast<std::int64_t>(symbols.size());
    dataset.examples(NIB_SPLIT_VAL, 0, count, 1, {}, symbols);
    std::vector<double> counts(static_cast<std::size_t>(info.vocabulary));
    for (const std::int32_t symbol : symbols) ++counts[static_cast<std::size_t>(symbol)];
    double sum = 0;
    for (const double each : counts)
        if (each > 0) sum -= each * std::log(each / static_cast<double>(count));
    return sum / static_cast<double>(count);
}

Json data(const Data& data)
{
    char crc[16];
    std::snprintf(crc, sizeof crc, "%08x", data.crc32c);
    const nib_dataset_info info = data.dataset.info();
    Json record = {{"file", data.file},
                   {key::path, data.path.empty() ? Json() : Json(data.path)},
                   {"bytes", data.bytes},
                   {"crc32c", crc},
                   {"items", info.items},
                   {key::vocabulary, info.vocabulary},
                   {key::classes, info.classes},
                   {"encoding", name_of(encoding_names, info.encoding)},
                   {"train", info.examples[NIB_SPLIT_TRAIN]},
                   {"val", info.examples[NIB_SPLIT_VAL]},
                   {"test", info.examples[NIB_SPLIT_TEST]}};
    if (data.table)
        add_table(*data.table, record);
    else
        record[key::unigram_loss] = unigram_loss(data.dataset);
    return record;
}

} // namespace

std::string run_record(const nib::context& context, const RunDescription& run)
{
    Json record = {{"type", RunRecord::type},
                   {"version", nib_version()},
                   {"time", utc_time()},
                   {"machine", machine(context)},
                   {"threads", context.threads()},
                   {key::data, data(run.data)},
                   {key::model, json_of_options(model_infos(), &run.settings.model)},
                   {key::train, json_of_options(train_infos(), &run.settings.train)},
                   {key::steps, run.settings.train.steps},
                   {"stats_every", run.stats_every},
                   {key::eval_every, run.eval_every},
                   {"eval_examples", run.eval_examples},
                   {key::patience, run.patience}};
    if (run.resumed_at) record[key::resumed_at] = *run.resumed_at;
    return record.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace nib::cli
