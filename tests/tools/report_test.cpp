// nib report, and its data made from metrics.jsonl.
#include "catch.hpp"
#include "tools/run.hpp"

#include "../tools/nib/report_data.hpp"
#include "../tools/nib/thin.hpp"

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace nib::test;
using nib::cli::Point;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t plenty = 1'000'000;

std::string histogram()
{
    std::string density;
    for (int i = 0; i < 100; ++i) density += i == 0 ? "1" : i == 50 ? ",4" : ",1";
    return R"("histogram":{"min":-1.0,"max":1.0,"density":[)" + density + "]}";
}

std::string step_record(int step, const std::string& loss)
{
    return R"({"type":"step","step":)" + std::to_string(step) + R"(,"loss":)" + loss +
           R"(,"learning_rate":0.1,"seconds":0.5})" + "\n";
}

std::string stats_record(int step)
{
    const std::string layer = R"({"name":"4","kind":"tanh","mean":0.123456789,"std":0.6,)";
    const std::string figures =
        R"("std":0.2,"gradient_mean":0.001,"gradient_std":0.01,"grad_data":0.05,"update_data":)";
    const auto parameter = [&](const char* name, const char* shape, const char* update) {
        return std::string(R"({"name":")") + name + R"(","shape":)" + shape + R"(,"mean":0.0,)" + figures + update +
               "," + histogram() + "}";
    };
    return R"({"type":"stats","step":)" + std::to_string(step) + R"(,"activations":[)" + layer +
           R"("saturated":0.02,"dead":1,"units":20,)" + histogram() + R"(}],"gradients":[)" + layer + histogram() +
           R"(}],"parameters":[)" + parameter("2.weight", "[20,30]", "-3.1") + "," +
           parameter("2.bias", "[20]", "-1.0") + "," + parameter("5.weight", "[27,20]", "null") + "]}\n";
}

// The data that the page holds.
Json data_of(const std::string& page)
{
    const std::string begin = R"(<script type="application/json" id="data">)";
    const std::size_t at = page.find(begin) + begin.size();
    REQUIRE(page.find(begin) != std::string::npos);
    return Json::parse(page.substr(at, page.find("</script>", at) - at));
}

struct Run {
    explicit Run(const std::string& metrics) { write(metrics); }
    void write(const std::string& metrics)
    {
        std::filesystem::create_directories(path);
        write_text(path + "/metrics.jsonl", metrics);
    }
    TextFolder folder;
    std::string path = folder / "run";
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("indices are spread evenly, ends among them")
{
    using nib::cli::chosen;
    CHECK(chosen(0, 5).empty());
    CHECK(chosen(1, 5) == std::vector<std::size_t>{0});
    CHECK(chosen(3, 5) == std::vector<std::size_t>{0, 1, 2});
    CHECK(chosen(101, 3) == std::vector<std::size_t>{0, 50, 100});
    CHECK(chosen(10, 0) == std::vector<std::size_t>{0, 9});
}

TEST_CASE("a thinned curve keeps its start, its end, its lowest and its highest point")
{
    std::vector<Point> points;
    for (int i = 0; i < 200'000; ++i) points.push_back({static_cast<double>(i), 2 + std::sin(i * 0.7)});
    points[123'456].y = 50;
    points[150'001].y = -50;
    points[77'777].y = std::numeric_limits<double>::quiet_NaN();
    const std::vector<Point> thin = nib::cli::envelope(points);
    CHECK(thin.size() <= 200 + 2 * 600);
    bool highest = false, lowest = false;
    for (std::size_t i = 0; i < thin.size(); ++i) {
        highest |= thin[i].x == 123'456 && thin[i].y == 50;
        lowest |= thin[i].x == 150'001 && thin[i].y == -50;
        CHECK(std::isfinite(thin[i].y));
        if (i > 0) CHECK(thin[i - 1].x < thin[i].x);
        if (i < 200) CHECK(thin[i].x == static_cast<double>(i));
    }
    CHECK(highest);
    CHECK(lowest);
    CHECK(thin.back().x > 199'000);
    CHECK(nib::cli::envelope({points.begin(), points.begin() + 1400}).size() == 1400);
}

TEST_CASE("smoothing begins at the first point and follows the mean")
{
    std::vector<Point> points;
    for (int i = 0; i < 10'000; ++i) points.push_back({static_cast<double>(i), i % 2 == 0 ? 1.0 : 3.0});
    const std::vector<Point> smooth = nib::cli::smoothed(points);
    CHECK(smooth.size() <= 200 + 601);
    CHECK(smooth.front().y == 1.0);
    for (std::size_t i = 200; i < smooth.size(); ++i) CHECK(smooth[i].y == Approx(2).margin(0.02));
    // A fall over the first hundred of steps that are recorded rarely afterwards is not smeared over those.
    points.resize(100);
    for (Point& point : points) point.y = 20 - 0.1 * point.x;
    for (int i = 2; i < 1000; ++i) points.push_back({i * 100.0, 3});
    for (const Point& point : nib::cli::smoothed(points))
        CHECK(point.y == Approx(point.x < 100 ? 20 - 0.1 * point.x : 3).margin(1));
    CHECK(nib::cli::smoothed({}).empty());
    CHECK(nib::cli::smoothed({{0, 5}}).front().y == 5);
}

TEST_CASE("what a run's metrics become")
{
    const Run run(R"({"type":"run","version":"0.1.0","steps":3,"data":{"vocabulary":27},)"
                  R"("model":{"network":"embedding 2, residual(linear | linear 3), tanh"}})"
                  "\n" +
                  step_record(0, "3.25") + stats_record(0) + step_record(1, "null") + stats_record(2) +
                  step_record(2, "2.5") +
                  R"({"type":"validation","step":1,"val":2.75})"
                  "\n" +
                  R"({"type":"validation","step":3,"val":2.5})"
                  "\n" +
                  R"({"type":"best","step":3,"val":2.3982468})"
                  "\n" +
                  R"({"type":"evaluation","step":3,"train":2.4002976,"val":2.3982468})"
                  "\n" +
                  R"({"type":"samples","step":3,"items":["carpah"]})"
                  "\n" +
                  R"({"type":"end","step":3,"seconds":1.5})"
                  "\n");
    const Json data = nib::cli::read_run(run.path, plenty);
    CHECK(data["run"]["data"]["vocabulary"] == 27);
    CHECK(data["words"] == Json::parse(R"({"0":"embedding","1.0":"linear","1.shortcut.0":"linear","1":"residual",)"
                                       R"("2":"tanh"})"));
    CHECK(data["loss"] == Json::parse("[[0.0,3.25],[2.0,2.5]]")); // the step whose loss was not finite is left out
    CHECK(data["learning_rate"].size() == 3);
    CHECK(data["update_data"]["names"] == Json::parse(R"(["2.weight","5.weight"])"));
    CHECK(data["update_data"]["steps"] == Json::parse("[0,2]"));
    CHECK(data["update_data"]["values"] == Json::parse("[[-3.1,null],[-3.1,null]]"));
    REQUIRE(data["pictures"].size() == 2);
    const Json& picture = data["pictures"][1];
    CHECK(picture["step"] == 2);
    CHECK(picture["weights"].size() == 2);
    const Json& frame = picture["activations"][0];
    CHECK(frame["mean"] == 0.12346);
    CHECK(frame["dead"] == 1);
    CHECK(frame["peak"] == 4);
    // Bins of a quarter of the highest: 64 of 255, "@" in base64 three times; the 51st bin ends such a group.
    CHECK(frame["bins"].get<std::string>().substr(0, 8) == "QEBAQEBA");
    CHECK(frame["bins"].get<std::string>().substr(64, 8) == "QED/QEBA");
    CHECK(frame["bins"].get<std::string>().size() == 136);
    CHECK(data["evaluation"]["val"] == 2.3982468);
    CHECK(data["validation"] == Json::parse("[[1.0,2.75],[3.0,2.5]]"));
    CHECK(data["best"] == Json::parse(R"({"step":3,"val":2.3982468})"));
    CHECK(data["samples"] == Json::parse(R"(["carpah"])"));
    CHECK(data["seconds"] == 1.5);
}

TEST_CASE("a last line that was cut is left out, another one is an error")
{
    const std::string whole = step_record(0, "3.25") + stats_record(0);
    for (const std::string& next : {step_record(1, "3.5"), stats_record(1)}) {
        for (const std::size_t size : {std::size_t{1}, next.size() / 2, next.size() - 2}) {
            const Run run(whole + next.substr(0, size));
            const Json data = nib::cli::read_run(run.path, plenty);
            CHECK(data["loss"].size() == 1);
            CHECK(data["pictures"].size() == 1);
        }
    }
    Run run(step_record(0, "3.25") + "{\"type\":\"step\"\n" + step_record(2, "3"));
    Result result = run_nib({"report", run.path});
    CHECK(result.exit_code == 1);
    CHECK(has(result.err, "metrics.jsonl:2"));
    run.write(step_record(0, "3.25") + "{\"type\":\"stats\",\n");
    CHECK(run_nib({"report", run.path}).exit_code == 1);
}

TEST_CASE("missing records are no error")
{
    for (const std::string metrics : {"", "{}\n", "{\"type\":\"run\"}\n", "{\"type\":\"stats\",\"step\":0}\n",
                                      "{\"type\":\"later\"}\n", "{\"type\":\"samples\"}\n"}) {
        INFO(metrics);
        const Run run(metrics);
        const Result result = run_nib({"report", run.path});
        CHECK(result.exit_code == 0);
        const Json data = data_of(read_text(run.path + "/report.html"));
        CHECK(data["runs"][0]["name"] == "run");
        CHECK(data["runs"][0]["loss"].empty());
        CHECK(data["runs"][0]["checks"].empty());
    }
}

TEST_CASE("histograms are of as many steps as fit, ends among them")
{
    std::string metrics;
    for (int step = 0; step < 500; ++step) metrics += stats_record(step);
    const Run run(metrics);
    const auto pictures = [&](std::size_t bytes) { return nib::cli::read_run(run.path, bytes)["pictures"]; };
    CHECK(pictures(plenty).size() == 120);
    CHECK(pictures(30'000).dump().size() < 31'000);
    CHECK(pictures(30'000).size() > 20);
    CHECK(pictures(0).size() == 2);
    CHECK(pictures(30'000).front()["step"] == 0);
    CHECK(pictures(30'000).back()["step"] == 499);
    CHECK(nib::cli::read_run(run.path, 0)["update_data"]["steps"].size() == 400);
}

TEST_CASE("records of statistics without histograms give their update:data alone")
{
    std::string without = stats_record(1);
    for (std::size_t at = 0; (at = without.find(",\"histogram\"")) != std::string::npos;)
        without.erase(at, without.find(']', at) + 2 - at);
    const Run run(stats_record(0) + without + stats_record(2) +
                  R"({"type":"diverged","step":3,"message":"the loss of step 3 is not finite"})" + "\n");
    const Json data = nib::cli::read_run(run.path, plenty);
    CHECK(data["update_data"]["values"].size() == 3);
    REQUIRE(data["pictures"].size() == 2);
    CHECK(data["pictures"][1]["step"] == 2);
    CHECK(data["diverged"]["step"] == 3);
}

TEST_CASE("saturation maps that would be too much are counted")
{
    const std::string map = R"({"type":"saturation","step":0,"layer":"4","units":1,"rows":1,"bits":")";
    const Run run(map + "gA==\"}\n" + map + std::string(500'000, 'A') + "\"}\n" + map + "AA==\"}\n");
    const Json data = nib::cli::read_run(run.path, plenty);
    CHECK(data["saturation"].size() == 2);
    CHECK(data["saturation_left_out"] == 1);
}

TEST_CASE("no text of the run becomes markup")
{
    const std::string name = R"(</script><script>alert(1)</script><!--\"quo'ted\" & \u2603 )"
                             "Zoë";
    const Run run(R"({"type":"samples","step":0,"items":[")" + name + "\"]}\n" + R"({"type":"run","data":{"file":")" +
                  name + "\"}}\n");
    const std::string folder = run.folder / "<script>\xff"; // a file's name may be any bytes
    std::filesystem::rename(run.path, folder);
    REQUIRE(run_nib({"report", folder}).exit_code == 0);
    const std::string page = read_text(folder + "/report.html");
    CHECK(!has(page, "<script>alert"));
    CHECK(!has(page, "<script>\xef"));
    const Json data = data_of(page)["runs"][0];
    const std::string expected = "</script><script>alert(1)</script><!--\"quo'ted\" & \xe2\x98\x83 Zoë";
    CHECK(data["samples"][0] == expected);
    CHECK(data["run"]["data"]["file"] == expected);
    CHECK(data["name"] == "<script>\xef\xbf\xbd");
}

TEST_CASE("the report of several runs, and what is refused")
{
    const Run first(step_record(0, "3.25")), second(step_record(0, "27"));
    const std::string page = first.folder / "both.html";
    CHECK(run_nib({"report", first.path, second.path, "-o", page}).exit_code == 0);
    const Json runs = data_of(read_text(page))["runs"];
    REQUIRE(runs.size() == 2);
    CHECK(runs[1]["loss"][0][1] == 27);
    CHECK(has(run_nib({"report", first.path, second.path}).err, "-o FILE"));
    CHECK(run_nib({"report", first.path, second.path}).exit_code == 2);
    CHECK(run_nib({"report"}).exit_code == 2);
    const Result none = run_nib({"report", first.folder / "none"});
    CHECK(none.exit_code == 1);
    CHECK(has(none.err, "none/metrics.jsonl"));
    CHECK(has(run_nib({"report", first.path, "-o", first.folder / "none/report.html"}).err, "No such file"));
    CHECK(has(run_nib({"report", first.path, "-o", first.folder / ""}).err, "Is a directory"));
    const Result twice = run_nib({"report", first.path, first.path + "/../run", "-o", page});
    CHECK(twice.exit_code == 2);
    CHECK(has(twice.err, "the same folder"));
    const Result metrics = run_nib({"report", first.path, "-o", first.path + "/metrics.jsonl"});
    CHECK(metrics.exit_code == 2);
    CHECK(read_text(first.path + "/metrics.jsonl") == step_record(0, "3.25"));
}

TEST_CASE("runs whose folders have the same last part are named by all of it")
{
    const Run first(step_record(0, "3.25")), second(step_record(0, "27"));
    const std::string third = first.folder / "other", page = first.folder / "all.html";
    std::filesystem::copy(first.path, third);
    REQUIRE(run_nib({"report", first.path, second.path, third, "-o", page}).exit_code == 0);
    const Json runs = data_of(read_text(page))["runs"];
    CHECK(runs[0]["name"] == first.path);
    CHECK(runs[1]["name"] == second.path);
    CHECK(runs[2]["name"] == "other");
}

TEST_CASE("a page is written through links and into pipes, which stay")
{
    const Run run(step_record(0, "3.25"));
    REQUIRE(run_nib({"report", run.path}).exit_code == 0);
    const std::string page = read_text(run.path + "/report.html"), link = run.folder / "link";
    std::filesystem::create_symlink("to/page.html", link);
    std::filesystem::create_directory(run.folder / "to");
    for (int i = 0; i < 2; ++i) { // the first time, there is no such file yet
        REQUIRE(run_nib({"report", run.path, "-o", link}).exit_code == 0);
        CHECK(std::filesystem::is_symlink(link));
        CHECK(read_text(run.folder / "to/page.html") == page);
    }

    const std::string pipe = run.folder / "pipe";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    Child child({"report", run.path, "-o", pipe});
    std::string read_back(page.size(), ' ');
    for (std::size_t done = 0, waits = 0; done < page.size() && waits < 10'000;) {
        const ssize_t count = read(reader, read_back.data() + done, page.size() - done);
        if (count > 0) done += static_cast<std::size_t>(count);
        if (count <= 0 && ++waits > 0) usleep(1000);
    }
    CHECK(child.wait() == 0);
    close(reader);
    CHECK(read_back == page);
    CHECK(std::filesystem::is_fifo(pipe));
    for (const auto& entry : std::filesystem::directory_iterator(run.folder / ""))
        CHECK(entry.path().extension() != ".tmp");
}
