#include "fuzz/files/doors.hpp"

#include "fuzz/files/strict.hpp"
#include "fuzz/files/uses.hpp"
#include "fuzz/heap.hpp"

#include <algorithm>
#include <fstream>

namespace nib::fuzz {

nib_context_options FileMemory::options()
{
    auto options = sized<nib_context_options>();
    options.threads = 1;
    options.user = this;
    options.allocate = [](void* user, std::size_t size, std::size_t alignment) {
        auto& self = *static_cast<FileMemory*>(user);
        self.live += size;
        return self.memory.allocate(size, alignment);
    };
    options.deallocate = [](void* user, void* block, std::size_t size, std::size_t alignment) {
        auto& self = *static_cast<FileMemory*>(user);
        self.live -= size;
        self.memory.deallocate(block, size, alignment);
    };
    return options;
}

namespace {

nib_context* new_context(FileMemory& memory)
{
    const nib_context_options options = memory.options();
    nib_context* context = nullptr;
    require_ok(nib_context_create(&options, &context));
    return context;
}

// The limit for one allocation, and for all live ones, of the hooks and of the library itself. A byte of JSON may take
// 60; rows are padded to 16 floats, workspaces are 64 contexts wide; finding the symbols of a text takes 2.2 MB, and
// the table of a folded model may have 1 MiB.
std::size_t most_memory(std::size_t file) { return 256 * file + (std::size_t{4} << 20); }

} // namespace

Doors::Doors(FileMemory& memory)
    : memory_(memory),
      context_(new_context(memory)),
      corpus_(context_.get()),
      path_(corpus_.folder / "file"),
      second_path_(corpus_.folder / "second")
{
}

bool Doors::answers(const char* reader, nib_status status, std::initializer_list<nib_status> refusals)
{
    if (status == NIB_OK) {
        ++accepted_[reader];
        return true;
    }
    const std::string message = nib_context_message(context_.get());
    const bool known = std::find(refusals.begin(), refusals.end(), status) != refusals.end();
    const bool named = message.find(path_) != std::string::npos;
    if (!known || !named)
        std::fprintf(stderr, "%s: status %d, '%s'\n", reader, static_cast<int>(status), message.c_str());
    require(known, "the status is one that the header names for a file");
    require(named, "the sentence names the file");
    return false;
}

void Doors::try_all(Random& random, const std::string& bytes, const Source& source)
{
    const Run& run = corpus_.runs[source.run];
    std::ofstream(path_, std::ios::binary) << bytes;
    const std::size_t live = memory_.live, heap_before = heap().bytes;
    memory_.memory.allow(most_memory(bytes.size()));
    heap().peak = heap().bytes;
    load_model(random, bytes);
    load_parameters(random, run);
    resume(run, bytes);
    read_checkpoint();
    load_folded(bytes);
    open_folded(bytes);
    if (source.kind == Kind::text || random.one_in(8)) load_text(bytes);
    memory_.memory.allow(SIZE_MAX);
    require(memory_.live == live, "all memory of the hooks is given back");
    const std::size_t peak = heap().peak - heap_before;
    if (peak > most_memory(bytes.size())) std::fprintf(stderr, "%zu bytes for a file of %zu\n", peak, bytes.size());
    require(peak <= most_memory(bytes.size()), "no more memory is out than the file has reason to ask for");
}

void Doors::load_model(Random& random, const std::string& bytes)
{
    nib_model* model = nullptr;
    const nib_status status = nib_model_load(context_.get(), path_.c_str(), &model);
    if (!answers("nib_model_load", status, {NIB_ERR_FORMAT, NIB_ERR_MISMATCH})) return;
    const unique<nib_model> owner(model);
    require_sound_model(model, bytes);
    use_model(random, context_.get(), model, second_path_);
}

void Doors::load_parameters(Random& random, const Run& run)
{
    nib_model* model = run.model.get();
    const std::uint32_t before = fingerprint(model);
    const nib_status status = nib_model_load_parameters(model, path_.c_str(), nullptr);
    if (!answers("nib_model_load_parameters", status, {NIB_ERR_FORMAT, NIB_ERR_MISMATCH}))
        return require(fingerprint(model) == before, "after an error the model is as before");
    use_model(random, context_.get(), model, second_path_);
    require_ok(nib_trainer_resume(run.trainer.get(), run.checkpoint.c_str()));
    require(fingerprint(model) == before, "a checkpoint brings back the model");
}

void Doors::resume(const Run& run, const std::string& bytes)
{
    const std::uint32_t before = fingerprint(run.model.get());
    const std::int64_t step = nib_trainer_step(run.trainer.get());
    const nib_status status = nib_trainer_resume(run.trainer.get(), path_.c_str());
    if (answers("nib_trainer_resume", status, {NIB_ERR_FORMAT, NIB_ERR_MISMATCH})) {
        require_sound_checkpoint(bytes);
        use_trainer(run, second_path_);
        require_ok(nib_trainer_resume(run.trainer.get(), run.checkpoint.c_str()));
    }
    require(fingerprint(run.model.get()) == before && nib_trainer_step(run.trainer.get()) == step,
            "after an error trainer and model are as before");
}

void Doors::read_checkpoint()
{
    auto model = sized<nib_model_options>();
    auto train = sized<nib_train_options>();
    std::int64_t step = 0;
    const nib_status status = nib_checkpoint_read(context_.get(), path_.c_str(), &step, &model, &train);
    if (!answers("nib_checkpoint_read", status, {NIB_ERR_FORMAT})) return;
    require(step >= 0 && step <= train.steps, "a step is one of the run");
    require_sound_options(model, train);
}

void Doors::load_folded(const std::string& bytes)
{
    nib_folded* folded = nullptr;
    const nib_status status = nib_folded_load(context_.get(), path_.c_str(), &folded);
    folded_accepted_ = answers("nib_folded_load", status, {NIB_ERR_FORMAT});
    if (!folded_accepted_) return;
    const unique<nib_folded> owner(folded);
    use_folded(context_.get(), folded, bytes, second_path_);
}

void Doors::open_folded(const std::string& bytes)
{
    const bool opens = use_in_place(bytes);
    if (opens) ++accepted_["nib_infer_open"];
    require(opens || !folded_accepted_, "what nib_folded_load takes, nib_infer_open takes");
}

void Doors::load_text(const std::string& bytes)
{
    auto options = sized<nib_dataset_options>();
    require_ok(nib_dataset_options_default(&options));
    for (const nib_encoding encoding : {NIB_ENCODING_UTF8, NIB_ENCODING_BYTES}) {
        options.encoding = encoding;
        nib_dataset* dataset = nullptr;
        const nib_status status =
            nib_dataset_from_memory(context_.get(), bytes.data(), bytes.size(), path_.c_str(), &options, &dataset);
        if (!answers("nib_dataset_from_memory", status, {NIB_ERR_DATA})) continue;
        const unique<nib_dataset> owner(dataset);
        use_dataset(context_.get(), dataset);
    }
}

} // namespace nib::fuzz
