// The same headers from C++, in the standard of the program around them.
extern "C" int c_main(int argc, char** argv);

#include <nib/infer.h>
#include <nib/kernels.h>
#include <nib/nib.h>

#include <cstdio>
#include <memory>

struct Destroy {
    void operator()(nib_context* context) const { nib_context_destroy(context); }
};

int main(int argc, char** argv)
{
    nib_context* made = nullptr;
    if (nib_context_create(nullptr, &made) != NIB_OK) return 1;
    const std::unique_ptr<nib_context, Destroy> context(made);
    std::printf("nib %s, %s\n", nib_version(), nib_context_isa(context.get()));
    return c_main(argc, argv);
}
