#include "commands.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "help.hpp"
#include "model_file.hpp"
#include "options.hpp"
#include "streams.hpp"
#include "table.hpp"

#include "nib/nib.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nib::cli {
namespace {

struct Arguments {
    explicit Arguments(CLI::App& command) : table(command, TableOptions::Use::read) {}

    TableOptions table;
    std::string model, data, out = standard_stream;
    std::int32_t threads = 0;
};

// Writes a cell of a CSV (RFC 4180).
std::string cell(const std::string& text)
{
    if (text.find_first_of(",;\t\"\r\n") == text.npos) return text;
    std::string quoted = "\"";
    for (const char each : text) quoted.append(each == '"' ? 2 : 1, each);
    return quoted + "\"";
}

// The fewest digits that read back as the same float.
std::string shortest(float value)
{
    char text[32];
    return std::string(text, std::to_chars(text, text + sizeof text, value).ptr);
}

// The predictions of a model of a table as text.
class Answers {
public:
    template <class Model>
    explicit Answers(const Model& model) : outputs_(static_cast<std::size_t>(model.info().outputs))
    {
        const auto info = model.info();
        for (std::int32_t c = 0; c < info.classes; ++c) classes_.push_back(cell(model.class_name(c)));
        for (std::int32_t t = 0; classes_.empty() && t < info.outputs; ++t) {
            const std::string name = model.target(t);
            targets_.push_back(info.outputs == 1 ? "prediction"
                                                 : cell(name.empty() ? "prediction_" + std::to_string(t + 1) : name));
        }
    }

    std::string head() const
    {
        std::string line = classes_.empty() ? "" : "prediction";
        for (const std::vector<std::string>* names : {&classes_, &targets_})
            for (const std::string& each : *names) line.append(line.empty() ? "" : ",").append(each);
        return line + "\n";
    }

    std::string row(const float* y) const
    {
        std::string line;
        if (!classes_.empty()) line = classes_[static_cast<std::size_t>(std::max_element(y, y + outputs_) - y)];
        for (std::size_t i = 0; i < outputs_; ++i) line.append(line.empty() ? "" : ",").append(shortest(y[i]));
        return line + "\n";
    }

    std::size_t outputs() const noexcept { return outputs_; }

private:
    std::size_t outputs_;
    std::vector<std::string> classes_, targets_;
};

// NumPy's file format for an array of floats (rows, outputs), version 1.
std::string npy(const std::vector<float>& y, std::size_t outputs)
{
    std::string head = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(y.size() / outputs) +
                       ", " + std::to_string(outputs) + "), }";
    constexpr std::size_t before = 10, aligned = 64;
    head.append(aligned - (before + head.size() + 1) % aligned, ' ').append("\n");
    std::string file("\x93NUMPY\x01\x00", 8);
    file += static_cast<char>(head.size() % 256);
    file += static_cast<char>(head.size() / 256);
    file += head;
    const std::size_t begin = file.size();
    file.resize(begin + y.size() * sizeof(float));
    std::memcpy(file.data() + begin, y.data(), y.size() * sizeof(float));
    return file;
}

// For a pipe, each row is answered before the next one is read; for a file, many are computed at a time. Model:
// nib::model or nib::folded.
template <class Model>
void predict_rows(const nib::context& context, Model& model, Arguments& arguments)
{
    if (model.info().features == 0)
        throw Failure(arguments.model + " is a model of text: this command works on one of a table");
    const Output out(arguments.out);
    check_output(out.path, {arguments.model, arguments.data});
    const bool is_file = is_regular(arguments.data);
    const std::string path = arguments.data == standard_stream ? "/dev/stdin" : arguments.data;
    nib::row_reader rows(model, path, arguments.table.options());
    const Answers answers(model);
    const bool as_array = out.path.ends_with(".npy");
    const std::size_t at_once = is_file ? 4096 : 1, features = static_cast<std::size_t>(model.info().features);
    std::vector<float> x(at_once * features), y(at_once * answers.outputs()), all;
    std::string text = answers.head();
    if (out.is_standard) std::fwrite(text.data(), 1, text.size(), stdout);
    for (;;) {
        const std::int64_t count = rows.next(x);
        const auto some = static_cast<std::size_t>(count);
        model.predict({x.data(), some * features}, count, {y.data(), some * answers.outputs()});
        if (as_array)
            all.insert(all.end(), y.begin(), y.begin() + static_cast<std::ptrdiff_t>(some * answers.outputs()));
        std::string lines;
        for (std::size_t i = 0; i < some && !as_array; ++i) lines += answers.row(y.data() + i * answers.outputs());
        if (out.is_standard) {
            std::fwrite(lines.data(), 1, lines.size(), stdout);
            flush_results();
        } else {
            text += lines;
        }
        if (some < at_once) break;
    }
    if (!out.is_standard) context.write_file(out.path, as_array ? npy(all, answers.outputs()) : text);
}

void predict(Arguments& arguments)
{
    const nib::context context(arguments.threads);
    ModelFile file = load_model_file(context, arguments.model);
    std::visit([&](auto& model) { predict_rows(context, model, arguments); }, file);
}

} // namespace

void add_predict(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("predict", "Print a model's predictions for the rows of a table");
    const auto arguments = std::make_shared<Arguments>(command);
    add_path(command, "MODEL", arguments->model,
             std::string("a model.safetensors of a table, or a folded .nib file") + or_standard_input)
        ->required();
    add_path(
        command, "DATA", arguments->data,
        std::string("table: CSV, .npy, .npz or IDX; columns are matched by name\nif there are names, and the target is "
                    "ignored") +
            or_standard_input)
        ->required();
    add_path(command, "-o,--out", arguments->out,
             std::string("CSV or .npy file: `prediction`, then for classes the\nprobability of each [standard output]"))
        ->type_name("FILE");
    add_threads(command, arguments->threads);
    add_examples(command, {"nib predict table/model.safetensors new.csv",
                           "nib predict table/model.safetensors new.csv -o answers.npy"});
    command.callback([=] { predict(*arguments); });
}

} // namespace nib::cli
