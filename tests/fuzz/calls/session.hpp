// A sequence of random calls of the C ABI: the objects to call with, and the checks after every call.
#pragma once

#include "api/plain.hpp"
#include "folder.hpp"
#include "fuzz/calls/hooks.hpp"
#include "fuzz/calls/odd.hpp"
#include "fuzz/fuzz.hpp"
#include "fuzz/heap.hpp"
#include "fuzz/random.hpp"
#include "nib/infer.h"
#include "nib/kernels.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace nib::fuzz {

// All bytes of a file; none if the file does not exist, nor for a folder, from which a stream throws.
inline std::vector<char> bytes_of(const std::string& path)
{
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return {};
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A handle, or a model opened in the caller's memory. It is ended before the objects that it uses.
struct Entry {
    virtual ~Entry() = default;
    virtual const char* destroy() = 0; // the name of the function that it called, or NULL

    std::vector<const Entry*> uses;
};

struct Context : Entry {
    const char* destroy() override;

    nib_context* handle = nullptr;
    std::unique_ptr<Hooks> hooks; // or none: the C++ heap
};

// A handle made in a context.
template <class Handle>
struct Made : Entry {
    Handle* handle = nullptr;
    Context* context = nullptr;
};

struct Dataset : Made<nib_dataset> {
    const char* destroy() override;
    nib_dataset_info info{};
};

struct Model : Made<nib_model> {
    const char* destroy() override;
    nib_model_options options{};
    nib_model_info info{};
    // Only sensible numbers have gone into it, so its results are finite.
    bool tame = false;
};

struct Trainer : Made<nib_trainer> {
    const char* destroy() override;
    Model* model = nullptr;
    nib_train_options options{};
    bool tame = false;
};

struct FoldedModel : Made<nib_folded> {
    const char* destroy() override;
    nib_folded_info info{};
    bool tame = false;
};

struct Sampler : Made<nib_sampler> {
    const char* destroy() override;
};

// An opened model of nib/infer.h, over a copy of a file.
struct Opened : Entry {
    const char* destroy() override;
    Buffer<char> file, workspace;
    nib_infer_model model{};
    nib_infer_info info{};
};

struct OpenedSampler : Entry {
    const char* destroy() override;
    const Opened* opened = nullptr;
    nib_infer_sampler sampler{};
    std::int32_t max_length = 0;
};

// The functions that were called, and how often with NIB_OK or with another status.
struct Tally {
    struct Counts {
        std::int64_t ok = 0, refused = 0;
    };
    std::map<std::string, Counts> functions;
    std::int64_t calls = 0;
};

// Files that exist from the start, and one folded model of each kind in memory.
struct Materials {
    Materials();

    test::Folder folder;
    std::vector<Buffer<char>> folded;
    std::vector<std::string> readable; // paths, of all kinds
    std::vector<std::string> slots;    // paths that are written to and read
};

class Session {
public:
    // again: the second run, with other numbers of threads unless memory fails in this sequence.
    Session(const Materials& materials, Tally& tally, std::uint64_t seed, std::int64_t index, bool again);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    Random random;
    const Materials& materials;

    bool odd() { return random.one_in(oddness_); }
    std::int32_t threads();
    std::string path_to_read();
    std::string path_to_write();

    template <class T>
    T* some()
    {
        std::vector<T*> found;
        for (const auto& entry : entries_) {
            if (auto* as = dynamic_cast<T*>(entry.get())) found.push_back(as);
        }
        return found.empty() ? nullptr : random.any(found);
    }
    template <class T>
    std::size_t count() const
    {
        std::size_t n = 0;
        for (const auto& entry : entries_) n += dynamic_cast<T*>(entry.get()) != nullptr;
        return n;
    }
    void keep(std::unique_ptr<Entry> entry) { entries_.push_back(std::move(entry)); }
    void end(const Entry* entry);

    // A valid argument, or now and then NULL, which the call must refuse.
    template <class Pointer>
    Pointer needed(Pointer pointer)
    {
        if (pointer != nullptr && !odd()) return pointer;
        wrong_ = true;
        return nullptr;
    }
    template <class T>
    auto handle_of(T* entry) -> decltype(entry->handle)
    {
        return needed(entry != nullptr ? entry->handle : nullptr);
    }
    void expect_refusal() { wrong_ = true; }
    // The value, or one of those that the call must refuse.
    template <class Number>
    Number within(Number value, std::initializer_list<Number> beyond)
    {
        if (!odd()) return value;
        wrong_ = true;
        return random.of(beyond);
    }
    template <class Enum>
    Enum one_of(std::initializer_list<Enum> values)
    {
        if (!odd()) return random.of(values);
        wrong_ = true;
        return test::unknown<Enum>(random.of({-1, static_cast<int>(values.size()), 77, INT_MAX, INT_MIN}));
    }

    // To be called before and after the call.
    void begin(const char* function, Context* context);
    nib_status ended(nib_status status, std::initializer_list<nib_status> also);
    // Counts a call of a function that returns no status.
    void note(const char* function);

    void mix(const void* bytes, std::size_t size);
    template <class T>
    void mix(const T& value)
    {
        mix(&value, sizeof value);
    }
    void mix(const std::string& text) { mix(text.data(), text.size()); }
    std::uint64_t hash() const noexcept { return hash_; }
    void check(bool condition, const char* what) const;

private:
    Tally& tally_;
    std::size_t oddness_; // one of this many arguments is wrong
    bool failing_;        // memory fails now and then
    bool other_threads_;
    std::vector<std::unique_ptr<Entry>> entries_;
    std::uint64_t hash_ = 0xcbf29ce484222325u;

    const char* function_ = "";
    Context* context_ = nullptr;
    bool wrong_ = false;
};

// An output that a call writes only if it returns NIB_OK.
template <class T>
class Output {
public:
    explicit Output(Session& session) : session_(session)
    {
        std::memset(static_cast<void*>(&value), 0xa5, sizeof value);
        if constexpr (requires { value.struct_size; }) {
            const std::size_t right = sizeof value;
            value.struct_size = session.within<std::size_t>(right, {0, 1, right - 1, right + 1, SIZE_MAX});
        }
        std::memcpy(&before_, &value, sizeof value);
    }
    T* pointer() { return session_.needed(&value); }
    void check(nib_status status) const
    {
        session_.check(status == NIB_OK || std::memcmp(&before_, &value, sizeof value) == 0,
                       "what a refused call would have written is as before");
    }

    T value;

private:
    Session& session_;
    T before_;
};

// A call with everything around it. context: the Context whose message tells of it, or nullptr; also: a list in
// parentheses of the statuses that nib.h names beside those of any call.
#define NIB_ALSO(...)                                                                                                  \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define NIB_CALL(session, context, also, function, ...)                                                                \
    ((session).begin(#function, context), (session).ended(function(__VA_ARGS__), NIB_ALSO also))

// Each makes a call, or a few; the first of a list makes a handle that the others need.
using Operation = void (*)(Session&);
extern const std::vector<Operation> data_operations, dataset_operations, model_operations, trainer_operations,
    folded_operations, kernel_operations, infer_operations, table_operations;

} // namespace nib::fuzz
