#include "report.hpp"

#include "checkup.hpp"
#include "commands.hpp"
#include "failure.hpp"
#include "report_data.hpp"
#include "report_template.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

namespace nib::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t picture_bytes = 1'500'000; // of all runs' histograms: the page stays below 3 MB

struct Arguments {
    std::vector<std::string> folders;
    std::string out;
};

// Of a folder, for the page: its last part.
std::string name_of_folder(const std::string& folder)
{
    std::error_code ignored;
    fs::path path = fs::weakly_canonical(folder, ignored);
    if (ignored) path = folder;
    return path.has_filename() ? path.filename().string() : folder;
}

// As it can stand in an element <script type="application/json">: "<" occurs in JSON only inside strings.
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

const char* word(Health health)
{
    switch (health) {
    case Health::good:
        return "good";
    case Health::bad:
        return "bad";
    case Health::unknown:
        break;
    }
    return "unknown";
}

// None of a run whose metrics the doctor cannot read: the page shows what there is.
Json checks_of(const std::string& folder)
{
    Json checks = Json::array();
    try {
        for (const Verdict& each : check_up(read_metrics(folder))) {
            checks.push_back({{"check", each.check},
                              {"health", word(each.health)},
                              {"measured", each.measured},
                              {"healthy", each.healthy},
                              {"advice", each.advice}});
        }
    } catch (const Failure&) {
        checks.clear();
    }
    return checks;
}

void write_atomically(const std::string& path, const std::string& text)
{
    const std::string temporary = path + ".tmp";
    std::ofstream file(temporary, std::ios::binary);
    file << text;
    file.close();
    std::error_code error;
    if (file) fs::rename(temporary, path, error);
    if (file && !error) return;
    fs::remove(temporary, error);
    throw Failure("cannot write " + path);
}

void report(const Arguments& arguments)
{
    std::string out = arguments.out;
    if (out.empty()) {
        if (arguments.folders.size() > 1) throw Failure("-o FILE is needed for the report of several runs", exit_usage);
        out = (fs::path(arguments.folders.front()) / "report.html").string();
    }
    write_report(arguments.folders, out);
    note("wrote %s", out.c_str());
}

} // namespace

void write_report(const std::vector<std::string>& folders, const std::string& path)
{
    Json data;
    data["runs"] = Json::array();
    for (const std::string& folder : folders) {
        Json run = read_run(folder, picture_bytes / folders.size());
        run["name"] = name_of_folder(folder);
        run["checks"] = checks_of(folder);
        data["runs"].push_back(std::move(run));
    }
    write_atomically(path, std::string(report_before_data) + embedded(data) + std::string(report_after_data));
}

void add_report(CLI::App& app)
{
    CLI::App& command = *app.add_subcommand("report", "Make report.html of training runs");
    const auto arguments = std::make_shared<Arguments>();
    command.add_option("DIR", arguments->folders, "folders that nib train wrote; several are laid over each other")
        ->required()
        ->type_name("");
    command.add_option("-o,--out", arguments->out, "the page; needed for several runs [DIR/report.html]")
        ->type_name("FILE");
    command.callback([=] { report(*arguments); });
}

} // namespace nib::cli
