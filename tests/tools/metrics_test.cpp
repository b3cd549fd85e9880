// metrics.jsonl: the records that nib train writes, and how the writer treats an existing file.
#include "catch.hpp"
#include "goldens.hpp"
#include "tools/run.hpp"

#include "../tools/nib/metrics/reader.hpp"
#include "../tools/nib/metrics/writer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

using namespace nib::test;
using nib::cli::MetricsWriter;

namespace {

std::vector<Json> records_of(const std::string& path)
{
    std::vector<Json> records;
    for (const std::string& line : lines_of(read_text(path))) records.push_back(Json::parse(line));
    return records;
}

std::vector<Json> of_type(const std::vector<Json>& records, const std::string& type)
{
    std::vector<Json> found;
    for (const Json& record : records)
        if (record.at("type") == type) found.push_back(record);
    return found;
}

std::vector<std::string> small_run(const TextFolder& folder, const std::vector<std::string>& more)
{
    std::vector<std::string> all = {"train",           folder.names(),
                                    "--out",           folder / "run",
                                    "--preset",        "lecture-deep",
                                    "--hidden",        "12",
                                    "--hidden-layers", "2",
                                    "--batch",         "8",
                                    "--steps",         "101",
                                    "--threads",       "2"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

std::vector<Json> train(const TextFolder& folder, const std::vector<std::string>& more)
{
    const Result result = run_nib(small_run(folder, more));
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    return records_of(folder / "run/metrics.jsonl");
}

double entropy_of_validation(const std::string& path)
{
    const nib::context context(1);
    const nib::dataset data = nib::dataset::load(context, path);
    std::vector<std::int32_t> symbols(static_cast<std::size_t>(data.info().examples[NIB_SPLIT_VAL]));
    data.examples(NIB_SPLIT_VAL, 0, data.info().examples[NIB_SPLIT_VAL], 3, {}, symbols);
    double sum = 0;
    for (const std::int32_t symbol : symbols)
        sum -= std::log(static_cast<double>(std::count(symbols.begin(), symbols.end(), symbol)) /
                        static_cast<double>(symbols.size()));
    return sum / static_cast<double>(symbols.size());
}

// "2.640702e-03" has seven digits; four are required.
void check_digits(const Json& found, const std::string& printed)
{
    const double wanted = std::strtod(printed.c_str(), nullptr);
    CHECK(found.get<double>() == Approx(wanted).epsilon(5e-6).margin(6e-7));
}

void check_lecture_step(const Json& stats, const Json& deep)
{
    const Json& activations = deep.at("activations");
    for (std::size_t i = 0; i < 5; ++i) {
        const Json& layer = stats.at("activations").at(i);
        INFO(layer.at("name"));
        char text[64];
        std::snprintf(text, sizeof text, "%+.2f %.2f %.2f", layer.at("mean").get<double>(),
                      layer.at("std").get<double>(), 100 * layer.at("saturated").get<double>());
        CHECK(text == activations.at("mean")[i].get<std::string>() + " " + activations.at("std")[i].get<std::string>() +
                          " " + activations.at("saturated_percent")[i].get<std::string>());
        check_digits(stats.at("gradients").at(i).at("std"), deep.at("activation_gradients").at("std")[i]);
    }
    const Json& weights = deep.at("weights");
    for (std::size_t i = 0; i < weights.at("tensors").size(); ++i) {
        const Json& parameter = stats.at("parameters").at(i);
        CHECK(parameter.at("name") == (i == 0 ? std::string("0") : std::to_string(3 * i - 1)) + ".weight");
        check_digits(parameter.at("gradient_mean"), weights.at("gradient_mean")[i]);
        check_digits(parameter.at("gradient_std"), weights.at("gradient_std")[i]);
        check_digits(parameter.at("grad_data"), weights.at("gradient_to_data")[i]);
    }
}

} // namespace

TEST_CASE("the lecture's figures of its deep network")
{
    const char* names = lecture_path();
    if (names == nullptr) NIB_SKIP(no_lecture);
    const TextFolder folder;
    const Result result = run_nib({"train", names, "--preset", "lecture-deep", "--steps", "1001", "--stats-every", "1",
                                   "--threads", "1", "--out", folder / "d"});
    REQUIRE(result.exit_code == 0);
    const std::vector<Json> records = records_of(folder / "d/metrics.jsonl");
    const std::vector<Json> stats = of_type(records, "stats");
    REQUIRE(stats.size() == 1001);
    const Json& deep = golden("lecture.json").at("deep");
    check_lecture_step(stats[1000], deep);
    const Json& updates = deep.at("update_to_data");
    for (std::size_t i = 0; i < updates.at("steps").size(); ++i) {
        const Json& step = stats.at(updates.at("steps")[i]);
        CHECK(step.at("step") == updates.at("steps")[i]);
        for (std::size_t p = 0; p < updates.at("log10")[i].size(); ++p) {
            const double wanted = updates.at("log10")[i][p];
            CHECK(step.at("parameters")[p].at("update_data").get<double>() == Approx(wanted).epsilon(0).margin(5e-6));
        }
    }
    CHECK(of_type(records, "samples").at(0).at("items") == deep.at("samples"));
}

TEST_CASE("the records of a run")
{
    const TextFolder folder;
    const std::vector<Json> records = train(folder, {"--stats-every", "25", "--seed", "5"});
    const Json& run = records.front();
    CHECK(run.at("type") == "run");
    CHECK(run.at("version") == nib_version());
    CHECK(run.at("data").at("bytes") == read_text(folder.names()).size());
    CHECK(run.at("data").at("items") == 20);
    CHECK(run.at("data").at("crc32c").get<std::string>().size() == 8);
    CHECK(run.at("model").at("network") ==
          "embedding 10, flatten, linear 12 gain=1, batchnorm variance=unbiased, tanh, "
          "linear 12 gain=1, batchnorm variance=unbiased, tanh, linear, batchnorm variance=unbiased gain=0.1");
    CHECK(run.at("model").at("input") == "symbols context=3");
    CHECK(run.at("model").at("seed") == 5);
    CHECK(run.at("train").at("batch_size") == 8);
    CHECK(run.at("stats_every") == 25);
    CHECK(!run.contains("resumed_at"));
    CHECK(run.at("data").at("unigram_loss").get<double>() == Approx(entropy_of_validation(folder.names())));

    const std::vector<Json> steps = of_type(records, "step");
    REQUIRE(steps.size() == 101); // as the run is short
    for (std::size_t i = 0; i < steps.size(); ++i) CHECK(steps[i].at("step") == i);
    CHECK(steps[0].at("learning_rate") == 0.1);
    CHECK(std::abs(steps[0].at("loss").get<double>() - std::log(20)) < 0.3);

    const std::vector<Json> stats = of_type(records, "stats");
    REQUIRE(stats.size() == 5);
    for (const Json& record : stats) {
        CHECK(record.at("activations").size() == 2);
        CHECK(record.at("activations")[1].at("units") == 12);
        CHECK(record.at("gradients")[1].at("name") == "7");
        CHECK(record.at("gradients")[1].at("kind") == "tanh");
        CHECK(record.at("gradients")[0].at("histogram").at("density").size() == 100);
        CHECK(record.at("parameters").size() == 4); // only matrices
        CHECK(record.at("parameters")[1].at("shape") == Json({12, 30}));
        CHECK(record.at("parameters")[3].at("histogram").at("density").size() == 100);
    }
    const std::vector<Json> maps = of_type(records, "saturation");
    REQUIRE(maps.size() == 4);                                 // two layers at the first and the last
    CHECK(maps[0].at("bits").get<std::string>().size() == 16); // 96 bits are 12 bytes
    CHECK(maps[3].at("step") == 100);
    CHECK(of_type(records, "samples").at(0).at("items").size() == 20);
    CHECK(of_type(records, "evaluation").at(0).at("step") == 101);
    CHECK(records.back().at("type") == "end");
}

TEST_CASE("the records of a run over pictures: a unit is a channel")
{
    const TextFolder folder;
    std::string table = "a,b,c,d,e,f,g,h,i,y\n";
    for (int i = 0; i < 40; ++i) {
        for (int k = 0; k < 9; ++k) table += std::to_string((i * 7 + k * 5) % 11 - 5) + ",";
        table += i % 2 == 0 ? "even\n" : "odd\n";
    }
    write_text(folder / "table.csv", table);
    REQUIRE(run_nib({"train", folder / "table.csv", "--target", "y", "--network",
                     "standardize, conv2d 4 2x2, batchnorm, tanh, flatten, linear", "--input", "floats 1x3x3",
                     "--batch", "12", "--steps", "21", "--stats-every", "20", "--threads", "1", "--out", folder / "d"})
                .exit_code == 0);
    const std::vector<Json> records = records_of(folder / "d/metrics.jsonl");
    const Json stats = of_type(records, "stats").at(1);
    CHECK(stats.at("activations")[0].at("units") == 4);
    CHECK(stats.at("parameters")[0].at("name") == "1.weight");
    CHECK(stats.at("parameters")[0].at("shape") == Json({4, 4}));
    const Json map = of_type(records, "saturation").at(1);
    CHECK(map.at("units") == 4);
    CHECK(map.at("rows") == 12);
    const std::vector<Json> filters = of_type(records, "filters");
    REQUIRE(filters.size() == 2); // at the first and the last step with statistics
    CHECK(filters[1].at("step") == 20);
    CHECK(filters[1].at("name") == "1.weight");
    CHECK(filters[1].at("shape") == Json({4, 1, 2, 2}));
    double sum = 0;
    for (const Json& each : filters[1].at("values")) sum += each.get<double>();
    CHECK(filters[1].at("values").size() == 16);
    CHECK(sum / 16 == Approx(stats.at("parameters")[0].at("mean").get<double>()).margin(1e-6));
    CHECK(filters[0].at("values") != filters[1].at("values"));
    CHECK(run_nib({"doctor", folder / "d"}).out.find("saturation") != std::string::npos);
}

TEST_CASE("statistics change nothing but metrics.jsonl")
{
    const TextFolder folder;
    std::map<std::string, std::string> models, prints;
    for (const char* every : {"0", "1", "7"}) {
        for (const char* threads : {"1", "2"}) {
            const Result result =
                run_nib(small_run(folder, {"--stats-every", every, "--threads", threads, "--overwrite"}));
            REQUIRE(result.exit_code == 0);
            models[read_text(folder / "run/model.safetensors")] = prints[result.out] = every;
            const std::size_t records = of_type(records_of(folder / "run/metrics.jsonl"), "stats").size();
            CHECK(records == (every[0] == '0' ? 0 : every[0] == '1' ? 101 : 15));
        }
    }
    CHECK(models.size() == 1);
    CHECK(prints.size() == 1);
}

TEST_CASE("a long run has some 100 histograms and some thousand losses")
{
    const TextFolder folder;
    const std::vector<Json> records = train(folder, {"--steps", "2503", "--stats-every", "5"});
    const std::vector<Json> stats = of_type(records, "stats");
    REQUIRE(stats.size() == 501);
    std::size_t histograms = 0;
    for (const Json& record : stats) histograms += record.at("parameters")[0].contains("histogram");
    CHECK(histograms == 85); // every sixth, and the last
    CHECK(stats.front().at("gradients")[0].contains("histogram"));
    CHECK(stats.back().at("gradients")[0].contains("histogram"));
    const std::vector<Json> steps = of_type(records, "step");
    CHECK(steps.size() > 1000);
    CHECK(steps.back().at("step") == 2502);
    for (std::size_t i = 1; i < steps.size(); ++i) CHECK(steps[i].at("step") > steps[i - 1].at("step"));
}

TEST_CASE("a run that diverges says so in its last record")
{
    const TextFolder folder;
    const Result result = run_nib(small_run(folder, {"--batchnorm", "off", "--activation", "identity", "--lr", "1e6"}));
    CHECK(result.exit_code == 1);
    const std::vector<Json> records = records_of(folder / "run/metrics.jsonl");
    CHECK(records.back().at("type") == "diverged");
    CHECK(records.back().at("step") == of_type(records, "step").size());
    CHECK(records.back().at("message").get<std::string>().find("not finite") != std::string::npos);
}

TEST_CASE("after a kill, every line but the last is a record")
{
    const TextFolder folder;
    const Screen screen = run_nib_on_terminal(small_run(folder, {"--steps", "100000000", "--stats-every", "1"}), 80, 4);
    REQUIRE(screen.exit_code == -1);
    std::string text = read_text(folder / "run/metrics.jsonl");
    text.resize(text.rfind('\n') + 1);
    REQUIRE(lines_of(text).size() > 3);
    for (const std::string& line : lines_of(text)) CHECK(Json::parse(line, nullptr, false).is_object());
}

TEST_CASE("a file that is opened to go on from a step loses what came later, and a cut line")
{
    const TextFolder folder;
    const nib::context context(1);
    const std::string path = folder / "metrics.jsonl";
    const std::string kept = "{\"type\":\"run\",\"steps\":9}\n{\"type\":\"step\",\"step\":1,\"loss\":null}\n"
                             "{\"type\":\"run\",\"resumed_at\":2}\n{\"type\":\"stats\",\"step\":2}\n";
    write_text(path, kept + "{\"type\":\"step\",\"step\":3}\n{\"type\":\"run\",\"resumed_at\":3}\n"
                            "{\"type\":\"end\",\"step\":9}\n{\"type\":\"step\",\"st");
    {
        MetricsWriter metrics(context, path, 3);
        metrics.add_line("{\"type\":\"run\",\"resumed_at\":3}\n");
    }
    CHECK(read_text(path) == kept + "{\"type\":\"run\",\"resumed_at\":3}\n");
    {
        MetricsWriter metrics(context, folder / "new.jsonl", 3);
    }
    CHECK(read_text(folder / "new.jsonl").empty());
    {
        MetricsWriter metrics(context, path);
    }
    CHECK(read_text(path).empty());
}

TEST_CASE("what is not finite is null, and text of any kind is a JSON string")
{
    const TextFolder folder;
    const nib::context context(1);
    const std::string path = folder / "metrics.jsonl";
    {
        MetricsWriter metrics(context, path);
        const nib::cli::StepRecord step = {0, std::nan(""), 0.25, INFINITY};
        metrics.add(step);
        const std::vector<std::string> items = {"\xE9\"\n", "\xC3\xA9"};
        metrics.add(nib::cli::SamplesRecord{3, items});
    }
    const std::vector<Json> records = records_of(path);
    CHECK(records[0].at("loss").is_null());
    CHECK(records[0].at("seconds").is_null());
    CHECK(records[1].at("items")[1] == "\xC3\xA9");
    CHECK(records[1].at("items")[0].get<std::string>().ends_with("\"\n"));
}

TEST_CASE("records are read as they were written")
{
    using namespace nib::cli;
    const TextFolder folder;
    const std::string path = folder / "metrics.jsonl";
    const Histogram bins = {-1, 1, std::vector<double>(100, 0.5)};
    const StatisticsRecord statistics = {25,
                                         {{"4", "tanh", 0.25, 0.5, 0.125, 1, 20, bins}},
                                         {{"4", "tanh", 0, 0.0625, {}}},
                                         {{"0.weight", {27, 10}, 0, 1, 0, 2, 2, NAN, bins}},
                                         8};
    {
        MetricsWriter metrics(nib::context(1), path);
        metrics.add(StepRecord{25, 3.25, 0.1, 1.5});
        metrics.add(statistics);
        metrics.add(SaturationRecord{25, "4", 4, 2, "gA=="});
        metrics.add(FiltersRecord{25, "0.weight", {2, 1, 1, 1}, {0.5, -2}});
        metrics.add(DivergenceRecord{26, "\"why\""});
        metrics.add(EvaluationRecord{26, 2.1, 2.2});
        metrics.add(SamplesRecord{26, {"emma", "\xC3\xA9"}});
        metrics.add(EndRecord{26, 2.5});
        metrics.add_line("{\"type\":\"later\",\"step\":26}\n");
    }
    MetricsReader reader(path);
    const auto next = [&] {
        REQUIRE(reader.next());
        const Record record = reader.record();
        CHECK(record.fault.empty());
        return record.what;
    };
    CHECK(std::get<StepRecord>(next()).learning_rate == 0.1);
    const auto read = std::get<StatisticsRecord>(next());
    CHECK(read.step == 25);
    CHECK(read.activations.at(0).units == 20);
    CHECK(read.activations.at(0).histogram.value().density == bins.density);
    CHECK(read.gradients.at(0).std == 0.0625);
    CHECK(!read.gradients.at(0).histogram);
    CHECK(read.parameters.at(0).shape == std::vector<std::int64_t>{27, 10});
    CHECK(std::isnan(read.parameters.at(0).update_data));
    CHECK(std::get<SaturationRecord>(next()).bits == "gA==");
    CHECK(std::get<FiltersRecord>(next()).values == std::vector<double>{0.5, -2});
    CHECK(std::get<DivergenceRecord>(next()).message == "\"why\"");
    CHECK(std::get<EvaluationRecord>(next()).val == 2.2);
    CHECK(std::get<SamplesRecord>(next()).items == std::vector<std::string>{"emma", "\xC3\xA9"});
    CHECK(std::get<EndRecord>(next()).seconds == 2.5);
    CHECK(std::get<OtherRecord>(next()).step == 26);
    CHECK(!reader.next());
}

TEST_CASE("what a record lacks is its fault, and it has what is there")
{
    using namespace nib::cli;
    const auto fault = [](const std::string& line) { return parse_record(line).fault; };
    CHECK(fault(R"({"type":"end","step":1})") == "expected a number or null as \"seconds\"");
    CHECK(fault(R"({"type":"end","step":1,"seconds":"x"})") == "expected a number or null as \"seconds\"");
    CHECK(fault(R"({"type":"end","seconds":1})") == "expected a whole number as \"step\"");
    CHECK(fault(R"({"type":"samples","step":1,"items":[1]})") == "expected a list of texts as \"items\"");
    CHECK(fault(R"({"type":"saturation","step":1,"layer":"a","units":-1,"rows":1,"bits":""})") ==
          "expected a number from 0 to 2^53 as \"units\"");
    CHECK(fault("{}") == "expected a text as \"type\"");
    CHECK(fault(R"({"type":"later"})").empty());
    const Record run = parse_record(R"({"type":"run","steps":9,"data":{"path":"/names"},"new":1})");
    CHECK(run.fault == "expected a number or null as \"vocabulary\"");
    CHECK(std::get<RunRecord>(run.what).data.path == "/names");
    CHECK(std::get<RunRecord>(run.what).steps == 9);
    CHECK(std::get<RunRecord>(run.what).train.warmup_steps == -1);
    CHECK(std::get<RunRecord>(run.what).model.network.empty());
    CHECK(std::isnan(std::get<RunRecord>(run.what).train.learning_rate));
    CHECK(std::get<RunRecord>(run.what).all.at("new") == 1);
    for (const char* line : {"", "[1]", "{\"type\"", R"({"type":"later","step":-1})", R"({"type":"end","step":1e300})"})
        CHECK_THROWS_AS(parse_record(line), NoRecord);
}

TEST_CASE("a metrics.jsonl that cannot be written ends with 1")
{
    const TextFolder folder;
    std::filesystem::create_directories(folder / "run/metrics.jsonl");
    const Result result = run_nib(small_run(folder, {}));
    CHECK(result.exit_code == 1);
    CHECK(result.err.find("metrics.jsonl") != std::string::npos);
}
