#include "network_text.hpp"

#include <algorithm>

namespace nib::cli {
namespace {

constexpr std::size_t most_layers = 1024, most_depth = 16;

bool is_of_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

// Items between two parentheses.
struct Group {
    std::string prefix; // of their positions
    std::size_t next = 0;

    std::string position() const { return prefix + std::to_string(next); }
};

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    std::vector<TextLayer> layers()
    {
        while (layers_.size() < most_layers && item() && separator()) {
        }
        return std::move(layers_);
    }

private:
    char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_blanks()
    {
        while (next() == ' ') ++at_;
    }

    // Reads a word and its options, or the first word within a residual.
    bool item()
    {
        for (;;) {
            skip_blanks();
            const std::size_t begin = at_;
            while (is_of_word(next())) ++at_;
            const std::string_view word = text_.substr(begin, at_ - begin);
            if (word.empty()) return false;
            if (next() != '(') {
                add(std::string(word), options());
                return true;
            }
            if (groups_.size() > most_depth) return false;
            ++at_;
            groups_.push_back({groups_.back().position() + "."});
        }
    }

    std::string options()
    {
        skip_blanks();
        const std::size_t begin = at_;
        at_ = std::min(text_.find_first_of(",()|", at_), text_.size());
        return std::string(text_.substr(begin, at_ - begin));
    }

    // Reads the separators between two items, including ends of parentheses. Returns true if an item follows.
    bool separator()
    {
        for (;; ++at_) {
            skip_blanks();
            const bool inside = groups_.size() > 1;
            if (next() == ',') break;
            if (next() == '|' && inside) {
                const std::string position = groups_[groups_.size() - 2].position();
                groups_.back() = {position + ".shortcut."};
                break;
            }
            if (next() != ')' || !inside) return false;
            groups_.pop_back();
            add("residual", "");
        }
        ++at_;
        return true;
    }

    void add(std::string word, std::string options)
    {
        layers_.push_back({groups_.back().position(), std::move(word), std::move(options)});
        ++groups_.back().next;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Group> groups_ = {{""}};
    std::vector<TextLayer> layers_;
};

} // namespace

std::vector<TextLayer> layers_of(std::string_view network) { return Reader(network).layers(); }

const TextLayer* find_layer(const std::vector<TextLayer>& layers, std::string_view name)
{
    const std::string_view owner = name.substr(0, std::min(name.rfind('.'), name.size()));
    for (const TextLayer& layer : layers)
        if (layer.position == name || layer.position == owner) return &layer;
    return nullptr;
}

std::string layer_label(const std::string& position, const std::string& word)
{
    return word.empty() ? position : position + " " + word;
}

std::string tensor_label(const std::vector<TextLayer>& layers, const std::string& name)
{
    const TextLayer* const layer = find_layer(layers, name);
    return layer != nullptr ? layer_label(layer->position, layer->word) : name;
}

std::string wrapped(std::string_view network, std::size_t width, std::size_t indent)
{
    std::string text;
    std::size_t used = 0; // columns used in the line
    for (std::size_t at = 0; at < network.size();) {
        const std::size_t comma = std::min(network.find(", ", at), network.size());
        const std::string_view item = network.substr(at, std::min(comma + 1, network.size()) - at);
        if (used > 0 && used + 1 + item.size() > width) {
            text.append("\n").append(indent, ' ');
            used = 0;
        }
        if (used > 0) text += ' ';
        text += item;
        used += (used > 0 ? 1 : 0) + item.size();
        at = std::min(comma + 2, network.size());
    }
    return text;
}

} // namespace nib::cli
