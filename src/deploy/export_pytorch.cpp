#include "deploy/export_pytorch.hpp"

#include "deploy/features.hpp"
#include "io/file.hpp"
#include "io/symbol.hpp"
#include "ops/output.hpp"

#include <algorithm>
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

namespace nib {

namespace {

constexpr std::size_t most_columns = 100;

// Within parentheses Python needs no indentation, so nested residuals leave room for their lines.
constexpr std::size_t most_indented = 6;

void write_line(Output& out, std::size_t depth, std::string_view text)
{
    out.append(std::string(4 * std::min(depth, most_indented), ' '));
    out.append(text);
    out.append("\n");
}

// The part of a text that fits on a line of this many characters: up to a comma, if it has one.
std::string_view line_of(std::string_view text, std::size_t most)
{
    if (text.size() <= most) return text;
    for (const char* const behind : {",", "(", " "}) {
        const std::size_t at = text.substr(0, most).find_last_of(behind);
        if (at != text.npos) return text.substr(0, at + 1);
    }
    return text.substr(0, most);
}

void write_wrapped(Output& out, std::string_view text)
{
    while (!text.empty()) {
        const std::string_view line = line_of(text, most_columns - 4);
        write_line(out, 1, line.substr(0, line.find_last_not_of(' ') + 1));
        text.remove_prefix(line.size());
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
}

// A symbol in a string or in bytes. Everything beyond ASCII is escaped: an editor may change its normal form, or show
// it in another place.
std::string escaped(std::uint32_t symbol)
{
    if (symbol >= 0x20 && symbol < 0x7F) {
        const char c = static_cast<char>(symbol);
        return c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    }
    char text[16];
    std::snprintf(text, sizeof text, symbol < 0x100 ? "\\x%02x" : symbol < 0x10000 ? "\\u%04x" : "\\U%08x", symbol);
    return text;
}

// The lines of a literal, without their quotes.
std::vector<std::string> escaped_lines(const Vocabulary& vocabulary)
{
    std::vector<std::string> lines(1);
    for (const std::uint32_t symbol : vocabulary.symbols()) {
        const std::string text = escaped(symbol);
        if (lines.back().size() + text.size() > 80) lines.emplace_back();
        lines.back().append(text);
    }
    return lines;
}

void write_vocabulary(Output& out, const Vocabulary& vocabulary)
{
    const bool bytes = vocabulary.encoding() == NIB_ENCODING_BYTES;
    const char* const quote = bytes ? "b\"" : "\"";
    std::vector<std::string> lines = escaped_lines(vocabulary);
    for (std::string& line : lines) line.insert(0, quote).append("\"");
    if (lines.size() == 1) {
        out.append("SYMBOLS = ");
        write_line(out, 0, lines.front());
    } else {
        write_line(out, 0, "SYMBOLS = (");
        for (const std::string& line : lines) write_line(out, 1, line);
        write_line(out, 0, ")");
    }
    out.append(bytes ? R"(VOCABULARY = [b"", *(bytes([byte]) for byte in SYMBOLS)])"
                     : R"(VOCABULARY = ["", *SYMBOLS])");
    out.append("  # by id; 0 is the end mark\n");
    out.append("IDS = {symbol: i for i, symbol in enumerate(SYMBOLS, 1)}\n");
}

// The modules of lists of layers, in the order of the network's nodes.
class Modules {
public:
    explicit Modules(const Model& model)
    {
        for (const Node& node : model.network.nodes()) {
            all_.push_back(node.kind->pytorch(node, model.layout.outputs));
            if (!all_.back().untrainable.empty() && untrainable_.empty())
                untrainable_.append(node.kind->word.name).append(all_.back().untrainable);
        }
    }

    // The options of the first node with any that torch.nn cannot train with: "batchnorm running=std".
    const std::string& untrainable() const noexcept { return untrainable_; }

    void write_types(Output& out) const
    {
        std::vector<std::string_view> written;
        for (const PytorchModule& module : all_) {
            if (module.type == nullptr || std::count(written.begin(), written.end(), module.type) > 0) continue;
            written.emplace_back(module.type);
            out.append("\n\n");
            out.append(module.type);
        }
    }

    void write(Output& out, std::span<const LayerSpec> items, std::size_t depth)
    {
        for (const LayerSpec& item : items) {
            if (item.kind->is_residual)
                write_residual(out, item, depth);
            else
                write_call(out, all_[next_].made, depth);
            ++next_;
        }
    }

private:
    // The residual's node stands behind those of its items.
    void write_residual(Output& out, const LayerSpec& item, std::size_t depth)
    {
        const std::size_t within = count_of(item.main) + count_of(item.shortcut);
        write_line(out, depth, std::string(all_[next_ + within].made).append("("));
        write(out, item.main, depth + 1);
        if (!item.shortcut.empty()) {
            write_line(out, depth + 1, "shortcut=[");
            write(out, item.shortcut, depth + 2);
            write_line(out, depth + 1, "],");
        }
        write_line(out, depth, "),");
    }

    // Writes the call on one line, or with the arguments on a separate line.
    static void write_call(Output& out, const std::string& made, std::size_t depth)
    {
        const std::size_t indented = 4 * std::min(depth, most_indented), open = made.find('(') + 1;
        if (indented + made.size() < most_columns) return write_line(out, depth, std::string(made).append(","));
        write_line(out, depth, made.substr(0, open));
        write_line(out, depth + 1, std::string_view(made).substr(open, made.size() - 1 - open));
        write_line(out, depth, "),");
    }

    std::vector<PytorchModule> all_;
    std::size_t next_ = 0; // the next node to write
    std::string untrainable_;
};

// A text of the data as a literal.
std::string literal(std::string_view text)
{
    std::string quoted = "\"";
    while (!text.empty()) {
        const Symbol symbol = decode_symbol(NIB_ENCODING_UTF8, text);
        quoted.append(escaped(symbol.value));
        text.remove_prefix(symbol.size);
    }
    return quoted.append("\"");
}

template <class Each>
void write_list(Output& out, const char* name, std::size_t count, Each each)
{
    write_line(out, 0, std::string(name).append(" = ["));
    for (std::size_t i = 0; i < count; ++i) write_line(out, 1, literal(each(i)).append(","));
    write_line(out, 0, "]");
}

// "1, 28, 28"; for rows their numbers, "784".
std::string extents_in_words(const LayerShape& shape)
{
    const std::string text = text_of(shape);
    return text.substr(1, text.size() - 2);
}

// Writes the lists that describe a row's numbers, if columns have names, and the names of the predictions, and the
// shape of an example of planes.
void write_table(Output& out, const Schema& schema, const LayerShape& input)
{
    const std::vector<Feature> features = features_of(schema);
    write_line(out, 0, std::string("FEATURES = ").append(std::to_string(features.size())));
    if (input.is_planes()) write_line(out, 0, "SHAPE = (" + extents_in_words(input) + ")");
    if (schema.has_names())
        write_list(out, "COLUMNS", features.size(), [&](std::size_t i) { return std::string_view(features[i].told); });
    const bool is_classes = schema.task == Task::classes;
    const std::vector<std::string>& answers = is_classes ? schema.classes : schema.targets;
    write_list(out, is_classes ? "CLASSES" : "TARGETS", answers.size(),
               [&](std::size_t i) { return std::string_view(answers[i]); });
}

bool has_bytes(const Model& model) { return model.vocabulary().encoding() == NIB_ENCODING_BYTES; }

void write_text_usage(Output& out, const Model& model)
{
    out.append("Ids of symbols, (n, ");
    out.append(std::to_string(model.context_length));
    out.append("), oldest first, become logits of the symbol to come, (n, ");
    out.append(std::to_string(model.layout.outputs));
    out.append(R"(). With this
file as model.py:

    from model import contexts, load
    module = load("model.safetensors")
    logits = module(contexts([)");
    out.append(has_bytes(model) ? "b\"\"" : "\"\"");
    out.append("]))  # of an item's first symbol\n");
}

// The outputs of a model of a table, in words.
const char* answers_in_words(const Model& model)
{
    switch (model.loss.kind->link) {
    case Link::softmax:
        return "logits of the classes";
    case Link::sigmoid:
        return "the logit of the second class";
    default:
        return "numbers in the units of what was learned";
    }
}

void write_table_usage(Output& out, const Model& model)
{
    const LayerShape& input = model.network.input();
    out.append(input.is_planes() ? "Planes, (n, " : "Rows, (n, ");
    out.append(extents_in_words(input));
    out.append("), in the units of the data, become\n");
    out.append(answers_in_words(model));
    out.append(", (n, ");
    out.append(std::to_string(model.network.outputs()));
    out.append(R"(). With this file as model.py:

    from model import load
    module = load("model.safetensors")
)");
    if (input.is_planes())
        write_line(out, 1, "outputs = module(rows.reshape(-1, " + extents_in_words(input) + "))");
    else
        write_line(out, 1, "outputs = module(rows)");
}

void write_docstring(Output& out, const Model& model)
{
    out.append("\"\"\"A network that nib trained, for PyTorch. The weights are in nib's model.safetensors.\n\n");
    if (model.is_of_text())
        write_text_usage(out, model);
    else
        write_table_usage(out, model);
    out.append("\nThe network, whose input is \"");
    out.append(model.input_text);
    out.append("\":\n\n");
    write_wrapped(out, model.network_text);
    out.append("\"\"\"\n");
}

void write_constants(Output& out, const Model& model)
{
    out.append(R"(
import torch
from safetensors.torch import load_file
from torch import nn

)");
    if (!model.is_of_text()) return write_table(out, model.schema(), model.network.input());
    write_line(out, 0, std::string("CONTEXT_LENGTH = ").append(std::to_string(model.context_length)));
    write_vocabulary(out, model.vocabulary());
}

// The class of the list is nn.Sequential, unless it must not be trained.
void write_network_type(Output& out, const std::string& untrainable)
{
    out.append(R"(

class Network(nn.Sequential):
    """For evaluation only, as torch.nn does not train as nib does."""

    def train(self, mode=True):
        if mode:
            raise RuntimeError(
                "this network is for evaluation only: torch.nn does not train with "
                ")");
    out.append(untrainable);
    out.append(R"("
            )
        return super().train(mode)
)");
}

void write_network(Output& out, const Model& model)
{
    Modules modules(model);
    const bool trains = modules.untrainable().empty();
    modules.write_types(out);
    if (!trains) write_network_type(out, modules.untrainable());
    out.append("\n\ndef network():\n    \"\"\"The module in evaluation mode, with weights of torch's.\"\"\"\n");
    write_line(out, 1, trains ? "return nn.Sequential(" : "return Network(");
    modules.write(out, model.network.items(), 2);
    write_line(out, 1, ").eval()");
}

constexpr char load[] = R"(

def load(path):
    """The module in evaluation mode, with the weights of a safetensors file."""
    tensors = {
        name: tensor
        for name, tensor in load_file(path).items()
        if not name.startswith(("adamw.", "sgd.", "trainer."))  # what a checkpoint needs to go on
    }
    module = network()
    try:
        module.load_state_dict(tensors)
    except RuntimeError as error:
        raise RuntimeError(f"{path}: {error}") from None
    return module


def parameter_groups(module, weight_decay):
    """For torch.optim.AdamW: matrices decay, and biases and the weights of norms do not."""
    decaying = [each for each in module.parameters() if each.dim() > 1]
    spared = [each for each in module.parameters() if each.dim() <= 1]
    return [
        {"params": decaying, "weight_decay": weight_decay},
        {"params": spared, "weight_decay": 0.0},
    ]
)";

constexpr char encode[] = R"(

def encode(text):
    """The ids of a text's symbols."""
    unknown = [symbol for symbol in text if symbol not in IDS]
    if unknown:
        raise ValueError(f"the vocabulary lacks {unknown[0]!r}")
    return [IDS[symbol] for symbol in text]


def decode(ids):
    """The text of ids; the end mark is none of it."""
)";

constexpr char contexts[] = R"(.join(VOCABULARY[i] for i in ids)


def contexts(texts):
    """The ids that the network reads behind each text, oldest first: 0 before its beginning."""
    rows = [([0] * CONTEXT_LENGTH + encode(text))[-CONTEXT_LENGTH:] for text in texts]
    return torch.tensor(rows, dtype=torch.long).reshape(len(rows), CONTEXT_LENGTH)
)";

} // namespace

void export_pytorch(const Model& model, const std::string& path)
{
    Output out(model.memory);
    write_docstring(out, model);
    write_constants(out, model);
    write_network(out, model);
    out.append(load);
    if (model.is_of_text()) {
        out.append(encode);
        out.append(has_bytes(model) ? "    return b\"\"" : "    return \"\"");
        out.append(contexts);
    }
    const std::string_view bytes = out.bytes();
    const std::span<const char> part(bytes.data(), bytes.size());
    write_file(path, {&part, 1});
}

} // namespace nib
