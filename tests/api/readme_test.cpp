// The words and the messages in include/nib/README.md are those of the library.
#include "api/small.hpp"
#include "layers/list.hpp"
#include "paths.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>

using namespace nib::test;

namespace {

std::string readme()
{
    std::ifstream file(source_path("include/nib/README.md"));
    return {std::istreambuf_iterator<char>(file), {}};
}

// The text from one heading to the next.
std::string section(const std::string& heading)
{
    const std::string text = readme();
    const std::size_t begin = text.find("\n## " + heading + "\n");
    REQUIRE(begin != text.npos);
    return text.substr(begin, text.find("\n## ", begin + 1) - begin);
}

} // namespace

TEST_CASE("the README lists every word")
{
    const std::string words = section("Words");
    for (const nib::LayerKind* layer : nib::spec_words().layers) {
        INFO(layer->word.name);
        const bool found = std::regex_search(words, std::regex(std::string("`") + layer->word.name + "[`( ]"));
        CHECK(found);
    }
    for (const nib::InputKind* input : nib::spec_words().inputs)
        CHECK(words.find(std::string("`") + input->word.name) != words.npos);
}

TEST_CASE("the README's mistakes have the sentences that stand there")
{
    const unique<nib_context> context = new_context();
    std::istringstream lines(section("Mistakes"));
    // The names of the README's example, with 14 symbols and the end mark.
    const unique<nib_dataset> dataset = new_dataset(context.get(), "emma\nolivia\nnoah\nliam\nava\nsophia\nwilliam\n"
                                                                   "mason\njames\nisabella\nmia\namelia\n");
    int mistakes = 0;
    for (std::string line; std::getline(lines, line);) {
        std::smatch parts;
        if (!std::regex_match(line, parts, std::regex("\\| `(.*)` \\| (.*) \\|"))) continue;
        Recipe recipe;
        recipe.set_network(parts[1]);
        nib_model* made = nullptr;
        INFO(line);
        CHECK(nib_model_create(context.get(), &recipe.model, dataset.get(), &made) == NIB_ERR_INVALID_ARGUMENT);
        CHECK(made == nullptr);
        const std::string said = nib_context_message(context.get()), expected = parts[2];
        const std::size_t gap = std::min(expected.find("..."), expected.size()); // the list of words may grow
        CHECK(said.substr(0, gap) == expected.substr(0, gap));
        if (gap < expected.size()) CHECK(said.ends_with(expected.substr(gap + 3)));
        ++mistakes;
    }
    CHECK(mistakes >= 6);
}
