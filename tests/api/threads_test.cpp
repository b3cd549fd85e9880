// Many trainers, many samplers, many more threads than cores.
#include "api/small.hpp"
#include "folder.hpp"
#include "nib/infer.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace nib::test;

namespace {

// The losses of a whole run. It makes no assertions: Catch2's are for one thread.
struct Run {
    std::vector<float> losses;
    nib_status status = NIB_OK;
};

Run run(nib_context* context, const Recipe& recipe)
{
    nib_dataset* dataset = nullptr;
    nib_model* model = nullptr;
    nib_trainer* trainer = nullptr;
    Run result;
    result.losses.resize(static_cast<size_t>(recipe.train.steps));
    result.status = nib_dataset_from_memory(context, small_text, sizeof small_text - 1, "names", nullptr, &dataset);
    if (result.status == NIB_OK) result.status = nib_model_create(context, &recipe.model, dataset, &model);
    if (result.status == NIB_OK) result.status = nib_trainer_create(context, model, dataset, &recipe.train, &trainer);
    if (result.status == NIB_OK)
        result.status = nib_trainer_run(trainer, recipe.train.steps, result.losses.data(), nullptr);
    nib_trainer_destroy(trainer);
    nib_model_destroy(model);
    nib_dataset_destroy(dataset);
    return result;
}

// Memory at the alignment that the engine needs.
struct Aligned {
    explicit Aligned(size_t bytes) : memory(bytes + NIB_INFER_ALIGNMENT), data(memory.data()), size(bytes)
    {
        size_t room = memory.size();
        std::align(NIB_INFER_ALIGNMENT, size, data, room);
    }
    std::vector<char> memory;
    void* data;
    size_t size;
};

Aligned aligned_file(const std::string& path)
{
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    const std::string bytes = text.str();
    Aligned file(bytes.size());
    std::copy(bytes.begin(), bytes.end(), static_cast<char*>(file.data));
    return file;
}

Aligned workspace_of(const Aligned& file)
{
    size_t bytes = 0;
    nib_infer_workspace(file.data, file.size, 1, &bytes);
    return Aligned(bytes);
}

// Items of one sampler on a model that others use at the same time.
std::string items(const nib_infer_model& model, const Aligned& file, uint64_t seed)
{
    nib_infer_sampler_options options{};
    options.struct_size = sizeof options;
    options.struct_size = sizeof options;
    nib_infer_sampler_options_default(&options);
    options.seed = seed;
    const Aligned workspace = workspace_of(file);
    std::vector<char> item(4096 * 4);
    nib_infer_sampler sampler;
    std::string all;
    if (nib_infer_sampler_init(&sampler, &model, &options) != NIB_OK) return "";
    for (int i = 0; i < 50; ++i) {
        size_t length = 0;
        if (nib_infer_sampler_next(&sampler, item.data(), item.size(), &length, workspace.data, workspace.size) !=
            NIB_OK)
            return "";
        all.append(item.data(), length).push_back('\n');
    }
    return all;
}

} // namespace

TEST_CASE("two trainers in two threads at once train as each would alone")
{
    const unique<nib_context> contexts[] = {new_context(2), new_context(2)};
    Recipe recipes[] = {Recipe("lecture-deep"), Recipe("mlp")};
    const Run alone[] = {run(contexts[0].get(), recipes[0]), run(contexts[1].get(), recipes[1])};
    Run together[2];
    for (int round = 0; round < 3; ++round) {
        std::thread other([&] { together[1] = run(contexts[1].get(), recipes[1]); });
        together[0] = run(contexts[0].get(), recipes[0]);
        other.join();
        for (int i = 0; i < 2; ++i) {
            CHECK(together[i].status == NIB_OK);
            CHECK(together[i].losses == alone[i].losses);
        }
    }
}

TEST_CASE("one folded model, sampled by many threads, gives each the items that it would get alone")
{
    const Folder folder;
    const std::string path = folder / "names.nib";
    {
        const unique<nib_context> context = new_context(1);
        const unique<nib_dataset> dataset = new_dataset(context.get());
        const unique<nib_model> model = new_trained_model(context.get(), dataset.get());
        REQUIRE(nib_folded_save(new_folded(model.get()).get(), path.c_str()) == NIB_OK);
    }
    const Aligned file = aligned_file(path);
    size_t bytes = 0;
    REQUIRE(nib_infer_workspace(file.data, file.size, 1, &bytes) == NIB_OK);
    const Aligned workspace(bytes);
    nib_infer_model model;
    REQUIRE(nib_infer_open(file.data, file.size, workspace.data, bytes, &model) == NIB_OK);

    constexpr size_t count = 8;
    std::vector<std::string> together(count);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < count; ++i) threads.emplace_back([&, i] { together[i] = items(model, file, i); });
    for (std::thread& thread : threads) thread.join();
    for (size_t i = 0; i < count; ++i) {
        CHECK(!together[i].empty());
        CHECK(together[i] == items(model, file, i));
    }
}

// Threads without a core sleep while they wait, and must be woken: a lost one would never return.
TEST_CASE("more threads than cores give the losses of one, whatever else runs")
{
    Recipe recipe("lecture-deep");
    recipe.set_network(small_network("lecture-deep", 100));
    recipe.train.batch_size = 32;
    recipe.train.steps = 500;
    const Run one = run(new_context(1).get(), recipe);
    const unique<nib_context> contexts[] = {new_context(8), new_context(8)};
    Run eight[2];
    std::thread other([&] { eight[1] = run(contexts[1].get(), recipe); });
    eight[0] = run(contexts[0].get(), recipe);
    other.join();
    for (const Run& run : eight) {
        CHECK(run.status == NIB_OK);
        CHECK(run.losses == one.losses);
    }
}
