// A model file may hold exactly this: the tensors of its network, finite numbers, metadata in range, and the checksum
// of all of it.
#include "net/model_file.hpp"

#include "deploy/fixtures.hpp"
#include "error_of.hpp"
#include "folder.hpp"
#include "models.hpp"
#include "numbers.hpp"
#include "stored_file.hpp"

#include <bit>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

using namespace nib;
using namespace nib::test;

namespace {

constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

// embedding 3, flatten, 2 x (linear 4, norm, tanh), linear, norm; a bias if there is no norm.
MlpText network_of(const std::string& norm)
{
    return {.context = 2, .embedding = 3, .hidden = 4, .norm = norm, .output_norm = norm, .output_keys = ""};
}

struct Fixture {
    explicit Fixture(const MlpText& network = network_of("batchnorm variance=unbiased"))
        : model(make_model(network)), twin(make_model(network))
    {
        save_model(model, path);
        std::fill(twin.parameters.begin(), twin.parameters.end(), 0.0f);
    }

    // Both ways of loading refuse the file with this message, and the model that was to receive the parameters is
    // unchanged.
    void refuses(const StoredFile& file, const std::string& sentence, nib_status of_parameters = NIB_ERR_FORMAT)
    {
        file.save(changed);
        refuses_changed(sentence, of_parameters);
    }
    void refuses_changed(const std::string& sentence, nib_status of_parameters = NIB_ERR_FORMAT)
    {
        const std::vector<float> before = state_of(twin);
        CHECK(error_of(NIB_ERR_FORMAT, [&] { load_model(changed, spec_words(), heap()); }) ==
              changed + ": " + sentence);
        CHECK(error_of(of_parameters, [&] { load_parameters(twin, changed); }) == changed + ": " + sentence);
        CHECK(bit_difference(state_of(twin), before) == "");
    }
    void takes(const StoredFile& file)
    {
        file.save(changed);
        CHECK(bit_difference(state_of(load_model(changed, spec_words(), heap())), state_of(model)) == "");
        load_parameters(twin, changed);
        CHECK(bit_difference(state_of(twin), state_of(model)) == "");
    }

    Folder folder;
    std::string path = folder / "model.safetensors", changed = folder / "changed.safetensors";
    Model model, twin;
};

} // namespace

TEST_CASE_METHOD(Fixture, "a tensor that the network has no place for is refused by name")
{
    const struct {
        const char* name;
        Dtype dtype;
        Shape shape;
        const char* said;
    } strays[] = {
        {"2.bias", Dtype::f32, {4}, "F32 (4)"},       {"10.weight", Dtype::f32, {4, 4}, "F32 (4, 4)"},
        {"8.bias", Dtype::f32, {27}, "F32 (27)"},     {"head.weight", Dtype::f64, {1}, "F64 (1)"},
        {"trainer.else", Dtype::i32, {2}, "I32 (2)"}, {"adamw.m.10.weight", Dtype::f32, {4, 4}, "F32 (4, 4)"}};
    for (const auto& stray : strays) {
        StoredFile file(path);
        file.add(stray.name, stray.dtype, stray.shape);
        refuses(file,
                std::string("tensor '") + stray.name + "': " + stray.said + ", which is no tensor of this network",
                NIB_ERR_MISMATCH);
    }
}

TEST_CASE_METHOD(Fixture, "a tensor that is missing, or of another shape or type, is refused by name")
{
    for (const auto& [name, tensor] : StoredFile(path).tensors) {
        if (name.ends_with("num_batches_tracked")) continue;
        StoredFile file(path);
        file.tensors.erase(name);
        const std::string expected = ", expected " + describe(tensor.dtype, tensor.shape);
        refuses(file, "tensor '" + name + "': not there" + expected, NIB_ERR_MISMATCH);
        file.add(name, Dtype::i32, tensor.shape);
        refuses(file, "tensor '" + name + "': " + describe(Dtype::i32, tensor.shape) + expected, NIB_ERR_MISMATCH);
        file.add(name, Dtype::f32, {7, 3});
        refuses(file, "tensor '" + name + "': F32 (7, 3)" + expected, NIB_ERR_MISMATCH);
    }
}

TEST_CASE_METHOD(Fixture, "the counts of batches may be missing, and have their range")
{
    const std::string name = "6.num_batches_tracked";
    for (const std::int64_t count : {std::int64_t{0}, std::int64_t{1} << 62}) {
        StoredFile file(path);
        file.set(name, 0, count);
        takes(file);
    }
    for (const std::int64_t count : {std::int64_t{-1}, (std::int64_t{1} << 62) + 1}) {
        StoredFile file(path);
        file.set(name, 0, count);
        refuses(file, name + " is " + std::to_string(count) + ": expected 0 to 4611686018427387904");
    }
    StoredFile file(path);
    file.add(name, Dtype::i64, {1});
    refuses(file, "tensor '" + name + "': I64 (1), expected I64 ()", NIB_ERR_MISMATCH);
    std::erase_if(file.tensors, [](const auto& each) { return each.first.ends_with("num_batches_tracked"); });
    takes(file);
}

TEST_CASE_METHOD(Fixture, "a number that is not finite is refused by tensor and index")
{
    const struct {
        float value;
        const char* said;
    } bad[] = {{not_a_number, "nan"}, {-not_a_number, "nan"}, {infinity, "inf"}, {-infinity, "-inf"}};
    for (const auto& [name, tensor] : StoredFile(path).tensors) {
        if (tensor.dtype != Dtype::f32) continue;
        const std::size_t count = tensor.bytes.size() / sizeof(float);
        for (const std::size_t at : {std::size_t{0}, count / 2, count - 1}) {
            std::string index = std::to_string(at);
            if (tensor.shape.size() == 2)
                index = std::to_string(at / tensor.shape[1]) + ", " + std::to_string(at % tensor.shape[1]);
            for (const auto& each : bad) {
                StoredFile file(path);
                file.set(name, at, each.value);
                refuses(file, name + "[" + index + "] is " + each.said + ": expected a finite number");
            }
        }
    }
}

TEST_CASE_METHOD(Fixture, "a running variance below 0 is refused, and 0 where eps is added to it is not")
{
    const std::string name = "9.running_var";
    StoredFile file(path);
    for (const float value : {-1.0f, -std::numeric_limits<float>::denorm_min(), -infinity}) {
        file.set(name, 5, value);
        refuses(file, name + "[5] is " +
                          (std::isinf(value) ? "-inf: expected a finite number"
                           : value == -1     ? "-1: expected 0 or a number above"
                                             : "-1.4013e-45: expected 0 or a number above"));
    }
    for (const float value : {0.0f, -0.0f}) {
        file.set(name, 5, value);
        file.save(changed);
        CHECK(state_of(load_model(changed, spec_words(), heap())).size() == state_of(model).size());
    }
}

TEST_CASE("a running variance of 0 is refused where nothing is added before it is divided by")
{
    MlpText network;
    SECTION("no eps") { network = network_of("batchnorm eps=0"); }
    SECTION("a standard deviation") { network = network_of("batchnorm running=std"); }
    Fixture fixture(network);
    const std::string name = "6.running_var";
    StoredFile file(fixture.path);
    file.set(name, 2, 0.0f);
    fixture.refuses(file, name + "[2] is 0: expected a number above 0, as nothing is added before a neuron is divided "
                                 "by it");
    file.set(name, 2, -4.0f);
    fixture.refuses(file, name + "[2] is -4: expected a number above 0, as nothing is added before a neuron is divided "
                                 "by it");
    file.set(name, 2, std::numeric_limits<float>::denorm_min());
    file.save(fixture.changed);
    load_parameters(fixture.twin, fixture.changed);
}

TEST_CASE_METHOD(Fixture, "a prefix that all names have is left out, and the model says so")
{
    for (const std::string prefix : {"module.", "_orig_mod.", "module._orig_mod.", "a.b.", "."}) {
        StoredFile file(path);
        file.add_prefix(prefix);
        takes(file);
        const std::string said = "the prefix '" + prefix + "' left out of all names";
        CHECK(load_model(changed, spec_words(), heap()).converted == said);
        CHECK(twin.converted == said);
        file.save_with_old_checksum(changed); // the checksum fits the names before
        CHECK(error_of(NIB_ERR_FORMAT, [&] { load_model(changed, spec_words(), heap()); }).find(": damaged: ") !=
              std::string::npos);
    }
    takes(StoredFile(path));
    CHECK(twin.converted.empty());
    CHECK(load_model(path, spec_words(), heap()).converted.empty());

    StoredFile file(path);
    file.add_prefix("\x1b[31m.");
    takes(file);
    CHECK(twin.converted == "the prefix '\\x1b[31m.' left out of all names");
}

TEST_CASE_METHOD(Fixture, "a prefix that only some names have, or that is not certain, is refused with the names")
{
    StoredFile file(path);
    file.add_prefix("module.");
    file.rename("module.8.weight", "8.weight");
    refuses(file,
            "tensor '8.weight' lacks the prefix of 'module.0.weight': expected all names to have "
            "it, or none",
            NIB_ERR_MISMATCH);

    file = StoredFile(path);
    file.rename("8.weight", "module.8.weight");
    refuses(file, "tensor '8.weight': not there, expected F32 (27, 4)", NIB_ERR_MISMATCH);

    // Without their prefixes two names would be the same.
    file = StoredFile(path);
    file.add_prefix("module.");
    file.tensors["module._orig_mod.0.weight"] = file.tensors.at("module.0.weight");
    refuses(file, "tensor 'module._orig_mod.0.weight': F32 (27, 3), which is no tensor of this network",
            NIB_ERR_MISMATCH);
    file = StoredFile(path);
    file.add_prefix("module.0.");
    file.tensors["module.0.weight"] = file.tensors.at("module.0.0.weight");
    refuses(file,
            "tensors 'module.0.0.weight' and 'module.0.weight': expected one network's, with one prefix before all "
            "names",
            NIB_ERR_MISMATCH);

    file = StoredFile(path);
    file.add_prefix("module"); // no dot
    refuses(file, "tensor '0.weight': not there, expected F32 (27, 3)", NIB_ERR_MISMATCH);

    file = StoredFile(path);
    file.add_prefix("module.");
    file.add("module.head.weight", Dtype::f32, {1});
    refuses(file, "tensor 'module.head.weight': F32 (1), which is no tensor of this network", NIB_ERR_MISMATCH);
    file = StoredFile(path);
    file.add_prefix("module.");
    file.tensors.erase("module.5.weight");
    refuses(file, "tensor 'module.5.weight': not there, expected F32 (4, 4)", NIB_ERR_MISMATCH);
}

TEST_CASE_METHOD(Fixture, "a state_dict is known as one whatever stands before its names")
{
    for (const char* prefix : {"", "module."}) {
        StoredFile file(path);
        file.add_prefix(prefix);
        file.metadata.clear();
        file.save(changed);
        CHECK(error_of(NIB_ERR_MISMATCH, [&] {
                  load_model(changed, spec_words(), heap());
              }).find("a state_dict without options") != std::string::npos);
        load_parameters(twin, changed);
        CHECK(bit_difference(state_of(twin), state_of(model)) == "");
    }
}

TEST_CASE_METHOD(Fixture, "numbers of other floating types are converted, and the model says so")
{
    const std::string one = "9.bias";
    StoredFile doubles(path), mixed(path), halves(path), ones(path);
    std::size_t count = 0;
    for (const auto& [name, tensor] : StoredFile(path).tensors) {
        if (tensor.dtype != Dtype::f32) continue;
        ++count;
        doubles.convert(name, Dtype::f64, [](float value) { return static_cast<double>(value); });
        halves.convert(name, Dtype::f16, [](float) { return std::uint16_t{0x3c00}; });
        ones.convert(name, Dtype::f32, [](float) { return 1.0f; });
    }
    takes(doubles);
    const std::string all = std::to_string(count) + " tensors of ";
    CHECK(twin.converted == all + "F64 converted to F32");
    doubles.add_prefix("module.");
    takes(doubles);
    CHECK(twin.converted == all + "F64 converted to F32; the prefix 'module.' left out of all names");

    halves.save(changed);
    ones.save(path);
    const Model expected = load_model(path, spec_words(), heap()), got = load_model(changed, spec_words(), heap());
    CHECK(bit_difference(state_of(got), state_of(expected)) == "");
    CHECK(got.converted == all + "F16 converted to F32");

    save_model(model, path);
    mixed.convert(one, Dtype::bf16,
                  [](float value) { return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16); });
    mixed.convert("0.weight", Dtype::f64, [](float value) { return static_cast<double>(value); });
    mixed.save(changed);
    StoredFile cut(path);
    cut.convert(one, Dtype::f32,
                [](float value) { return std::bit_cast<float>(std::bit_cast<std::uint32_t>(value) & 0xffff0000u); });
    cut.save(path);
    load_parameters(twin, changed);
    CHECK(bit_difference(state_of(twin), state_of(load_model(path, spec_words(), heap()))) == "");
    CHECK(twin.converted == "1 tensor of BF16, 1 tensor of F64 converted to F32");
}

TEST_CASE_METHOD(Fixture, "a number of another floating type that is no finite float is refused by tensor and index")
{
    const std::string name = "5.weight";
    StoredFile file(path);
    for (const auto& [bits, said] : {std::pair(0x7c00, "inf"), std::pair(0xfc00, "-inf"), std::pair(0x7e00, "nan")}) {
        file = StoredFile(path);
        file.convert(name, Dtype::f16, [](float) { return std::uint16_t{0x3c00}; });
        file.set(name, 6, static_cast<std::uint16_t>(bits));
        refuses(file, name + "[1, 2] is " + said + ": expected a finite number");
    }
    file = StoredFile(path);
    file.convert(name, Dtype::bf16, [](float) { return std::uint16_t{0x3f80}; });
    file.set(name, 15, std::uint16_t{0x7f80});
    refuses(file, name + "[3, 3] is inf: expected a finite number");

    for (const std::string& each : {name, std::string("9.running_var")}) {
        file = StoredFile(path);
        file.convert(each, Dtype::f64, [](float value) { return static_cast<double>(value); });
        file.set(each, 3, 1e39);
        refuses(file, each + (each == name ? "[0, 3]" : "[3]") +
                          " is 1e+39: expected a number that single precision has, up to 3.40282347e+38");
        file.set(each, 3, static_cast<double>(infinity));
        refuses(file, each + (each == name ? "[0, 3]" : "[3]") + " is inf: expected a finite number");
    }
}

TEST_CASE_METHOD(Fixture, "every flipped bit of the numbers is found by the checksum")
{
    std::ifstream stream(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    for (std::size_t at = 8 + header; at < bytes.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string broken = bytes;
            broken[at] = static_cast<char>(broken[at] ^ (1 << bit));
            Buffer<char> copy(broken.size(), heap());
            std::copy(broken.begin(), broken.end(), copy.begin());
            INFO("bit " << bit << " of byte " << at);
            const std::string said = error_of(
                NIB_ERR_FORMAT, [&] { read_model(Safetensors(std::move(copy), "broken"), spec_words(), heap()); });
            // The sign of a count of batches is checked with the tensors.
            REQUIRE((said.starts_with("broken: damaged: the checksum of its tensors and metadata is ") ||
                     said.find("num_batches_tracked is ") != std::string::npos));
        }
    }
}

TEST_CASE_METHOD(Fixture, "a checksum that does not fit is refused, saying how the file is taken all the same")
{
    const auto refused = [&](const StoredFile& file) {
        file.save_with_old_checksum(changed);
        for (const auto& said : {error_of(NIB_ERR_FORMAT, [&] { load_model(changed, spec_words(), heap()); }),
                                 error_of(NIB_ERR_FORMAT, [&] { load_parameters(twin, changed); })}) {
            INFO(said);
            CHECK(said.find(": damaged: the checksum of its tensors and metadata is ") != std::string::npos);
            CHECK(said.ends_with("A file that was changed on purpose is taken without \"checksum\" in its metadata"));
        }
    };
    StoredFile file(path);
    REQUIRE(file.metadata.contains("checksum"));
    file.set("2.weight", 3, 0.25f);
    refused(file);
    file.save(changed);
    CHECK(state_of(load_model(changed, spec_words(), heap())) != state_of(model));

    file = StoredFile(path);
    file.metadata.at("network").replace(file.metadata.at("network").find("tanh"), 4, "relu"); // the metadata too
    refused(file);

    file = StoredFile(path);
    file.save_with_old_checksum(changed); // unchanged data fit in any order, from any program
    CHECK(bit_difference(state_of(load_model(changed, spec_words(), heap())), state_of(model)) == "");

    // An error about another network's tensors says more than one about the checksum.
    file.add("2.bias", Dtype::f32, {4});
    file.save_with_old_checksum(changed);
    refuses_changed("tensor '2.bias': F32 (4), which is no tensor of this network", NIB_ERR_MISMATCH);

    file = StoredFile(path);
    for (const char* value : {"", "x", "-1", "4294967296"}) {
        file.metadata.at("checksum") = value;
        file.save_with_old_checksum(changed);
        refuses_changed(std::string("the metadata's \"checksum\" is \"") + value +
                        "\": expected a whole number from 0 to 4294967295");
    }
}

TEST_CASE_METHOD(Fixture, "the same model gives the same file, in another folder too")
{
    const Folder other;
    save_model(load_model(path, spec_words(), heap()), other / "again");
    const Buffer<char> first = read_file(path, SIZE_MAX, heap()), second = read_file(other / "again", SIZE_MAX, heap());
    CHECK(std::string(first.begin(), first.end()) == std::string(second.begin(), second.end()));
}

TEST_CASE_METHOD(Fixture, "whole numbers of the metadata have their ranges")
{
    const struct {
        const char* key;
        std::int64_t low, high;
    } keys[] = {{"seed", 0, UINT32_MAX}, {"steps", 0, std::int64_t{1} << 62}};
    for (const auto& each : keys) {
        for (const std::string& value :
             {std::to_string(each.low - 1), std::to_string(each.high + 1), std::string("-9223372036854775808"),
              std::string("9223372036854775808"), std::string("1.5"), std::string("1 "), std::string()}) {
            StoredFile file(path);
            file.metadata.at(each.key) = value;
            file.save(changed);
            CHECK(error_of(NIB_ERR_FORMAT, [&] { load_model(changed, spec_words(), heap()); }) ==
                  changed + ": the metadata's \"" + each.key + "\" is \"" + value +
                      "\": expected a whole number from " + std::to_string(each.low) + " to " +
                      std::to_string(each.high));
        }
    }
    StoredFile file(path);
    file.metadata.at("steps") = "4611686018427387904";
    file.save(changed);
    CHECK(load_model(changed, spec_words(), heap()).steps == std::int64_t{1} << 62);
}

TEST_CASE_METHOD(Fixture, "other metadata out of range are refused by key, value and what was expected")
{
    const auto refused = [&](const char* key, const std::string& value, const std::string& sentence) {
        StoredFile file(path);
        file.metadata.at(key) = value;
        file.save(changed);
        CHECK(error_of(NIB_ERR_FORMAT, [&] { load_model(changed, spec_words(), heap()); }) ==
              changed + ": " + sentence);
    };
    refused("encoding", "utf9", "the metadata's \"encoding\" is \"utf9\": expected utf8 or bytes (utf8?)");
    refused("vocabulary", "98 97", "symbol 2 of a vocabulary is 97, expected more than 98 before it");
    refused("vocabulary", "", "a vocabulary of 0 symbols, expected 1 to 4095");
    refused("vocabulary", "1114112", "symbol 1 of a vocabulary is 1114112, which is no code point");
    const std::string numbers = "\": expected whole numbers from 0 to 1114111 with a space between two";
    refused("vocabulary", "97,98", "the metadata's \"vocabulary\" is \"97,98" + numbers);
    refused("vocabulary", "97 -1", "the metadata's \"vocabulary\" is \"97 -1" + numbers);
    refused("vocabulary", "4294967296", "the metadata's \"vocabulary\" is \"4294967296" + numbers);
    std::string many;
    for (int symbol = 1; symbol <= 5000; ++symbol) many.append(std::to_string(symbol)).append(1, ' ');
    many.pop_back();
    refused("vocabulary", many, "a vocabulary of 5000 symbols, expected 1 to 4095");
}

TEST_CASE_METHOD(Fixture, "a text of the metadata that is no network's, or that of another, is refused with its place")
{
    const auto refusal = [&](const char* key, const std::string& value) {
        StoredFile file(path);
        file.metadata.at(key) = value;
        file.save(changed);
        const std::string said = error_of(NIB_ERR_FORMAT, [&] { load_model(changed, spec_words(), heap()); });
        INFO(said);
        REQUIRE(said.starts_with(changed + ": the metadata's "));
        return said.substr((changed + ": the metadata's ").size());
    };
    CHECK(refusal("network", "embedding 3, flatten, liner 4, linear")
              .starts_with("network, line 1, byte 23: 'liner': expected a layer: embedding, flatten, linear, "));
    CHECK(refusal("network", "").starts_with("network, line 1, byte 1: the end: expected a layer: "));
    CHECK(refusal("network", "embedding 3, flatten, linear 4 gain=-1, linear") ==
          "network, line 1, byte 37: gain is '-1': expected 0 or a number above");
    CHECK(refusal("network", "embedding 3, flatten, linear 4, batchnorm eps=nan, linear")
              .starts_with("network, line 1, byte 47: eps is 'nan'"));
    CHECK(refusal("network", "1025 x (tanh)") == "network, line 1, byte 1: '1025': more than 1024 layers");
    CHECK(refusal("network", std::string(262145, ' ')) == "network: a text of 262145 bytes, expected 262144 at most");
    CHECK(refusal("network", "embedding 3, linear") ==
          "network, layer 1 (linear): gets (2, 3): expected a row of numbers, (N); flatten makes one");
    CHECK(refusal("network", "embedding 3, flatten, linear 28") ==
          "network, layer 2 (linear): leaves (28): expected (27), a number for each class of the data");
    CHECK(refusal("network", "embedding 3, flatten, linear, linear") ==
          "network, layer 2 (linear): expected its number of outputs, which only the last linear may lack");
    CHECK(refusal("input", "symbols context=257") ==
          "input, line 1, byte 17: context is '257': expected a whole number, 1 to 256");
    CHECK(refusal("input", "floats 3") == "input: floats 3: the data are text: expected symbols");
    CHECK(refusal("input", "").starts_with("input, line 1, byte 1: the end: expected an input: symbols"));
    for (const char* key : {"network", "input"}) {
        StoredFile file(path);
        file.metadata.erase(key);
        file.save(changed);
        CHECK(error_of(NIB_ERR_FORMAT, [&] { load_model(changed, spec_words(), heap()); }) ==
              changed + ": the metadata has no \"" + key + "\": not written by nib?");
    }
    // The shapes are those of another network, though it could be one.
    StoredFile file(path);
    file.metadata.at("input") = "symbols context=3";
    file.save(changed);
    CHECK(error_of(NIB_ERR_FORMAT, [&] { load_model(changed, spec_words(), heap()); }) ==
          changed + ": tensor '2.weight': F32 (4, 6), expected F32 (4, 9)");
}

TEST_CASE_METHOD(Fixture, "a network that is written another way is the same one")
{
    StoredFile file(path);
    file.metadata.at("network") = "embedding 3\nflatten # 6 numbers\n"
                                  "2 x (linear 4 bias=off, batchnorm variance=unbiased, tanh), "
                                  "linear 27 bias=off, batchnorm variance=unbiased";
    file.metadata.at("input") = " symbols  context=2 ";
    takes(file);
    const Model read = load_model(changed, spec_words(), heap());
    CHECK(read.network_text ==
          model.network_text.substr(0, model.network_text.rfind("linear")) + "linear 27, batchnorm variance=unbiased");
    CHECK(read.input_text == "symbols context=2");
}

TEST_CASE_METHOD(Fixture, "a value of the metadata is cut at a letter's beginning")
{
    for (std::size_t before = 0; before < 4; ++before) {
        std::string value(before, 'x');
        for (int i = 0; i < 30; ++i) value += "\xE2\x82\xAC";
        StoredFile file(path);
        file.metadata.at("steps") = value;
        file.save(changed);
        const std::size_t kept = before + (40 - before) / 3 * 3;
        CHECK(error_of(NIB_ERR_FORMAT, [&] { load_model(changed, spec_words(), heap()); })
                  .ends_with("\"steps\" is \"" + value.substr(0, kept) +
                             "...\": expected a whole number from 0 to 4611686018427387904"));
    }
}

TEST_CASE("a network without batch normalisation is as strict")
{
    Fixture fixture(network_of(""));
    StoredFile file(fixture.path);
    fixture.takes(file);
    file.add("3.weight", Dtype::f32, {4});
    fixture.refuses(file, "tensor '3.weight': F32 (4), which is no tensor of this network", NIB_ERR_MISMATCH);
}

TEST_CASE("names within a residual are no prefix")
{
    const std::string list = "embedding 3, flatten, residual(linear 6, batchnorm, tanh | linear 6), linear";
    const Model model = make_model(spec_of(list, 2));
    Model twin = make_model(spec_of(list, 2));
    const Folder folder;
    const std::string path = folder / "model.safetensors", changed = folder / "changed.safetensors";
    save_model(model, path);
    // "2.0.weight" ends with the name of the first tensor, "0.weight".
    StoredFile file(path);
    file.add_prefix("module.");
    file.save(changed);
    std::fill(twin.parameters.begin(), twin.parameters.end(), 0.0f);
    load_parameters(twin, changed);
    CHECK(bit_difference(state_of(twin), state_of(model)) == "");
    CHECK(twin.converted == "the prefix 'module.' left out of all names");
    file = StoredFile(path);
    file.tensors.erase("0.weight");
    file.save(changed);
    CHECK(error_of(NIB_ERR_MISMATCH, [&] { load_parameters(twin, changed); }) ==
          changed + ": tensor '0.weight': not there, expected F32 (27, 3)");
}
