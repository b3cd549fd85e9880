// Folded models in the caller's memory.
#include "fuzz/calls/session.hpp"

#include <algorithm>

namespace nib::fuzz {

const char* Opened::destroy() { return nullptr; }
const char* OpenedSampler::destroy() { return nullptr; }

namespace {

Buffer<char> copy_of(const Buffer<char>& file)
{
    return fuzz::copy_of(reinterpret_cast<const std::uint8_t*>(file.data()), file.size(),
                         std::pmr::new_delete_resource());
}

// A valid workspace, or one that must be refused.
struct Space {
    Space(Session& s, const Opened* opened) : status(NIB_OK), memory(nullptr), bytes(0)
    {
        if (opened == nullptr) return;
        memory = s.needed(const_cast<char*>(opened->workspace.data()));
        bytes = opened->workspace.size();
        if (memory == nullptr || !s.odd()) return;
        status = NIB_ERR_WORKSPACE;
        if (s.random.one_in(2)) {
            bytes = s.random.of<std::size_t>({0, 1, 63});
        } else {
            const std::size_t shift = s.random.of({1, 4, 32});
            memory += shift;
            bytes -= shift;
        }
    }

    nib_status status;
    char* memory;
    std::size_t bytes;
};

// Checks the status of a call with a workspace, which must do no work with an invalid one.
void check_workspace(Session& s, const Space& space, nib_status status)
{
    s.check(space.status == NIB_OK || status != NIB_OK, "a workspace that will not do is refused");
}

void infer_workspace(Session& s)
{
    const Buffer<char> file = copy_of(s.random.any(s.materials.folded));
    const char* at = s.needed(file.data());
    std::size_t size = file.size();
    if (s.odd()) size = s.random.below(size);
    const auto batch = s.within<std::size_t>(s.random.of<std::size_t>({1, 2, 64, 65, SIZE_MAX}), {0});
    Output<std::size_t> bytes(s);
    const nib_status status =
        NIB_CALL(s, nullptr, (NIB_ERR_FORMAT), nib_infer_workspace, at, size, batch, bytes.pointer());
    bytes.check(status);
    if (status == NIB_OK) s.mix(bytes.value);
}

void infer_open(Session& s)
{
    if (s.count<Opened>() == 4) return;
    auto made = std::make_unique<Opened>();
    made->file = copy_of(s.random.any(s.materials.folded));
    std::size_t bytes = 0;
    const std::size_t batch = s.random.of<std::size_t>({1, 32, 64});
    require(nib_infer_workspace(made->file.data(), made->file.size(), batch, &bytes) == NIB_OK, "a file's workspace");
    made->workspace = Buffer<char>(bytes, std::pmr::new_delete_resource());
    bool damaged = s.odd();
    if (damaged) s.random.any(made->file) ^= static_cast<char>(1 << s.random.below(8));
    const Space space(s, made.get());
    char* file = s.needed(made->file.data());
    std::size_t size = made->file.size();
    if (file != nullptr && s.odd()) {
        damaged = true;
        const std::size_t shift = s.random.of({1, 4, 64});
        file += shift;
        size -= shift;
    }
    nib_infer_model* to = s.needed(&made->model);
    const nib_status status = NIB_CALL(s, nullptr, (NIB_ERR_FORMAT, NIB_ERR_WORKSPACE), nib_infer_open, file, size,
                                       space.memory, space.bytes, to);
    check_workspace(s, space, status);
    s.check(!damaged || status != NIB_OK, "a damaged file is refused");
    if (status != NIB_OK) return;
    made->info.struct_size = sizeof made->info;
    require(nib_infer_get_info(&made->model, &made->info) == NIB_OK, "an opened model has information");
    s.keep(std::move(made));
}

void infer_set_isa(Session& s)
{
    Opened* opened = s.some<Opened>();
    nib_infer_model* model = s.needed(opened != nullptr ? &opened->model : nullptr);
    const char* isa = s.needed(s.random.of<const char*>({"scalar", "sse2", "avx2", "avx512", "neon64", "", "x", "%n"}));
    NIB_CALL(s, nullptr, (NIB_ERR_UNSUPPORTED), nib_infer_set_isa, model, isa);
    s.mix(std::string(nib_infer_isa(model)));
    s.note("nib_infer_isa");
}

void infer_get_info(Session& s)
{
    const Opened* opened = s.some<Opened>();
    const nib_infer_model* model = s.needed(opened != nullptr ? &opened->model : nullptr);
    Output<nib_infer_info> info(s);
    const nib_status status = NIB_CALL(s, nullptr, (), nib_infer_get_info, model, info.pointer());
    info.check(status);
    if (status == NIB_OK) s.mix(info.value.multiply_adds);
}

void infer_logits(Session& s)
{
    const Opened* opened = s.some<Opened>();
    const nib_infer_model* model = s.needed(opened != nullptr ? &opened->model : nullptr);
    const std::int32_t vocabulary = opened != nullptr ? opened->info.vocabulary : 1;
    const auto length = static_cast<std::size_t>(opened != nullptr ? opened->info.context_length : 1);
    const std::size_t count = s.random.of<std::size_t>({0, 1, 2, 7, 70});
    std::vector<std::int32_t> contexts(count * length);
    for (std::int32_t& id : contexts) {
        id = static_cast<std::int32_t>(s.random.below(static_cast<std::size_t>(vocabulary)));
        if (contexts.size() < 8) id = s.within(id, {-1, vocabulary, INT_MAX, INT_MIN});
    }
    std::vector<float> logits(count * static_cast<std::size_t>(vocabulary), 0.25f);
    const std::vector<float> before = logits;
    const std::int32_t* from = count > 0 ? s.needed(contexts.data()) : nullptr;
    float* to = count > 0 ? s.needed(logits.data()) : nullptr;
    const Space space(s, opened);
    const nib_status status =
        NIB_CALL(s, nullptr, (NIB_ERR_WORKSPACE), nib_infer_logits, model, from, count, to, space.memory, space.bytes);
    if (count > 0) check_workspace(s, space, status);
    s.check(status == NIB_OK || logits == before, "logits of a refused call are as before");
    for (const float logit : logits) s.check(std::isfinite(logit), "a sensible model's logits are finite");
    s.mix(logits.data(), logits.size() * sizeof(float));
}

void infer_log_probability(Session& s)
{
    const Opened* opened = s.some<Opened>();
    const nib_infer_model* model = s.needed(opened != nullptr ? &opened->model : nullptr);
    const char* text = s.random.of<const char*>({"", "emma", "isabella", "caf\xc3\xa9", "\xff", "x%n"});
    const std::size_t length = std::strlen(text);
    const char* given = length == 0 ? nullptr : s.needed(text);
    Output<double> probability(s);
    double* to = probability.pointer();
    const Space space(s, opened);
    const nib_status status = NIB_CALL(s, nullptr, (NIB_ERR_MISMATCH, NIB_ERR_WORKSPACE), nib_infer_log_probability,
                                       model, given, length, to, space.memory, space.bytes);
    check_workspace(s, space, status);
    probability.check(status);
    if (status == NIB_OK) s.mix(probability.value);
}

void infer_sampler_options_default(Session& s)
{
    auto options = sized<nib_infer_sampler_options>();
    NIB_CALL(s, nullptr, (), nib_infer_sampler_options_default, s.needed(&options));
}

nib_infer_sampler_options sampler_options(Session& s)
{
    auto o = sized<nib_infer_sampler_options>();
    o.seed = s.random.next();
    o.temperature = s.random.of({0.3f, 1.0f, 2.0f});
    o.max_length = s.random.of({1, 5, 20});
    o.start = s.random.of<const char*>({nullptr, nullptr, "", "em", "a", "X%n", "\xff"});
    o.struct_size = s.within<std::size_t>(sizeof o, {0, 8, sizeof o - 1, sizeof o + 1, SIZE_MAX});
    if (s.odd()) make_one_odd(s.random, o.temperature, o.max_length);
    return o;
}

void infer_sampler_init(Session& s)
{
    if (s.count<OpenedSampler>() == 3) return;
    auto made = std::make_unique<OpenedSampler>();
    const Opened* opened = s.some<Opened>();
    const nib_infer_model* model = s.needed(opened != nullptr ? &opened->model : nullptr);
    const nib_infer_sampler_options options = sampler_options(s);
    const nib_infer_sampler_options* given = s.needed(&options);
    nib_infer_sampler* to = s.needed(&made->sampler);
    const nib_status status = NIB_CALL(s, nullptr, (NIB_ERR_MISMATCH), nib_infer_sampler_init, to, model, given);
    if (status != NIB_OK) return;
    made->opened = opened;
    made->max_length = options.max_length;
    made->uses = {opened};
    s.keep(std::move(made));
}

void infer_sampler_next(Session& s)
{
    OpenedSampler* sampler = s.some<OpenedSampler>();
    nib_infer_sampler* handle = s.needed(sampler != nullptr ? &sampler->sampler : nullptr);
    const Opened* opened = sampler != nullptr ? sampler->opened : nullptr;
    const auto room =
        static_cast<std::size_t>(sampler != nullptr ? sampler->max_length * opened->info.symbol_bytes : 1);
    std::vector<char> text(room);
    const auto capacity = s.within<std::size_t>(room, {0, room - 1});
    Output<std::size_t> length(s);
    char* to = s.needed(text.data());
    std::size_t* told = length.pointer();
    const Space space(s, opened);
    const nib_status status = NIB_CALL(s, nullptr, (NIB_ERR_WORKSPACE), nib_infer_sampler_next, handle, to, capacity,
                                       told, space.memory, space.bytes);
    check_workspace(s, space, status);
    length.check(status);
    if (status == NIB_OK) s.mix(text.data(), length.value);
}

void infer_sample(Session& s)
{
    const Opened* opened = s.some<Opened>();
    const nib_infer_model* model = s.needed(opened != nullptr ? &opened->model : nullptr);
    const nib_infer_sampler_options options = sampler_options(s);
    const nib_infer_sampler_options* given = s.needed(&options);
    const std::size_t count = s.random.of<std::size_t>({0, 1, 5, 40});
    const auto symbols = static_cast<std::size_t>(std::clamp(options.max_length, 0, 5000));
    const std::size_t stride =
        std::max<std::size_t>(symbols * static_cast<std::size_t>(opened != nullptr ? opened->info.symbol_bytes : 1), 1);
    std::vector<char> text(count * stride);
    std::vector<std::uint32_t> lengths(count);
    char* to = count > 0 ? s.needed(text.data()) : nullptr;
    std::uint32_t* told = count > 0 ? s.needed(lengths.data()) : nullptr;
    std::uint64_t first = s.random.below(50);
    if (s.odd()) make_odd(s.random, first);
    const Space space(s, opened);
    const nib_status status = NIB_CALL(s, nullptr, (NIB_ERR_MISMATCH, NIB_ERR_WORKSPACE), nib_infer_sample, model,
                                       given, first, count, to, stride, told, space.memory, space.bytes);
    if (count > 0) check_workspace(s, space, status);
    if (status == NIB_OK) s.mix(lengths.data(), lengths.size() * sizeof(std::uint32_t));
    for (std::size_t i = 0; status == NIB_OK && i < count; ++i) {
        s.check(lengths[i] <= stride, "an item fits its place");
        s.mix(text.data() + i * stride, lengths[i]);
    }
}

} // namespace

const std::vector<Operation> infer_operations = {infer_open,
                                                 infer_workspace,
                                                 infer_open,
                                                 infer_set_isa,
                                                 infer_get_info,
                                                 infer_logits,
                                                 infer_log_probability,
                                                 infer_sampler_options_default,
                                                 infer_sampler_init,
                                                 infer_sampler_next,
                                                 infer_sampler_next,
                                                 infer_sample};

} // namespace nib::fuzz
