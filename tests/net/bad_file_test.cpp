// Damaged model files are refused with a message that names the file, or read as the same model, and nothing is
// allocated for sizes that a file only claims. (Under AddressSanitizer also: never read out of bounds.)
#include "catch.hpp"
#include "deploy/fixtures.hpp"
#include "error_of.hpp"
#include "folder.hpp"
#include "io/file.hpp"
#include "measured.hpp"
#include "models.hpp"
#include "net/model_file.hpp"

using namespace nib;

namespace {

struct Fixture {
    Fixture()
    {
        const ModelSpec spec =
            test::spec_of("embedding 2, flatten, residual(linear 4, tanh), linear 3, batchnorm, relu, "
                          "linear, batchnorm gain=0.1",
                          2);
        const Model model = test::make_model(spec, {NIB_ENCODING_UTF8, {'a', 'b', 0xe9}});
        parameters = model.layout.parameters;
        state = test::state_of(model);
        save_model(model, path);
        const Buffer<char> file = read_file(path, SIZE_MAX, &memory);
        bytes.assign(file.begin(), file.end());
    }

    Model read(std::string_view changed)
    {
        Buffer<char> copy(changed.size(), &memory);
        std::copy(changed.begin(), changed.end(), copy.begin());
        return read_model(Safetensors(std::move(copy), "small.safetensors"), spec_words(), &memory);
    }

    // The message of the refusal, or "" if the file is read.
    std::string refusal(std::string_view changed)
    {
        try {
            const Model model = read(changed);
            CHECK(model.layout.parameters == parameters);
            CHECK(model.vocabulary().size() == 4);
            CHECK(test::state_of(model) == state);
            return "";
        } catch (const Error& error) {
            const std::string message = error.what();
            // Without the vocabulary it could be another program's state_dict.
            const bool is_state_dict = message.find("a state_dict without") != std::string::npos;
            CHECK(error.status() == (is_state_dict ? NIB_ERR_MISMATCH : NIB_ERR_FORMAT));
            CHECK(message.find("small.safetensors: ") == 0);
            return message;
        }
    }

    test::Folder folder;
    std::string path = folder / "model.safetensors";
    test::Measured memory;
    std::string bytes;
    std::ptrdiff_t parameters = 0;
    std::vector<float> state;
};

} // namespace

TEST_CASE_METHOD(Fixture, "every truncation of a model file is refused")
{
    REQUIRE(refusal(bytes).empty());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        INFO("the first " << size << " of " << bytes.size() << " bytes");
        REQUIRE(!refusal(bytes.substr(0, size)).empty());
    }
    CHECK(!refusal(bytes + '\0').empty());
}

TEST_CASE_METHOD(Fixture, "a model file with a flipped byte is refused, or is the same model")
{
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    std::size_t refused = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (const int mask : {0x01, 0x20, 0xff}) {
            INFO("byte " << i << " ^ " << mask);
            std::string changed = bytes;
            changed[i] = static_cast<char>(changed[i] ^ mask);
            const bool is_refused = !refusal(changed).empty();
            refused += is_refused;
            if (i < 8 || i >= 8 + header) CHECK(is_refused);
        }
    }
    // Not covered are the padding of the header and the name of the checksum.
    CHECK(refused + 3 * (7 + 8) >= 3 * bytes.size());
}

TEST_CASE_METHOD(Fixture, "a file that claims a network larger than itself is refused before that is allocated")
{
    const auto replaced = [&](const std::string& key, const std::string& value) {
        std::string changed = bytes;
        const std::string before = "\"" + key + "\":\"";
        const std::size_t at = changed.find(before);
        REQUIRE(at != std::string::npos);
        const std::size_t start = at + before.size(), end = changed.find('"', start);
        changed.replace(start, end - start, value);
        std::uint64_t header = 0;
        std::memcpy(&header, changed.data(), sizeof header);
        header += changed.size() - bytes.size();
        std::memcpy(changed.data(), &header, sizeof header);
        return changed;
    };
    const auto with_width = [&](const std::string& width) {
        return replaced("network", "embedding 2, flatten, residual(linear 4, tanh), linear " + width +
                                       ", batchnorm, relu, linear, batchnorm gain=0.1");
    };
    CHECK(refusal(with_width("3")).empty());
    for (const char* size : {"65536", "4", "0", "-1", "65537", "2147483648", "1e3", ""}) {
        INFO(size);
        const std::string said = refusal(with_width(size));
        INFO(said);
        CHECK((said.find("linear") != said.npos || said.find("width is") != said.npos ||
               said.find("'3.weight'") != said.npos));
    }
    const auto network = [&](const std::string& text) { return refusal(replaced("network", text)); };
    CHECK(network("embedding 4096, flatten, linear 65536, linear").find("'0.weight'") != std::string::npos);
    CHECK(network("embedding 2, flatten, 500 x (linear 65536, tanh), linear").find("tensor '") != std::string::npos);
    CHECK(network("1024 x (1024 x (linear 65536))").find("more than 1024 layers") != std::string::npos);
    CHECK(!refusal(replaced("input", "symbols context=256")).empty());
    CHECK(memory.largest < 2 * bytes.size());
}
