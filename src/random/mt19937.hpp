// The Mersenne Twister, with a state that can be stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nib {

// MT19937 of Matsumoto and Nishimura (1998), the source of random numbers that PyTorch and Python use too. std::mt19937
// gives the same words, but its state can be read only as text through iostreams, and it cannot be seeded by a key as
// Python does. Copying the object copies the stream. One thread at a time.
class Mt19937 {
public:
    static constexpr std::size_t state_size = 624;

    // The whole state of the generator, plain data for a checkpoint. position counts the words already taken out of
    // this block, 0..624.
    struct State {
        std::uint32_t words[state_size];
        std::uint32_t position;
    };

    // The authors' init_genrand, used by PyTorch's manual_seed and std::mt19937's constructor.
    explicit Mt19937(std::uint32_t seed) noexcept;

    // The authors' init_by_array, used by Python's random.seed. key holds at least one word; an int below 2^32 is one
    // word.
    static Mt19937 from_key(std::span<const std::uint32_t> key) noexcept;

    // Continues where state() was taken. Throws NIB_ERR_FORMAT for a position above 624.
    static Mt19937 from_state(const State& state);

    // The next word, uniform over 0..2^32-1.
    std::uint32_t operator()() noexcept
    {
        if (state_.position == state_size) next_block();
        std::uint32_t word = state_.words[state_.position++];
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c5680u;
        word ^= (word << 15) & 0xefc60000u;
        return word ^ (word >> 18);
    }

    const State& state() const noexcept { return state_; }

private:
    void next_block() noexcept;

    State state_;
};

} // namespace nib
