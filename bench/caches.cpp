#include "caches.hpp"

#include <fstream>
#include <string>

namespace nib::bench {

namespace {

template <class T>
T content(const std::string& path)
{
    T value{};
    std::ifstream(path) >> value;
    return value;
}

// Reads one entry of the first processor's caches: a level, its contents, and a size such as 512K.
void read_entry(const std::string& folder, Caches& caches)
{
    const int level = content<int>(folder + "level");
    const double bytes = 1024 * content<double>(folder + "size");
    if (bytes <= 0 || content<std::string>(folder + "type") == "Instruction") return;
    if (level == 1) caches.first = bytes;
    if (level == 2) caches.second = bytes;
    if (level == 3) caches.third = bytes;
}

} // namespace

const Caches& cache_sizes()
{
    static const Caches sizes = [] {
        Caches caches;
        for (const char* index : {"0", "1", "2", "3"})
            read_entry(std::string("/sys/devices/system/cpu/cpu0/cache/index") + index + "/", caches);
        return caches;
    }();
    return sizes;
}

} // namespace nib::bench
