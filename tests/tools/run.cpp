#include "tools/run.hpp"

#include "api/plain.hpp"
#include "catch.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

namespace nib::test {
namespace {

// Becomes the program, run by the emulator that a cross build needs. Uses only what is allowed between fork and exec.
[[noreturn]] void become_nib(std::vector<std::string> arguments)
{
    std::vector<std::string> words;
    std::istringstream command(NIB_COMMAND);
    for (std::string word; std::getline(command, word, '|');) words.push_back(word);
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    execvp(pointers[0], pointers.data());
    _exit(127);
}

int exit_code_of(pid_t child)
{
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void redirect(int from, const std::string& path)
{
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || dup2(file, from) < 0) _exit(126);
}

void redirect_stdout(const std::string& path)
{
    if (path == closed_stdout) {
        close(STDOUT_FILENO);
    } else if (path == broken_pipe) {
        int ends[2];
        if (pipe(ends) != 0 || dup2(ends[1], STDOUT_FILENO) < 0) _exit(126);
        close(ends[0]);
        close(ends[1]);
    } else {
        redirect(STDOUT_FILENO, path);
    }
}

} // namespace

TextFolder::TextFolder() { write_text(names(), small_text); }

void write_text(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

std::string read_text(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
    return text.str();
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

Result run_nib(const std::vector<std::string>& arguments, const std::string& out, const std::string& in)
{
    const Folder folder;
    const std::string out_path = out.empty() ? folder / "out" : out;
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int input = open(in.c_str(), O_RDONLY);
        if (input < 0 || dup2(input, STDIN_FILENO) < 0) _exit(126);
        close(input);
        redirect(STDERR_FILENO, folder / "err");
        redirect_stdout(out_path); // second: if stdout is closed, the next file that is opened would take its number
        become_nib(arguments);
    }
    const int exit_code = exit_code_of(child);
    return {exit_code, out.empty() ? read_text(out_path) : "", read_text(folder / "err")};
}

Child::Child(const std::vector<std::string>& arguments) : process_(fork())
{
    REQUIRE(process_ >= 0);
    if (process_ > 0) return;
    redirect(STDOUT_FILENO, "/dev/null");
    redirect(STDERR_FILENO, folder_ / "err");
    become_nib(arguments);
}

Child::~Child()
{
    if (process_ < 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
}

void Child::send(int signal) { kill(process_, signal); }

int Child::wait()
{
    int status = 0;
    REQUIRE(waitpid(process_, &status, 0) == process_);
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::string Child::err() const { return read_text(folder_ / "err"); }

Variable::Variable(const char* name, const std::string& value) : name_(name) { setenv(name, value.c_str(), 1); }
Variable::~Variable() { unsetenv(name_); }

Screen run_nib_on_terminal(const std::vector<std::string>& arguments, int width, int redraws, const std::string& term)
{
    using Clock = std::chrono::steady_clock;
    winsize size{};
    size.ws_row = 24;
    size.ws_col = static_cast<unsigned short>(width);
    int terminal = -1;
    const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
    REQUIRE(child >= 0);
    if (child == 0) {
        setenv("TERM", term.c_str(), 1);
        become_nib(arguments);
    }
    std::string text;
    Clock::time_point first, last;
    char piece[4096];
    int seen = 0;
    for (ssize_t n = 0; (n = read(terminal, piece, sizeof piece)) > 0;) { // fails when the program has ended
        text.append(piece, static_cast<size_t>(n));
        int now_seen = 0;
        for (size_t at = 0; (at = text.find(erase_to_end, at)) != std::string::npos; ++at) ++now_seen;
        if (now_seen > seen) last = Clock::now();
        if (seen == 0 && now_seen > 0) first = last;
        seen = now_seen;
        if (redraws > 0 && seen >= redraws) kill(child, SIGKILL);
    }
    const int exit_code = exit_code_of(child);
    close(terminal);
    return {exit_code, text, std::chrono::duration<double>(last - first).count()};
}

void contains(const std::string& text, const std::string& part)
{
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
}

} // namespace nib::test
