/*
 * nib/nib.hpp: nib/nib.h for C++17. Header-only: link what nib/nib.h needs, nothing more.
 *
 * The way through:  context -> dataset::load -> model -> trainer -> model::save, or model::fold -> folded::save
 *
 * Each class owns one handle of nib/nib.h, which get() gives to its functions: shapes, units, ranges and statuses stand
 * there, at the function that a member is named after. What is added here, for every member:
 *   - Handles end with their objects. Objects move and do not copy; one that was moved from can only be assigned to or
 *     destroyed.
 *   - A status other than NIB_OK is thrown as nib::error, with the status and nib's sentence. Where nothing can be
 * thrown but std::bad_alloc of the standard containers, a member says so by noexcept or by returning a container.
 *   - Structs need no struct_size: what is passed has it set by sized(), and what is returned is filled in.
 *   - Arrays are spans: of a std::vector, std::array, C array, or a pointer and a size. A span that is too small for
 * what is written to it is NIB_ERR_INVALID_ARGUMENT. A context must live longer than what was made in it; a trainer
 * uses its model and data set, a sampler its model. A context and what was made in it are used by one thread at a time.
 */
#ifndef NIB_NIB_HPP
#define NIB_NIB_HPP

#include "nib/nib.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace nib {

// Thrown if a call fails: what() is nib's sentence, or the status in words if there was no context to keep one.
class error : public std::runtime_error {
public:
    error(nib_status status, const std::string& sentence) : std::runtime_error(sentence), status_(status) {}

    nib_status status() const noexcept { return status_; }

private:
    nib_status status_;
};

// Throws unless status is NIB_OK. context: the one whose message says why; may be NULL.
inline void check(nib_status status, const nib_context* context = nullptr)
{
    if (status == NIB_OK) return;
    const char* const sentence = nib_context_message(context);
    throw error(status, *sentence != '\0' ? sentence : nib_status_string(status));
}

// A struct of the ABI with struct_size set and everything else zero.
template <class Struct>
Struct sized()
{
    Struct s{};
    s.struct_size = sizeof s;
    return s;
}

// The default options of each struct that has an X_default function.
template <class Options>
Options defaults()
{
    Options options = sized<Options>();
    if constexpr (std::is_same_v<Options, nib_context_options>)
        check(nib_context_options_default(&options));
    else if constexpr (std::is_same_v<Options, nib_dataset_options>)
        check(nib_dataset_options_default(&options));
    else if constexpr (std::is_same_v<Options, nib_fold_options>)
        check(nib_fold_options_default(&options));
    else if constexpr (std::is_same_v<Options, nib_split_options>)
        check(nib_split_options_default(&options));
    else if constexpr (std::is_same_v<Options, nib_table_options>)
        check(nib_table_options_default(&options));
    else {
        static_assert(std::is_same_v<Options, nib_sampler_options>, "this struct has no function of defaults");
        check(nib_sampler_options_default(&options));
    }
    return options;
}

// Options of a model that own their texts: copies of the texts that they were made from, which need not live on. A text
// that is set afterwards belongs to the caller until the options are copied.
struct model_options : nib_model_options {
    model_options() : model_options(sized<nib_model_options>()) {}
    model_options(const nib_model_options& options) : nib_model_options(options) { own(); }
    // All other options are those of the preset default: model_options("embedding 8, flatten, linear").
    explicit model_options(const std::string& network_text, const std::string& input_text = "symbols")
        : model_options(of_default(network_text.c_str(), input_text.c_str()))
    {
    }
    model_options(const model_options& other) : model_options(static_cast<const nib_model_options&>(other)) {}
    model_options& operator=(const model_options& other)
    {
        nib_model_options::operator=(other);
        own();
        return *this;
    }

private:
    static nib_model_options of_default(const char* network_text, const char* input_text)
    {
        auto options = sized<nib_model_options>();
        check(nib_preset("default", &options, nullptr));
        options.network = network_text;
        options.input = input_text;
        return options;
    }
    void own()
    {
        for (auto [text, kept] : {std::pair(&network, &network_), std::pair(&input, &input_)}) {
            if (*text == nullptr) continue;
            std::string copy(*text); // the text may be stored here already
            kept->swap(copy);
            *text = kept->c_str();
        }
    }

    std::string network_, input_;
};

// A preset's options, to change and to make a model and a trainer from.
struct recipe {
    explicit recipe(const char* preset) { check(nib_preset(preset, &model, &train)); }
    explicit recipe(const std::string& preset) : recipe(preset.c_str()) {}

    nib_model_options model = sized<nib_model_options>();
    nib_train_options train = sized<nib_train_options>();
};

inline std::vector<std::string> preset_names()
{
    std::vector<std::string> names;
    for (std::size_t i = 0; const char* name = nib_preset_name(i); ++i) names.emplace_back(name);
    return names;
}

// The descriptions of a struct's options; of: the ABI's function that returns them.
template <class Options>
std::vector<nib_option_info> option_infos(nib_status (*of)(std::size_t, nib_option_info*))
{
    std::vector<nib_option_info> all;
    auto info = sized<nib_option_info>();
    for (std::size_t i = 0; of(i, &info) == NIB_OK; ++i) {
        if (info.offset < sizeof(Options)) all.push_back(info);
    }
    return all;
}
inline std::vector<nib_option_info> model_option_infos() { return option_infos<nib_model_options>(nib_model_option); }
inline std::vector<nib_option_info> train_option_infos() { return option_infos<nib_train_options>(nib_train_option); }

// Text of any origin, safe to show on a terminal: nib_visible_text.
inline std::string visible(std::string_view text)
{
    std::string result(nib_visible_text(text.data(), text.size(), nullptr, 0) + 1, '\0');
    nib_visible_text(text.data(), text.size(), &result[0], result.size());
    result.pop_back();
    return result;
}

// An array that belongs to someone else. C++17 has no std::span.
template <class T>
class span {
public:
    constexpr span() noexcept = default;
    constexpr span(T* data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t n>
    constexpr span(T (&array)[n]) noexcept : data_(array), size_(n)
    {
    }
    // Accepts any object with data() and size().
    template <class Array,
              class = std::enable_if_t<std::is_convertible_v<decltype(std::declval<Array&>().data()), T*> &&
                                       std::is_convertible_v<decltype(std::declval<Array&>().size()), std::size_t>>>
    constexpr span(Array&& array) noexcept : data_(array.data()), size_(array.size())
    {
    }

    constexpr T* data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }

private:
    T* data_ = nullptr;
    std::size_t size_ = 0;
};

// Ends a handle of any kind.
struct destroyer {
    void operator()(nib_context* handle) const noexcept { nib_context_destroy(handle); }
    void operator()(nib_dataset* handle) const noexcept { nib_dataset_destroy(handle); }
    void operator()(nib_model* handle) const noexcept { nib_model_destroy(handle); }
    void operator()(nib_trainer* handle) const noexcept { nib_trainer_destroy(handle); }
    void operator()(nib_folded* handle) const noexcept { nib_folded_destroy(handle); }
    void operator()(nib_sampler* handle) const noexcept { nib_sampler_destroy(handle); }
    void operator()(nib_row_reader* handle) const noexcept { nib_row_reader_destroy(handle); }
};

// Only an owner, for programs that call the functions of nib/nib.h themselves.
template <class Handle>
using unique = std::unique_ptr<Handle, destroyer>;

namespace detail {

template <class Handle>
class owner {
public:
    Handle* get() const noexcept { return handle_.get(); }

protected:
    owner(nib_context* context, Handle* handle) noexcept : context_(context), handle_(handle) {}

    void check(nib_status status) const { nib::check(status, context_); }

    // An array must have room for everything that is written to it or read from it.
    static void require(bool fits, const char* array)
    {
        if (!fits) throw error(NIB_ERR_INVALID_ARGUMENT, std::string(array) + " has another size than it must have");
    }

    nib_context* context_;

private:
    unique<Handle> handle_;
};

// There may be no bytes, and the ABI accepts no NULL.
inline const char* start(std::string_view bytes) noexcept { return bytes.data() != nullptr ? bytes.data() : ""; }

// make(&handle) is an ABI function that creates a handle.
template <class Handle, class Make>
Handle* made(nib_context* context, Make make)
{
    Handle* handle = nullptr;
    nib::check(make(&handle), context);
    return handle;
}

// A failure here has no context with a message: the one that a user can cause from outside is reported in words.
inline nib_context* made_context(const nib_context_options& options)
{
    nib_context* handle = nullptr;
    const nib_status status = nib_context_create(&options, &handle);
    const char* const isa = std::getenv("NIB_ISA");
    if (status == NIB_ERR_UNSUPPORTED && isa != nullptr)
        throw error(status, "NIB_ISA is " + std::string(isa) + ": this processor or this build does not have it");
    nib::check(status);
    return handle;
}

// The text of one of a handle's elements, returned by an ABI function.
template <class Handle>
std::string text_of(nib_context* context, nib_status (*text)(const Handle*, std::int32_t, const char**),
                    const Handle* handle, std::int32_t index)
{
    const char* found = nullptr;
    nib::check(text(handle, index, &found), context);
    return found;
}

// The text of symbol id, returned by an ABI function.
template <class Handle>
std::string symbol_of(nib_context* context, nib_status (*symbol)(const Handle*, std::int32_t, const char**),
                      const Handle* handle, std::int32_t id)
{
    const char* text = nullptr;
    nib::check(symbol(handle, id, &text), context);
    return std::string(text, std::max<std::size_t>(std::strlen(text), 1));
}

} // namespace detail

class context : public detail::owner<nib_context> {
public:
    // threads: 0 for every core that the process may use.
    explicit context(std::int32_t threads = 0) : context(with_threads(threads)) {}
    // If NIB_ISA names an instruction set that is not available, the sentence says so.
    explicit context(const nib_context_options& options) : context(detail::made_context(options)) {}

    std::int32_t threads() const noexcept { return nib_context_threads(get()); }
    const char* isa() const noexcept { return nib_context_isa(get()); }
    const char* message() const noexcept { return nib_context_message(get()); }

    // Replaces a file: nib_write_file.
    void write_file(const std::string& path, std::string_view bytes) const
    {
        check(nib_write_file(get(), path.c_str(), bytes.data(), bytes.size()));
    }

    // Throws if status, returned by a call of nib/nib.h in this context, is not NIB_OK.
    void check(nib_status status) const { nib::check(status, get()); }

private:
    explicit context(nib_context* handle) noexcept : owner(handle, handle) {}
    static nib_context_options with_threads(std::int32_t threads)
    {
        auto options = defaults<nib_context_options>();
        options.threads = threads;
        return options;
    }
};

// A layer's shapes, from nib_layer_info.
inline span<const std::int64_t> input_shape(const nib_layer_info& layer)
{
    return {layer.in, static_cast<std::size_t>(layer.in_rank)};
}
inline span<const std::int64_t> output_shape(const nib_layer_info& layer)
{
    return {layer.out, static_cast<std::size_t>(layer.out_rank)};
}

class dataset : public detail::owner<nib_dataset> {
public:
    static dataset load(const context& in, const std::string& path,
                        const nib_dataset_options& options = defaults<nib_dataset_options>())
    {
        return make(in, [&](nib_dataset** to) { return nib_dataset_load(in.get(), path.c_str(), &options, to); });
    }
    // Messages use name as a file's.
    static dataset from_memory(const context& in, std::string_view text, const std::string& name = "text",
                               const nib_dataset_options& options = defaults<nib_dataset_options>())
    {
        return make(in, [&](nib_dataset** to) {
            return nib_dataset_from_memory(in.get(), detail::start(text), text.size(), name.c_str(), &options, to);
        });
    }

    static dataset load_table(const context& in, const std::string& path,
                              const nib_table_options& options = defaults<nib_table_options>())
    {
        return make(in, [&](nib_dataset** to) { return nib_dataset_load_table(in.get(), path.c_str(), &options, to); });
    }
    static dataset from_tables(const context& in, const nib_table& train,
                               const nib_split_options& options = defaults<nib_split_options>())
    {
        return make(in, [&](nib_dataset** to) {
            return nib_dataset_from_tables(in.get(), &train, nullptr, nullptr, &options, to);
        });
    }
    // val and test may be null.
    static dataset from_tables(const context& in, const nib_table& train, const nib_table* val, const nib_table* test)
    {
        return make(
            in, [&](nib_dataset** to) { return nib_dataset_from_tables(in.get(), &train, val, test, nullptr, to); });
    }

    nib_dataset_info info() const
    {
        auto info = sized<nib_dataset_info>();
        check(nib_dataset_get_info(get(), &info));
        return info;
    }
    // The symbol of byte 0 in a byte vocabulary is a string of one NUL.
    std::string symbol(std::int32_t id) const { return detail::symbol_of(context_, nib_dataset_symbol, get(), id); }
    // contexts (count, context_length), targets (count); either may be empty and is then not written.
    void examples(nib_split split, std::int64_t first, std::int64_t count, std::int32_t context_length,
                  span<std::int32_t> contexts, span<std::int32_t> targets) const
    {
        const auto rows = static_cast<std::size_t>(count), columns = static_cast<std::size_t>(context_length);
        require(count < 0 || contexts.size() == 0 || contexts.size() == rows * columns, "contexts");
        require(count < 0 || targets.size() == 0 || targets.size() == rows, "targets");
        check(nib_dataset_examples(get(), split, first, count, context_length,
                                   contexts.size() != 0 ? contexts.data() : nullptr,
                                   targets.size() != 0 ? targets.data() : nullptr));
    }
    // x (count, features), classes (count), targets (count, targets) of a table; empty spans are not written.
    void rows(nib_split split, std::int64_t first, std::int64_t count, span<float> x, span<std::int32_t> classes,
              span<float> targets) const
    {
        const auto rows = static_cast<std::size_t>(count);
        const nib_dataset_info of = info();
        const auto fits = [&](std::size_t size, std::int32_t each) {
            return count < 0 || size == 0 || size == rows * static_cast<std::size_t>(each);
        };
        require(fits(x.size(), of.features), "x");
        require(fits(classes.size(), 1), "classes");
        require(fits(targets.size(), of.targets), "targets");
        check(nib_dataset_rows(get(), split, first, count, x.size() != 0 ? x.data() : nullptr,
                               classes.size() != 0 ? classes.data() : nullptr,
                               targets.size() != 0 ? targets.data() : nullptr, nullptr));
    }

private:
    using owner::owner;
    template <class Make>
    static dataset make(const context& in, Make made)
    {
        return dataset(in.get(), detail::made<nib_dataset>(in.get(), made));
    }
};

// An item of a text, and the number of its line, from 1.
struct item {
    std::string_view text;
    std::int64_t line;
};

// The items of a text as a data set reads it, in the order of the text. They point into the text.
inline std::vector<item> items(std::string_view text, nib_encoding encoding = NIB_ENCODING_UTF8)
{
    std::vector<item> all;
    std::size_t at = 0, length = 0;
    std::int64_t line = 0;
    for (const char* found = nullptr;;) {
        check(nib_text_next_item(text.data(), text.size(), encoding, &at, &line, &found, &length));
        if (found == nullptr) return all;
        all.push_back({std::string_view(found, length), line});
    }
}

namespace detail {

// The functions of nib/table.h that models and folded models share.
template <class Handle>
struct table_calls;

template <>
struct table_calls<nib_model> {
    using info = nib_model_info;
    static constexpr auto get_info = nib_model_get_info;
    static constexpr auto column = nib_model_column, class_name = nib_model_class, target = nib_model_target;
    static constexpr auto predict = nib_model_predict;
    static constexpr auto metrics = nib_model_metrics;
};

template <>
struct table_calls<nib_folded> {
    using info = nib_folded_info;
    static constexpr auto get_info = nib_folded_get_info;
    static constexpr auto column = nib_folded_column, class_name = nib_folded_class, target = nib_folded_target;
    static constexpr auto predict = nib_folded_predict;
    static constexpr auto metrics = nib_folded_metrics;
};

// These members are for a model of a table; a model of text refuses them.
template <class Handle>
class predictor : public owner<Handle> {
    using calls = table_calls<Handle>;

public:
    std::string column(std::int32_t index) const { return text_of(this->context_, calls::column, this->get(), index); }
    std::string class_name(std::int32_t index) const
    {
        return text_of(this->context_, calls::class_name, this->get(), index);
    }
    std::string target(std::int32_t index) const { return text_of(this->context_, calls::target, this->get(), index); }

    // x (rows, features), y (rows, outputs).
    void predict(span<const float> x, std::int64_t rows, span<float> y)
    {
        auto of = sized<typename calls::info>();
        this->check(calls::get_info(this->get(), &of));
        const auto count = static_cast<std::size_t>(rows);
        this->require(rows < 0 || x.size() == count * static_cast<std::size_t>(of.features), "x");
        this->require(rows < 0 || y.size() == count * static_cast<std::size_t>(of.outputs), "y");
        this->check(calls::predict(this->get(), x.data(), rows, of.features, y.data()));
    }

    // Arrays that metrics points to are written, too.
    nib_metrics metrics(const dataset& data, nib_split split, nib_metrics metrics = sized<nib_metrics>())
    {
        this->check(calls::metrics(this->get(), data.get(), split, &metrics));
        return metrics;
    }

protected:
    using owner<Handle>::owner;
};

} // namespace detail

class folded : public detail::predictor<nib_folded> {
public:
    static folded load(const context& in, const std::string& path)
    {
        return folded(in.get(), detail::made<nib_folded>(in.get(), [&](nib_folded** to) {
                          return nib_folded_load(in.get(), path.c_str(), to);
                      }));
    }

    // Messages use name as a file's.
    static folded from_memory(const context& in, std::string_view file, const std::string& name = "memory")
    {
        return folded(in.get(), detail::made<nib_folded>(in.get(), [&](nib_folded** to) {
                          return nib_folded_from_memory(in.get(), detail::start(file), file.size(), name.c_str(), to);
                      }));
    }

    void save(const std::string& path) const { check(nib_folded_save(get(), path.c_str())); }
    void export_c(const std::string& prefix, const std::string& path) const
    {
        check(nib_export_c(get(), prefix.c_str(), path.c_str()));
    }
    void export_onnx(const std::string& path) const { check(nib_export_onnx(get(), path.c_str())); }

    nib_folded_info info() const
    {
        auto info = sized<nib_folded_info>();
        check(nib_folded_get_info(get(), &info));
        return info;
    }
    nib_operation_info operation(std::int32_t index) const
    {
        auto info = sized<nib_operation_info>();
        check(nib_folded_operation(get(), index, &info));
        return info;
    }
    std::vector<nib_operation_info> operations() const
    {
        std::vector<nib_operation_info> all(static_cast<std::size_t>(info().operations));
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = operation(static_cast<std::int32_t>(i));
        return all;
    }
    // As dataset::symbol.
    std::string symbol(std::int32_t id) const { return detail::symbol_of(context_, nib_folded_symbol, get(), id); }
    // contexts (count, context_length); the result is (count, vocabulary).
    std::vector<float> logits(span<const std::int32_t> contexts)
    {
        const nib_folded_info sizes = info();
        const auto length = static_cast<std::size_t>(sizes.context_length), count = contexts.size() / length;
        require(contexts.size() == count * length, "contexts");
        std::vector<float> logits(count * static_cast<std::size_t>(sizes.vocabulary));
        if (count > 0)
            check(nib_folded_logits(get(), contexts.data(), static_cast<std::int64_t>(count), logits.data()));
        return logits;
    }
    double evaluate(const dataset& data, nib_split split)
    {
        double loss = 0;
        check(nib_folded_evaluate(get(), data.get(), split, &loss));
        return loss;
    }

    // The file's bytes, for nib_infer_open; they live as long as this object.
    span<const unsigned char> data() const
    {
        const void* bytes = nullptr;
        std::size_t size = 0;
        check(nib_folded_data(get(), &bytes, &size));
        return {static_cast<const unsigned char*>(bytes), size};
    }
    double log_probability(std::string_view item)
    {
        double result = 0;
        check(nib_folded_log_probability(get(), detail::start(item), item.size(), &result));
        return result;
    }

private:
    friend class model;
    friend class row_reader;
    friend class sampler;
    using predictor::predictor;
};

class model : public detail::predictor<nib_model> {
public:
    // A new model for the data set's vocabulary.
    model(const context& in, const nib_model_options& options, const dataset& data)
        : model(in, [&](nib_model** to) { return nib_model_create(in.get(), &options, data.get(), to); })
    {
    }
    static model load(const context& in, const std::string& path)
    {
        return model(in, [&](nib_model** to) { return nib_model_load(in.get(), path.c_str(), to); });
    }

    // Messages use name as a file's.
    static model from_memory(const context& in, std::string_view file, const std::string& name = "memory")
    {
        return model(in, [&](nib_model** to) {
            return nib_model_from_memory(in.get(), detail::start(file), file.size(), name.c_str(), to);
        });
    }

    void save(const std::string& path) const { check(nib_model_save(get(), path.c_str())); }

    // The bytes of the file that save writes; they live until the next call of data, or as long as this object.
    span<const unsigned char> data()
    {
        const void* bytes = nullptr;
        std::size_t size = 0;
        check(nib_model_data(get(), &bytes, &size));
        return {static_cast<const unsigned char*>(bytes), size};
    }
    void export_pytorch(const std::string& path) const { check(nib_export_pytorch(get(), path.c_str())); }
    void load_parameters(const std::string& path, const char* names = nullptr)
    {
        check(nib_model_load_parameters(get(), path.c_str(), names));
    }
    void parameters_from_memory(std::string_view file, const std::string& name = "memory", const char* names = nullptr)
    {
        check(nib_model_parameters_from_memory(get(), detail::start(file), file.size(), name.c_str(), names));
    }

    nib_model_info info() const
    {
        auto info = sized<nib_model_info>();
        check(nib_model_get_info(get(), &info));
        return info;
    }
    nib_model_options options() const
    {
        auto options = sized<nib_model_options>();
        check(nib_model_get_options(get(), &options));
        return options;
    }
    nib_layer_info layer(std::int32_t index) const
    {
        auto info = sized<nib_layer_info>();
        check(nib_model_layer(get(), index, &info));
        return info;
    }
    std::vector<nib_layer_info> layers() const
    {
        std::vector<nib_layer_info> all(static_cast<std::size_t>(info().layers));
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = layer(static_cast<std::int32_t>(i));
        return all;
    }
    // As dataset::symbol.
    std::string symbol(std::int32_t id) const { return detail::symbol_of(context_, nib_model_symbol, get(), id); }
    std::vector<std::int32_t> encode(const std::string& text) const
    {
        std::size_t count = 0;
        check(nib_model_encode(get(), text.c_str(), nullptr, 0, &count));
        std::vector<std::int32_t> ids(count);
        check(nib_model_encode(get(), text.c_str(), ids.data(), ids.size(), &count));
        return ids;
    }

    nib_tensor_info tensor_info(std::int32_t index) const
    {
        auto info = sized<nib_tensor_info>();
        check(nib_model_tensor(get(), index, &info, nullptr));
        return info;
    }
    std::vector<float> tensor(std::int32_t index) const
    {
        nib_tensor_info info = tensor_info(index);
        std::vector<float> values(static_cast<std::size_t>(info.rows * info.columns));
        check(nib_model_tensor(get(), index, &info, values.data()));
        return values;
    }
    void set_tensor(std::int32_t index, span<const float> values)
    {
        const nib_tensor_info info = tensor_info(index);
        require(values.size() == static_cast<std::size_t>(info.rows * info.columns), "values");
        check(nib_model_set_tensor(get(), index, values.data()));
    }

    // Receives what nib_model_copy copies from another model.
    void copy(const model& from) { check(nib_model_copy(from.get(), get())); }

    // contexts (count, context_length); the result is (count, vocabulary).
    std::vector<float> logits(span<const std::int32_t> contexts)
    {
        const auto length = static_cast<std::size_t>(layer(0).in[0]), count = contexts.size() / length;
        require(contexts.size() == count * length, "contexts");
        std::vector<float> logits(count * static_cast<std::size_t>(info().vocabulary));
        if (count > 0) check(nib_model_logits(get(), contexts.data(), static_cast<std::int64_t>(count), logits.data()));
        return logits;
    }
    double evaluate(const dataset& data, nib_split split)
    {
        double loss = 0;
        check(nib_model_evaluate(get(), data.get(), split, &loss));
        return loss;
    }
    // The same over the examples [first, first + count) of the split.
    double evaluate(const dataset& data, nib_split split, std::int64_t first, std::int64_t count)
    {
        double loss = 0;
        check(nib_model_evaluate_range(get(), data.get(), split, first, count, &loss));
        return loss;
    }
    // The same, shared out among ranks.
    double evaluate(const dataset& data, nib_split split, std::int64_t first, std::int64_t count,
                    const nib_collective& collective)
    {
        double loss = 0;
        check(nib_model_evaluate_distributed(get(), data.get(), split, first, count, &collective, &loss));
        return loss;
    }
    double log_probability(std::string_view item)
    {
        double result = 0;
        check(nib_model_log_probability(get(), detail::start(item), item.size(), &result));
        return result;
    }
    void calibrate(const dataset& data, nib_split split) { check(nib_model_calibrate(get(), data.get(), split)); }

    folded fold(const nib_fold_options& options = defaults<nib_fold_options>())
    {
        return folded(context_, detail::made<nib_folded>(
                                    context_, [&](nib_folded** to) { return nib_fold(get(), &options, to); }));
    }

private:
    friend class row_reader;
    friend class sampler;
    template <class Make>
    model(const context& in, Make made) : predictor(in.get(), detail::made<nib_model>(in.get(), made))
    {
    }
};

// The cost of a network before a model exists: nib_plan. The texts are copies.
struct plan {
    plan(const context& in, const nib_model_options& options, std::int32_t outputs,
         const nib_fold_options& fold = defaults<nib_fold_options>())
    {
        auto info = sized<nib_plan_info>();
        in.check(nib_plan(in.get(), &options, outputs, &fold, &info));
        network = info.network;
        input = info.input;
        parameters = info.parameters;
        multiply_adds = info.multiply_adds;
        folded_multiply_adds = info.folded_multiply_adds;
        file_bytes = info.file_bytes;
        workspace_bytes = info.workspace_bytes;
    }

    std::string network, input;
    std::int64_t parameters = 0, multiply_adds = 0, folded_multiply_adds = 0;
    std::size_t file_bytes = 0, workspace_bytes = 0;
};

// The run that a checkpoint was written from.
struct checkpoint {
    checkpoint(const context& in, const std::string& path)
    {
        auto read = sized<nib_model_options>(); // its texts belong to the context
        in.check(nib_checkpoint_read(in.get(), path.c_str(), &step, &read, &train));
        model = read;
    }

    std::int64_t step = 0;
    model_options model;
    nib_train_options train = sized<nib_train_options>();
};

class trainer : public detail::owner<nib_trainer> {
public:
    trainer(const context& in, model& trained, const dataset& data, const nib_train_options& options)
        : owner(in.get(), detail::made<nib_trainer>(in.get(), [&](nib_trainer** to) {
                    return nib_trainer_create(in.get(), trained.get(), data.get(), &options, to);
                }))
    {
    }

    // A trainer of several ranks.
    trainer(const context& in, model& trained, const dataset& data, const nib_train_options& options,
            const nib_collective& collective)
        : owner(in.get(), detail::made<nib_trainer>(in.get(), [&](nib_trainer** to) {
                    return nib_trainer_create_distributed(in.get(), trained.get(), data.get(), &options, &collective,
                                                          to);
                }))
    {
    }

    // Runs count more steps, or as many as are left, and returns how many. losses: count floats, or empty. If this
    // throws NIB_ERR_DIVERGED, losses hold those of the steps that were run: step() minus its value before the call.
    std::int64_t run(std::int64_t count, span<float> losses = {}) { return run(nib_trainer_run, count, losses); }
    // The same, and measures the last of them.
    std::int64_t observe(std::int64_t count, span<float> losses = {})
    {
        return run(nib_trainer_observe, count, losses);
    }

    void save(const std::string& path) { check(nib_trainer_save(get(), path.c_str())); }
    void resume(const std::string& path) { check(nib_trainer_resume(get(), path.c_str())); }

    std::int64_t step() const noexcept { return nib_trainer_step(get()); }
    std::int32_t threads() const noexcept { return nib_trainer_threads(get()); }
    double learning_rate(std::int64_t step) const noexcept { return nib_trainer_learning_rate(get(), step); }

    nib_layer_statistics layer_statistics(std::int32_t index) const
    {
        auto statistics = sized<nib_layer_statistics>();
        check(nib_trainer_layer_statistics(get(), index, &statistics));
        return statistics;
    }
    nib_tensor_statistics tensor_statistics(std::int32_t index) const
    {
        auto statistics = sized<nib_tensor_statistics>();
        check(nib_trainer_tensor_statistics(get(), index, &statistics));
        return statistics;
    }
    nib_histogram histogram(nib_quantity quantity, std::int32_t index) const
    {
        auto histogram = sized<nib_histogram>();
        check(nib_trainer_histogram(get(), quantity, index, &histogram));
        return histogram;
    }
    std::vector<float> values(nib_quantity quantity, std::int32_t index) const
    {
        std::vector<float> values(size_of(quantity, index));
        check(nib_trainer_values(get(), quantity, index, values.data()));
        return values;
    }

private:
    using Run = nib_status (*)(nib_trainer*, std::int64_t, float*, std::int64_t*);

    std::int64_t run(Run how, std::int64_t count, span<float> losses)
    {
        require(count < 0 || losses.size() == 0 || losses.size() >= static_cast<std::size_t>(count), "losses");
        std::int64_t done = 0;
        check(how(get(), count, losses.size() != 0 ? losses.data() : nullptr, &done));
        return done;
    }
    std::size_t size_of(nib_quantity quantity, std::int32_t index) const
    {
        if (quantity == NIB_PARAMETER_GRADIENTS) {
            const nib_tensor_statistics tensor = tensor_statistics(index);
            return static_cast<std::size_t>(tensor.rows * tensor.columns);
        }
        const nib_layer_statistics layer = layer_statistics(index);
        return static_cast<std::size_t>(layer.units) * static_cast<std::size_t>(layer.positions) *
               static_cast<std::size_t>(layer.rows);
    }
};

// Reads the rows of a file for a model of a table, one after the other.
class row_reader : public detail::owner<nib_row_reader> {
public:
    // Model: a model or a folded one. options.schema_of and schema_of_folded are ignored.
    template <class Model>
    row_reader(const Model& of, const std::string& path, nib_table_options options = defaults<nib_table_options>())
        : owner(of.context_, detail::made<nib_row_reader>(of.context_,
                                                          [&](nib_row_reader** to) {
                                                              set_schema(options, of);
                                                              return nib_row_reader_create(of.context_, path.c_str(),
                                                                                           &options, to);
                                                          })),
          features_(static_cast<std::size_t>(of.info().features))
    {
    }

    // Reads as many rows as x has room for, fewer at the end; returns how many.
    std::int64_t next(span<float> x)
    {
        std::int64_t count = 0;
        check(nib_row_reader_next(get(), static_cast<std::int64_t>(x.size() / features_), x.data(), &count));
        return count;
    }

private:
    static void set_schema(nib_table_options& options, const model& of)
    {
        options.schema_of = of.get();
        options.schema_of_folded = nullptr;
    }
    static void set_schema(nib_table_options& options, const folded& of)
    {
        options.schema_of = nullptr;
        options.schema_of_folded = of.get();
    }

    std::size_t features_;
};

class sampler : public detail::owner<nib_sampler> {
public:
    explicit sampler(model& from, const nib_sampler_options& options = defaults<nib_sampler_options>())
        : sampler(from.context_, [&](nib_sampler** to) { return nib_sampler_create(from.get(), &options, to); })
    {
    }
    explicit sampler(folded& from, const nib_sampler_options& options = defaults<nib_sampler_options>())
        : sampler(from.context_, [&](nib_sampler** to) { return nib_sampler_create_folded(from.get(), &options, to); })
    {
    }

    std::string next()
    {
        const char* text = nullptr;
        std::size_t length = 0;
        check(nib_sampler_next(get(), &text, &length));
        return std::string(text, length);
    }

private:
    template <class Make>
    sampler(nib_context* in, Make made) : owner(in, detail::made<nib_sampler>(in, made))
    {
    }
};

} // namespace nib

#endif
