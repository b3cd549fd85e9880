// Real files of every kind, damaged at random, go to every reader; accepted files are used.
#include "fuzz/files/bytes.hpp"
#include "fuzz/files/doors.hpp"
#include "fuzz/files/folded_edit.hpp"
#include "fuzz/files/safetensors_edit.hpp"
#include "fuzz/items.hpp"

using namespace nib::fuzz;

namespace {

class Files final : public Items {
public:
    void run(std::uint64_t seed, std::int64_t index) override
    {
        Random random(seed, index);
        const Source& source = random.any(doors_.corpus().sources);
        const std::string bytes = mutated(random, source);
        doors_.try_all(random, bytes, source);
        ++files_;
    }

    std::string summary(bool all) override
    {
        std::string text = std::to_string(files_) + " files; accepted by";
        for (const auto& [reader, count] : doors_.accepted()) text += " " + reader + " " + std::to_string(count);
        if (all) require(doors_.accepted().size() == 7, "every reader accepts some");
        return text;
    }

private:
    std::string mutated(Random& random, const Source& source)
    {
        std::string bytes = source.bytes;
        const bool knowing = source.kind != Kind::text && !random.one_in(3), mended = !random.one_in(4);
        if (knowing && source.kind == Kind::folded) {
            for (std::size_t n = 1 + random.below(2); n > 0; --n) edit_folded(random, bytes);
        } else if (knowing) {
            TensorsFile file(bytes);
            for (std::size_t n = random.below(3); n > 0; --n) edit(random, file);
            if (mended) mend(file);
            bytes = file.bytes();
            if (random.one_in(3)) edit_header(random, bytes);
        }
        if (!knowing || random.one_in(8)) {
            for (std::size_t n = 1 + random.below(3); n > 0; --n)
                mutate_bytes(random, bytes, random.any(doors_.corpus().sources).bytes);
        }
        if (source.kind == Kind::folded && mended) mend_folded(bytes, random.one_in(2));
        return bytes;
    }

    FileMemory memory_;
    Doors doors_{memory_};
    std::int64_t files_ = 0;
};

} // namespace

int main(int argc, char** argv)
{
    return run_items(argc, argv, []() -> std::unique_ptr<Items> { return std::make_unique<Files>(); });
}
