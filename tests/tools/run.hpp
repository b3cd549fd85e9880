// Runs the program nib as a user does, and keeps its output.
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

// "" if there is no such file.
std::string read_text(const std::string& path);

std::vector<std::string> lines_of(const std::string& text);

struct Result {
    int exit_code; // -1: a signal ended it
    std::string out, err;
};

// Neither stdout nor stderr is a terminal. out: a file to which stdout is written, for example /dev/full, or one of
// those below. in: a file for stdin.
inline constexpr char broken_pipe[] = "|";    // a pipe that nobody reads
inline constexpr char closed_stdout[] = "&-"; // no stdout
Result run_nib(const std::vector<std::string>& arguments, const std::string& out = "",
               const std::string& in = "/dev/null");

// The program while it runs, to send it signals. Its stdout is discarded, its stderr kept.
class Child {
public:
    explicit Child(const std::vector<std::string>& arguments);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child(); // kills it if it still runs

    void send(int signal);

    // Waits until it has ended: its exit code, or minus the signal that ended it.
    int wait();
    std::string err() const;

private:
    Folder folder_;
    int process_;
};

// Sets a variable of the environment for programs that are run while this object lives.
class Variable {
public:
    Variable(const char* name, const std::string& value);
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable(); // unsets it

private:
    const char* name_;
};

// stdout and stderr are one terminal of that width. Ends the program after `redraws` live lines, if that is above 0.
struct Screen {
    int exit_code;
    std::string text;
    double seconds; // from the first live line to the last
};
Screen run_nib_on_terminal(const std::vector<std::string>& arguments, int width, int redraws = 0,
                           const std::string& term = "xterm");

// Checks that the text has the part, and shows the text if not.
void contains(const std::string& text, const std::string& part);

// The end of a live line.
inline constexpr char erase_to_end[] = "\033[K";

} // namespace nib::test
