// nib doctor: its verdicts on real runs, and on figures with one fault each.
#include "catch.hpp"
#include "goldens.hpp"
#include "tools/run.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

using namespace nib::test;

namespace {

using Names = std::vector<std::string>;

// The names of the checks that failed; empty if all passed. The exit status must agree.
Names failed_checks(const std::string& folder)
{
    const Result result = run_nib({"doctor", folder});
    INFO(result.out << result.err);
    const Names lines = lines_of(result.out);
    CHECK(lines.size() == 8);
    Names failed;
    for (const std::string& line : lines) {
        const bool bad = line.starts_with("FAIL  ");
        CHECK((line.find("; change: ") != std::string::npos) == bad);
        if (bad) failed.push_back(line.substr(6, line.find("  ", 6) - 6));
    }
    CHECK(result.exit_code == (failed.empty() ? 0 : 1));
    return failed;
}

Names failed_after(const std::vector<std::string>& training, int exit_code = 0)
{
    const TextFolder folder;
    std::vector<std::string> all = {"train", "--threads", "1", "--out", folder / "run"};
    all.insert(all.end(), training.begin(), training.end());
    const Result result = run_nib(all);
    INFO(result.err);
    CHECK(result.exit_code == exit_code);
    return failed_checks(folder / "run");
}

void check_presets(const std::string& names)
{
    const struct {
        const char* preset;
        Names expected;
    } runs[] = {{"lecture-original", {"initial loss", "saturation"}},
                {"lecture-softmax", {"saturation"}},
                {"lecture-tanh", {}},
                {"lecture-kaiming", {}},
                {"lecture-batchnorm", {}},
                {"lecture-deep", {}}};
    for (const auto& run : runs) {
        INFO(run.preset);
        CHECK(failed_after({names, "--preset", run.preset, "--steps", "201"}) == run.expected);
    }
}

// The records of a run without faults.
struct Figures {
    double loss_0 = 3.3, loss = 2.2, saturated = 0.05, dead = 0, last_std = 0.65, last_gradient = 1e-3;
    double update = -2.5, one_update = -3.5, learning_rate = 0.1;
    int batch = 32, warmup = 0;
    bool diverged = false;
    Json data = {{"vocabulary", 27}};
    std::vector<double> validation = {2.6, 2.3, 2.21, 2.2}; // every 25 steps
    std::string network = "embedding 10, flatten, linear 100, tanh, linear 100, tanh, linear";
};

Json layer(const char* name, double std) { return {{"name", name}, {"kind", "tanh"}, {"mean", 0}, {"std", std}}; }

Json parameter(const char* name, const Json& update)
{
    return {{"name", name},       {"shape", {100, 100}}, {"mean", 0},      {"std", 1},
            {"gradient_mean", 0}, {"gradient_std", 1},   {"grad_data", 1}, {"update_data", update}};
}

std::string text_of(const Figures& f)
{
    const Json run = {
        {"type", "run"},
        {"data", f.data},
        {"model", {{"network", f.network}}},
        {"train", {{"learning_rate", f.learning_rate}, {"batch_size", f.batch}, {"warmup_steps", f.warmup}}},
        {"steps", 101}};
    std::string text = run.dump() + "\n";
    for (int step = 0; step <= 100; step += 10) {
        const Json record = {{"type", "step"},
                             {"step", step},
                             {"loss", step == 0 ? f.loss_0 : f.loss},
                             {"learning_rate", step < 10 ? f.learning_rate / 10 : f.learning_rate},
                             {"seconds", step}};
        text += record.dump() + "\n";
        if (step % 20 != 0) continue;
        Json activations = {layer("3", 0.65), layer("5", f.last_std)};
        for (Json& each : activations) each.update({{"saturated", f.saturated}, {"dead", f.dead}, {"units", 100}});
        const Json gradients = {layer("3", 1e-3), layer("5", f.last_gradient)};
        const Json parameters = {parameter("0.weight", f.one_update), parameter("2.weight", f.update),
                                 parameter("4.weight", f.update), parameter("6.weight", nullptr)};
        const Json stats = {
            {"type", "stats"},          {"step", step},      {"activations", activations}, {"gradients", gradients},
            {"parameters", parameters}, {"something", "new"}};
        text += stats.dump() + "\n";
    }
    if (f.diverged) text += "{\"type\":\"diverged\",\"step\":101,\"message\":\"\"}\n";
    int evaluated = 0;
    for (const double val : f.validation)
        text += Json({{"type", "validation"}, {"step", evaluated += 25}, {"val", val}}).dump() + "\n";
    return text + "{\"type\":\"of a later version\"}\n";
}

Names failed_for(const std::function<void(Figures&)>& change)
{
    Figures figures;
    change(figures);
    const TextFolder folder;
    write_text(folder / "metrics.jsonl", text_of(figures));
    return failed_checks(folder / "");
}

} // namespace

TEST_CASE("the doctor's verdicts on the presets")
{
    check_presets(source_path("data/names.txt"));
    CHECK(failed_after({"--steps", "200", "--stats-every", "50"}).empty()); // the preset `default`
}

TEST_CASE("the doctor's verdicts on the lecture's own names")
{
    const char* names = lecture_path();
    if (names == nullptr) NIB_SKIP(no_lecture);
    check_presets(names);
}

TEST_CASE("a learning rate too high or too low is named as the reason")
{
    const TextFolder folder;
    for (const char* rate : {"10", "1e-6"}) {
        REQUIRE(run_nib({"train", "--preset", "lecture-deep", "--steps", "301", "--threads", "1", "--lr", rate, "--out",
                         folder / rate})
                    .exit_code == 0);
    }
    const std::string high = run_nib({"doctor", folder / "10"}).out, low = run_nib({"doctor", folder / "1e-6"}).out;
    CHECK(failed_checks(folder / "10") == Names{"update:data"});
    CHECK(failed_checks(folder / "1e-6") == Names{"update:data", "loss"});
    CHECK(high.find("the learning rate is too high: --lr near 0.0") != std::string::npos);
    CHECK(low.find("the learning rate is too low: --lr near 0.0") != std::string::npos);
}

TEST_CASE("a run that diverged can be judged")
{
    const Names failed = failed_after({"--preset", "lecture-original", "--activation", "identity", "--lr", "1e6",
                                       "--steps", "1000", "--stats-every", "1"},
                                      1);
    CHECK(std::count(failed.begin(), failed.end(), "loss") == 1);
    CHECK(std::count(failed.begin(), failed.end(), "update:data") == 1);
}

TEST_CASE("networks of the lecture without batch normalisation, by their gain")
{
    const struct {
        const char* gain;
        Names expected;
    } runs[] = {{"0.5", {"activation std", "gradient std"}},
                {"1", {"activation std"}},
                {"0", {}}, // Kaiming's
                {"3", {"saturation", "gradient std"}}};
    for (const auto& run : runs) {
        INFO("gain " << run.gain);
        CHECK(failed_after({"--preset", "lecture-deep", "--batchnorm", "off", "--gain", run.gain, "--steps", "301"}) ==
              run.expected);
    }
}

TEST_CASE("networks without hidden layers, or with another activation")
{
    CHECK(failed_after({"--preset", "lecture-kaiming", "--hidden-layers", "0", "--steps", "201"}).empty());
    CHECK(
        failed_after({"--preset", "lecture-deep", "--hidden", "40", "--activation", "relu", "--steps", "201"}).empty());
}

TEST_CASE("what the doctor advises is what is wrong: a warm-up longer than the run, or the cause of a divergence")
{
    const TextFolder folder;
    Figures figures;
    figures.loss = 3.29;
    figures.warmup = 500;
    write_text(folder / "metrics.jsonl", text_of(figures));
    const std::string slow = run_nib({"doctor", folder / ""}).out;
    contains(slow, "change: the warm-up does not end within the run: a --warmup below --steps\n");
    CHECK(slow.find("whether the text") == std::string::npos);
    figures.warmup = 50;
    write_text(folder / "metrics.jsonl", text_of(figures));
    contains(run_nib({"doctor", folder / ""}).out, "whether the text can be predicted");

    REQUIRE(run_nib({"train", folder.names(), "--preset", "lecture-deep", "--hidden", "12", "--optimizer", "adamw",
                     "--lr", "0.1", "--weight-decay", "1000", "--out", folder / "run"})
                .exit_code == 1);
    const std::string diverged = run_nib({"doctor", folder / "run"}).out;
    contains(diverged, "likely a --weight-decay of 1000 is too high");
    CHECK(diverged.find("a lower --lr") == std::string::npos);
}

TEST_CASE("the doctor names layers by position and word, and changes in the words that the network has")
{
    const TextFolder folder;
    const auto advice = [&](const std::string& network, const char* check) {
        Figures figures;
        figures.network = network;
        figures.loss_0 = 9;
        figures.saturated = 0.5;
        figures.last_std = 0.1;
        figures.one_update = -0.2;
        write_text(folder / "metrics.jsonl", text_of(figures));
        for (const std::string& line : lines_of(run_nib({"doctor", folder / ""}).out))
            if (line.find(check) == 6) return line;
        return std::string();
    };
    const auto changes = [&](const std::string& network, const char* check) {
        const std::string line = advice(network, check), mark = "; change: ";
        return line.substr(line.find(mark) + mark.size());
    };
    const std::string plain = Figures().network;
    const std::string normed = "embedding 10, flatten, linear 100, batchnorm, tanh, linear 100, batchnorm, tanh, "
                               "linear, batchnorm gain=2";
    const std::string mixed = "embedding 10, flatten, linear 100 gain=3, tanh, linear 90, tanh, linear";
    contains(advice(plain, "saturation"), "|tanh| > 0.97 in 50.0% of 3 tanh at first");
    contains(advice(plain, "activation std"), "0.650 in 3 tanh, 0.100 in 5 tanh at step 0");
    contains(advice(plain, "update:data"), "for 0 embedding (-0.2)");
    CHECK(changes(plain, "saturation") ==
          "the weights begin too large: --weight-init fan-in --gain 0 (Kaiming's), or --batchnorm on");
    CHECK(changes(mixed, "saturation") ==
          "the weights begin too large: linear 2 without init= and gain= (Kaiming's), or batchnorm behind it");
    CHECK(changes(plain, "activation std") ==
          "the signal fades: a larger --gain (0 sets the activation's own), or --batchnorm on");
    CHECK(changes(mixed, "activation std") == "the signal fades: a larger gain= of each linear (left out, the "
                                              "activation's own), or batchnorm behind it");
    CHECK(changes(plain, "initial loss") == "the last layer is too confident: smaller weights, --output-gain 0.01");
    CHECK(changes(mixed, "initial loss") == "the last layer is too confident: smaller weights, gain=0.01 of linear 6");
    CHECK(changes(normed, "initial loss") ==
          "the last layer is too confident: a smaller gain= of batchnorm 9 (lecture-deep's is 0.1)");
    const std::string pictures = "conv2d 8 3 gain=3, tanh, conv2d 4 3x3, tanh, global-average";
    CHECK(changes(pictures, "saturation") ==
          "the weights begin too large: conv2d 2 without gain= (Kaiming's), or batchnorm behind it");
    CHECK(changes(pictures, "activation std") == "the signal fades: a larger gain= of each linear and convolution (left "
                                                 "out, the activation's own), or batchnorm behind it");
    CHECK(changes(pictures, "initial loss") ==
          "the last layer is too confident: smaller weights, gain=0.01 of conv2d 2");
    for (const char* other : {"", "what", "embedding 1", "embedding 1, flatten", "tanh"})
        contains(changes(other, "initial loss"), "the last layer is too confident: smaller weights");
}

TEST_CASE("each check fails for its own figure")
{
    CHECK(failed_for([](Figures&) {}).empty());
    CHECK(failed_for([](Figures& f) { f.loss_0 = 3.7; }) == Names{"initial loss"});
    const auto of_classes = [](Figures& f) { f.data = {{"vocabulary", 0}, {"classes", 30}}; };
    CHECK(failed_for(of_classes).empty());
    CHECK(failed_for([&](Figures& f) { of_classes(f), f.loss_0 = 3.8; }) == Names{"initial loss"});
    CHECK(failed_for([](Figures& f) { f.data = {{"vocabulary", 0}, {"classes", 0}}, f.loss_0 = 900; }).empty());
    CHECK(failed_for([](Figures& f) { f.saturated = 0.45; }) == Names{"saturation"});
    CHECK(failed_for([](Figures& f) { f.dead = 11; }) == Names{"dead units"});
    CHECK(failed_for([](Figures& f) { f.dead = 11, f.batch = 8; }).empty()); // by chance
    CHECK(failed_for([](Figures& f) { f.last_std = 0.3; }) == Names{"activation std"});
    CHECK(failed_for([](Figures& f) { f.last_std = 1.2; }) == Names{"activation std"});
    CHECK(failed_for([](Figures& f) { f.last_gradient = 4e-3; }) == Names{"gradient std"});
    CHECK(failed_for([](Figures& f) { f.last_gradient = 2e-4; }) == Names{"gradient std"});
    CHECK(failed_for([](Figures& f) { f.update = -1.5; }) == Names{"update:data"});
    CHECK(failed_for([](Figures& f) { f.update = -5; }) == Names{"update:data"});
    CHECK(failed_for([](Figures& f) { f.one_update = -0.2; }) == Names{"update:data"});
    CHECK(failed_for([](Figures& f) { f.loss = 3.3; }) == Names{"loss"});
    CHECK(failed_for([](Figures& f) { f.diverged = true; }) == Names{"loss"});
    CHECK(failed_for([](Figures& f) { f.validation.back() = 2.3; }) == Names{"validation"});
    CHECK(failed_for([](Figures& f) { f.validation.back() = 2.1; }) == Names{"validation"});
    CHECK(failed_for([](Figures& f) { f.validation.back() = 2.22; }).empty()); // up by less than 2%
    CHECK(failed_for([](Figures& f) { f.validation = {9, 1}; }).empty());      // no curve
    CHECK(failed_for([](Figures& f) { f.validation.clear(); }).empty());
}

TEST_CASE("the validation curve is judged by where its lowest is, and the advice is in the network's words")
{
    const TextFolder folder;
    const auto judged = [&](const std::vector<double>& curve, const std::string& network = Figures().network) {
        Figures figures;
        figures.validation = curve;
        figures.network = network;
        write_text(folder / "metrics.jsonl", text_of(figures));
        return lines_of(run_nib({"doctor", folder / ""}).out).back();
    };
    contains(judged({2.6, 2.3, 2.21, 2.2}),
             "ok    validation      lowest 2.2000 after step 100, the last, down by 0.5%");
    contains(judged({2.6, 2.3, 2.2, 2.1}),
             "FAIL  validation      lowest 2.1000 after step 100, the last, down by 4.5%");
    contains(judged({2.6, 2.3, 2.2, 2.1}), "; change: it is still falling: more --steps than 101");
    const std::string rising = judged({2.6, 2.0, 2.2, 2.4});
    contains(rising, "lowest 2.0000 after step 50, then up by 20.0% to 2.4000 after step 100");
    contains(rising,
             "; change: best.safetensors is the model of step 50, and --patience ends a run there; to go lower, "
             "dropout 0.2 behind 5 tanh, a higher --weight-decay (adamw), --hidden below 100");
    contains(
        judged({2.6, 2.0, 2.2, 2.4}, "embedding 4, flatten, linear 64, relu, dropout 1/10, linear 96, gelu, linear"),
        "to go lower, a higher rate in 4 dropout, a higher --weight-decay (adamw), linear 5 narrower than 96");
    contains(judged({2.6, 2.0, 2.2, 2.4}, "embedding 4, flatten, linear"),
             "to go lower, a higher --weight-decay (adamw)");
    contains(judged({2.6, 2.0, 2.2, 2.02}),
             "ok    validation      lowest 2.0000 after step 50, then up by 1.0% to 2.0200");
    contains(judged({2.6, 2.3}), "--    validation      fewer than 3 evaluations: train with --eval-every");
}

TEST_CASE("what was not measured fails nothing and is said")
{
    const TextFolder folder;
    REQUIRE(run_nib({"train", "--preset", "lecture-batchnorm", "--stats-every", "0", "--steps", "20", "--threads", "1",
                     "--out", folder / "run"})
                .exit_code == 0);
    CHECK(failed_checks(folder / "run").empty());
    const std::string out = run_nib({"doctor", folder / "run"}).out;
    CHECK(out.find("--    saturation      no statistics") != std::string::npos);
    CHECK(out.find("--    loss            fewer than") != std::string::npos);
}

TEST_CASE("a cut last line is left out; another file than a run's is refused")
{
    const TextFolder folder;
    const std::string path = folder / "metrics.jsonl";
    write_text(path, text_of({}) + "{\"type\":\"st");
    CHECK(failed_checks(folder / "").empty());
    for (const char* text : {"", "{\"type\":\"step\",\"step\":0}\n", "what\n", "{\"type\":\"run\"}\n", "[1]\n"}) {
        write_text(path, text);
        const Result result = run_nib({"doctor", folder / ""});
        CHECK(result.exit_code == 1);
        CHECK(result.out.empty());
        CHECK(result.err.find("metrics.jsonl") != std::string::npos);
    }
    CHECK(run_nib({"doctor", folder / "nothing"}).exit_code == 1);
    std::filesystem::create_directories(folder / "folder/metrics.jsonl");
    contains(run_nib({"doctor", folder / "folder"}).err, "is no regular file");
    CHECK(run_nib({"doctor"}).exit_code == 2);
}

TEST_CASE("a record that does not hold what it should is refused by line and member")
{
    const TextFolder folder;
    const std::string good = text_of({});
    const std::size_t last = good.rfind(R"({"activations")"); // members stand in alphabetical order
    REQUIRE(last != std::string::npos);
    const auto line = std::count(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(last), '\n') + 1;
    const auto refused = [&](const char* member, const Json& value, const std::string& words) {
        Json record = Json::parse(good.substr(last, good.find('\n', last) - last));
        record[member] = value;
        write_text(folder / "metrics.jsonl", good.substr(0, last) + record.dump() + good.substr(good.find('\n', last)));
        const Result result = run_nib({"doctor", folder / ""});
        CAPTURE(member, result.err);
        CHECK(result.exit_code == 1);
        CHECK(result.out.empty());
        contains(result.err, "metrics.jsonl:" + std::to_string(line) + ": no record of nib train: expected " + words);
        // The page shows what there is.
        CHECK(run_nib({"report", folder / ""}).exit_code == 0);
    };
    const Json none = Json::array();
    refused("parameters", none, "the layers and parameters of the statistics before");
    refused("activations", none, "as many \"gradients\"");
    refused("activations", nullptr, "a list as \"activations\"");
    refused("activations", Json::array({1, 2}), "a text as \"name\"");
    refused("step", "x", "a whole number as \"step\"");
    refused("type", 3, "a text as \"type\"");
}
