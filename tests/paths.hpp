// The places of files that tests read.
#pragma once

#include <cstdlib>
#include <string>

namespace nib::test {

inline std::string source_path(const std::string& relative) { return std::string(NIB_SOURCE_DIR "/") + relative; }

// The lecture's names.txt, or null if the environment does not name it.
inline const char* lecture_path()
{
    const char* path = std::getenv("NIB_LECTURE_NAMES");
    return path != nullptr && *path != '\0' ? path : nullptr;
}
inline constexpr const char* no_lecture = "NIB_LECTURE_NAMES does not name the lecture's names.txt";

} // namespace nib::test
