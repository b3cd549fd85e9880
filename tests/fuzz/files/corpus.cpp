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
    std::int32_t context_length, embedding_size, hidden_size, hidden_layers;
    nib_activation activation;
    std::int32_t batchnorm, output_batchnorm;
    nib_bn_running bn_running;
    nib_optimizer optimizer;
    const char* text;
    nib_encoding encoding;
};

constexpr Shape shapes[] = {
    {2, 2, 3, 0, NIB_TANH, 0, 0, NIB_BN_RUNNING_VARIANCE, NIB_SGD, test::small_text, NIB_ENCODING_UTF8},
    {1, 3, 3, 1, NIB_RELU, 0, 0, NIB_BN_RUNNING_VARIANCE, NIB_ADAMW, accents, NIB_ENCODING_UTF8},
    {3, 2, 5, 2, NIB_TANH, 1, 1, NIB_BN_RUNNING_VARIANCE, NIB_SGD, test::small_text, NIB_ENCODING_UTF8},
    {2, 4, 4, 1, NIB_IDENTITY, 1, 0, NIB_BN_RUNNING_STD, NIB_ADAMW, accents, NIB_ENCODING_BYTES},
    {2, 3, 17, 3, NIB_GELU, 1, 0, NIB_BN_RUNNING_VARIANCE, NIB_ADAMW, accents, NIB_ENCODING_UTF8},
};

Run make_run(nib_context* context, const Shape& shape)
{
    auto data = sized<nib_dataset_options>();
    auto options = sized<nib_model_options>();
    auto train = sized<nib_train_options>();
    require_ok(nib_dataset_options_default(&data));
    require_ok(nib_preset("lecture-deep", &options, &train));
    data.encoding = shape.encoding;
    options.context_length = shape.context_length;
    options.embedding_size = shape.embedding_size;
    options.hidden_size = shape.hidden_size;
    options.hidden_layers = shape.hidden_layers;
    options.activation = shape.activation;
    options.batchnorm = shape.batchnorm;
    options.output_batchnorm = shape.output_batchnorm;
    options.bn_running = shape.bn_running;
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
    sources.push_back({Kind::text, test::small_text, 0});
    sources.push_back({Kind::text, accents, 1});
    sources.push_back({Kind::text, std::string("\xef\xbb\xbf") + accents + "\r\n\r\n\n", 1});
}

} // namespace nib::fuzz
