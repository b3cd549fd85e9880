// Sequences of random calls of every function of nib.h, kernels.h and infer.h. Each is run twice with the same seed,
// and often with another number of threads: both runs must return the same and compute the same bits.
#include "fuzz/calls/session.hpp"
#include "fuzz/items.hpp"
#include "paths.hpp"

#include <fstream>
#include <set>

using namespace nib::fuzz;

namespace {

class Calls final : public Items {
public:
    Calls() { heap().largest = Hooks::largest; }

    void run(std::uint64_t seed, std::int64_t index) override
    {
        const std::uint64_t first = hash_of(seed, index, false);
        require(hash_of(seed, index, true) == first, "both runs of a sequence answer and compute the same");
        ++sequences_;
    }

    std::string summary(bool all) override
    {
        if (all) check_every_function();
        std::int64_t refused = 0;
        for (const auto& [name, counts] : tally_.functions) refused += counts.refused;
        return std::to_string(sequences_) + " sequences twice, " + std::to_string(tally_.calls) + " calls of " +
               std::to_string(tally_.functions.size()) + " functions, " + std::to_string(refused) + " of them refused";
    }

private:
    std::uint64_t hash_of(std::uint64_t seed, std::int64_t index, bool again)
    {
        Session session(materials_, tally_, seed, index, again);
        for (const std::vector<Operation>* operations : all_) {
            for (int i = 0; i < 3; ++i) operations->front()(session);
        }
        for (int i = 0; i < 100; ++i) session.random.any (*session.random.any(all_))(session);
        return session.hash();
    }

    void check_every_function()
    {
        int functions = 0;
        for (const char* list : {"libnib_symbols.txt", "libnib_infer_symbols.txt"}) {
            std::ifstream file(nib::test::source_path(std::string("tests/install/") + list));
            for (std::string name; std::getline(file, name); ++functions) {
                if (tally_.functions[name].ok == 0) std::fprintf(stderr, "%s\n", name.c_str());
                require(tally_.functions[name].ok > 0, "every function of the ABI answers NIB_OK now and then");
            }
        }
        require(functions > 80, "the lists of functions are there");
    }

    Materials materials_;
    Tally tally_;
    std::int64_t sequences_ = 0;
    const std::vector<const std::vector<Operation>*> all_ = {
        &data_operations,   &dataset_operations, &model_operations, &trainer_operations,
        &folded_operations, &kernel_operations,  &infer_operations, &table_operations};
};

} // namespace

int main(int argc, char** argv)
{
    return run_items(argc, argv, []() -> std::unique_ptr<Items> { return std::make_unique<Calls>(); });
}
