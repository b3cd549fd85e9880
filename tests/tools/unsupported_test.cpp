// File systems without a sync or without modes, like network and FUSE mounts: writing there does not fail for that.
#include "catch.hpp"
#include "tools/faults.hpp"
#include "tools/kill.hpp"

#include <cerrno>
#include <string>

using namespace nib::test;

TEST_CASE("what a file system does not support does not fail a run or a fold")
{
    const TextFolder folder;
    const struct {
        const char* call;
        int error;
    } lacks[] = {{"fsync", ENOTSUP}, {"fsync", ENOSYS}, {"fsync", EINVAL}, {"chmod", EPERM}, {"chmod", ENOTSUP}};
    for (const auto& [call, error] : lacks) {
        CAPTURE(call, error);
        const Fault fault(folder, call, 0, error);
        const Result trained =
            run_nib(run_of(folder, "run", {"--steps", "20", "--checkpoint-every", "10", "--overwrite"}));
        INFO(trained.err);
        CHECK(trained.exit_code == 0);
        const Result folded =
            run_nib({"fold", folder / "run/model.safetensors", folder.names(), "-o", folder / "x.nib"});
        INFO(folded.err);
        CHECK(folded.exit_code == 0);
        CHECK(fault.came());
    }
}

TEST_CASE("a sync or a mode that fails for another reason is a failure")
{
    const TextFolder folder;
    REQUIRE(run_nib(run_of(folder, "run", {"--steps", "20"})).exit_code == 0);
    for (const char* call : {"fsync", "chmod"}) {
        CAPTURE(call);
        const Fault fault(folder, call, 1, EIO);
        const Result result = run_nib(run_of(folder, "run", {"--steps", "20", "--overwrite"}));
        CHECK(result.exit_code == 1);
        contains(result.err, "checkpoint.safetensors': Input/output error");
    }
}
