#include "run_record.hpp"

#include "choice.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <thread>

namespace nib::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string utc_time()
{
    char text[32];
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

// As Linux names it; "" where it does not.
std::string processor()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
    }
    return "";
}

Json machine(const Context& context)
{
    return {{"cpu", processor()},
            {"processors", std::thread::hardware_concurrency()},
            {"isa", nib_context_isa(context.get())}};
}

Json data(const Context& context, const Data& data)
{
    char crc[16];
    std::snprintf(crc, sizeof crc, "%08x", data.crc32c);
    auto info = sized<nib_dataset_info>();
    context.check(nib_dataset_get_info(data.dataset.get(), &info));
    return {{"file", data.file},
            {"path", data.path.empty() ? Json() : Json(data.path)},
            {"bytes", data.bytes},
            {"crc32c", crc},
            {"items", info.items},
            {"vocabulary", info.vocabulary},
            {"encoding", name_of(encoding_names, info.encoding)},
            {"train", info.examples[NIB_SPLIT_TRAIN]},
            {"val", info.examples[NIB_SPLIT_VAL]},
            {"test", info.examples[NIB_SPLIT_TEST]}};
}

Json model(const nib_model_options& o)
{
    return {{"context_length", o.context_length},
            {"embedding_size", o.embedding_size},
            {"hidden_size", o.hidden_size},
            {"hidden_layers", o.hidden_layers},
            {"activation", name_of(activation_names, o.activation)},
            {"batchnorm", o.batchnorm},
            {"output_batchnorm", o.output_batchnorm},
            {"bn_variance", name_of(bn_variance_names, o.bn_variance)},
            {"bn_running", name_of(bn_running_names, o.bn_running)},
            {"bn_eps", o.bn_eps},
            {"bn_momentum", o.bn_momentum},
            {"hidden_init", name_of(weight_init_names, o.hidden_init)},
            {"hidden_gain", o.hidden_gain},
            {"hidden_bias_scale", o.hidden_bias_scale},
            {"output_init", name_of(weight_init_names, o.output_init)},
            {"output_gain", o.output_gain},
            {"output_bias_scale", o.output_bias_scale},
            {"output_bn_gain", o.output_bn_gain},
            {"seed", o.seed}};
}

Json training(const nib_train_options& o)
{
    return {{"steps", o.steps},
            {"batch_size", o.batch_size},
            {"optimizer", name_of(optimizer_names, o.optimizer)},
            {"schedule", name_of(schedule_names, o.schedule)},
            {"learning_rate", o.learning_rate},
            {"decay_at", o.decay_at},
            {"decay_factor", o.decay_factor},
            {"min_learning_rate", o.min_learning_rate},
            {"warmup_steps", o.warmup_steps},
            {"adam_beta1", o.adam_beta1},
            {"adam_beta2", o.adam_beta2},
            {"adam_eps", o.adam_eps},
            {"weight_decay", o.weight_decay}};
}

} // namespace

std::string run_record(const Context& context, const RunDescription& run)
{
    Json record = {{"type", "run"},
                   {"version", nib_version()},
                   {"time", utc_time()},
                   {"machine", machine(context)},
                   {"threads", nib_context_threads(context.get())},
                   {"data", data(context, run.data)},
                   {"model", model(run.settings.model)},
                   {"train", training(run.settings.train)},
                   {"steps", run.settings.train.steps},
                   {"stats_every", run.stats_every}};
    if (run.resumed_at) record["resumed_at"] = *run.resumed_at;
    return record.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace nib::cli
