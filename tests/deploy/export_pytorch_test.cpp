#include "catch.hpp"
#include "deploy/export_pytorch.hpp"
#include "deploy/fixtures.hpp"
#include "error_of.hpp"
#include "folder.hpp"
#include "io/file.hpp"
#include "lists.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

using namespace nib;

namespace {

constexpr const char* small = "embedding 5, flatten, linear";

std::string read(const std::string& path)
{
    const Buffer<char> file = read_file(path, SIZE_MAX, std::pmr::get_default_resource());
    return {file.begin(), file.end()};
}

// The exported file of a network over three symbols.
std::string exported(const std::string& network, Vocabulary vocabulary = test::letters(), std::uint32_t seed = 1)
{
    const test::Folder folder;
    export_pytorch(test::make_model(test::spec_of(network, 3, seed), std::move(vocabulary)), folder / "model.py");
    CHECK(folder.count() == 1);
    return read(folder / "model.py");
}

// The part of the text that begins with `from` and ends before `to`.
std::string between(const std::string& text, const std::string& from, const std::string& to)
{
    const std::size_t begin = text.find(from);
    REQUIRE(begin != text.npos);
    return text.substr(begin, text.find(to, begin) - begin);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

// The modules of the list.
std::string modules_of(const std::string& network)
{
    const std::string function = between(exported(network), "def network", "\n\ndef load");
    return function.substr(function.find("    return"));
}

std::string symbols_of(nib_encoding encoding, const std::vector<std::uint32_t>& symbols)
{
    return between(exported(small, {encoding, symbols}), "SYMBOLS = ", "IDS");
}

// residual(residual(... tanh)), nested as deep as a text may be.
std::string nested(const std::string& shortcut)
{
    std::string text = "batchnorm eps=2.2250738585072014e-308 momentum=0.12345678901234566";
    for (int i = 0; i < 16; ++i) text = "residual(" + text + shortcut + ")";
    return "embedding 4000, flatten, " + text + ", linear";
}

} // namespace

TEST_CASE("the file of a network, line by line")
{
    const std::string file = exported(
        "embedding 12, flatten, linear 96, layernorm, gelu, residual(linear 96, batchnorm, silu, dropout 0.1), "
        "linear 48, tanh, batchnorm, linear");
    CHECK(between(file, "\"\"\"", "def load") ==
          R"("""A network that nib trained, for PyTorch. The weights are in nib's model.safetensors.

Ids of symbols, (n, 3), oldest first, become logits of the symbol to come, (n, 27). With this
file as model.py:

    from model import contexts, load
    module = load("model.safetensors")
    logits = module(contexts([""]))  # of an item's first symbol

The network, whose input is "symbols context=3":

    embedding 12, flatten, linear 96, layernorm, gelu, residual(linear 96, batchnorm, silu,
    dropout 0.1), linear 48, tanh, batchnorm, linear
"""

import torch
from safetensors.torch import load_file
from torch import nn

CONTEXT_LENGTH = 3
SYMBOLS = "abcdefghijklmnopqrstuvwxyz"
VOCABULARY = ["", *SYMBOLS]  # by id; 0 is the end mark
IDS = {symbol: i for i, symbol in enumerate(SYMBOLS, 1)}


class Residual(nn.Sequential):
    """The sum of what the modules and the shortcut make of the input; without one, of the input."""

    def __init__(self, *modules, shortcut=()):
        super().__init__(*modules)
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x):
        y = x
        for name, module in self.named_children():
            if name != "shortcut":
                y = module(y)
        return y + self.shortcut(x)


def network():
    """The module in evaluation mode, with weights of torch's."""
    return nn.Sequential(
        nn.Embedding(27, 12),
        nn.Flatten(),
        nn.Linear(36, 96),
        nn.LayerNorm(96),
        nn.GELU(),
        Residual(
            nn.Linear(96, 96, bias=False),
            nn.BatchNorm1d(96),
            nn.SiLU(),
            nn.Dropout(0.1),
        ),
        nn.Linear(96, 48),
        nn.Tanh(),
        nn.BatchNorm1d(48),
        nn.Linear(48, 27),
    ).eval()


)");
    CHECK(has(file, "\n    return \"\".join(VOCABULARY[i] for i in ids)\n"));
    CHECK(file.back() == '\n');
}

TEST_CASE("every word is a module")
{
    for (const LayerKind* layer : spec_words().layers) {
        INFO(layer->word.name);
        CHECK(layer->pytorch != nullptr);
    }
    CHECK(modules_of("embedding 5, tanh, relu, identity, gelu, gelu form=tanh, silu, sigmoid, leaky-relu, elu, "
                     "hardtanh, softplus, relu6, flatten, linear") == R"(    return nn.Sequential(
        nn.Embedding(27, 5),
        nn.Tanh(),
        nn.ReLU(),
        nn.Identity(),
        nn.GELU(),
        nn.GELU(approximate="tanh"),
        nn.SiLU(),
        nn.Sigmoid(),
        nn.LeakyReLU(),
        nn.ELU(),
        nn.Hardtanh(),
        nn.Softplus(),
        nn.ReLU6(),
        nn.Flatten(),
        nn.Linear(15, 27),
    ).eval()
)");
}

TEST_CASE("options stand where they are not the defaults of torch.nn")
{
    CHECK(
        modules_of("embedding 5, flatten, linear 9 bias=off, batchnorm eps=0 momentum=1, layernorm eps=0.01, rmsnorm, "
                   "rmsnorm eps=1e-05, dropout, linear 8 bias=on, batchnorm eps=1e-7, residual(linear 7 | "
                   "residual(tanh), linear 7), linear") == R"(    return nn.Sequential(
        nn.Embedding(27, 5),
        nn.Flatten(),
        nn.Linear(15, 9, bias=False),
        nn.BatchNorm1d(9, eps=0.0, momentum=1.0),
        nn.LayerNorm(9, eps=0.01),
        RMSNorm(9),
        RMSNorm(9, eps=1e-05),
        nn.Dropout(0.5),
        nn.Linear(9, 8),
        nn.BatchNorm1d(8, eps=1e-07),
        Residual(
            nn.Linear(8, 7),
            shortcut=[
                Residual(
                    nn.Tanh(),
                ),
                nn.Linear(8, 7),
            ],
        ),
        nn.Linear(7, 27),
    ).eval()
)");
}

TEST_CASE("a class is there once, where a layer needs it")
{
    const std::string none = exported(small), both = exported("embedding 5, flatten, rmsnorm, residual(rmsnorm), "
                                                              "residual(tanh), linear");
    CHECK_FALSE(has(none, "class "));
    for (const char* const name : {"class RMSNorm(nn.Module):\n", "class Residual(nn.Sequential):\n"}) {
        INFO(name);
        CHECK(has(both, name));
        CHECK(both.find(name) == both.rfind(name));
    }
}

TEST_CASE("what torch.nn trains in another way is for evaluation only")
{
    const auto told = [](const std::string& norm) {
        const std::string file = exported("embedding 5, flatten, residual(linear 15, " + norm + "), linear, batchnorm");
        CHECK(has(file, "    return Network(\n"));
        return between(file, "                \"this network", "            )\n");
    };
    const std::string start = "                \"this network is for evaluation only: torch.nn does not train with \"\n"
                              "                \"batchnorm ";
    CHECK(told("batchnorm variance=unbiased") == start + "variance=unbiased\"\n");
    CHECK(told("batchnorm running=std") == start + "running=std\"\n");
    CHECK(told("batchnorm eps=0 variance=unbiased running=std") == start + "variance=unbiased running=std\"\n");
    // nib's file has the square of the deviation, to which nothing is added.
    CHECK(has(modules_of("embedding 5, flatten, batchnorm running=std, linear"), "nn.BatchNorm1d(15, eps=0.0),\n"));
    CHECK_FALSE(has(exported("embedding 5, flatten, batchnorm eps=0 momentum=0.5, linear"), "class Network"));
}

TEST_CASE("symbols are escaped as Python reads them")
{
    const std::string end = "VOCABULARY = [\"\", *SYMBOLS]  # by id; 0 is the end mark\n";
    CHECK(symbols_of(NIB_ENCODING_UTF8, {0, 9, ' ', '"', '$', '\'', '\\', '{', 0x7F, 0x85, 0xE9, 0x301, 0x2028, 0x20AC,
                                         0xFEFF, 0xFFFF, 0x1F600, 0x10FFFF}) ==
          R"(SYMBOLS = "\x00\x09 \"$'\\{\x7f\x85\xe9\u0301\u2028\u20ac\ufeff\uffff\U0001f600\U0010ffff")"
          "\n" +
              end);
    const std::string bytes = exported(small, {NIB_ENCODING_BYTES, {0, 13, '"', '\\', 'a', 0x80, 0xFF}});
    CHECK(between(bytes, "SYMBOLS = ", "IDS") == R"(SYMBOLS = b"\x00\x0d\"\\a\x80\xff"
VOCABULARY = [b"", *(bytes([byte]) for byte in SYMBOLS)]  # by id; 0 is the end mark
)");
    CHECK(has(bytes, "module(contexts([b\"\"]))"));
    CHECK(has(bytes, "    return b\"\".join("));
    std::vector<std::uint32_t> many;
    for (std::uint32_t symbol = 0xA0; symbol < 0xA0 + 45; ++symbol) many.push_back(symbol);
    const std::string lines = symbols_of(NIB_ENCODING_UTF8, many);
    CHECK(lines.substr(0, 25) == "SYMBOLS = (\n    \"\\xa0\\xa1");
    CHECK(has(lines, "\\xb3\"\n    \"\\xb4"));
    CHECK(has(lines, "\\xcc\"\n)\n" + end));
}

TEST_CASE("the file depends on network and vocabulary, not on weights")
{
    CHECK(exported(small, test::letters(), 1) == exported(small, test::letters(), 2));
    CHECK(exported(small, test::letters(), 1) != exported("embedding 6, flatten, linear", test::letters(), 1));
}

TEST_CASE("lines are ASCII of 100 characters at most, whatever the network")
{
    std::vector<std::string> lists = test::any_lists();
    lists.push_back(nested(""));
    lists.push_back(nested(" | batchnorm variance=unbiased running=std gain=-1.2345678901234567e-300"));
    for (const std::string& list : lists) {
        INFO(list);
        std::istringstream file(exported(list));
        std::size_t longest = 0;
        for (std::string line; std::getline(file, line);) {
            longest = std::max(longest, line.size());
            if (!line.empty() && line.back() == ' ') FAIL("blanks at a line's end: " << line);
            const bool ascii = std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
            CHECK(ascii);
        }
        CHECK(longest <= 100);
    }
}

TEST_CASE("Python compiles it")
{
    if (std::system("python3 -c '' 2>/dev/null") != 0) NIB_SKIP("there is no python3");
    const test::Folder folder;
    std::string command = "python3 -W error -m py_compile";
    std::vector<std::string> lists = test::any_lists();
    lists.push_back(nested(" | tanh"));
    for (std::size_t i = 0; i < lists.size(); ++i) {
        const std::string path = folder / (std::to_string(i) + ".py");
        export_pytorch(test::make_model(test::spec_of(lists[i], 3)), path);
        command.append(" ").append(path);
    }
    CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE("a module that cannot be written")
{
    const test::Folder folder;
    const std::string nowhere = folder / "none/model.py";
    const Model model = test::make_model(test::spec_of(small, 3));
    CHECK(test::error_of(NIB_ERR_IO, [&] { export_pytorch(model, nowhere); }).find(nowhere) != std::string::npos);
}
