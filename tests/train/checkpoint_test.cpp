// A run that is resumed from a checkpoint ends in the bits of the run that was never stopped; a checkpoint that does
// not fit is refused.
#include "train/checkpoint.hpp"

#include "catch.hpp"
#include "error_of.hpp"
#include "folder.hpp"
#include "io/file.hpp"
#include "models.hpp"
#include "net/model_file.hpp"
#include "net/model_options.hpp"
#include "net/text.hpp"
#include "numbers.hpp"
#include "stored_file.hpp"
#include "train/train_options.hpp"
#include "train/trainer.hpp"

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

using namespace nib;
using namespace nib::test;

namespace {

struct Recipe {
    explicit Recipe(const char* preset) : model(text_of_preset(preset)), train(find_preset(preset)->train)
    {
        model.embedding = 5;
        model.hidden = 20;
        train.steps = 40;
        train.batch_size = 9;
        train.warmup_steps = 5;
        train.decay_at = 20;
    }
    MlpText model;
    nib_train_options train;
};

const std::string lines = "emma\nolivia\nava\nisabella\nsophia\nmia\namelia\njo\nharper\nevelyn\nabigail\nemily\n";

// A model with its trainer.
struct Trained {
    Trained(const Recipe& recipe, const Dataset& text, int threads)
        : model(new_model(spec_of(recipe.model), text)), trainer(model, text, recipe.train, threads, heap())
    {
    }
    Model model;
    Trainer trainer;
};

// A checkpoint of the default recipe before its first step.
void save_start(const Dataset& text, const std::string& path) { Trained(Recipe("mlp"), text, 1).trainer.save(path); }

std::string bytes_of(const std::string& path)
{
    const Buffer<char> bytes = read_file(path, SIZE_MAX, heap());
    return {bytes.data(), bytes.size()};
}

// Unlike write_file, without waiting for the disk.
void write_bytes(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

} // namespace

TEST_CASE("a run goes on from a checkpoint to the same bits, on another number of threads")
{
    const Folder folder;
    const Dataset text = text_of(lines);
    const std::string path = folder / "checkpoint";
    for (const char* preset : {"lecture-original", "lecture-batchnorm", "lecture-deep", "mlp"}) {
        const Recipe recipe(preset);
        Trained whole(recipe, text, 1);
        std::vector<float> losses(40), again(40);
        whole.trainer.run(40, losses.data());
        for (const std::int64_t at : {0, 1, 7, 39, 40}) {
            INFO(preset << ", saved after step " << at);
            Trained first(recipe, text, 1);
            first.trainer.run(at, again.data());
            first.trainer.save(path);
            Trained second(recipe, text, 3);
            second.trainer.run(3, nullptr); // earlier steps do not matter
            second.trainer.resume(path);
            CHECK(second.trainer.step() == at);
            CHECK(second.model.steps == at);
            second.trainer.run(40, again.data() + at);
            CHECK(bit_difference(again, losses) == "");
            CHECK(bit_difference(state_of(second.model), state_of(whole.model)) == "");
            first.trainer.run(40, nullptr); // and saving disturbs nothing
            CHECK(bit_difference(state_of(first.model), state_of(whole.model)) == "");
        }
    }
    CHECK(folder.count() == 1);
}

TEST_CASE("a run with momentum and clipping goes on from a checkpoint to the same bits")
{
    const Folder folder;
    const Dataset text = text_of(lines);
    const std::string path = folder / "checkpoint";
    for (const auto& [optimizer, momentum] : {std::pair(NIB_SGD, 0.9), {NIB_SGD, 0.0}, {NIB_ADAMW, 0.0}}) {
        Recipe recipe("lecture-deep");
        recipe.train.optimizer = optimizer;
        recipe.train.schedule = NIB_SCHEDULE_CONSTANT;
        recipe.train.momentum = momentum;
        recipe.train.clip_norm = 0.5;
        Trained whole(recipe, text, 1);
        whole.trainer.run(40, nullptr);
        Trained first(recipe, text, 2);
        first.trainer.run(13, nullptr);
        first.trainer.save(path);
        CHECK(StoredFile(path).tensors.contains("sgd.momentum.0.weight") == (momentum > 0));
        CHECK(load_model(path, spec_words(), heap()).steps == 13); // a checkpoint is a model file too
        Trained second(recipe, text, 3);
        second.trainer.run(3, nullptr);
        second.trainer.resume(path);
        second.trainer.run(40, nullptr);
        CHECK(bit_difference(state_of(second.model), state_of(whole.model)) == "");

        Recipe other = recipe;
        other.train.momentum = 0.5;
        Trained refused(other, text, 1);
        CHECK(error_of(NIB_ERR_MISMATCH, [&] { refused.trainer.resume(path); }).find("train.momentum is ") !=
              std::string::npos);
    }
}

TEST_CASE("a finished run goes on for more steps, to the bits of a run that was longer from the start")
{
    const Folder folder;
    const Dataset text = text_of(lines);
    const std::string path = folder / "checkpoint";
    for (const nib_optimizer optimizer : {NIB_SGD, NIB_ADAMW}) {
        Recipe recipe("lecture-deep"), longer = recipe;
        recipe.train.optimizer = longer.train.optimizer = optimizer;
        longer.train.steps = 70;
        Trained whole(longer, text, 1);
        whole.trainer.run(70, nullptr);
        Trained first(recipe, text, 1);
        first.trainer.run(40, nullptr);
        first.trainer.save(path);
        Trained second(longer, text, 2);
        second.trainer.resume(path);
        CHECK(second.trainer.step() == 40);
        CHECK(second.trainer.run(70, nullptr) == 30);
        CHECK(bit_difference(state_of(second.model), state_of(whole.model)) == "");

        recipe.train.steps = 39; // there cannot be fewer
        Trained shorter(recipe, text, 1);
        CHECK(error_of(NIB_ERR_MISMATCH, [&] {
                  shorter.trainer.resume(path);
              }).ends_with("train.steps is 40 there and 39 here"));
    }
    Recipe cosine("mlp"), longer = cosine; // each of its rates depends on the number of steps
    longer.train.steps = 70;
    Trained first(cosine, text, 1);
    first.trainer.run(40, nullptr);
    first.trainer.save(path);
    Trained second(longer, text, 1);
    CHECK(error_of(NIB_ERR_MISMATCH, [&] {
              second.trainer.resume(path);
          }).ends_with("train.steps is 40 there and 70 here"));
}

TEST_CASE("running standard deviations whose squares underflow go on as they were")
{
    const Folder folder;
    const Dataset text = text_of(lines);
    Recipe recipe("lecture-batchnorm");
    REQUIRE(recipe.model.norm.ends_with("running=std"));
    Trained first(recipe, text, 1), second(recipe, text, 1);
    for (float& each : first.model.running) each = 1e-30f;
    first.trainer.save(folder / "checkpoint");
    second.trainer.resume(folder / "checkpoint");
    CHECK(bit_difference(state_of(second.model), state_of(first.model)) == "");
}

TEST_CASE("a checkpoint is a model file too, and says of what run it is")
{
    const Folder folder;
    const Dataset text = text_of(lines);
    const Recipe recipe("mlp");
    Trained trained(recipe, text, 2);
    trained.trainer.run(11, nullptr);
    trained.trainer.save(folder / "checkpoint");
    CHECK(bit_difference(state_of(load_model(folder / "checkpoint", spec_words(), heap())), state_of(trained.model)) ==
          "");
    const CheckpointHead head = read_checkpoint_head(folder / "checkpoint", heap());
    CHECK(head.step == 11);
    CHECK(print_network(head.model.network.items()) == trained.model.network_text);
    CHECK(print_input(head.model.input) == "symbols");
    CHECK(head.model.seed == 2147483647);
    CHECK(head.train.steps == 40);
    CHECK(head.train.learning_rate == recipe.train.learning_rate);
    CHECK(head.train.optimizer == NIB_ADAMW);

    save_model(trained.model, folder / "model");
    CHECK(error_of(NIB_ERR_FORMAT, [&] {
              trained.trainer.resume(folder / "model");
          }).ends_with("not a checkpoint of a training run"));
}

TEST_CASE("other options are refused by name, and the run is as before")
{
    const Folder folder;
    const Dataset text = text_of(lines);
    const std::string path = folder / "checkpoint";
    save_start(text, path);
    struct Change {
        const char* words;
        std::function<void(Recipe&)> make;
    };
    const Change changes[] = {
        {"train.steps is 40 there and 41 here", [](Recipe& r) { r.train.steps = 41; }},
        {"train.batch_size is 9 there and 8 here", [](Recipe& r) { r.train.batch_size = 8; }},
        {"train.optimizer is adamw there and sgd here", [](Recipe& r) { r.train.optimizer = NIB_SGD; }},
        {"train.schedule is cosine there and step here", [](Recipe& r) { r.train.schedule = NIB_SCHEDULE_STEP; }},
        {"seed is ", [](Recipe& r) { r.model.seed += 1; }},
        {"network is ..., linear 20, batchnorm, tanh, linear 20, ... there and ..., linear 21, batchnorm, tanh, linear "
         "21, ... here",
         [](Recipe& r) { r.model.hidden = 21; }},
        {"network is ..., tanh, linear 20, batchnorm, tanh, ... there and ..., relu, linear 20, batchnorm, relu, ... "
         "here",
         [](Recipe& r) { r.model.activation = "relu"; }},
        {"network is ..., tanh, ... there and ..., tanh, linear 20, batchnorm, tanh, ... here",
         [](Recipe& r) { r.model.layers = 3; }},
        {"network is ..., tanh, linear 20, batchnorm, tanh, ... there and ..., tanh, ... here",
         [](Recipe& r) { r.model.layers = 1; }},
        {"network is embedding 5, ... there and embedding 6, ... here", [](Recipe& r) { r.model.embedding = 6; }},
        {"network is ..., linear gain=0.1 there and ..., linear here", [](Recipe& r) { r.model.output_keys = ""; }},
        {"input is symbols there and symbols context=7 here", [](Recipe& r) { r.model.context = 7; }},
        {"batch_size is 9 there and 10 here, train.steps is 40 there and 7 here",
         [](Recipe& r) { r.train.batch_size = 10, r.train.steps = 7; }},
        {"batch_size is 9 there and 17 here, train.segments is 1 there and 2 here",
         [](Recipe& r) { r.train.batch_size = 17, r.train.segments = 2; }},
    };
    for (const Change& change : changes) {
        Recipe recipe("mlp");
        change.make(recipe);
        Trained trained(recipe, text, 1), twin(recipe, text, 1);
        trained.trainer.run(3, nullptr);
        twin.trainer.run(3, nullptr);
        const std::string message = error_of(NIB_ERR_MISMATCH, [&] { trained.trainer.resume(path); });
        INFO(message);
        CHECK(message.find(change.words) != std::string::npos);
        trained.trainer.run(4, nullptr);
        twin.trainer.run(4, nullptr);
        CHECK(bit_difference(state_of(trained.model), state_of(twin.model)) == "");
    }
}

TEST_CASE("every option that is another one is refused by name")
{
    const Folder folder;
    const Dataset text = text_of(lines);
    const std::string path = folder / "checkpoint";
    save_start(text, path);
    const auto change = [](const Field& field, void* options) {
        if (field.kind == FieldKind::real)
            set_real(field, options, real_of(field, options) / 2 + 0.0625);
        else
            set_whole(field, options, whole_of(field, options) + (whole_of(field, options) == 1 ? -1 : 1));
    };
    const auto refused = [&](const ModelSpec& spec, const nib_train_options& train, const std::string& key) {
        Model model = new_model(spec, text);
        Trainer trainer(model, text, train, 1, heap());
        const std::string message = error_of(NIB_ERR_MISMATCH, [&] { trainer.resume(path); });
        INFO(message);
        CHECK(message.starts_with(path + " is of another run: " + key + " is "));
        CHECK(message.find(" there and ") != std::string::npos);
        CHECK(message.find(" is ", message.find(" there and ")) == std::string::npos); // nothing else
    };
    const Recipe recipe("mlp");
    const Model same = new_model(spec_of(recipe.model), text);
    for (const Field& field : model_fields()) {
        nib_model_options model = same.options();
        if (field.kind == FieldKind::text)
            set_text(field, &model,
                     field.name == std::string("input")  ? "symbols context=1"
                     : field.name == std::string("loss") ? "cross-entropy smoothing=0.5"
                                                         : "embedding 1, flatten, linear");
        else
            change(field, &model);
        refused(spec_of(model), recipe.train, field.name);
    }
    for (const Field& field : train_fields()) {
        nib_train_options train = recipe.train;
        if (field.name == std::string("segments")) continue; // more take a larger batch: see above
        change(field, &train);
        refused(spec_of(recipe.model), train, std::string("train.") + field.name);
    }
}

TEST_CASE("other data are refused, also of the same size and vocabulary")
{
    const Folder folder;
    const Dataset text = text_of(lines);
    save_start(text, folder / "checkpoint");
    std::string turned = lines;
    std::swap(turned[0], turned[1]);
    for (const std::string& other : {turned, lines + "ava\n", "zoe\n" + lines}) {
        const Dataset other_text = text_of(other);
        Trained trained(Recipe("mlp"), other_text, 1);
        const std::string message = error_of(NIB_ERR_MISMATCH, [&] { trained.trainer.resume(folder / "checkpoint"); });
        INFO(message);
        CHECK(message.find("data.crc32c is ") != std::string::npos);
    }
}

TEST_CASE("every cut and every changed byte of a checkpoint is refused, or changes nothing")
{
    const Folder folder;
    const Dataset text = text_of(lines);
    Recipe recipe("mlp");
    recipe.model.embedding = 2;
    recipe.model.hidden = 2;
    recipe.model.layers = 1;
    Trained trained(recipe, text, 1);
    trained.trainer.run(5, nullptr);
    const std::vector<float> expected = state_of(trained.model);
    const std::string path = folder / "checkpoint", broken = folder / "broken";
    trained.trainer.save(path);
    const std::string bytes = bytes_of(path);
    std::size_t refused = 0, harmless = 0;
    const auto try_bytes = [&](const std::string& changed) {
        write_bytes(broken, changed);
        try {
            trained.trainer.resume(broken);
            ++harmless;
            CHECK(trained.trainer.step() == 5);
            CHECK(bit_difference(state_of(trained.model), expected) == "");
        } catch (const Error& error) {
            ++refused;
            CHECK((error.status() == NIB_ERR_FORMAT || error.status() == NIB_ERR_MISMATCH));
        }
    };
    for (std::size_t at = 0; at < bytes.size(); at += 7) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
        try_bytes(changed);
        try_bytes(bytes.substr(0, at));
    }
    INFO(refused << " refused, " << harmless << " harmless");
    CHECK(refused + harmless == 2 * ((bytes.size() + 6) / 7));
    CHECK(harmless < 20); // the padding of the header
}

namespace {

// A checkpoint to modify. If it is refused, the run is unchanged.
struct Changed {
    Changed()
    {
        trained.trainer.run(5, nullptr);
        trained.trainer.save(path);
        before = state_of(trained.model);
    }

    StoredFile file() const { return StoredFile(path); }
    std::string refusal(const StoredFile& stored)
    {
        stored.save(changed);
        const std::string said = error_of(NIB_ERR_FORMAT, [&] { trained.trainer.resume(changed); });
        CHECK(trained.trainer.step() == 5);
        CHECK(bit_difference(state_of(trained.model), before) == "");
        REQUIRE(said.starts_with(changed + ": "));
        return said.substr(changed.size() + 2);
    }
    // The message must be the same from reading the checkpoint's head.
    std::string refusal_of_both(const StoredFile& stored)
    {
        const std::string said = refusal(stored);
        CHECK(error_of(NIB_ERR_FORMAT, [&] { read_checkpoint_head(changed, heap()); }) == changed + ": " + said);
        return said;
    }
    std::string refusal_of(const std::string& key, const std::string& value)
    {
        StoredFile stored = file();
        stored.metadata.at(key) = value;
        return refusal_of_both(stored);
    }

    Folder folder;
    std::string path = folder / "checkpoint", changed = folder / "changed";
    Dataset text = text_of(lines);
    Trained trained{Recipe("mlp"), text, 1};
    std::vector<float> before;
};

constexpr float infinity = std::numeric_limits<float>::infinity();

} // namespace

TEST_CASE_METHOD(Changed, "a checkpoint changed on purpose is taken without its checksum")
{
    StoredFile stored = file();
    stored.set("0.weight", 0, 0.5f);
    stored.save_with_old_checksum(changed);
    CHECK(error_of(NIB_ERR_FORMAT, [&] { trained.trainer.resume(changed); }).find("is taken without \"checksum\"") !=
          std::string::npos);
    stored.save(changed);
    trained.trainer.resume(changed);
    CHECK(state_of(trained.model).front() == 0.5f);
}

TEST_CASE_METHOD(Changed, "a checkpoint has its own tensors, known by name, type and shape, and no others")
{
    StoredFile stored = file();
    stored.add("2.bias", Dtype::f32, {20});
    CHECK(refusal_of_both(stored) == "tensor '2.bias': F32 (20), which is no tensor of this network");
    for (const std::string name :
         {"trainer.running", "trainer.random", "adamw.m.0.weight", "adamw.v.8.bias", "5.weight"}) {
        stored = file();
        const Shape shape = stored.tensors.at(name).shape;
        const std::string expected = ", expected " + describe(stored.tensors.at(name).dtype, shape);
        stored.add(name, Dtype::f64, shape);
        CHECK(refusal_of_both(stored) == "tensor '" + name + "': " + describe(Dtype::f64, shape) + expected);
        if (name == "5.weight") {
            CHECK(load_model(changed, spec_words(), heap()).converted ==
                  "1 tensor of F64 converted to F32"); // no run can be resumed from it
        } else {
            CHECK(error_of(NIB_ERR_FORMAT, [&] { load_model(changed, spec_words(), heap()); }).ends_with(expected));
        }
        stored.tensors.erase(name);
        CHECK(refusal(stored) == "tensor '" + name + "': not there" + expected);
    }
    stored = file();
    stored.add_prefix("module.");
    CHECK(refusal(stored).starts_with("tensor '0.weight': not there, expected F32"));
    load_parameters(trained.model, path); // with tensors that a model does not need
}

TEST_CASE_METHOD(Changed, "a checkpoint without one of its keys is damaged, and no state_dict of another program")
{
    for (const char* key : {"vocabulary", "encoding", "steps", "trainer.step", "train.steps", "data.items"}) {
        StoredFile stored = file();
        REQUIRE(stored.metadata.erase(key) == 1);
        CHECK(refusal_of_both(stored) == std::string("the metadata has no \"") + key + "\": not written by nib?");
    }
}

TEST_CASE_METHOD(Changed, "numbers of a checkpoint that are not finite or out of range are refused by index")
{
    const std::ptrdiff_t variance = trained.model.layout.running[1].spread;
    const auto at = static_cast<std::size_t>(variance) + 2;
    const std::string index = "[" + std::to_string(at) + "]";
    StoredFile stored = file();
    stored.set("5.weight", 21, infinity);
    CHECK(refusal(stored) == "5.weight[1, 1] is inf: expected a finite number");
    stored = file();
    stored.set("trainer.running", at, -infinity);
    CHECK(refusal(stored) == "trainer.running" + index + " is -inf: expected a finite number");
    stored.set("trainer.running", at, -0.5f);
    CHECK(refusal(stored) == "trainer.running: 6.running_var[2] is -0.5: expected 0 or a number above");
    stored = file();
    stored.set("adamw.m.5.weight", 21, std::nanf(""));
    CHECK(refusal(stored) == "adamw.m.5.weight[1, 1] is nan: expected a finite number");
    stored.set("adamw.m.5.weight", 21, -1.0f);
    stored.set("adamw.v.8.bias", 3, -1.0f);
    CHECK(refusal(stored) == "adamw.v.8.bias[3] is -1: expected 0 or a number above");
    stored.set("adamw.v.8.bias", 3, 0.0f);
    stored.save(changed);
    trained.trainer.resume(changed);
}

TEST_CASE_METHOD(Changed, "a random stream out of range is refused")
{
    StoredFile stored = file();
    for (const std::int32_t position : {-1, 625, INT32_MIN}) {
        stored.set("trainer.random", 624, position);
        CHECK(refusal(stored) == "trainer.random[624] is " + std::to_string(position) + ": expected 0 to 624");
    }
    stored = file();
    for (const std::int32_t flag : {-1, 2}) {
        stored.set("trainer.random", 625, flag);
        CHECK(refusal(stored) == "trainer.random[625] is " + std::to_string(flag) + ": expected 0 to 1");
    }
    stored.set("trainer.random", 625, 1);
    stored.set("trainer.random", 626, infinity);
    CHECK(refusal(stored) == "trainer.random[626] has the bits of a number that is not finite");
}

TEST_CASE_METHOD(Changed, "whole numbers of a checkpoint's metadata have their ranges")
{
    const struct {
        const char* key;
        std::int64_t low, high;
    } keys[] = {{"trainer.step", 0, 40},
                {"train.steps", 1, std::int64_t{1} << 40},
                {"train.batch_size", 1, 1048576},
                {"train.decay_at", 0, INT64_MAX},
                {"train.warmup_steps", 0, INT64_MAX},
                {"data.items", 10, UINT32_MAX},
                {"data.train_examples", 1, UINT32_MAX},
                {"data.val_examples", 1, UINT32_MAX},
                {"data.crc32c", 0, UINT32_MAX},
                {"steps", 0, std::int64_t{1} << 62}};
    for (const auto& each : keys) {
        std::vector<std::string> values = {std::to_string(each.low - 1), "-9223372036854775808", "9223372036854775808",
                                           "0x1", ""};
        if (each.high < INT64_MAX) values.push_back(std::to_string(each.high + 1));
        for (const std::string& value : values) {
            CHECK(refusal_of(each.key, value) == std::string("the metadata's \"") + each.key + "\" is \"" + value +
                                                     "\": expected a whole number from " + std::to_string(each.low) +
                                                     " to " + std::to_string(each.high));
        }
    }
    CHECK(refusal_of("train.learning_rate", "-1") ==
          "the metadata's train.learning_rate is -1: expected a number above 0");
    CHECK(refusal_of("train.adam_eps", "nan") == "the metadata's train.adam_eps is nan: expected a number above 0");
    CHECK(refusal_of("train.optimizer", "adam") ==
          "the metadata's \"train.optimizer\" is \"adam\": expected sgd or adamw (adamw?)");
    CHECK(refusal_of("checkpoint", "1\xC3\xA9") == "a checkpoint of version \"1\xC3\xA9\", expected 1");
}

TEST_CASE_METHOD(Changed, "steps are counted up to what a file may tell, and no further")
{
    StoredFile stored = file();
    stored.metadata.at("steps") = "4611686018427387904";
    stored.save(changed);
    trained.trainer.resume(changed);
    trained.trainer.run(3, nullptr);
    CHECK(trained.model.steps == std::int64_t{1} << 62);
    trained.trainer.save(changed);
    CHECK(load_model(changed, spec_words(), heap()).steps == std::int64_t{1} << 62);
}

TEST_CASE("a number that is not finite is never written over the last checkpoint")
{
    const Folder folder;
    const Dataset text = text_of(lines);
    const std::string path = folder / "checkpoint";
    for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        Trained trained(Recipe("mlp"), text, 1);
        trained.trainer.save(path);
        const std::string before = bytes_of(path);
        *trained.model.at(trained.model.layout.tensors[1].offset) = bad;
        const std::string message = error_of(NIB_ERR_DIVERGED, [&] { trained.trainer.save(path); });
        CHECK(message.starts_with("2.weight holds a number that is not finite after step 0"));
        CHECK(bytes_of(path) == before);
        trained.trainer.resume(path);
        trained.model.running[3] = bad;
        CHECK(error_of(NIB_ERR_DIVERGED, [&] {
                  trained.trainer.save(path);
              }).starts_with("3.running_mean holds a number that is not finite after step 0"));
    }
}

TEST_CASE("a run that diverged cannot be saved, but goes on from its checkpoint")
{
    const Folder folder;
    const Dataset text = text_of(lines);
    Recipe recipe("lecture-original");
    recipe.model.activation = "identity";
    recipe.train.learning_rate = 1e6;
    recipe.train.warmup_steps = 0;
    recipe.train.steps = 1000;
    Trained trained(recipe, text, 2);
    trained.trainer.run(1, nullptr);
    trained.trainer.save(folder / "checkpoint");
    const std::string message = error_of(NIB_ERR_DIVERGED, [&] { trained.trainer.run(1000, nullptr); });
    INFO(message);
    CHECK(message.find("likely a learning rate of 1e+06 is too high: ") != std::string::npos);
    error_of(NIB_ERR_STATE, [&] { trained.trainer.save(folder / "checkpoint"); });
    trained.trainer.resume(folder / "checkpoint");
    CHECK(trained.trainer.step() == 1);
    float loss = 0;
    CHECK(trained.trainer.run(1, &loss) == 1);
    CHECK(std::isfinite(loss));
}
