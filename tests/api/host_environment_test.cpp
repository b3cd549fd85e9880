// The floating-point environment of the host program: nib computes the same bits in any, and leaves it unchanged.
#include "api/everything.hpp"

#include <cfenv>
#include <cfloat>
#include <functional>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace nib::test;

namespace {

struct Host {
    const char* name;
    std::function<void()> set; // in the thread that calls it
};

// Settings that a program may make. Exceptions raise signals if the processor supports it.
std::vector<Host> hosts()
{
    std::vector<Host> all = {{"upward", [] { std::fesetround(FE_UPWARD); }},
                             {"downward", [] { std::fesetround(FE_DOWNWARD); }},
                             {"toward zero", [] { std::fesetround(FE_TOWARDZERO); }},
                             {"an exception is up", [] { std::feraiseexcept(FE_UNDERFLOW); }}};
#if defined(__x86_64__)
    all.push_back({"numbers below 2^-126 are zeros", [] { _mm_setcsr(_mm_getcsr() | 0x8040); }});
#elif defined(__aarch64__)
    all.push_back({"numbers below 2^-126 are zeros", [] {
                       unsigned long control;
                       asm volatile("mrs %0, fpcr" : "=r"(control));
                       asm volatile("msr fpcr, %0" : : "r"(control | 1ul << 24));
                   }});
#endif
#if defined(__GLIBC__)
    constexpr int signals = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW | FE_INEXACT;
    if (feenableexcept(signals) >= 0 && fegetexcept() == signals)
        all.push_back({"signals", [] { feenableexcept(signals); }});
    std::fesetenv(FE_DFL_ENV);
#endif
    return all;
}

// Everything that makes up the environment: the rounding, the raised exceptions, those that signal, and the registers.
std::vector<unsigned long> environment()
{
    std::vector<unsigned long> all;
    const auto add = [&](auto number) { all.push_back(static_cast<unsigned long>(number)); };
    add(std::fegetround());
    add(std::fetestexcept(FE_ALL_EXCEPT));
#if defined(__GLIBC__)
    add(fegetexcept());
#endif
#if defined(__x86_64__)
    unsigned short control;
    asm volatile("fnstcw %0" : "=m"(control));
    add(_mm_getcsr());
    add(control);
#elif defined(__aarch64__)
    unsigned long control;
    asm volatile("mrs %0, fpcr" : "=r"(control));
    add(control);
#endif
    return all;
}

// Runs work() in a thread that has set the environment; the OpenMP threads that it starts begin with that one too.
struct Result {
    std::string bytes;
    std::vector<unsigned long> before, after;
};
Result run_in(const Host& host, const std::function<std::string()>& work)
{
    Result result;
    std::thread([&] {
        host.set();
        result.before = environment();
        std::string bytes = work();
        result.after = environment();
        std::fesetenv(FE_DFL_ENV);
        result.bytes = std::move(bytes);
    }).join();
    return result;
}

} // namespace

TEST_CASE("in any floating-point environment, all results have the same bits")
{
    const std::string expected = everything(1);
    REQUIRE(expected.substr(0, 7) != "failed:");
    for (const Host& host : hosts()) {
        for (const int threads : {1, 2, 4}) {
            CAPTURE(host.name, threads);
            const Result result = run_in(host, [&] { return everything(threads); });
            const bool same = result.bytes == expected;
            CHECK(same);
        }
    }
}

TEST_CASE("the host's floating-point environment is found again after each call")
{
    const unique<nib_context> context = new_context(2);
    const unique<nib_dataset> dataset = new_dataset(context.get());
    const unique<nib_model> model = new_model(context.get(), dataset.get());
    const unique<nib_trainer> trainer = new_trainer(context.get(), model.get(), dataset.get(), Recipe().train);
    const std::vector<float> x(100000, 0.3f);
    std::vector<float> y(x.size());
    auto options = sized<nib_train_options>();
    for (const Host& host : hosts()) {
        CAPTURE(host.name);
        const std::pair<const char*, std::function<nib_status()>> calls[] = {
            {"trains", [&] { return nib_trainer_run(trainer.get(), 3, nullptr, nullptr); }},
            {"evaluates",
             [&] {
                 double loss = 0;
                 return nib_model_evaluate(model.get(), dataset.get(), NIB_SPLIT_VAL, &loss);
             }},
            {"a kernel", [&] { return nib_tanh(context.get(), 100000, x.data(), y.data()); }},
            {"throws inside",
             [&] { return nib_preset("no such", nullptr, nullptr) == NIB_OK ? NIB_ERR_STATE : NIB_OK; }},
            {"prints numbers",
             [&] { // in the message that refuses a diverging learning rate
                 nib_trainer* none = nullptr;
                 options = Recipe().train;
                 options.learning_rate = -0.1;
                 return nib_trainer_create(context.get(), model.get(), dataset.get(), &options, &none) == NIB_OK
                            ? NIB_ERR_STATE
                            : NIB_OK;
             }},
            {"no status", [&] { return nib_trainer_learning_rate(trainer.get(), 1) > 0 ? NIB_OK : NIB_ERR_STATE; }},
        };
        for (const auto& each : calls) {
            CAPTURE(each.first);
            nib_status status = NIB_ERR_STATE;
            const Result result = run_in(host, [&] {
                status = each.second();
                return "";
            });
            CHECK(status == NIB_OK);
            CHECK(result.after == result.before);
        }
    }
}

TEST_CASE("threads that OpenMP kept from a run in another environment compute the same bits")
{
    const std::string expected = everything(1);
    bool same[2] = {};
    std::thread([&] {
        std::fesetround(FE_UPWARD);
        const std::string upward = everything(2); // its second thread was started in this environment
        std::fesetenv(FE_DFL_ENV);
        same[0] = upward == expected;
        same[1] = everything(2) == expected;
    }).join();
    CHECK(same[0]);
    CHECK(same[1]);
}
