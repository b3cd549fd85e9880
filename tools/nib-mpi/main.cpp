// The program nib on several processes, by MPI.
#include "engine.h"
#include "failure.hpp"
#include "options.hpp"
#include "program.hpp"

#include <string>

namespace {

class MpiEngine final : public nib::cli::RankEngine {
public:
    explicit MpiEngine(const nib_collective& collective) : collective_(collective) {}

    nib_collective collective() override { return collective_; }
    void set_limit(double seconds) override { mpi_engine_set_limit(seconds); }
    std::string why_failed() const override
    {
        const double late = mpi_engine_late();
        return late == 0 ? "" : "a rank has not answered for " + nib::cli::text_of(late) + " s (--rank-timeout)";
    }

private:
    nib_collective collective_;
};

} // namespace

int main(int argc, char** argv)
{
    auto collective = nib::sized<nib_collective>();
    if (const int error = mpi_engine_begin(&argc, &argv, &collective)) {
        nib::cli::print_error("MPI does not start: error " + std::to_string(error));
        return nib::cli::exit_failed;
    }
    MpiEngine engine(collective);
    nib::cli::Ranks ranks(&engine);
    const int code = nib::cli::run_program(argc, argv, ranks);
    mpi_engine_end(ranks.are_awaited() ? 1 : 0, code);
    return code;
}
