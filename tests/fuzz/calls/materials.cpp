#include "fuzz/calls/session.hpp"

#include <fstream>
#include <iterator>

namespace nib::fuzz {

namespace {

void require_ok(nib_status status) { require(status == NIB_OK, "what the calls begin with can be made"); }

Buffer<char> read(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return copy_of(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), std::pmr::new_delete_resource());
}

} // namespace

Materials::Materials()
{
    const std::string names = folder / "names", model_file = folder / "model", checkpoint = folder / "checkpoint";
    std::ofstream(names) << test::small_text;
    std::ofstream(folder / "empty").flush();
    std::ofstream(folder / "noise") << std::string(300, '\x93');
    readable = {names,
                model_file,
                checkpoint,
                folder / "empty",
                folder / "noise",
                folder / "missing",
                folder / "",
                "",
                "/dev/null",
                folder / "%s%n",
                folder / std::string(5000, 'x')};
    for (int i = 0; i < 3; ++i) slots.push_back(folder / ("slot" + std::to_string(i)));

    nib_context* context = nullptr;
    require_ok(nib_context_create(nullptr, &context));
    const unique<nib_context> context_owner(context);
    nib_dataset* dataset = nullptr;
    require_ok(nib_dataset_load(context, names.c_str(), nullptr, &dataset));
    const unique<nib_dataset> dataset_owner(dataset);
    auto options = sized<nib_model_options>();
    auto train = sized<nib_train_options>();
    require_ok(nib_preset("lecture-deep", &options, &train));
    options.network = "embedding 4, flatten, 2 x (linear 12 gain=1, batchnorm variance=unbiased, tanh), "
                      "linear, batchnorm variance=unbiased gain=0.1";
    train.batch_size = 8;
    nib_model* model = nullptr;
    require_ok(nib_model_create(context, &options, dataset, &model));
    const unique<nib_model> model_owner(model);
    nib_trainer* trainer = nullptr;
    require_ok(nib_trainer_create(context, model, dataset, &train, &trainer));
    const unique<nib_trainer> trainer_owner(trainer);
    require_ok(nib_trainer_run(trainer, 20, nullptr, nullptr));
    require_ok(nib_trainer_save(trainer, checkpoint.c_str()));
    require_ok(nib_model_save(model, model_file.c_str()));
    auto fold = sized<nib_fold_options>();
    for (const nib_weights weights : {NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8}) {
        require_ok(nib_fold_options_default(&fold));
        fold.weights = weights;
        nib_folded* made = nullptr;
        require_ok(nib_fold(model, &fold, &made));
        const unique<nib_folded> owner(made);
        readable.push_back(folder / ("folded" + std::to_string(weights)));
        require_ok(nib_folded_save(made, readable.back().c_str()));
        folded.push_back(read(readable.back()));
    }
}

} // namespace nib::fuzz
