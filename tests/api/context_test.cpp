#include "api/small.hpp"
#include "folder.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <string>

using namespace nib::test;

namespace {

nib_status create(const nib_context_options& options)
{
    nib_context* context = nullptr;
    const nib_status status = nib_context_create(&options, &context);
    CHECK((context != nullptr) == (status == NIB_OK));
    nib_context_destroy(context);
    return status;
}

// Counts live allocations, and can refuse, or return memory with the wrong alignment.
struct Allocator {
    std::map<void*, size_t> out;
    int calls = 0;
    int refuse_from = std::numeric_limits<int>::max();
    size_t offset = 0;

    static void* allocate(void* user, size_t size, size_t alignment)
    {
        auto& self = *static_cast<Allocator*>(user);
        if (++self.calls > self.refuse_from) return nullptr;
        const size_t whole = (size + 2 * alignment) / alignment * alignment;
        char* memory = static_cast<char*>(std::aligned_alloc(alignment, whole)) + self.offset;
        self.out[memory] = size;
        return memory;
    }
    static void deallocate(void* user, void* memory, size_t size, size_t alignment)
    {
        auto& self = *static_cast<Allocator*>(user);
        CHECK(alignment >= 1);
        REQUIRE(self.out.count(memory) == 1);
        CHECK(self.out[memory] == size);
        self.out.erase(memory);
        std::free(static_cast<char*>(memory) - self.offset);
    }
    nib_context_options options()
    {
        auto options = sized<nib_context_options>();
        options.threads = 1;
        options.allocate = allocate;
        options.deallocate = deallocate;
        options.user = this;
        return options;
    }
};

} // namespace

TEST_CASE("a message that does not fit ends with a whole letter")
{
    const unique<nib_context> context = new_context();
    for (size_t before = 0; before < 3; ++before) {
        std::string path(before, 'x');
        for (int i = 0; i < 300; ++i) path += "\xE2\x82\xAC"; // three bytes
        nib_model* model = nullptr;
        CHECK(nib_model_load(context.get(), path.c_str(), &model) == NIB_ERR_IO);
        const std::string message = nib_context_message(context.get());
        const size_t start = message.find(path.substr(0, before + 3));
        REQUIRE(start != std::string::npos);
        CHECK(message.size() <= 511);
        CHECK(message.size() > 508);
        CHECK((message.size() - start - before) % 3 == 0);
    }
}

TEST_CASE("a context of the defaults")
{
    auto options = sized<nib_context_options>();
    options.threads = 7;
    CHECK(nib_context_options_default(&options) == NIB_OK);
    CHECK(options.threads == 0);
    CHECK(options.allocate == nullptr);

    nib_context* context = nullptr;
    REQUIRE(nib_context_create(nullptr, &context) == NIB_OK);
    const unique<nib_context> owner(context);
    CHECK(nib_context_threads(context) >= 1);
    CHECK(std::string(nib_context_message(context)).empty());
    const std::string isa = nib_context_isa(context);
    if (const char* wanted = std::getenv("NIB_ISA")) CHECK(isa == wanted);
    CHECK((isa == "avx512" || isa == "avx2" || isa == "sse2" || isa == "neon64" || isa == "scalar"));
}

TEST_CASE("threads are what was asked for")
{
    auto options = sized<nib_context_options>();
    options.threads = 3;
    nib_context* context = nullptr;
    REQUIRE(nib_context_create(&options, &context) == NIB_OK);
    const unique<nib_context> owner(context);
    CHECK(nib_context_threads(context) == 3);
}

TEST_CASE("wrong options of a context are refused")
{
    auto options = sized<nib_context_options>();
    CHECK(create(options) == NIB_OK);
    CHECK(nib_context_create(&options, nullptr) == NIB_ERR_INVALID_ARGUMENT);
    for (const int threads : {-1, 1025}) {
        options.threads = threads;
        CHECK(create(options) == NIB_ERR_INVALID_ARGUMENT);
    }
    options.threads = 1;
    options.allocate = Allocator::allocate;
    CHECK(create(options) == NIB_ERR_INVALID_ARGUMENT);
    options.deallocate = Allocator::deallocate;
    CHECK(create(options) == NIB_OK);
    for (const size_t size : {size_t{0}, sizeof options - 1, sizeof options + 8}) {
        options.struct_size = size;
        CHECK(create(options) == NIB_ERR_INVALID_ARGUMENT);
        CHECK(nib_context_options_default(&options) == NIB_ERR_INVALID_ARGUMENT);
    }
    CHECK(nib_context_options_default(nullptr) == NIB_ERR_INVALID_ARGUMENT);
}

TEST_CASE("calls without a context answer without one")
{
    nib_context_destroy(nullptr);
    CHECK(std::string(nib_context_message(nullptr)).empty());
    CHECK(std::string(nib_context_isa(nullptr)).empty());
    CHECK(nib_context_threads(nullptr) == 0);
}

TEST_CASE("a message stays until the next failure, and is cut where it is longer than its place")
{
    const unique<nib_context> context = new_context();
    nib_dataset* dataset = nullptr;
    const std::string path = "/nowhere/" + std::string(2000, 'x');
    CHECK(nib_dataset_load(context.get(), path.c_str(), nullptr, &dataset) == NIB_ERR_IO);
    says(context.get(), "/nowhere/xxx");
    CHECK(std::strlen(nib_context_message(context.get())) < 1000);
    const unique<nib_dataset> fine = new_dataset(context.get());
    says(context.get(), "/nowhere/");
    CHECK_REFUSED(context.get(), nib_dataset_load(context.get(), nullptr, nullptr, &dataset), "path is NULL");
}

TEST_CASE("arrays come from the allocator hooks and go back there")
{
    Allocator allocator;
    {
        const nib_context_options options = allocator.options();
        nib_context* context = nullptr;
        REQUIRE(nib_context_create(&options, &context) == NIB_OK);
        const unique<nib_context> owner(context);
        const unique<nib_dataset> dataset = new_dataset(context);
        const unique<nib_model> model = new_model(context, dataset.get());
        double loss = 0;
        CHECK(nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_VAL, &loss) == NIB_OK);
        CHECK(allocator.out.size() >= 2);
    }
    CHECK(allocator.out.empty());
}

TEST_CASE("an allocator that has no memory left gives NIB_ERR_NO_MEMORY and no leak")
{
    for (int refuse_from = 0; refuse_from < 3; ++refuse_from) {
        Allocator allocator;
        allocator.refuse_from = refuse_from;
        const nib_context_options options = allocator.options();
        nib_context* context = nullptr;
        REQUIRE(nib_context_create(&options, &context) == NIB_OK);
        const unique<nib_context> owner(context);
        nib_dataset* dataset = nullptr;
        CHECK(nib_dataset_from_memory(context, small_text, sizeof small_text - 1, "names", nullptr, &dataset) ==
              NIB_ERR_NO_MEMORY);
        CHECK(dataset == nullptr);
        CHECK(allocator.out.empty());
    }
}

TEST_CASE("memory that is not aligned as asked is given back and refused")
{
    Allocator allocator;
    allocator.offset = 8;
    const nib_context_options options = allocator.options();
    nib_context* context = nullptr;
    REQUIRE(nib_context_create(&options, &context) == NIB_OK);
    const unique<nib_context> owner(context);
    nib_dataset* dataset = nullptr;
    CHECK_REFUSED(context,
                  nib_dataset_from_memory(context, small_text, sizeof small_text - 1, "names", nullptr, &dataset),
                  "multiple of 64");
    CHECK(allocator.out.empty());
}

TEST_CASE("messages are visible text, whatever a file or a path put into them")
{
    const Folder folder;
    const unique<nib_context> context = new_context();
    nib_dataset* dataset = nullptr;
    CHECK(nib_dataset_load(context.get(), (folder / "a\x1b[2J\u202eb").c_str(), nullptr, &dataset) == NIB_ERR_IO);
    CHECK(says(context.get(), "/a\\x1b[2J\\u202eb': No such file"));

    // A tensor whose name and type would write to a terminal's clipboard.
    const std::string json = R"({"\u001b]52;c;cm0gLXJm\u0007":{"dtype":"\u009bF32","shape":[],"data_offsets":[0,4]}})";
    const std::string file = folder / "model",
                      bytes = std::string{static_cast<char>(json.size())} + std::string(7, '\0') + json + "data";
    REQUIRE(nib_write_file(context.get(), file.c_str(), bytes.data(), bytes.size()) == NIB_OK);
    nib_model* model = nullptr;
    CHECK(nib_model_load(context.get(), file.c_str(), &model) == NIB_ERR_FORMAT);
    CHECK(says(context.get(), "tensor '\\x1b]52;c;cm0gLXJm\\x07': dtype '\\u009bF32'"));
}

TEST_CASE("text made visible through the ABI")
{
    char visible[32] = "";
    CHECK(nib_visible_text("a\x1b\u202e\0b", 7, visible, sizeof visible) == 16);
    CHECK(std::string(visible) == "a\\x1b\\u202e\\x00b");
    CHECK(nib_visible_text("a\x1b", 2, nullptr, 0) == 5);
    CHECK(nib_visible_text("a\x1b", 2, visible, 5) == 5);
    CHECK(std::string(visible) == "a");
}

TEST_CASE("a file is written whole, in place of an old one")
{
    const Folder folder;
    const unique<nib_context> context = new_context();
    const std::string file = folder / "file", link = folder / "link";
    const auto content = [&] {
        std::ifstream stream(file, std::ios::binary);
        return std::string{std::istreambuf_iterator<char>(stream), {}};
    };
    CHECK(nib_write_file(context.get(), file.c_str(), "a\0b", 3) == NIB_OK);
    CHECK(content() == std::string("a\0b", 3));
    std::filesystem::create_symlink("file", link);
    CHECK(nib_write_file(context.get(), link.c_str(), "new", 3) == NIB_OK);
    CHECK(std::filesystem::is_symlink(link));
    CHECK(content() == "new");
    CHECK(nib_write_file(context.get(), file.c_str(), nullptr, 0) == NIB_OK);
    CHECK(content().empty());
    CHECK(folder.count() == 2);
    CHECK(nib_write_file(context.get(), (folder / "none/file").c_str(), "new", 3) == NIB_ERR_IO);
    CHECK(says(context.get(), "none/file': No such file or directory"));
}
