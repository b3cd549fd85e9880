// The processes that train one model together, its ranks. Rank 0 runs nib train as one process does, prints and writes
// files; before each call that all ranks make it tells the others, which make it too.
#pragma once

#include "nib/nib.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <string>

namespace nib::cli {

// The engine that connects the processes: nib-mpi has one.
class RankEngine {
public:
    virtual ~RankEngine() = default;
    virtual nib_collective collective() = 0;
    virtual void set_limit(double seconds) = 0; // of a call's wait; 0: none
    virtual std::string why_failed() const = 0; // in words, if a call has; "": only its error is known
};

class Ranks {
public:
    // engine: nullptr in the program nib, which is one process. It may connect one process alone, too.
    explicit Ranks(RankEngine* engine);

    bool has_engine() const noexcept { return engine_ != nullptr; }
    void set_limit(double seconds) { engine_->set_limit(seconds); }

    bool are_several() const noexcept { return count() > 1; }
    bool is_first() const noexcept { return collective_.rank == 0; }
    int count() const noexcept { return collective_.ranks; }
    int rank() const noexcept { return collective_.rank; }

    // Runs body on every rank. If it throws on one, all throw: rank 0 a Failure with the sentences of those that
    // failed, the others Silent. On one rank alone it is just run.
    template <class Body>
    void together(Body body);

    nib::trainer trainer(const nib::context& context, nib::model& model, const nib::dataset& data,
                         const nib_train_options& options) const;

    // Rank 0, or one alone: makes a call on all ranks.
    std::int64_t run(nib::trainer& trainer, std::int64_t count, bool observed, nib::span<float> losses = {});
    double evaluate(nib::model& model, const nib::dataset& data, nib_split split, std::int64_t first,
                    std::int64_t count);
    double evaluate(nib::model& model, const nib::dataset& data, nib_split split);
    void resume(nib::trainer& trainer, const std::string& path);

    // Rank 0: no more calls follow; the others return from follow(). Does nothing the second time, or if the ranks lost
    // each other.
    void end() noexcept;

    // The other ranks: make the calls that rank 0 tells, until its last. path: of the checkpoint to resume from. Throws
    // nib::error and Failure if the ranks lost each other; of a run that diverges rank 0 decides what follows.
    void follow(nib::trainer& trainer, nib::model& model, const nib::dataset& data, const std::string& path);

    // Whether some ranks may still wait for this one: it must not end as if its work were done.
    bool are_awaited() const noexcept { return are_awaited_; }

private:
    struct Call;
    void tell(const Call& call);
    void share(const std::string& trouble, int exit_code);
    void check(int error, const char* call) const;
    std::string why() const;
    template <class Body>
    auto heard(Body body);
    void make(const Call& call, nib::trainer& trainer, nib::model& model, const nib::dataset& data,
              const std::string& path);

    RankEngine* engine_;
    nib_collective collective_ = sized<nib_collective>();
    bool are_awaited_ = false;
};

// Thrown on a rank whose failure rank 0 tells.
struct Silent {
    int exit_code;
};

// The sentence of the exception that is being handled, and the exit status that goes with it.
struct Trouble {
    std::string sentence;
    int exit_code;
};
Trouble current_trouble();

template <class Body>
void Ranks::together(Body body)
{
    if (!are_several()) return body();
    Trouble trouble{"", 0};
    try {
        body();
    } catch (...) {
        trouble = current_trouble();
    }
    share(trouble.sentence, trouble.exit_code);
}

// Ends the calls of rank 0 with the scope.
class EndOfCalls {
public:
    explicit EndOfCalls(Ranks& ranks) : ranks_(ranks) {}
    EndOfCalls(const EndOfCalls&) = delete;
    EndOfCalls& operator=(const EndOfCalls&) = delete;
    ~EndOfCalls() { ranks_.end(); }

private:
    Ranks& ranks_;
};

} // namespace nib::cli
