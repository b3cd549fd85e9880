// nib report, and its data made from metrics.jsonl.
#include "catch.hpp"
#include "tools/run.hpp"

#include "../tools/nib/report_data.hpp"
#include "../tools/nib/thin.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <set>
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

std::size_t count(const std::string& text, const std::string& part)
{
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
    return found;
}

// The values of an attribute in a text of HTML.
std::vector<std::string> values_of(const std::string& text, const std::string& name)
{
    const std::string begin = " " + name + "=\"";
    std::vector<std::string> values;
    for (std::size_t at = 0; (at = text.find(begin, at)) != std::string::npos;) {
        at += begin.size();
        values.push_back(text.substr(at, text.find('"', at) - at));
    }
    return values;
}

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
    CHECK(data["answer"]["loss"] == 2.3982468);
    CHECK(data["validation"] == Json::parse("[[1.0,2.75],[3.0,2.5]]"));
    CHECK(data["best"] == Json::parse(R"({"step":3,"val":2.3982468})"));
    CHECK(data["samples"] == Json::parse(R"(["carpah"])"));
    CHECK(data["seconds"] == 1.5);
}

TEST_CASE("the first words about a model of text compare it with guesses")
{
    const auto answer = [](const std::string& val, const std::string& unigram) {
        const Run run(R"({"type":"run","steps":1,"data":{"vocabulary":27)" + unigram + "}}\n" + step_record(0, "3.3") +
                      R"({"type":"evaluation","step":1,"train":2.0,"val":)" + val +
                      "}\n"
                      R"({"type":"end","step":1,"seconds":1.5})"
                      "\n");
        return nib::cli::read_run(run.path, plenty)["answer"];
    };
    // exp(-2) is 0.1353, exp(-2.8) 0.0608 and 1 / 27 0.0370.
    const Json good = answer("2.0", R"(,"unigram_loss":2.8)");
    CHECK(good["headline"] == "The model gives the right next symbol a probability of 13.5%.");
    CHECK(good["compared"] == "A guess by the frequency of symbols gives it 6.1%, and one by chance 3.7%.");
    CHECK(good["figures"][0] == Json::parse(R"({"name":"probability","value":"13.5%","guess":"6.1%"})"));
    CHECK(good["figures"][1] == Json::parse(R"({"name":"validation loss","value":"2.0000","guess":"2.8000"})"));
    CHECK(good["figures"][3] == Json::parse(R"({"name":"perplexity","value":"7.39","guess":"16.44"})"));
    CHECK(good["loss"] == 2.0);
    CHECK(good["state"].is_null());
    CHECK(answer("2.0", "")["compared"] == "A guess by chance gives it 3.7%.");
    CHECK(answer("2.9", R"(,"unigram_loss":2.8)")["compared"] ==
          "That is no better than a guess by the frequency of symbols: 6.1%.");
    CHECK(answer("3.4", "")["compared"] == "That is no better than a guess by chance: 3.7%.");
    CHECK(answer("11043.5", "")["headline"] ==
          "The model gives the right next symbol a probability of less than 0.0001%.");
    const Json none = answer("null", "");
    CHECK(none["headline"].is_null());
    CHECK(none["loss"].is_null());
}

TEST_CASE("the first words about a model of classes compare it with the most frequent class")
{
    const auto answer = [](const std::string& classes, const std::string& metrics) {
        const Run run(R"({"type":"run","steps":5,"data":{"vocabulary":0,"classes":)" + classes + "}}\n" +
                      R"({"type":"evaluation","step":5,"train":0.1,"val":0.3})"
                      "\n"
                      R"({"type":"best","step":3,"val":0.25})"
                      "\n"
                      R"({"type":"metrics","step":5,)" +
                      metrics + "}\n");
        return nib::cli::read_run(run.path, plenty)["answer"];
    };
    const Json good = answer("2", R"("accuracy":0.9,"macro_f1":0.88,"auc":0.95,"classes":["a","b"],)"
                                  R"("confusion":[5,1,0,4])");
    CHECK(good["headline"] == "The model is right about 9 of 10 validation rows: 90.0%.");
    CHECK(good["compared"] == "Always answering a, the most frequent class, is right about 60.0%.");
    // The entropy of 6 and 4 of 10 is 0.6730.
    CHECK(good["figures"][1] == Json::parse(R"({"name":"validation loss","value":"0.3000","guess":"0.6730"})"));
    CHECK(good["figures"][4] == Json::parse(R"({"name":"AUC","value":"0.95","guess":"0.5"})"));
    CHECK(has(good["notes"].dump(), "step 3, in best.safetensors: its loss is 0.2500"));

    const Json weighted = answer("2", R"("accuracy":0.6,"classes":["a","b"],"confusion":[0.5,2.5,1.5,5.5])");
    CHECK(weighted["headline"] == "The model is right about 60.0% of the validation rows.");
    CHECK(weighted["compared"] == "That is no better than always answering b, the most frequent class: 70.0%.");

    const Json many = answer("200", R"("accuracy":0.12)");
    CHECK(many["compared"] == "A guess by chance is right about 0.50%.");
    CHECK(many["figures"][0] == Json::parse(R"({"name":"accuracy","value":"12.0%","guess":"0.50%"})"));

    const auto accuracy = [&](const char* value) {
        return answer("200", std::string(R"("accuracy":)") + value)["figures"][0]["value"];
    };
    CHECK(accuracy("0") == "0%");
    CHECK(accuracy("0.995") == "99.50%");
    CHECK(accuracy("0.9999") == "99.9900%");
    CHECK(accuracy("0.99995") == "99.9950%");
    CHECK(accuracy("0.9999999999") == "more than 99.9999%");
    CHECK(accuracy("1") == "100%");

    const std::string long_name(59, 'x');
    const Json cut = answer("2", R"("accuracy":0.9,"classes":[")" + long_name + R"(é!","b"],"confusion":[5,1,0,4])");
    CHECK(cut["compared"] == "Always answering " + long_name + "…, the most frequent class, is right about 60.0%.");
}

TEST_CASE("the first words about a model of numbers compare it with the mean")
{
    const auto answer = [](const std::string& metrics) {
        const Run run(R"({"type":"run","steps":5,"data":{"vocabulary":0,"classes":0}})"
                      "\n"
                      R"({"type":"metrics","step":5,)" +
                      metrics + "}\n");
        return nib::cli::read_run(run.path, plenty)["answer"];
    };
    // 3 / sqrt(1 - 0.91) is 10.
    const Json good = answer(R"("rmse":3,"mae":2,"r2":0.91)");
    CHECK(good["headline"] == "The model's predictions for validation rows are typically off by 3.");
    CHECK(good["compared"] == "Always predicting the mean is off by 10: the model explains 91.0% of the variance.");
    CHECK(good["figures"][0] == Json::parse(R"({"name":"RMSE","value":"3","guess":"10"})"));
    CHECK(answer(R"("rmse":12,"mae":2,"r2":-0.44)")["compared"] ==
          "That is no better than always predicting the mean, which is off by 10.");
    CHECK(answer(R"("rmse":3,"mae":2,"r2":null)")["compared"].is_null());
}

TEST_CASE("the first words say how a run ended")
{
    const std::string begin = R"({"type":"run","steps":9,"data":{"vocabulary":27}})"
                              "\n" +
                              step_record(0, "3") + step_record(3, "2");
    const auto state = [&](const std::string& more) {
        return nib::cli::read_run(Run(begin + more).path, plenty)["answer"]["state"];
    };
    CHECK(state("") ==
          Json::parse(R"({"health":"unknown","text":)"
                      R"("The run is not finished: at least 4 of 9 steps. nib train --out DIR --resume goes on."})"));
    // Records of steps are thinned, so the end's own step counts.
    CHECK(state(R"({"type":"end","step":6,"seconds":1})"
                "\n")["text"] == "It ended early, after step 6 of 9: --patience ran out.");
    CHECK(state(R"({"type":"diverged","step":4,"message":"the loss is not finite at step 4"})"
                "\n") ==
          Json::parse(R"({"health":"bad","text":"Training broke down: the loss is not finite at step 4."})"));
    CHECK(state(step_record(8, "2")).is_null());
}

TEST_CASE("curves of the gradients' norm, the saturated units and the speed")
{
    const Run run(step_record(0, "3") + stats_record(0) + stats_record(2));
    const Json data = nib::cli::read_run(run.path, plenty);
    // 600 and 540 numbers of standard deviation 0.01 around 0.001; a bias is left out.
    REQUIRE(data["gradient_norm"].size() == 2);
    CHECK(data["gradient_norm"][1][0] == 2);
    CHECK(data["gradient_norm"][1][1].get<double>() == Approx(std::sqrt(1140 * (1e-4 + 1e-6))).epsilon(1e-4));
    CHECK(data["saturated"] ==
          Json::parse(R"({"names":["4"],"kinds":["tanh"],"steps":[0,2],"values":[[0.02],[0.02]]})"));

    std::vector<Point> clock;
    for (int i = 0; i <= 600; ++i) clock.push_back({static_cast<double>(i), 0.5 * i});
    for (int i = 601; i <= 1200; ++i) clock.push_back({static_cast<double>(i), 0.25 * (i - 600)}); // resumed
    const std::vector<Point> speed = nib::cli::speed(clock);
    CHECK(speed.size() >= 58);
    CHECK(speed.size() <= 60);
    for (const Point& point : speed) CHECK(point.y == Approx(point.x <= 600 ? 2 : 4));
    CHECK(nib::cli::speed({}).empty());
    CHECK(nib::cli::speed({{0, 0.5}}).empty());
    CHECK(nib::cli::speed({{0, 0.5}, {1, 0.5}}).empty());
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
    CHECK(data["answer"]["state"]["text"] == "Training broke down: the loss of step 3 is not finite.");
}

TEST_CASE("saturation maps that would be too much are counted")
{
    const std::string map = R"({"type":"saturation","step":0,"layer":"4","units":1,"rows":1,"bits":")";
    const Run run(map + "gA==\"}\n" + map + std::string(500'000, 'A') + "\"}\n" + map + "AA==\"}\n");
    const Json data = nib::cli::read_run(run.path, plenty);
    CHECK(data["saturation"].size() == 2);
    CHECK(data["saturation_left_out"] == 1);
}

TEST_CASE("filters: the first and the last of a run, as bytes")
{
    const auto filters = [](int step, const std::string& shape, const std::string& values) {
        return R"({"type":"filters","step":)" + std::to_string(step) + R"(,"name":"0.weight","shape":)" + shape +
               R"(,"values":)" + values + "}\n";
    };
    const Run run(filters(0, "[2,1,1,2]", "[0,0,0,0]") + filters(5, "[2,1,1,2]", "[1,1,1,1]") +
                  filters(9, "[2,1,1,2]", "[0,-0.5,0.25,null]"));
    const Json data = nib::cli::read_run(run.path, plenty);
    REQUIRE(data["filters"].size() == 2);
    CHECK(data["filters"][0]["weights"] == "gICAgA=="); // four times 128
    CHECK(data["filters"][1]["step"] == 9);
    CHECK(data["filters"][1]["peak"] == 0.5);
    CHECK(data["filters"][1]["weights"] == "gAHAgA=="); // 128, 1, 192, 128
    for (const std::string& wrong : {filters(0, "[2,1,1,2]", "[0]"), filters(0, "[2,2,1,1]", "[0,0,0,0]"),
                                     filters(0, "[4]", "[0,0,0,0]"), filters(0, "[0,1,1]", "[]"),
                                     filters(0, "[4294967296,1,4294967296]", "[]"), filters(0, "[16385,1,1]", "[0]")}) {
        INFO(wrong);
        CHECK_THROWS(nib::cli::read_run(Run(wrong).path, plenty));
    }
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

TEST_CASE("the page without its script is valid: ids, labels, headings, and no address")
{
    const Run run(step_record(0, "3.25"));
    REQUIRE(run_nib({"report", run.path}).exit_code == 0);
    const std::string page = read_text(run.path + "/report.html");
    CHECK(page.starts_with("<!doctype html>"));
    CHECK(has(page, "<html lang=\"en\">"));
    CHECK(has(page, "default-src 'none'"));
    for (const char* each : {"src=", "@import", "fetch(", "XMLHttpRequest", "{{s", "{{d"}) {
        INFO(each);
        CHECK(!has(page, each));
    }
    CHECK(count(page, "url(") == count(page, "url(#")); // of the page itself
    CHECK(count(page, "http") == 2);                    // http-equiv, and the name of SVG
    CHECK(count(page, "http://www.w3.org/2000/svg") == 1);

    const std::string body = page.substr(page.find("<body>"), page.find("<script") - page.find("<body>"));
    const std::vector<std::string> ids = values_of(body, "id");
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
    for (const char* name : {"for", "aria-labelledby"}) {
        const std::vector<std::string> values = values_of(body, name);
        CHECK(!values.empty());
        for (const std::string& id : values) {
            INFO(id);
            CHECK(std::count(ids.begin(), ids.end(), id) == 1);
        }
    }
    CHECK(count(body, "<section") == values_of(body, "aria-labelledby").size());
    CHECK(count(body, "<input") == count(body, "<label"));
    CHECK(count(body, "<h1") == 1);
    int level = 0; // of the heading before: the next one is at most one deeper
    for (std::size_t at = 0; (at = body.find("<h", at)) != std::string::npos; ++at) {
        if (body[at + 2] < '1' || body[at + 2] > '6') continue;
        CHECK(body[at + 2] - '0' <= level + 1);
        level = body[at + 2] - '0';
    }
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
