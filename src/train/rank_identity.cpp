#include "train/rank_identity.hpp"

#include "base/crc32c.hpp"
#include "base/error.hpp"
#include "io/metadata.hpp"
#include "kernels/table.hpp"
#include "net/model_metadata.hpp"
#include "train/checkpoint_state.hpp"
#include "train/train_metadata.hpp"

#include <cstring>
#include <iterator>
#include <new>
#include <string>
#include <vector>

namespace nib {

namespace {

// The places in RankIdentity::marks.
enum Mark {
    of_version,
    of_kernels,
    of_model_options,
    of_train_options,
    of_format,
    of_data,
    of_numbers,
    of_generator,
    of_optimizer,
    of_step,
    of_examples,
    mark_count
};

// By place: how a rank may differ from rank 0.
constexpr const char* differences[] = {
    "another version of nib",
    "kernels of another kind (NIB_ISA): sse2, without fused multiply-add, or one of the others",
    "another network, input, loss or seed",
    "other training options",
    "another vocabulary, or other columns or classes",
    "another data set",
    "other parameters or running statistics",
    "another random stream",
    "another state of the optimiser",
    "another step",
    "another split, or other examples of it,",
};
static_assert(std::size(differences) == mark_count);

std::uint32_t mark_of(const std::string& text) { return crc32c(text.data(), text.size()); }

std::uint32_t mark_of(std::span<const float> numbers) { return crc32c(numbers.data(), numbers.size_bytes()); }

std::uint32_t mark_of(const Metadata& metadata)
{
    std::string all;
    for (const auto& [key, value] : metadata) all.append(key).append(1, '\n').append(value).append(1, '\n');
    return mark_of(all);
}

template <class Part>
std::uint32_t mark_of_part(void (*put)(const Part&, Metadata&), const Part& part)
{
    Metadata metadata;
    put(part, metadata);
    return mark_of(metadata);
}

std::uint32_t mark_of(const Generator& generator)
{
    std::int32_t numbers[random_size];
    pack_random(generator, numbers);
    return crc32c(numbers, sizeof numbers);
}

// A checksum of the arenas' checksums.
std::uint32_t mark_of(Optimizer& optimizer)
{
    std::vector<std::uint32_t> marks;
    for (const OptimizerArena& arena : optimizer.arenas()) marks.push_back(mark_of(arena.numbers->span()));
    return crc32c(marks.data(), marks.size() * sizeof(std::uint32_t));
}

RankIdentity identity_of(const Model& model, const Dataset& dataset)
{
    const std::uint32_t arenas[] = {mark_of(model.parameters.span()), mark_of(model.running.span())};
    RankIdentity identity;
    identity.marks[of_version] = mark_of(std::string(nib_version()));
    identity.marks[of_kernels] = std::strcmp(kernels::table()->isa, "sse2") == 0 ? 1 : 0;
    identity.marks[of_model_options] = mark_of_part<nib_model_options>(put_options, model.options());
    identity.marks[of_format] = mark_of_part(put_format, model.format);
    identity.marks[of_data] = dataset.checksum();
    identity.marks[of_numbers] = crc32c(arenas, sizeof arenas);
    return identity;
}

std::string of_all(Collective& ranks, const RankIdentity& own)
{
    try {
        std::string all(sizeof(RankIdentity) * static_cast<std::size_t>(ranks.ranks()), '\0');
        if (!ranks.all_gather(&own, sizeof own, all.data()))
            throw Error(NIB_ERR_COMMUNICATION, "%s", ranks.why().c_str());
        return all;
    } catch (const std::bad_alloc&) {
        ranks.abandon("a rank has no memory for the others' records");
        throw;
    }
}

} // namespace

RankIdentity identity_of(const TrainingRun& run)
{
    RankIdentity identity = identity_of(run.model, run.data);
    identity.marks[of_train_options] = mark_of_part<nib_train_options>(put_options, run.options);
    identity.marks[of_generator] = mark_of(run.model.generator);
    identity.marks[of_optimizer] = mark_of(run.optimizer);
    identity.marks[of_step] = static_cast<std::uint32_t>(run.step);
    return identity;
}

RankIdentity identity_of(const Model& model, const Dataset& dataset, nib_split split, Range range)
{
    const std::int64_t place[] = {split, range.first, range.last};
    RankIdentity identity = identity_of(model, dataset);
    identity.marks[of_examples] = crc32c(place, sizeof place);
    return identity;
}

nib_status status_of(const std::exception_ptr& trouble) noexcept
{
    try {
        std::rethrow_exception(trouble);
    } catch (const Error& error) {
        return error.status();
    } catch (const std::bad_alloc&) {
        return NIB_ERR_NO_MEMORY;
    } catch (...) {
        return NIB_ERR_INTERNAL;
    }
}

void compare(Collective& ranks, const RankIdentity& own)
{
    const std::string all = of_all(ranks, own);
    const auto record_of = [&](int rank) {
        RankIdentity identity;
        std::memcpy(&identity, all.data() + sizeof identity * static_cast<std::size_t>(rank), sizeof identity);
        return identity;
    };
    for (int rank = 0; rank < ranks.ranks(); ++rank) {
        const auto status = static_cast<nib_status>(record_of(rank).status);
        if (status != NIB_OK)
            throw Error(status, "rank %d cannot take part (%s): its own message says why", rank,
                        nib_status_string(status));
    }
    const RankIdentity first = record_of(0);
    for (int rank = 1; rank < ranks.ranks(); ++rank) {
        const RankIdentity other = record_of(rank);
        for (std::size_t i = 0; i < std::size(differences); ++i)
            if (other.marks[i] != first.marks[i])
                throw Error(NIB_ERR_MISMATCH, "rank %d has %s than rank 0: expected the same on all %d ranks", rank,
                            differences[i], ranks.ranks());
    }
}

} // namespace nib
