// Runs the program nib as a user does, and keeps what it wrote.
#pragma once

#include "folder.hpp"

#include <string>
#include <vector>

namespace nib::test {

// A folder for a test case with a small text in it.
class TextFolder : public Folder {
public:
    TextFolder();
    std::string names() const { return *this / "names.txt"; }
};

void write_text(const std::string& path, const std::string& text);

// "" where there is no such file.
std::string read_text(const std::string& path);

std::vector<std::string> lines_of(const std::string& text);

struct Result {
    int exit_code; // -1: a signal ended it
    std::string out, err;
};

// Neither stdout nor stderr is a terminal. out: a file to write stdout to, for example /dev/full, or one of those
// below. in: a file for stdin.
inline constexpr char broken_pipe[] = "|";    // a pipe that nobody reads
inline constexpr char closed_stdout[] = "&-"; // none
Result run_nib(const std::vector<std::string>& arguments, const std::string& out = "",
               const std::string& in = "/dev/null");

// The program at work, to be sent signals. Its stdout is thrown away, its stderr kept.
class Child {
public:
    explicit Child(const std::vector<std::string>& arguments);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child(); // kills it, if it is still there

    void send(int signal);

    // Until it has ended: its exit code, or minus the signal that ended it.
    int wait();
    std::string err() const;

private:
    Folder folder_;
    int process_;
};

// A variable of the environment, in programs that are run while this lives.
class Variable {
public:
    Variable(const char* name, const std::string& value);
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable(); // it is gone then

private:
    const char* name_;
};

// Both are one terminal of that width. Ends the program when `redraws` live lines were seen, if it is above 0.
struct Screen {
    int exit_code;
    std::string text;
    double seconds; // from the first live line to the last
};
Screen run_nib_on_terminal(const std::vector<std::string>& arguments, int width, int redraws = 0,
                           const std::string& term = "xterm");

// Checks that the text has the part, and shows the text where not.
void contains(const std::string& text, const std::string& part);

// What a live line ends with.
inline constexpr char erase_to_end[] = "\033[K";

} // namespace nib::test
