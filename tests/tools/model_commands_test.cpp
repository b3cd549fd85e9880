// nib eval, sample, fold, export and info.
#include "activations.hpp"
#include "catch.hpp"
#include "nib/nib.hpp"
#include "stored_file.hpp"
#include "tools/run.hpp"

#include <filesystem>
#include <limits>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <sys/stat.h>

using namespace nib::test;
using nib::Dtype;

namespace {

struct Fixture {
    Fixture()
    {
        const Result result = run_nib({"train", folder.names(), "--out", folder / "run", "--preset", "lecture-deep",
                                       "--hidden", "20", "--hidden-layers", "2", "--steps", "200", "--threads", "1"});
        REQUIRE(result.exit_code == 0);
        trained = lines_of(result.out);
        REQUIRE(run_nib({"fold", model, folder.names(), "-o", folded}).exit_code == 0);
    }
    TextFolder folder;
    std::string model = folder / "run/model.safetensors";
    std::string folded = folder / "names.nib";
    std::vector<std::string> trained; // the output of nib train
};

// A state_dict as PyTorch saves it, for a separate network over 27 symbols.
std::string bare_state_dict(const TextFolder& folder)
{
    const std::string path = folder / "bare.safetensors";
    REQUIRE(run_nib({"train", "--out", folder / "other-run", "--embedding", "4", "--hidden", "9", "--steps", "1"})
                .exit_code == 0);
    StoredFile file(folder / "other-run/model.safetensors");
    file.metadata.clear();
    file.save(path);
    return path;
}

// The command ends with this code, a message with the words, and nothing on stdout.
void refuses(const std::vector<std::string>& arguments, int exit_code, const std::string& words)
{
    const Result result = run_nib(arguments);
    CAPTURE(arguments, result.err);
    CHECK(result.exit_code == exit_code);
    CHECK(result.out.empty());
    contains(result.err, words);
}

} // namespace

TEST_CASE_METHOD(Fixture, "eval prints what train printed")
{
    const Result both = run_nib({"eval", model, folder.names()});
    CHECK(both.exit_code == 0);
    const std::vector<std::string> last(trained.end() - 2, trained.end());
    CHECK(lines_of(both.out) == last);
    const std::vector<std::string> of_folded = lines_of(run_nib({"eval", folded, folder.names()}).out);
    REQUIRE(of_folded.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        const std::size_t blank = last[i].find(' ');
        CHECK(of_folded[i].substr(0, blank) == last[i].substr(0, blank));
        CHECK(std::stod(of_folded[i].substr(blank)) == Approx(std::stod(last[i].substr(blank))).epsilon(1e-6));
    }
    CHECK(lines_of(run_nib({"eval", model, folder.names(), "--split", "val"}).out) ==
          std::vector<std::string>{last.back()});
    const Result test = run_nib({"eval", model, folder.names(), "--split", "test", "--threads", "1"});
    CHECK(test.out.find("test ") == 0);
}

TEST_CASE("every activation is offered, trained, told of, evaluated, folded, exported, judged and shown")
{
    const TextFolder folder;
    const std::string help = run_nib({"train", "--help"}).out;
    for (const nib_activation activation : all_activations()) {
        const std::string word = activation_word(activation), run = folder / word;
        INFO(word);
        contains(help, word);
        const Result trained = run_nib({"train", folder.names(), "--out", run, "--preset", "lecture-deep", "--hidden",
                                        "20", "--hidden-layers", "2", "--steps", "101", "--activation", word});
        REQUIRE(trained.exit_code == 0);
        const std::string model = run + "/model.safetensors", folded = run + "/folded.nib";
        contains(run_nib({"info", model}).out, word == "gelu-tanh" ? " gelu form=tanh," : " " + word + ",");
        const std::vector<std::string> lines = lines_of(trained.out);
        CHECK(lines_of(run_nib({"eval", model, folder.names()}).out) ==
              std::vector<std::string>(lines.end() - 2, lines.end()));
        CHECK(run_nib({"fold", model, folder.names(), "-o", folded}).exit_code == 0);
        CHECK(run_nib({"export", folded, "--format", "c", "-o", run + "/model.c"}).exit_code == 0);
        CHECK(run_nib({"export", folded, "--format", "onnx", "-o", run + "/model.onnx"}).exit_code == 0);
        CHECK(run_nib({"export", model, "--format", "pytorch", "-o", run + "/model.py"}).exit_code == 0);
        CHECK(lines_of(run_nib({"doctor", run}).out).size() >= 5);
        CHECK(run_nib({"report", run}).exit_code == 0);
    }
}

TEST_CASE_METHOD(Fixture, "eval refuses what it cannot evaluate")
{
    write_text(folder / "other.txt", read_text(folder.names()) + "Zoe\n");
    refuses({"eval", model, folder / "other.txt"}, 1, "other.txt:21");
    refuses({"eval", folded}, 1, "a folded model does not say what it was trained on: name DATA");
    refuses({"eval", folder / "none", folder.names()}, 1, "none");
    refuses({"eval", model, folder.names(), "--split", "all"}, 2, "--split");
    refuses({"eval"}, 2, "MODEL");
}

TEST_CASE_METHOD(Fixture, "sample prints the same items from either file")
{
    const Result of_model = run_nib({"sample", model});
    CHECK(of_model.exit_code == 0);
    CHECK(of_model.err.empty());
    CHECK(lines_of(of_model.out).size() == 20);
    CHECK(run_nib({"sample", folded}).out == of_model.out);
    CHECK(run_nib({"sample", folded, "--seed", "5"}).out != of_model.out);
    CHECK(run_nib({"sample", folded, "-n", "0"}).out.empty());
}

TEST_CASE_METHOD(Fixture, "sample's options")
{
    const std::vector<std::string> lines = lines_of(
        run_nib({"sample", folded, "-n", "7", "--start", "em", "--max-length", "4", "--temperature", "2"}).out);
    CHECK(lines.size() == 7);
    for (const std::string& line : lines) {
        CHECK(line.compare(0, 2, "em") == 0);
        CHECK(line.size() <= 4);
    }
    const auto cold = lines_of(run_nib({"sample", model, "--temperature", "1e-6", "--max-length", "9"}).out);
    CHECK(std::set<std::string>(cold.begin(), cold.end()).size() == 1);
    refuses({"sample", model, "--start", "a?"}, 1, "?");
    refuses({"sample", model, "--temperature", "0"}, 2, "--temperature");
    refuses({"sample", model, "--max-length", "4097"}, 2, "--max-length");
    refuses({"sample", model, "--start", "emma", "--max-length", "3"}, 2, "at most --max-length, 3");
    refuses({"sample", folder.names()}, 1, "neither");
    refuses({"sample"}, 2, "MODEL");
    refuses({"sample", ""}, 2, "MODEL");
    refuses({"sample", model, "--first", "3"}, 2, "--stream counter");
    CHECK(lines_of(run_nib({"sample", model, "-n", "010"}).out).size() == 10); // not octal
    for (const char* count : {"", " 3", "0x3", "3x", "-1", "99999999999999999999"}) {
        refuses({"sample", model, "-n", count}, 2,
                std::string("--count: '") + count + "': expected a whole number, 0..2^40");
    }
    const Result full = run_nib({"sample", model, "-n", "100000000"}, "/dev/full");
    CHECK(full.exit_code == 1);
    contains(full.err, "standard output");
}

TEST_CASE_METHOD(Fixture, "the counter's stream prints the same items with any number of threads")
{
    const auto run = [&](const std::string& file, const std::vector<std::string>& more) {
        std::vector<std::string> arguments{"sample", file, "--stream", "counter", "--max-length", "20"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        const Result result = run_nib(arguments);
        CHECK(result.exit_code == 0);
        return lines_of(result.out);
    };
    const std::vector<std::string> one = run(folded, {"-n", "300", "--threads", "1"});
    CHECK(one.size() == 300);
    CHECK(run(folded, {"-n", "300", "--threads", "2"}) == one);
    CHECK(run(folded, {"-n", "300", "--threads", "3"}) == one);
    CHECK(run(folded, {"-n", "50", "--first", "250"}) == std::vector<std::string>(one.begin() + 250, one.end()));
    CHECK(run(folded, {"-n", "300", "--seed", "5"}) != one);
    CHECK(run(model, {"-n", "20"}) == std::vector<std::string>(one.begin(), one.begin() + 20));
    refuses({"sample", folded, "--stream", "other"}, 2, "lecture|counter");
}

TEST_CASE_METHOD(Fixture, "eval of items prints what each costs")
{
    write_text(folder / "some.txt", "zed\n");
    write_text(folder / "some.txt", "emma\r\n\nava\n");
    const std::vector<std::string> lines = lines_of(run_nib({"eval", model, folder / "some.txt", "--items"}).out);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].substr(lines[0].find(' ')) == " emma");
    CHECK(lines[1].substr(lines[1].find(' ')) == " ava");
    CHECK(std::stod(lines[0]) > 1);
    const std::vector<std::string> folds = lines_of(run_nib({"eval", folded, folder / "some.txt", "--items"}).out);
    REQUIRE(folds.size() == 2);
    CHECK(std::stod(folds[0]) == Approx(std::stod(lines[0])).epsilon(1e-4));
    refuses({"eval", model, folder / "none.txt", "--items"}, 1, "none.txt': No such file");
    refuses({"eval", model, folder / "run", "--items"}, 1, "run': Is a directory");
    refuses({"eval", model, folder / "some.txt", "--items", "--split", "val"}, 2, "--split");
    write_text(folder / "some.txt", "\nava\nzed\n");
    const Result part = run_nib({"eval", model, folder / "some.txt", "--items"});
    CHECK(part.exit_code == 1);
    CHECK(lines_of(part.out).size() == 2);
    contains(part.err, "some.txt:3: ");
}

TEST_CASE_METHOD(Fixture, "eval of items reads them as training does, and goes on behind one that cannot be scored")
{
    write_text(folder / "some.txt", "\xEF\xBB\xBF"
                                    "emma\r\nzed\n\nab\xFF\n\rava\nava\r");
    for (const std::string& file : {model, folded}) {
        const Result result = run_nib({"eval", file, folder / "some.txt", "--items"});
        CHECK(result.exit_code == 1);
        const std::vector<std::string> lines = lines_of(result.out);
        REQUIRE(lines.size() == 5);
        const std::vector<std::string> alone = lines_of(run_nib({"eval", file, folder.names(), "--items"}).out);
        CHECK(lines[0] == alone[0]); // emma, without the mark and the CR
        CHECK(lines[1] == "nan zed");
        CHECK(lines[2] == "nan ab\xFF");
        CHECK(lines[3] == "nan \rava");
        CHECK(lines[4] == alone[4]); // ava
        contains(result.err, "some.txt:2: the vocabulary lacks U+007A 'z', symbol 1 of the text\n");
        contains(result.err, "some.txt:4: byte 3 of the text is not UTF-8");
        contains(result.err, "nib: error: 3 of 5 items of " + folder / "some.txt" + " have no probability\n");
    }
}

TEST_CASE_METHOD(Fixture, "a file is read once: a pipe or standard input is as good as a name")
{
    const std::string pipe = folder / "pipe";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    // The output of a command for a file that comes through the pipe.
    const auto piped = [&](const std::string& file, const std::vector<std::string>& arguments) {
        std::thread writer([&] { write_text(pipe, read_text(file)); });
        const Result result = run_nib(arguments);
        writer.join();
        INFO(result.err);
        CHECK(result.exit_code == 0);
        return result.out;
    };
    const std::string names = folder.names(), bare = folder / "bare";
    for (const std::string& file : {model, folded}) {
        const std::string info = run_nib({"info", file}).out, items = run_nib({"sample", file}).out;
        CHECK(piped(file, {"info", pipe}) == info);
        CHECK(piped(file, {"sample", pipe}) == items);
        CHECK(run_nib({"info", "-"}, "", file).out == info);
        CHECK(run_nib({"sample", "-"}, "", file).out == items);
    }
    const std::string losses = run_nib({"eval", model, names}).out;
    CHECK(piped(model, {"eval", pipe, names}) == losses);
    CHECK(piped(names, {"eval", model, pipe}) == losses);
    CHECK(piped(model, {"eval", model, names, "--like", pipe}) == losses);
    CHECK(run_nib({"eval", model, "-"}, "", names).out == losses);
    CHECK(run_nib({"eval", model, "-", "--items"}, "", names).out == run_nib({"eval", model, names, "--items"}).out);
    piped(model, {"fold", pipe, names, "-o", folder / "piped.nib"});
    CHECK(read_text(folder / "piped.nib") == read_text(folded));
    piped(model, {"export", pipe, "--format", "c", "-o", folder / "x.c"});

    // The file of --init may lack its options: they are tried first, and the numbers are read afterwards.
    const std::string state_dict = bare_state_dict(folder);
    const std::vector<std::string> mine = {"train", names, "--init", pipe, "--steps", "1", "--out", folder / "init"};
    piped(model, mine);
    std::thread writer([&] { write_text(pipe, read_text(state_dict)); });
    const Result other = run_nib({"train", names, "--init", pipe, "--steps", "1", "--out", folder / "other"});
    writer.join();
    contains(other.err, "pipe: tensor '0.weight': F32 (27, 4), expected F32"); // and not an empty file
    REQUIRE(run_nib({"train", "-", "--steps", "2", "--hidden", "4", "--out", folder / "in"}, "", names).exit_code == 0);

    const Result twice = run_nib({"eval", "-", "-"}, "", model);
    CHECK(twice.exit_code == 2);
    contains(twice.err, "standard input holds one file: '-' is given twice");
}

TEST_CASE_METHOD(Fixture, "a file goes to standard output alone, and all other text to stderr")
{
    REQUIRE(run_nib({"report", folder / "run"}).exit_code == 0);
    REQUIRE(run_nib({"export", model, "--format", "onnx", "-o", folder / "x.onnx"}).exit_code == 0);
    REQUIRE(run_nib({"export", model, "--format", "c", "-o", folder / "model.c"}).exit_code == 0);
    REQUIRE(run_nib({"export", model, "--format", "pytorch", "-o", folder / "model.py"}).exit_code == 0);
    const struct {
        std::vector<std::string> arguments;
        std::string expected;
    } commands[] = {{{"fold", model, folder.names()}, folded},
                    {{"export", model, "--format", "onnx"}, folder / "x.onnx"},
                    {{"export", model, "--format", "c"}, folder / "model.c"},
                    {{"export", model, "--format", "pytorch"}, folder / "model.py"},
                    {{"report", folder / "run"}, folder / "run/report.html"}};
    const std::string pipe = folder / "pipe";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    for (const auto& [arguments, expected] : commands) {
        CAPTURE(arguments);
        for (const std::string out : {"-", "/dev/stdout"}) {
            std::vector<std::string> all = arguments;
            all.insert(all.end(), {"-o", out});
            std::string got;
            std::thread reader([&] { got = read_text(pipe); });
            const Result result = run_nib(all, pipe);
            reader.join();
            CHECK(result.exit_code == 0);
            contains(result.err, "wrote standard output");
            const bool same = got == read_text(expected);
            CHECK(same);
            if (arguments.front() != "fold") continue;
            contains(result.err, "val loss ");
            contains(result.err, "equal argmax 100.000%");
        }
    }
    // The output may also go into a file, by > in a shell.
    REQUIRE(run_nib({"fold", model, folder.names(), "-o", "-"}, folder / "got").exit_code == 0);
    const bool same = read_text(folder / "got") == read_text(folded);
    CHECK(same);
}

TEST_CASE_METHOD(Fixture, "without DATA, a model's own data is found and known by its checksum")
{
    const std::vector<std::string> last(trained.end() - 2, trained.end());
    const Result found = run_nib({"eval", model});
    CHECK(lines_of(found.out) == last);
    contains(found.err, "data: " + folder.names() + ": 20 items");
    CHECK(lines_of(run_nib({"eval", model, "--items"}).out).size() == 20);
    CHECK(run_nib({"fold", model, "-o", folder / "again.nib", "--weights", "bf16"}).exit_code == 0);
    contains(run_nib({"info", folder / "again.nib"}).out, "certificate    over 12 examples\n");
    // The folder may be moved; nothing in the model depends on a path.
    std::filesystem::rename(folder / "run", folder / "moved");
    model = folder / "moved/model.safetensors";
    CHECK(lines_of(run_nib({"eval", model}).out) == last);
    CHECK(read_text(model).find(folder / "") == std::string::npos);

    const std::string names = read_text(folder.names());
    const auto has_none = [&](const std::string& why) {
        refuses({"eval", model}, 1, why + ": name DATA");
        refuses({"eval", model, "--items"}, 1, why + ": name DATA");
        refuses({"fold", model, "-o", folder / "none.nib", "--weights", "int8"}, 1, why + ": name the data");
        refuses({"fold", model, "-o", folder / "none.nib", "--max-loss-difference", "1"}, 1, "must be measured");
        CHECK(read_text(folder / "none.nib").empty());
        const Result fold = run_nib({"fold", model, "-o", folder / "some.nib"});
        CHECK(fold.exit_code == 0);
        CHECK(fold.out.find("loss") == std::string::npos);
        contains(fold.err, "not certified: " + why + "; name the data that it was trained on\n");
        contains(run_nib({"info", folder / "some.nib"}).out, "certificate    none\n");
    };
    write_text(folder.names(), names + "emma\n");
    has_none(folder.names() + " is no longer what " + model + " was trained on");
    std::filesystem::remove(folder.names());
    has_none(folder.names() + ", which " + model + " was trained on, is no longer there");
    write_text(folder.names(), names);
    std::filesystem::copy(model, folder / "alone.safetensors");
    model = folder / "alone.safetensors";
    has_none("nothing beside " + model + " says where the text is that it was trained on");
    model = folder / "moved/model.safetensors";
    CHECK(lines_of(run_nib({"eval", folder / "alone.safetensors", "--like", model}).out) == last);
    refuses({"eval", folded, "--items"}, 1, "a folded model does not say what it was trained on: name DATA");
    refuses({"fold", model, "-o", folder.names()}, 2, "is read by this command");
}

TEST_CASE("a model of the names that come with nib finds them from anywhere")
{
    const TextFolder folder;
    const Result trained =
        run_nib({"train", "--steps", "2", "--hidden", "4", "--eval-every", "0", "--out", folder / "run"});
    REQUIRE(trained.exit_code == 0);
    std::filesystem::copy(folder / "run/model.safetensors", folder / "alone.safetensors");
    CHECK(lines_of(run_nib({"eval", folder / "alone.safetensors", "--split", "val"}).out) ==
          std::vector<std::string>{lines_of(trained.out).back()});
}

TEST_CASE_METHOD(Fixture, "no command writes over what it reads")
{
    const std::string before = read_text(model), names = read_text(folder.names());
    std::filesystem::create_symlink(model, folder / "link");
    for (const std::string& out : {model, folder / "run/../run/model.safetensors", folder / "link", folder.names()})
        refuses({"fold", model, folder.names(), "-o", out}, 2, "is read by this command");
    refuses({"export", model, "--format", "onnx", "-o", model}, 2, "is read by this command");
    CHECK(read_text(model) == before);
    CHECK(read_text(folder.names()) == names);
}

TEST_CASE_METHOD(Fixture, "fold refuses what it cannot fold or write")
{
    refuses({"fold", model}, 2, "--out");
    refuses({"fold", folded, "-o", folder / "again.nib"}, 1, "folded model");
    refuses({"fold", model, folder.names(), "-o", folder / "none/names.nib"}, 1, "none/names.nib");
    refuses({"fold", model, folder / "none.txt", "-o", folder / "again.nib"}, 1, "none.txt");
    write_text(folder / "other.txt", read_text(folder.names()) + "Zoe\n");
    refuses({"fold", model, folder / "other.txt", "-o", folder / "again.nib"}, 1, "other.txt:21");
    refuses({"fold", model, folder.names(), "-o", folder / "again.nib", "--max-loss-difference", "0"}, 2, "above 0");
    refuses({"fold", model, folder.names(), "-o", folder / "again.nib", "--max-loss-difference", "1e-300"}, 1,
            "at most 1e-300");
    std::string one_item; // a neuron is then the same for each example of a place
    for (int i = 0; i < 20; ++i) one_item += "a\n";
    write_text(folder / "ill.txt", one_item);
    REQUIRE(
        run_nib({"train", folder / "ill.txt", "--preset", "lecture-deep", "--steps", "300", "--out", folder / "ill"})
            .exit_code == 0);
    refuses({"fold", folder / "ill/model.safetensors", "-o", folder / "again.nib"}, 1,
            "makes float rounding visible: a larger --max-loss-difference allows it)");
    CHECK(read_text(folder / "again.nib").empty());
}

TEST_CASE_METHOD(Fixture, "fold prints the certificate that info reads in the file")
{
    const Result result = run_nib({"fold", model, folder.names(), "-o", folded, "--split", "train", "--threads", "1"});
    CHECK(result.exit_code == 0);
    const std::string before = trained[trained.size() - 2].substr(6); // "train 2.1234567"
    contains(result.out, "train loss " + before.substr(0, 6));
    contains(result.out, "equal argmax 100.000%");
    const std::string info = run_nib({"info", folded}).out;
    contains(info, "model's loss   " + before.substr(0, 6));
    contains(info, "equal argmax   100.000%\n");
}

TEST_CASE_METHOD(Fixture, "export writes the same C from either file")
{
    const Result result = run_nib({"export", folded, "--format", "c", "-o", folder / "my-model.c"});
    CHECK(result.exit_code == 0);
    CHECK(result.out.empty());
    contains(result.err, "my-model.c");
    const std::string text = read_text(folder / "my-model.c");
    contains(text, "void my_model_logits(");
    contains(text, "#define MY_MODEL_CONTEXT 3\n");
    CHECK(run_nib({"export", model, "--format", "c", "-o", folder / "2.c", "--prefix", "my_model"}).exit_code == 0);
    CHECK(read_text(folder / "2.c") == text);
    refuses({"export", folded, "--format", "c"}, 2, "--out");
    refuses({"export", folded, "-o", folder / "x.c"}, 2, "--format");
    refuses({"export", folded, "--format", "cobol", "-o", folder / "x.c"}, 2, "--format");
    refuses({"export", folded, "--format", "c", "-o", folder / "2.c"}, 2, "; --prefix gives another");
    refuses({"export", folded, "--format", "c", "-o", folder / "2.c", "--prefix", "2"}, 2, "prefix is '2'");
    refuses({"export", folded, "--format", "c", "-o", ""}, 2, "--out");
    refuses({"export", folded, "--format", "c", "-o", folder / "none/x.c"}, 1, "none/x.c");
    refuses({"export", folder.names(), "--format", "c", "-o", folder / "x.c"}, 1, "neither");
}

TEST_CASE_METHOD(Fixture, "export writes the same ONNX file from either file")
{
    CHECK(run_nib({"export", folded, "--format", "onnx", "-o", folder / "1.onnx"}).exit_code == 0);
    CHECK(run_nib({"export", model, "--format", "onnx", "-o", folder / "2.onnx"}).exit_code == 0);
    contains(read_text(folder / "1.onnx"), "contexts");
    CHECK(read_text(folder / "2.onnx") == read_text(folder / "1.onnx"));
    refuses({"export", folded, "--format", "onnx", "-o", folder / "none/x.onnx"}, 1, "none/x.onnx");
    refuses({"export", folded, "--format", "onnx", "-o", folder / "x.onnx", "--prefix", "x"}, 2, "--prefix");
}

TEST_CASE_METHOD(Fixture, "export writes a module of PyTorch of a model that is not folded")
{
    const std::string file = folder / "1.py";
    const Result result = run_nib({"export", model, "--format", "pytorch", "-o", file});
    CHECK(result.exit_code == 0);
    CHECK(result.out.empty());
    contains(result.err, "wrote " + file);
    contains(read_text(file), "        nn.BatchNorm1d(20),\n");
    refuses({"export", folded, "--format", "pytorch", "-o", folder / "2.py"}, 1,
            "names.nib is a folded model: --format pytorch expects a model.safetensors");
    refuses({"export", folder.names(), "--format", "pytorch", "-o", folder / "2.py"}, 1, "neither");
    refuses({"export", model, "--format", "pytorch", "-o", folder / "none/2.py"}, 1, "none/2.py");
    refuses({"export", model, "--format", "pytorch", "-o", folder / "2.py", "--prefix", "x"}, 2, "--prefix");
    refuses({"export", model, "--format", "pytorch", "-o", model}, 2, "is read by this command");
    CHECK_FALSE(std::filesystem::exists(folder / "2.py"));
}

TEST_CASE_METHOD(Fixture, "fold with weights of fewer bits")
{
    for (const std::string weights : {"bf16", "int8"}) {
        const std::string file = folder / weights;
        const Result result = run_nib({"fold", model, folder.names(), "-o", file, "--weights", weights});
        INFO(result.err);
        CHECK(result.exit_code == 0);
        CHECK(read_text(file).size() < read_text(folded).size());
        contains(run_nib({"info", file}).out, weights == "int8" ? "weights        8 bits" : "weights        16 bits");
        CHECK(lines_of(run_nib({"sample", file, "-n", "5"}).out).size() == 5);
        refuses({"fold", model, folder.names(), "-o", folder / "none", "--weights", weights, "--max-loss-difference",
                 "1e-12"},
                1, "at most 1e-12");
    }
    refuses({"fold", model, folder.names(), "-o", folder / "none", "--weights", "int4"}, 2, "f32|bf16|int8");
}

TEST_CASE_METHOD(Fixture, "export writes weights of fewer bits as C, and refuses them as ONNX")
{
    const std::string small = folder / "bf16.nib";
    REQUIRE(run_nib({"fold", model, folder.names(), "-o", small, "--weights", "bf16", "--max-loss-difference", "1"})
                .exit_code == 0);
    CHECK(run_nib({"export", small, "--format", "c", "-o", folder / "x.c"}).exit_code == 0);
    contains(read_text(folder / "x.c"), "static const uint16_t x_weights1[");
    refuses({"export", small, "--format", "onnx", "-o", folder / "x.onnx"}, 1, "weights of 16 bits");
}

TEST_CASE_METHOD(Fixture, "info tells of either file")
{
    const std::string of_model = run_nib({"info", model}).out;
    contains(of_model, "kind           model\n");
    contains(of_model, "vocabulary     20 (UTF-8): the end mark and a b c");
    contains(of_model, "network        embedding 10, flatten, linear 20 gain=1,\n"
                       "               batchnorm variance=unbiased, tanh, linear 20 gain=1,\n"
                       "               batchnorm variance=unbiased, tanh, linear,\n"
                       "               batchnorm variance=unbiased gain=0.1\n"
                       "input          symbols context=3\n"
                       "loss           cross-entropy\n"
                       "seed           2147483647\n");
    contains(of_model, "layer          0 embedding 10: (3) -> (3, 10)\n"
                       "layer          1 flatten: (3, 10) -> (30)\n"
                       "layer          2 linear 20 gain=1: (30) -> (20)\n");
    contains(of_model, "layer          9 batchnorm variance=unbiased gain=0.1: (20) -> (20)\n");
    contains(of_model, "tensor         5.weight 20 x 20\n");
    const std::string of_folded = run_nib({"info", folded}).out;
    contains(of_folded, "kind           folded model\n");
    contains(of_folded, "bytes          " + std::to_string(read_text(folded).size()) + "\n");
    contains(of_folded, "vocabulary     20 (UTF-8): the end mark and a b c");
    contains(of_folded, "weights        32 bits\n");
    contains(of_folded, "multiply-adds  1400 a symbol\n");
    contains(of_folded, "part                2688 3 dense 20 -> 20, 32 bits\n");
    contains(of_folded, "network        embedding 10, flatten, linear 20 gain=1,\n");
    const std::string table = folder / "table.nib";
    const Result as_table = run_nib({"fold", model, "-o", table, "--first-layer", "table", "--weights", "int8"});
    CHECK(as_table.exit_code == 0);
    contains(as_table.out, " 0 table 3 -> 20, 8 bits\n");
    contains(run_nib({"info", table}).out, "multiply-adds  800 a symbol\n");
    contains(of_folded, "RAM            ");
    refuses({"info", folder.names()}, 1, "neither");
}

TEST_CASE_METHOD(Fixture, "what is not a sound model is refused by every command")
{
    const std::string bad = folder / "bad.safetensors";
    const auto refused = [&](const std::string& file, const std::string& words) {
        refuses({"eval", file, folder.names()}, 1, words);
        refuses({"eval", file, folder.names(), "--items"}, 1, words);
        refuses({"eval", file, folder.names(), "--like", model}, 1, words);
        refuses({"sample", file}, 1, words);
        refuses({"fold", file, folder.names(), "-o", folder / "bad.nib"}, 1, words);
        refuses({"export", file, "--format", "c", "-o", folder / "bad.c"}, 1, words);
        refuses({"info", file}, 1, words);
        refuses({"train", folder.names(), "--init", file, "--out", folder / "bad"}, 1, words);
    };
    StoredFile file(model);
    file.add("5.bias", Dtype::f32, {20});
    file.save(bad);
    refused(bad, "bad.safetensors: tensor '5.bias': F32 (20), which is no tensor of this network");

    file = StoredFile(model);
    file.set("9.weight", 7, std::numeric_limits<float>::quiet_NaN());
    file.save(bad);
    refused(bad, "bad.safetensors: 9.weight[7] is nan: expected a finite number");

    file = StoredFile(model);
    file.set("3.running_var", 0, -1.0f);
    file.save(bad);
    refused(bad, "bad.safetensors: 3.running_var[0] is -1: expected 0 or a number above");

    std::string bytes = read_text(model);
    bytes[bytes.size() - 40] = static_cast<char>(bytes[bytes.size() - 40] ^ 1);
    write_text(bad, bytes);
    refused(bad, "taken without \"checksum\" in its metadata");
    CHECK_FALSE(std::filesystem::exists(folder / "bad.nib"));
    CHECK_FALSE(std::filesystem::exists(folder / "bad.c"));
}

TEST_CASE_METHOD(Fixture, "damaged files are refused")
{
    for (const std::string& path : {model, folded}) {
        std::string bytes = read_text(path);
        write_text(folder / "cut", bytes.substr(0, bytes.size() / 2));
        refuses({"info", folder / "cut"}, 1, "cut");
    }
}

TEST_CASE_METHOD(Fixture, "a state_dict without metadata needs a model like it")
{
    const std::string bare = bare_state_dict(folder);
    refuses({"eval", bare, folder.names()}, 1, "--like");
    refuses({"eval", bare, folder.names(), "--like", model}, 1,
            "bare.safetensors: tensor '0.weight': F32 (27, 4), expected F32 (20, 10)");
    refuses({"train", folder.names(), "--init", bare, "--out", folder / "other"}, 1, "expected");
    const Result same = run_nib({"eval", model, folder.names(), "--like", model});
    CHECK(lines_of(same.out) == std::vector<std::string>(trained.end() - 2, trained.end()));
}

TEST_CASE_METHOD(Fixture, "names with a prefix and numbers of other types are taken, with a note that says so")
{
    StoredFile file(model);
    for (const char* name : {"0.weight", "2.weight"})
        file.convert(name, Dtype::f64, [](float value) { return static_cast<double>(value); });
    file.add_prefix("module._orig_mod.");
    const std::string whole = folder / "whole.safetensors", bare = folder / "bare.safetensors";
    file.save(whole);
    file.metadata.clear();
    file.save(bare);
    const std::string note =
        ": 2 tensors of F64 converted to F32; the prefix 'module._orig_mod.' left out of all names\n";
    const std::vector<std::string> last(trained.end() - 2, trained.end());

    Result result = run_nib({"eval", bare, folder.names(), "--like", model});
    CHECK(lines_of(result.out) == last);
    contains(result.err, bare + note);
    result = run_nib({"eval", whole, folder.names()});
    CHECK(lines_of(result.out) == last);
    contains(result.err, whole + note);
    result =
        run_nib({"train", folder.names(), "--init", bare, "--preset", "lecture-deep", "--hidden", "20",
                 "--hidden-layers", "2", "--steps", "1", "--lr", "1e-30", "--threads", "1", "--out", folder / "more"});
    CHECK(result.exit_code == 0);
    contains(result.err, bare + note);
    CHECK(run_nib({"eval", model, folder.names(), "--like", model}).err.find("converted") == std::string::npos);
    refuses({"eval", bare, folder.names()}, 1, "--like");
}

TEST_CASE_METHOD(Fixture, "training begins with a file's numbers, network and vocabulary")
{
    const Result result = run_nib({"train", folder.names(), "--init", model, "--steps", "1", "--lr", "1e-30",
                                   "--threads", "1", "--eval-every", "0", "--out", folder / "more"});
    CHECK(result.exit_code == 0);
    contains(result.err, "model: symbols context=3: embedding 10, flatten, linear 20 gain=1, ");
    REQUIRE(lines_of(result.out).size() == 3); // the first loss is a trained model's: far below ln 27
    CHECK(std::stod(lines_of(result.out).at(0).substr(17)) < 3);
    refuses({"train", folder.names(), "--init", model, "--hidden", "9"}, 2, "--hidden has no effect");
    refuses({"train", folder.names(), "--init", model, "--context", "9"}, 2, "--context has no effect");
    refuses({"train", folder.names(), "--init", model, "--network", "tanh"}, 2, "--network has no effect");
    refuses({"train", folder.names(), "--init", model, "--bytes"}, 2, "--bytes has no effect");
}

TEST_CASE_METHOD(Fixture, "a state_dict of other names is taken by a map, whose faults are named by file and line")
{
    StoredFile file(model);
    std::string map = "# names of another program\n";
    for (const auto& [name, tensor] : StoredFile(model).tensors) {
        map += "net_" + name + "  " + name + "\n";
        file.rename(name, "net_" + name);
    }
    file.metadata.clear();
    const std::string bare = folder / "bare.safetensors", names = folder / "names.map";
    file.save(bare);
    const auto train = [&] {
        return run_nib({"train",
                        folder.names(),
                        "--init",
                        bare,
                        "--names",
                        names,
                        "--preset",
                        "lecture-deep",
                        "--hidden",
                        "20",
                        "--hidden-layers",
                        "2",
                        "--steps",
                        "1",
                        "--lr",
                        "1e-30",
                        "--eval-every",
                        "0",
                        "--threads",
                        "1",
                        "--out",
                        folder / "more",
                        "--overwrite"});
    };
    write_text(names, map);
    const Result taken = train();
    INFO(taken.err);
    CHECK(taken.exit_code == 0);
    REQUIRE(lines_of(taken.out).size() == 3);
    CHECK(std::stod(lines_of(taken.out).at(0).substr(17)) < 3); // a trained model's first loss
    write_text(names, map + "net_more 77.weight\n");
    const Result faulty = train();
    CHECK(faulty.exit_code == 2);
    contains(faulty.err,
             names + ", line " + std::to_string(file.tensors.size() + 2) + ": '77.weight': expected the name");
    refuses({"train", folder.names(), "--names", names, "--out", folder / "n"}, 2, "--names");
    refuses({"train", folder.names(), "--init", model, "--names", names, "--out", folder / "n"}, 2,
            "--names has no effect");
}

TEST_CASE("help goes to stdout and ends with 0")
{
    const Result all = run_nib({"--help"});
    CHECK(all.exit_code == 0);
    CHECK(all.err.empty());
    for (const std::string command : {"train", "plan", "eval", "predict", "sample", "fold", "export", "doctor", "info",
                                      "report", "version", "completion", "help"}) {
        contains(all.out, "\n  " + command);
        const Result one = run_nib({command, "--help"});
        CHECK(one.exit_code == 0);
        CHECK(one.err.empty());
        contains(one.out, "nib " + command + " [OPTIONS]");
    }
    const std::string train = run_nib({"train", "--help"}).out;
    for (const std::string option :
         {"--out",         "--preset",      "--steps",     "--batch",         "--lr",          "--lr-decay-at",
          "--lr-decay",    "--lr-min",      "--optimizer", "--schedule",      "--warmup",      "--weight-decay",
          "--context",     "--embedding",   "--hidden",    "--hidden-layers", "--activation",  "--gain",
          "--weight-init", "--output-gain", "--batchnorm", "--bn-variance",   "--bn-momentum", "--seed",
          "--threads",     "--log-every",   "--bytes",     "--init",          "--network",     "--input"})
        contains(train, "  " + option + " "); // after -h, where CLI11 2.5 and later put it, or at the left
    for (const std::string& preset : nib::preset_names()) contains(train, "  " + preset + "\n");
}

TEST_CASE("an unknown command or option, and the version")
{
    refuses({"trian"}, 2, "nib: error: unknown command 'trian'; did you mean 'train'?\n");
    refuses({"--trian"}, 2, "nib: error: unknown option '--trian'\n");
    const Result version = run_nib({"--version"});
    CHECK(version.exit_code == 0);
    CHECK(version.out.find("nib ") == 0);
}
