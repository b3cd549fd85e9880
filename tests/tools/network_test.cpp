// Networks on the command line: a text, in a file or not, and the options that describe a template.
#include "activations.hpp"
#include "catch.hpp"
#include "layers/list.hpp"
#include "net/text.hpp"
#include "nib/nib.hpp"
#include "tools/run.hpp"

#include "../tools/nib/choice.hpp"
#include "../tools/nib/mlp_template.hpp"
#include "../tools/nib/network_text.hpp"

#include <filesystem>
#include <string>
#include <vector>

using namespace nib::test;
using nib::cli::TextLayer;

namespace {

std::string in_file(const std::string& path) { return std::string("@").append(path); }

// The text as the library prints it.
std::string printed(const std::string& network)
{
    return nib::print_network(nib::parse_network(network, nib::spec_words()));
}

std::vector<std::string> train(const TextFolder& folder, const std::vector<std::string>& more)
{
    std::vector<std::string> all = {"train", folder.names(), "--out", folder / "run", "--overwrite", "--threads",
                                    "1",     "--steps",      "12",    "--batch",      "8",           "--warmup",
                                    "1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

void refuses(const TextFolder& folder, const std::vector<std::string>& more, int exit_code, const std::string& words)
{
    const Result result = run_nib(train(folder, more));
    CAPTURE(more, result.err);
    CHECK(result.exit_code == exit_code);
    CHECK(result.out.empty());
    contains(result.err, words);
    CHECK(!std::filesystem::exists(folder / "run"));
}

// The network and the input of a run.
std::string told(const TextFolder& folder, const std::vector<std::string>& more)
{
    const Result result = run_nib(train(folder, more));
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    const nib::context context(1);
    const nib::model model = nib::model::load(context, folder / "run/model.safetensors");
    return std::string(model.options().input) + ": " + model.options().network;
}

std::string positions_of(const std::string& network)
{
    std::string text;
    for (const TextLayer& layer : nib::cli::layers_of(network)) {
        text.append(layer.position).append(" ").append(layer.word);
        if (!layer.options.empty()) text.append("[").append(layer.options).append("]");
        text += "; ";
    }
    return text;
}

} // namespace

TEST_CASE("the template of each multilayer perceptron among the presets prints the preset's network")
{
    for (const std::string& preset : nib::preset_names()) {
        INFO(preset);
        const auto network = nib::cli::template_of(preset);
        REQUIRE(network.has_value() == (preset == "mlp" || preset.starts_with("lecture-")));
        if (!network) continue;
        CHECK(printed(nib::cli::text_of(*network)) == printed(nib::recipe(preset).model.network));
    }
    CHECK(!nib::cli::template_of("other"));
    CHECK(nib::cli::text_of({}) == "embedding 24, flatten, 2 x (linear 256, batchnorm, tanh), linear gain=0.1");
}

TEST_CASE("the words of activations are the library's")
{
    for (const nib_activation activation : all_activations())
        CHECK(nib::cli::name_of(nib::cli::activation_names, activation) == std::string(activation_word(activation)));
    CHECK(std::size(nib::cli::activation_names) == all_activations().size());
}

TEST_CASE("the help has every layer with its options, every input and every loss")
{
    const std::string help = run_nib({"train", "--help"}).out;
    const auto has = [&](const nib::SpecWord& word) {
        INFO(word.name);
        contains(help, word.name);
        for (const nib::Field& key : word.keys) contains(help, std::string(key.name) + "=");
    };
    for (const nib::LayerKind* const layer : nib::spec_words().layers) has(layer->word);
    for (const nib::InputKind* const input : nib::spec_words().inputs) has(input->word);
    for (const nib::LossKind* const loss : nib::spec_words().losses) has(loss->word);
}

TEST_CASE("each option of the template changes its place in the text")
{
    const TextFolder folder;
    const std::vector<std::string> small = {"--hidden", "5", "--embedding", "3", "--context", "2"};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), small.begin(), small.end());
        return told(folder, more);
    };
    const std::string begin = "symbols context=2: embedding 3, flatten, ", end = "linear gain=0.1";
    const auto twice = [&](const std::string& layer) { return begin + layer + ", " + layer + ", " + end; };
    CHECK(with({}) == twice("linear 5, batchnorm, tanh"));
    CHECK(with({"--hidden-layers", "0"}) == begin + end);
    CHECK(with({"--hidden-layers", "1"}) == begin + "linear 5, batchnorm, tanh, " + end);
    CHECK(with({"--activation", "gelu-tanh"}) == twice("linear 5, batchnorm, gelu form=tanh"));
    CHECK(with({"--batchnorm", "off"}) == twice("linear 5, tanh"));
    CHECK(with({"--bn-variance", "unbiased"}) == twice("linear 5, batchnorm variance=unbiased, tanh"));
    CHECK(with({"--bn-momentum", "0.25"}) == twice("linear 5, batchnorm momentum=0.25, tanh"));
    CHECK(with({"--weight-init", "scaled"}) == twice("linear 5 init=scaled, batchnorm, tanh"));
    CHECK(with({"--gain", "1"}) == twice("linear 5 gain=1, batchnorm, tanh"));
    CHECK(with({"--gain", "0"}) == twice("linear 5, batchnorm, tanh"));
    CHECK(with({"--output-gain", "1"}) == begin + "linear 5, batchnorm, tanh, linear 5, batchnorm, tanh, linear");
    // The parts of a preset that are not in its text still apply when the rest is changed.
    CHECK(told(folder, {"--preset", "lecture-batchnorm", "--batchnorm", "off", "--hidden", "5"}) ==
          "symbols context=3: embedding 10, flatten, linear 5 bias-init=0.01, tanh, linear init=scaled gain=0.01 "
          "bias-init=0");
    CHECK(told(folder, {"--preset", "lecture-original", "--batchnorm", "on", "--hidden", "5"}) ==
          "symbols context=3: embedding 10, flatten, linear 5 init=scaled gain=1, batchnorm eps=0 momentum=0.001 "
          "variance=unbiased running=std, tanh, linear init=scaled bias-init=1");
}

TEST_CASE("a network is given as text or in a file, beside a preset's training and input")
{
    const TextFolder folder;
    const std::string text = "embedding 3 # numbers\nflatten\n2 x (linear 4, tanh)\n\nlinear\n";
    const std::string expected = ": embedding 3, flatten, linear 4, tanh, linear 4, tanh, linear";
    write_text(folder / "net.txt", text);
    CHECK(told(folder, {"--network", text}) == "symbols context=10" + expected);
    CHECK(told(folder, {"--network", in_file(folder / "net.txt")}) == "symbols context=10" + expected);
    CHECK(told(folder, {"--network", in_file(folder / "net.txt"), "--context", "2"}) == "symbols context=2" + expected);
    CHECK(told(folder, {"--network", text, "--preset", "lecture-deep"}) == "symbols context=3" + expected);
    contains(read_text(folder / "run/metrics.jsonl"), "\"optimizer\":\"sgd\"");
    CHECK(told(folder, {"--network", text, "--input", "symbols context=5", "--preset", "lecture-deep"}) ==
          "symbols context=5" + expected);
    CHECK(told(folder, {"--network", text, "--input", "symbols # all", "--context", "4"}) ==
          "symbols context=4" + expected);
    write_text(folder / "input.txt", "symbols\n  context=2\n");
    std::filesystem::remove_all(folder / "run");
    refuses(folder, {"--input", in_file(folder / "input.txt")}, 2,
            folder / "input.txt" + ", line 2, byte 3: 'context': expected the end of the text");
    // Standard input is a file, too.
    const Result piped = run_nib(train(folder, {"--network", "@-"}), "", folder / "net.txt");
    CHECK(piped.exit_code == 0);
    contains(piped.err, "model: symbols context=10" + expected + "; ");
    contains(run_nib({"info", folder / "run/model.safetensors"}).out,
             "network        embedding 3, flatten, linear 4, tanh, linear 4, tanh, linear\n"
             "input          symbols context=10\n");
}

TEST_CASE("what is wrong with a network is told by its place, in the file if it is in one")
{
    const TextFolder folder;
    const std::string file = folder / "net.txt";
    const struct {
        std::string text, place, words;
    } wrong[] = {
        {"embedding 3, flatten,\nliner 4", ", line 2, byte 1: 'liner': expected a layer: embedding, ", " (linear?)\n"},
        {"embedding 3, flatten, linear 4 gaim=2",
         ", line 1, byte 32: 'gaim': expected an option of linear: ", " (gain?)\n"},
        {"", ", line 1, byte 1: the end: expected a layer", ""},
        {"flatten, linear", ", layer 0 (flatten): gets 10 symbols: expected numbers\n", ""},
        {std::string(300'000, ' '), ": a text of 300000 bytes, expected 262144 at most\n", ""},
    };
    for (const auto& [text, place, words] : wrong) {
        write_text(file, text);
        for (const std::string& part : {place, words}) {
            if (text.size() < 100'000) refuses(folder, {"--network", text}, 2, part); // short enough for a command line
            refuses(folder, {"--network", in_file(file)}, 2, part);
        }
        if (text.size() < 100'000) refuses(folder, {"--network", text}, 2, "nib: error: network" + place);
        refuses(folder, {"--network", in_file(file)}, 2, "nib: error: " + file + place);
    }
    refuses(folder, {"--input", "symbol"}, 2,
            "nib: error: input, line 1, byte 1: 'symbol': expected an input: symbols ");
    refuses(folder, {"--input", "symbols context=3", "--context", "4"}, 2, "'context': given twice");
    refuses(folder, {"--network", "@"}, 2, "--network: '@': expected the path of a file behind it");
    refuses(folder, {"--network", in_file(folder / "none")}, 1, "none");
    write_text(file, std::string("embedding 3, flatten, linear\0, linear", 38));
    refuses(folder, {"--network", in_file(file)}, 2, file + ": has a byte of 0, expected a text");
    write_text(file, std::string((std::size_t{1} << 20) + 1, ' '));
    refuses(folder, {"--network", in_file(file)}, 1, "File too large");
}

TEST_CASE("an option of the template is refused beside a network, and both are named")
{
    const TextFolder folder;
    for (const nib_option_info& option : nib::cli::template_infos()) {
        if (option.flag == nullptr) continue;
        const std::string value = option.word_count > 0 ? option.words[0] : "1";
        refuses(folder, {"--network", "embedding 3, flatten, linear", option.flag, value}, 2,
                std::string("nib train: error: ") + option.flag + ": has no effect beside --network");
    }
}

TEST_CASE("a run of a network goes on with it, and refuses another by what differs")
{
    const TextFolder folder;
    const std::vector<std::string> network = {"--network", "embedding 3, flatten, linear 4, tanh, linear", "--schedule",
                                              "step"};
    REQUIRE(run_nib(train(folder, network)).exit_code == 0);
    const auto more = [&](std::vector<std::string> options) {
        options.insert(options.begin(), {"train", "--out", folder / "run", "--resume"});
        return run_nib(options);
    };
    const Result without = more({"--steps", "20"});
    CHECK(without.exit_code == 0);
    contains(without.err, "going on after step 12 of 20");
    const Result same = more({"--steps", "25", "--network", "embedding 3\nflatten\n1 x (linear 4, tanh)\nlinear"});
    CHECK(same.exit_code == 0);
    contains(same.err, "going on after step 20 of 25");
    CHECK(run_nib({"eval", folder / "run/model.safetensors"}).exit_code == 0);
    CHECK(run_nib({"report", folder / "run"}).exit_code == 0);

    const Result wider = more({"--network", "embedding 3, flatten, linear 5, tanh, linear"});
    CHECK(wider.exit_code == 1);
    contains(wider.err, "--network is ..., linear 4, ... there and ..., linear 5, ... here\n");
    const Result shorter = more({"--network", "embedding 3, flatten, linear"});
    contains(shorter.err, "--network is ..., flatten, linear 4, tanh, ... there and ..., flatten, ... here\n");
    const Result described = more({"--hidden", "4"});
    CHECK(described.exit_code == 1);
    contains(described.err, "; --hidden describes a network, by the defaults where it says nothing: without it, and "
                            "without --network, the run goes on with its own\n");
}

TEST_CASE("a list with norms, residuals and dropout is trained, told of, judged and shown")
{
    const TextFolder folder;
    const std::string network = "embedding 4, flatten, linear 8, layernorm, gelu, "
                                "residual(linear 8, layernorm, gelu), dropout 0.1, relu, linear";
    CHECK(told(folder, {"--network", network}) == "symbols context=10: " + network);
    const std::string metrics = read_text(folder / "run/metrics.jsonl");
    for (const char* layer : {R"({"name":"4","kind":"gelu",)", R"({"name":"5.2","kind":"gelu",)",
                              R"({"name":"7","kind":"relu",)", R"({"name":"5.0.weight",)"})
        contains(metrics, layer);
    CHECK(metrics.find(R"({"name":"3.weight",)") == std::string::npos); // the vectors of norms change differently
    contains(run_nib({"doctor", folder / "run"}).out, " in 4 gelu, ");
    const std::string page = read_text(folder / "run/report.html");
    contains(page, R"("5.0":"linear","5.1":"layernorm","5.2":"gelu","5":"residual","6":"dropout")");
    CHECK(run_nib({"eval", folder / "run/model.safetensors"}).exit_code == 0);
    const Result again = run_nib({"train", "--out", folder / "run", "--resume"});
    CHECK(again.exit_code == 0);
    contains(again.err, "going on after step 12 of 12");
}

TEST_CASE("layers are found in a network's text by the positions that name their tensors")
{
    CHECK(positions_of("embedding 3, flatten, linear 4 gain=1, tanh, linear") ==
          "0 embedding[3]; 1 flatten; 2 linear[4 gain=1]; 3 tanh; 4 linear; ");
    CHECK(positions_of("tanh, residual(linear 5, residual(tanh), relu | linear 5), elu") ==
          "0 tanh; 1.0 linear[5]; 1.1.0 tanh; 1.1 residual; 1.2 relu; 1.shortcut.0 linear[5]; 1 residual; 2 elu; ");
    const std::vector<TextLayer> layers = nib::cli::layers_of("tanh, residual(linear 5 | linear 5), linear");
    CHECK(nib::cli::tensor_label(layers, "1.shortcut.0.weight") == "1.shortcut.0 linear");
    CHECK(nib::cli::tensor_label(layers, "2.bias") == "2 linear");
    CHECK(nib::cli::tensor_label(layers, "7.weight") == "7.weight");
    CHECK(nib::cli::layer_label("4", "tanh") == "4 tanh");
    CHECK(nib::cli::layer_label("4", "") == "4");

    // Texts of any origin are read as far as possible.
    CHECK(positions_of("").empty());
    CHECK(positions_of("Linear").empty());
    CHECK(positions_of("tanh | relu") == "0 tanh; ");
    CHECK(positions_of("tanh) , relu") == "0 tanh; ");
    CHECK(positions_of("residual(tanh") == "0.0 tanh; ");
    CHECK(positions_of("tanh,,relu") == "0 tanh; ");
    std::string many, deep;
    for (int i = 0; i < 100'000; ++i) many += "tanh, ", deep += "residual(";
    CHECK(nib::cli::layers_of(many).size() == 1024);
    CHECK(nib::cli::layers_of(deep).empty());
    CHECK(nib::cli::layers_of("residual(residual(tanh))").size() == 3);
}

TEST_CASE("a long network is broken at its commas")
{
    CHECK(nib::cli::wrapped("embedding 3, flatten, linear", 20, 4) == "embedding 3,\n    flatten, linear");
    CHECK(nib::cli::wrapped("embedding 3, flatten, linear", 80, 4) == "embedding 3, flatten, linear");
    CHECK(nib::cli::wrapped("batchnorm variance=unbiased, tanh", 5, 0) == "batchnorm variance=unbiased,\ntanh");
    CHECK(nib::cli::wrapped("", 5, 2).empty());
}
