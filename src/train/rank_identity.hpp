// Ranks that train or evaluate one model together must have the same version, options, data and numbers: otherwise
// their bits would silently differ.
#pragma once

#include "net/collective.hpp"
#include "net/shares.hpp"
#include "train/checkpoint.hpp"

#include <array>
#include <cstdint>
#include <exception>

namespace nib {

// The record that a rank sends to all others: 64 bytes in every version of nib.
struct RankIdentity {
    std::int32_t status = NIB_OK; // otherwise why this rank cannot take part
    std::array<std::uint32_t, 15> marks{};
};
static_assert(sizeof(RankIdentity) == 64);

// The identity of a run as it is now: checksums of the options, the data, and all that steps change.
RankIdentity identity_of(const TrainingRun& run);

// The identity of an evaluation.
RankIdentity identity_of(const Model& model, const Dataset& dataset, nib_split split, Range range);

// The status of an exception that this rank's part ended with.
nib_status status_of(const std::exception_ptr& trouble) noexcept;

// Gives every rank's record to all. Throws NIB_ERR_COMMUNICATION; a rank's status, naming the rank, if that is another
// one than this; and NIB_ERR_MISMATCH, naming a rank and what it has otherwise than rank 0.
void compare(Collective& ranks, const RankIdentity& own);

// Calls prepare, which returns this rank's identity or throws, on every rank, and compares. Either every rank returns
// or every rank throws, its own exception first.
template <class Prepare>
void agree(Collective& ranks, Prepare prepare)
{
    RankIdentity own;
    std::exception_ptr trouble;
    try {
        own = prepare();
    } catch (...) {
        trouble = std::current_exception();
        own.status = status_of(trouble);
    }
    try {
        compare(ranks, own);
    } catch (...) {
        if (trouble == nullptr) throw;
    }
    if (trouble != nullptr) std::rethrow_exception(trouble);
}

} // namespace nib
