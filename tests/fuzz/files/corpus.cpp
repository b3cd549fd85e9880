#include "fuzz/files/corpus.hpp"

#include <fstream>
#include <iterator>
#include <utility>

namespace nib::fuzz {

void require_ok(nib_status status) { require(status == NIB_OK, "a call that nothing is wrong with answers NIB_OK"); }

std::string read_bytes(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

namespace {

constexpr char accents[] =
    "zo\xc3\xa9\n\xc3\xa9l\xf0\x9f\x98\x80\nlo\nozzo\nel\nolo\nle\nzel\noz\n\xc3\xa9\nlol\nzoe\n";

struct Shape {
    const char *network, *input;
    nib_optimizer optimizer;
    const char* text;
    nib_encoding encoding;
};

constexpr Shape shapes[] = {
    {"embedding 2, flatten, linear", "symbols context=2", NIB_SGD, test::small_text, NIB_ENCODING_UTF8},
    {"embedding 3, flatten, linear 3, relu, linear", "symbols context=1", NIB_ADAMW, accents, NIB_ENCODING_UTF8},
    {"embedding 2, flatten, 2 x (linear 5, batchnorm variance=unbiased, tanh), linear, batchnorm gain=0.1",
     "symbols context=3", NIB_SGD, test::small_text, NIB_ENCODING_UTF8},
    {"embedding 4, flatten, linear 4, batchnorm running=std, identity, linear bias-init=0", "symbols context=2",
     NIB_ADAMW, accents, NIB_ENCODING_BYTES},
    {"embedding 3, flatten, 3 x (linear 17 gain=1, batchnorm, gelu form=tanh), linear init=scaled gain=0.1",
     "symbols context=2", NIB_ADAMW, accents, NIB_ENCODING_UTF8},
};

Run make_run(nib_context* context, const Shape& shape)
{
    auto data = sized<nib_dataset_options>();
    auto options = sized<nib_model_options>();
    auto train = sized<nib_train_options>();
    require_ok(nib_dataset_options_default(&data));
    require_ok(nib_preset("lecture-deep", &options, &train));
    data.encoding = shape.encoding;
    options.network = shape.network;
    options.input = shape.input;
    train.steps = 20;
    train.batch_size = 8;
    train.optimizer = shape.optimizer;
    train.learning_rate = 0.02;
    nib_dataset* dataset = nullptr;
    nib_model* model = nullptr;
    nib_trainer* trainer = nullptr;
    require_ok(nib_dataset_from_memory(context, shape.text, std::strlen(shape.text), "text", &data, &dataset));
    require_ok(nib_model_create(context, &options, dataset, &model));
    require_ok(nib_trainer_create(context, model, dataset, &train, &trainer));
    require_ok(nib_trainer_run(trainer, 10, nullptr, nullptr));
    return {unique<nib_dataset>(dataset), unique<nib_model>(model), unique<nib_trainer>(trainer), ""};
}

std::string folded_bytes(const Run& run, nib_weights weights, const std::string& path)
{
    auto options = sized<nib_fold_options>();
    require_ok(nib_fold_options_default(&options));
    options.weights = weights;
    options.dataset = run.dataset.get();
    options.max_loss_difference = 1;
    nib_folded* folded = nullptr;
    require_ok(nib_fold(run.model.get(), &options, &folded));
    const unique<nib_folded> owner(folded);
    require_ok(nib_folded_save(folded, path.c_str()));
    return read_bytes(path);
}

// A folded model of a table with three inputs: classes, or two numbers.
std::string folded_table(nib_context* context, bool has_classes, nib_weights weights, const std::string& path)
{
    std::vector<float> x(120), targets(80);
    std::vector<std::int32_t> classes(40);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 37 % 101);
    for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = static_cast<float>(i * 11 % 53);
    for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = static_cast<std::int32_t>(i % 3);
    auto table = sized<nib_table>();
    table.x = x.data();
    table.rows = 40;
    table.columns = table.row_stride = 3;
    if (has_classes) {
        table.classes = classes.data();
        table.class_count = 3;
    } else {
        table.targets = targets.data();
        table.target_columns = table.target_stride = 2;
    }
    nib_dataset* dataset = nullptr;
    require_ok(nib_dataset_from_tables(context, &table, nullptr, nullptr, nullptr, &dataset));
    const unique<nib_dataset> data(dataset);
    auto options = sized<nib_model_options>();
    require_ok(nib_preset("lecture-deep", &options, nullptr));
    options.network = has_classes ? "standardize, linear 5, batchnorm, relu, residual(linear 5, tanh), linear"
                                  : "standardize, linear 4, gelu, linear, unscale";
    options.input = "floats";
    nib_model* made = nullptr;
    require_ok(nib_model_create(context, &options, dataset, &made));
    const unique<nib_model> model(made);
    auto fold = sized<nib_fold_options>();
    require_ok(nib_fold_options_default(&fold));
    fold.weights = weights;
    nib_folded* folded = nullptr;
    require_ok(nib_fold(made, &fold, &folded));
    const unique<nib_folded> owner(folded);
    require_ok(nib_folded_save(folded, path.c_str()));
    return read_bytes(path);
}

} // namespace

Corpus::Corpus(nib_context* context)
{
    const std::string file = folder / "made";
    for (std::size_t i = 0; i < std::size(shapes); ++i) {
        Run run = make_run(context, shapes[i]);
        run.checkpoint = folder / ("checkpoint" + std::to_string(i));
        require_ok(nib_trainer_save(run.trainer.get(), run.checkpoint.c_str()));
        sources.push_back({Kind::checkpoint, read_bytes(run.checkpoint), i});
        require_ok(nib_model_save(run.model.get(), file.c_str()));
        sources.push_back({Kind::model, read_bytes(file), i});
        for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8})
            sources.push_back({Kind::folded, folded_bytes(run, weights, file), i});
        runs.push_back(std::move(run));
    }
    for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8})
        for (const bool has_classes : {true, false})
            sources.push_back({Kind::folded, folded_table(context, has_classes, weights, file), 0});
    sources.push_back({Kind::text, test::small_text, 0});
    sources.push_back({Kind::text, accents, 1});
    sources.push_back({Kind::text, std::string("\xef\xbb\xbf") + accents + "\r\n\r\n\n", 1});
}

} // namespace nib::fuzz
