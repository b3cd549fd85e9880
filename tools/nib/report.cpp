#include "report.hpp"

#include "commands.hpp"
#include "failure.hpp"
#include "files.hpp"
#include "help.hpp"
#include "metrics/reader.hpp"
#include "options.hpp"
#include "report_data.hpp"
#include "report_template.hpp"
#include "streams.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

namespace nib::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t picture_bytes = 1'500'000; // for all runs' histograms: the page stays below 3 MB

struct Arguments {
    std::vector<std::string> folders;
    std::string out;
};

std::string last_part(const std::string& folder)
{
    std::error_code ignored;
    fs::path path = fs::weakly_canonical(folder, ignored);
    if (ignored) path = folder;
    return path.has_filename() ? path.filename().string() : folder;
}

// The name that a folder has on the page: its last part, or the whole path if two folders end alike.
std::string name_of_folder(const std::string& folder, const std::vector<std::string>& folders)
{
    const std::string name = last_part(folder);
    const auto same =
        std::count_if(folders.begin(), folders.end(), [&](const auto& f) { return last_part(f) == name; });
    return same > 1 ? folder : name;
}

// The JSON in a form that can stand in <script type="application/json">: "<" occurs in JSON only inside strings.
std::string embedded(const Json& data)
{
    std::string text;
    for (const char c : data.dump(-1, ' ', false, Json::error_handler_t::replace)) {
        if (c == '<')
            text += "\\u003c";
        else
            text += c;
    }
    return text;
}

// Refuses a folder that is given twice: its two curves could not be told apart.
void check_twice(const std::vector<std::string>& folders)
{
    std::error_code ignored;
    for (auto each = folders.begin(); each != folders.end(); ++each) {
        const auto before = std::find_if(folders.begin(), each,
                                         [&](const auto& other) { return fs::equivalent(*each, other, ignored); });
        if (before != each) throw Failure(*before + " and " + *each + " are the same folder", exit_usage);
    }
}

void report(const Arguments& arguments)
{
    std::string given = arguments.out;
    if (given.empty()) {
        if (arguments.folders.size() > 1) throw Failure("-o FILE is needed for the report of several runs", exit_usage);
        given = (fs::path(arguments.folders.front()) / "report.html").string();
        check_own_file(given);
    }
    const Output out(given);
    check_twice(arguments.folders);
    for (const std::string& folder : arguments.folders) check_output(out.path, {metrics_path(folder)});
    write_report(nib::context(1), arguments.folders, out.path);
    note("wrote %s", out.name());
}

} // namespace

void write_report(const nib::context& context, const std::vector<std::string>& folders, const std::string& path)
{
    Json data;
    data["runs"] = Json::array();
    for (const std::string& folder : folders) {
        Json run = read_run(folder, picture_bytes / folders.size());
        run["name"] = name_of_folder(folder, folders);
        data["runs"].push_back(std::move(run));
    }
    std::string page(report_before_data);
    page.append(embedded(data)).append(report_after_data);
    context.write_file(path, page);
}

void add_report(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("report", "Make report.html of training runs");
    const auto arguments = std::make_shared<Arguments>();
    add_path(command, "DIR", arguments->folders, "folders that nib train wrote; several are laid over each other")
        ->required();
    add_path(command, "-o,--out", arguments->out,
             std::string("the page; needed for several runs [DIR/report.html]") + or_standard_output)
        ->type_name("FILE");
    add_examples(command, {"nib report run", "nib report run table -o both.html"});
    command.callback([=] { report(*arguments); });
}

} // namespace nib::cli
