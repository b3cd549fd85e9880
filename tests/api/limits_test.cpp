// Little stack, few threads, little address space: nib returns a status or continues with fewer threads. It ends no
// process and prints nothing, and results have the same bits.
#include "api/everything.hpp"
#include "base/stack.hpp"
#include "folder.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace nib::test;

namespace {

// How a child process ended, what it returned, what anything in it printed, and how many threads it had.
struct Child {
    int status;
    std::string bytes, printed;
    std::ptrdiff_t threads;
};

// This process must not have used OpenMP: a child of a process that has would get one thread.
Child in_child(const std::function<bool()>& limit, const std::function<std::string()>& work)
{
    const Folder folder;
    std::filesystem::permissions(folder / "", std::filesystem::perms::all); // for any user that the child becomes
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int printed = open((folder / "printed").c_str(), O_WRONLY | O_CREAT, 0600);
        if (dup2(printed, STDOUT_FILENO) < 0 || dup2(printed, STDERR_FILENO) < 0) _exit(3);
        std::ofstream result(folder / "result", std::ios::binary);
        std::ofstream threads(folder / "threads");
        alarm(60);
        if (!limit()) _exit(2);
        result << work();
        using Tasks = std::filesystem::directory_iterator;
        threads << std::distance(Tasks("/proc/self/task"), Tasks());
        result.close();
        threads.close();
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    std::ptrdiff_t threads = 0;
    std::ifstream(folder / "threads") >> threads;
    return {status, bytes_of(folder / "result"), bytes_of(folder / "printed"), threads};
}

bool set_limit(int resource, rlim_t most)
{
    const rlimit limit = {most, most};
    return setrlimit(static_cast<__rlimit_resource>(resource), &limit) == 0;
}

// Allows at most this many processes and threads of the user, an id that nobody else uses, not even a test that runs at
// the same time. The limit does not bind root.
bool limit_threads(rlim_t most)
{
    const uid_t nobody = 2100000000 + static_cast<uid_t>(getpid());
    if (getuid() == 0 && setresuid(nobody, nobody, nobody) != 0) return false;
    std::error_code hidden; // another user may see none of a container's files
    if (std::filesystem::temp_directory_path(hidden).empty() || hidden) return false;
    return set_limit(RLIMIT_NPROC, most);
}

std::size_t address_space()
{
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::string trained(int threads)
{
    static const Recipe recipe("mlp");
    try {
        Begun run(threads, recipe);
        return run.train(20) + run.evaluate();
    } catch (const std::exception& problem) {
        return std::string("failed: ") + problem.what();
    }
}

// Runs work() in a thread with a stack of this many bytes, and tells how many of them were touched.
class SmallThread {
public:
    explicit SmallThread(std::size_t bytes) : bytes_(bytes)
    {
        void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(mapped != MAP_FAILED);
        stack_ = static_cast<unsigned char*>(mapped);
    }
    ~SmallThread() { munmap(stack_, bytes_); }
    SmallThread(const SmallThread&) = delete;
    SmallThread& operator=(const SmallThread&) = delete;

    std::size_t run(std::function<void()> work)
    {
        std::memset(stack_, paint, bytes_);
        pthread_attr_t attributes;
        pthread_t thread;
        REQUIRE(pthread_attr_init(&attributes) == 0);
        REQUIRE(pthread_attr_setstack(&attributes, stack_, bytes_) == 0);
        REQUIRE(pthread_create(&thread, &attributes, call, &work) == 0);
        REQUIRE(pthread_join(thread, nullptr) == 0);
        pthread_attr_destroy(&attributes);
        const unsigned char* lowest = std::find_if(stack_, stack_ + bytes_, [](unsigned char c) { return c != paint; });
        return static_cast<std::size_t>(stack_ + bytes_ - lowest);
    }

private:
    static constexpr unsigned char paint = 0xa5;
    static void* call(void* work)
    {
        (*static_cast<std::function<void()>*>(work))();
        return nullptr;
    }

    std::size_t bytes_;
    unsigned char* stack_ = nullptr;
};

constexpr std::size_t KiB = 1024;

} // namespace

// These must run first, while nothing has used OpenMP.
TEST_CASE("where the system gives fewer threads, training goes on with those, to the same bits")
{
    const std::string expected = everything(1);
    REQUIRE(expected.substr(0, 7) != "failed:");
    for (const int threads : {1, 2, 3}) {
        CAPTURE(threads);
        const Child child =
            in_child([&] { return limit_threads(static_cast<rlim_t>(threads)); }, [] { return everything(4); });
        if (WIFEXITED(child.status) && WEXITSTATUS(child.status) == 2) NIB_SKIP("no other user can be taken on");
        CHECK(child.status == 0);
        CHECK(child.printed == "");
        const bool same = child.bytes == expected;
        CHECK(same);
        if (getuid() == 0) CHECK(child.threads == threads); // another user's processes count too
    }
}

TEST_CASE("where there is little address space, training goes on with fewer threads, to the same bits")
{
    const std::string expected = trained(1);
    REQUIRE(expected.substr(0, 7) != "failed:");
    // 64 stacks of 2 to 8 MiB are more than 48 MiB.
    const Child child = in_child([] { return set_limit(RLIMIT_AS, address_space() + (std::size_t{48} << 20)); },
                                 [] { return trained(64); });
    CHECK(child.status == 0);
    CHECK(child.printed == "");
    const bool same = child.bytes == expected;
    CHECK(same);
    CHECK(child.threads > 1);
    CHECK(child.threads < 64);
}

TEST_CASE("no thread uses more stack than nib.h and infer.h say")
{
    SmallThread thread(KiB * KiB);
    const auto used = [&](const std::function<void()>& work) { return thread.run(work) - thread.run([] {}); };
    const Folder folder;
    const unique<nib_context> context = new_context(1);
    const unique<nib_dataset> dataset = new_dataset(context.get());
    const unique<nib_model> model = new_trained_model(context.get(), dataset.get());
    for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8}) {
        auto options = sized<nib_fold_options>();
        REQUIRE(nib_fold_options_default(&options) == NIB_OK);
        options.weights = weights;
        nib_folded* made = nullptr;
        REQUIRE(nib_fold(model.get(), &options, &made) == NIB_OK);
        REQUIRE(nib_folded_save(unique<nib_folded>(made).get(), (folder / "file").c_str()) == NIB_OK);
        const std::string file = bytes_of(folder / "file");
        std::string bytes;
        const std::size_t infer = used([&] { bytes = inferred(file); });
        CAPTURE(weights, infer);
        CHECK(bytes != "");
        CHECK(infer <= 16 * KiB);
    }
    std::string bytes;
    const std::size_t all = used([&] { bytes = everything(1); });
    CAPTURE(all);
    CHECK(bytes.substr(0, 7) != "failed:");
    CHECK(all <= nib::stack_needed);
}

TEST_CASE("a thread with too little stack is told, and one with enough is not")
{
    const unique<nib_context> context = new_context(1);
    const std::vector<float> x(100, 0.5f);
    std::vector<float> y(x.size());
    nib_status status = NIB_OK;
    const auto call = [&] { status = nib_tanh(context.get(), 100, x.data(), y.data()); };
    SmallThread(nib::stack_needed / 2).run(call);
    CHECK(status == NIB_ERR_NO_MEMORY);
    says(context.get(), "too little stack");
    SmallThread(nib::stack_needed + 32 * KiB).run(call); // the C library's own part included
    CHECK(status == NIB_OK);
}
