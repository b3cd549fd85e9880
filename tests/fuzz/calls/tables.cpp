// Tables: arrays and files, models, predictions. One operation goes all the way from arrays to predictions and leaves
// nothing behind.
#include "fuzz/calls/session.hpp"

#include <cmath>

namespace nib::fuzz {

namespace {

// Random rows with classes or numbers to learn; now and then a number is not finite, which is refused.
struct Arrays {
    explicit Arrays(Session& s)
    {
        rows = static_cast<std::int64_t>(12 + s.random.below(50));
        columns = static_cast<std::int64_t>(1 + s.random.below(5));
        stride = columns + static_cast<std::int64_t>(s.random.below(3));
        const auto number = [&] { return static_cast<float>(s.random.below(2001)) / 100.0f - 10.0f; };
        for (std::int64_t i = 0; i < rows * stride; ++i) x.push_back(number());
        for (std::int64_t i = 0; i < rows; ++i) {
            classes.push_back(static_cast<std::int32_t>(i < class_count ? i : s.random.below(3)));
            targets.push_back(number());
            weights.push_back(static_cast<float>(s.random.below(3) + (i == 0)));
        }
        has_classes = s.random.one_in(2);
        has_weights = s.random.one_in(3);
        is_borrowed = s.random.one_in(2);
    }

    nib_table table() const
    {
        auto t = sized<nib_table>();
        t.x = x.data();
        t.rows = rows;
        t.columns = columns;
        t.row_stride = stride;
        if (has_classes) {
            t.classes = classes.data();
            t.class_count = class_count;
        } else {
            t.targets = targets.data();
            t.target_columns = t.target_stride = 1;
        }
        if (has_weights) t.weights = weights.data();
        t.borrow = is_borrowed ? 1 : 0;
        return t;
    }

    static constexpr std::int32_t class_count = 3;
    std::int64_t rows, columns, stride;
    std::vector<float> x, targets, weights;
    std::vector<std::int32_t> classes;
    bool has_classes, has_weights, is_borrowed;
};

// An existing context and its handle, or none.
struct Place {
    explicit Place(Session& s) : context(s.some<Context>()), handle(s.handle_of(context)) {}
    Context* told() const { return handle != nullptr ? context : nullptr; }

    Context* context;
    nib_context* handle;
};

nib_model_options options_of(Session& s, const Arrays& arrays)
{
    auto options = sized<nib_model_options>();
    auto train = sized<nib_train_options>();
    require(nib_preset("default", &options, &train) == NIB_OK, "there is a preset");
    options.input = "floats";
    options.seed = static_cast<std::uint32_t>(s.random.below(5));
    options.network = s.random.of<const char*>(
        arrays.has_classes
            ? std::initializer_list<const char*>{"linear", "standardize, linear 5, relu, linear",
                                                 "linear 4, batchnorm, tanh, dropout 0.1, linear"}
            : std::initializer_list<const char*>{"linear", "standardize, linear 5, gelu, linear, unscale",
                                                 "residual(dropout 0.5), linear, unscale"});
    options.loss = s.random.of<const char*>(arrays.has_classes
                                                ? std::initializer_list<const char*>{"", "cross-entropy smoothing=0.2"}
                                                : std::initializer_list<const char*>{"", "huber delta=0.3", "squared"});
    return options;
}

void ask(Session& s, const Place& place, nib_model* model, const nib_dataset* dataset, const Arrays& arrays)
{
    auto info = sized<nib_model_info>();
    require(nib_model_get_info(model, &info) == NIB_OK, "a model has information");
    const char* text = nullptr;
    NIB_CALL(s, place.told(), (), nib_model_column, model, s.within<std::int32_t>(0, {-1, info.columns, INT_MAX}),
             &text);
    if (info.classes > 0)
        NIB_CALL(s, place.told(), (), nib_model_class, model, s.within<std::int32_t>(1, {-1, info.classes}), &text);
    NIB_CALL(s, place.told(), (), nib_model_target, model, s.within<std::int32_t>(0, {-1, 1}), &text);
    std::vector<float> y(static_cast<std::size_t>(arrays.rows * info.outputs));
    nib_model* const given = s.needed(model);
    const nib_status predicted = NIB_CALL(
        s, given != nullptr ? place.told() : nullptr, (), nib_model_predict, given, s.needed(arrays.x.data()),
        arrays.rows, s.within<std::int64_t>(arrays.stride, {0, -1, arrays.columns - 1, INT64_MAX}), s.needed(y.data()));
    if (predicted == NIB_OK) {
        for (const float each : y) s.check(std::isfinite(each), "predictions of finite numbers are finite");
        s.mix(y.data(), y.size() * sizeof y[0]);
    }
    const auto split = s.one_of({NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST});
    Output<nib_metrics> metrics(s);
    double confusion[9] = {};
    metrics.value.confusion = nullptr;
    metrics.value.precision = metrics.value.recall = metrics.value.f1 = nullptr;
    if (arrays.has_classes && s.random.one_in(2)) metrics.value.confusion = confusion;
    const nib_status measured = NIB_CALL(s, place.told(), (NIB_ERR_DATA, NIB_ERR_DIVERGED), nib_model_metrics, model,
                                         dataset, split, s.needed(&metrics.value));
    if (measured != NIB_OK) return;
    s.check(metrics.value.examples > 0 && std::isfinite(metrics.value.loss), "a split has a loss");
    s.check(std::isnan(metrics.value.rmse) == arrays.has_classes, "numbers alone have an error");
    s.mix(metrics.value.loss);
}

nib_table_options rows_of(const nib_model* model)
{
    nib_table_options options{};
    options.struct_size = sizeof options;
    nib_table_options_default(&options);
    options.schema_of = model;
    return options;
}

void read_rows(Session& s, const Place& place, const nib_model* model)
{
    const nib_table_options options = rows_of(s.needed(model));
    const std::string path = s.path_to_read();
    nib_row_reader* reader = nullptr;
    nib_context* const given = s.needed(place.handle);
    const nib_status status = NIB_CALL(
        s, given != nullptr ? place.told() : nullptr, (NIB_ERR_IO, NIB_ERR_DATA, NIB_ERR_MISMATCH, NIB_ERR_UNSUPPORTED),
        nib_row_reader_create, given, s.needed(path.c_str()), s.needed(&options), s.needed(&reader));
    if (status != NIB_OK) return;
    std::vector<float> x(5 * 8);
    std::int64_t count = 0;
    NIB_CALL(s, place.told(), (NIB_ERR_IO, NIB_ERR_DATA, NIB_ERR_MISMATCH), nib_row_reader_next, reader,
             s.within<std::int64_t>(5, {0, -1, INT64_MAX}), s.needed(x.data()), s.needed(&count));
    nib_row_reader_destroy(reader);
}

// Reads a file for a model with as many columns.
void read_written_rows(Session& s, const Place& place, const nib_model* model, const Arrays& arrays)
{
    const std::string path = s.materials.folder / "rows.csv";
    std::string text;
    for (std::int64_t c = 0; c < arrays.columns; ++c) text += c == 0 ? "1" : ",2";
    std::ofstream(path) << text << "\n" << text << "\n";
    nib_row_reader* reader = nullptr;
    const nib_table_options options = rows_of(model);
    if (NIB_CALL(s, place.told(), (), nib_row_reader_create, place.handle, path.c_str(), &options, &reader) != NIB_OK)
        return;
    std::vector<float> x(static_cast<std::size_t>(3 * arrays.columns));
    std::int64_t count = 0;
    if (NIB_CALL(s, place.told(), (), nib_row_reader_next, reader, 3, x.data(), &count) == NIB_OK)
        s.check(count == 2 && x[0] == 1, "a row is what stands in its line");
    nib_row_reader_destroy(reader);
    s.note("nib_row_reader_destroy");
}

// Predicts a row as a program with libnib_infer alone does.
void infer_row(Session& s, const nib_infer_model* model, const Arrays& arrays, void* memory, std::size_t bytes)
{
    auto info = sized<nib_infer_info>();
    require(nib_infer_get_info(model, &info) == NIB_OK, "an opened model has information");
    std::vector<float> y(static_cast<std::size_t>(info.outputs), 0.25f);
    if (NIB_CALL(s, nullptr, (), nib_infer_run, s.needed(model), s.needed(arrays.x.data()), 1, s.needed(y.data()),
                 memory, bytes) == NIB_OK) {
        for (const float each : y) s.check(std::isfinite(each), "outputs of finite numbers are finite");
        s.mix(y.data(), y.size() * sizeof y[0]);
    }
    if (!arrays.has_classes) return;
    std::int32_t found = -1;
    if (NIB_CALL(s, nullptr, (), nib_infer_classify, s.needed(model), arrays.x.data(), 1, s.needed(&found), memory,
                 bytes) == NIB_OK)
        s.check(found >= 0 && found < info.classes, "a row has a class");
    const char* text = nullptr;
    std::size_t length = 0;
    NIB_CALL(s, nullptr, (), nib_infer_class_name, s.needed(model),
             s.within<std::int32_t>(2, {-1, info.classes, INT_MAX}), s.needed(&text), &length);
}

void infer_table(Session& s, const Place& place, const nib_folded* folded, const Arrays& arrays)
{
    const void* file = nullptr;
    std::size_t size = 0, bytes = 0;
    if (NIB_CALL(s, place.told(), (), nib_folded_data, folded, s.needed(&file), s.needed(&size)) != NIB_OK) return;
    require(nib_infer_workspace(file, size, 1, &bytes) == NIB_OK, "a folded file has a workspace");
    Buffer<char> memory(bytes, std::pmr::new_delete_resource());
    nib_infer_model model;
    require(nib_infer_open(file, size, memory.data(), bytes, &model) == NIB_OK, "a folded file opens");
    infer_row(s, &model, arrays, memory.data(), bytes);
}

// Checks a folded model of the table: its information and its predictions.
void fold_table(Session& s, const Place& place, nib_model* model, const nib_dataset* dataset, const Arrays& arrays)
{
    auto options = sized<nib_fold_options>();
    require(nib_fold_options_default(&options) == NIB_OK, "folding has options");
    options.weights = s.one_of({NIB_WEIGHTS_F32, NIB_WEIGHTS_BF16, NIB_WEIGHTS_INT8});
    nib_folded* made = nullptr;
    if (NIB_CALL(s, place.told(), (), nib_fold, model, &options, &made) != NIB_OK) return;
    const unique<nib_folded> folded(made);
    const char* text = nullptr;
    NIB_CALL(s, place.told(), (), nib_folded_column, made, s.within<std::int32_t>(0, {-1, INT_MAX}), s.needed(&text));
    if (arrays.has_classes)
        NIB_CALL(s, place.told(), (), nib_folded_class, made, s.within<std::int32_t>(1, {-1, 3}), s.needed(&text));
    NIB_CALL(s, place.told(), (), nib_folded_target, made, s.within<std::int32_t>(0, {-1, 1}), s.needed(&text));
    const std::size_t outputs = arrays.has_classes ? 3 : 1;
    std::vector<float> y(static_cast<std::size_t>(arrays.rows) * outputs);
    if (NIB_CALL(s, place.told(), (), nib_folded_predict, made, s.needed(arrays.x.data()), arrays.rows,
                 s.within<std::int64_t>(arrays.stride, {0, -1, arrays.columns - 1}), s.needed(y.data())) == NIB_OK)
        s.mix(y.data(), y.size() * sizeof y[0]);
    Output<nib_metrics> metrics(s);
    metrics.value.confusion = metrics.value.precision = metrics.value.recall = metrics.value.f1 = nullptr;
    NIB_CALL(s, place.told(), (NIB_ERR_DATA, NIB_ERR_DIVERGED), nib_folded_metrics, made, dataset,
             s.one_of({NIB_SPLIT_TRAIN, NIB_SPLIT_VAL, NIB_SPLIT_TEST}), s.needed(&metrics.value));
    infer_table(s, place, made, arrays);
}

void tables(Session& s)
{
    auto split = sized<nib_split_options>();
    NIB_CALL(s, nullptr, (), nib_split_options_default, s.needed(&split));
    const Place place(s);
    Arrays arrays(s);
    const bool is_bad = s.odd();
    if (is_bad) {
        arrays.x[0] = s.random.of<float>({INFINITY, -INFINITY, NAN});
        arrays.is_borrowed = false;
    }
    const nib_table table = arrays.table();
    const bool with_val = s.random.one_in(4);
    split = {sizeof split, with_val ? 0.2 : s.within<double>(0.2, {-1, 1, NAN}), 0.2,
             static_cast<std::uint32_t>(s.random.next())};
    nib_dataset* dataset = nullptr;
    const nib_status made =
        NIB_CALL(s, place.told(), (NIB_ERR_DATA), nib_dataset_from_tables, place.handle, s.needed(&table),
                 with_val ? &table : nullptr, nullptr, with_val ? nullptr : &split, s.needed(&dataset));
    s.check((dataset != nullptr) == (made == NIB_OK), "a data set is made where the answer is NIB_OK");
    if (made != NIB_OK) return;
    s.check(!is_bad, "numbers that are not finite are refused");
    const unique<nib_dataset> kept(dataset);
    std::vector<float> x(static_cast<std::size_t>(5 * arrays.columns));
    NIB_CALL(s, place.told(), (), nib_dataset_rows, dataset, NIB_SPLIT_TRAIN, 0, s.within<std::int64_t>(5, {-1, 1000}),
             x.data(), nullptr, nullptr, nullptr);
    const nib_model_options options = options_of(s, arrays);
    nib_model* model = nullptr;
    if (NIB_CALL(s, place.told(), (), nib_model_create, place.handle, &options, dataset, &model) != NIB_OK) return;
    const unique<nib_model> kept_model(model);
    auto train = sized<nib_train_options>();
    auto ignored = sized<nib_model_options>();
    require(nib_preset("lecture-deep", &ignored, &train) == NIB_OK, "there is a preset");
    train.batch_size = 8;
    train.learning_rate = 0.01;
    train.class_weights = s.random.of({NIB_CLASS_WEIGHTS_NONE, NIB_CLASS_WEIGHTS_BALANCED});
    nib_trainer* trainer = nullptr;
    if (NIB_CALL(s, place.told(), (), nib_trainer_create, place.handle, model, dataset, &train, &trainer) == NIB_OK) {
        float losses[5] = {};
        if (NIB_CALL(s, place.told(), (), nib_trainer_run, trainer, 5, losses, nullptr) == NIB_OK)
            s.mix(losses, sizeof losses);
        nib_trainer_destroy(trainer);
    }
    ask(s, place, model, dataset, arrays);
    fold_table(s, place, model, dataset, arrays);
    read_rows(s, place, model);
    read_written_rows(s, place, model, arrays);
}

void table_files(Session& s)
{
    auto options = sized<nib_table_options>();
    NIB_CALL(s, nullptr, (), nib_table_options_default, s.needed(&options));
    const Place place(s);
    const std::string path = s.random.one_in(2) ? s.materials.folder / "table.csv" : s.path_to_read();
    std::string text = "a,b,c\n";
    for (int i = 0; i < 40; ++i)
        text += std::to_string(i % 7) + "," + std::to_string(i * 3 % 11) + (i % 3 == 0 ? ",yes\n" : ",no\n");
    std::ofstream(s.materials.folder / "table.csv") << text;
    nib_looks_like_table(path.c_str());
    s.note("nib_looks_like_table");
    require(nib_table_options_default(&options) == NIB_OK, "tables have options");
    const char* const target = s.random.of<const char*>({"c", "3", "a"});
    options.targets = &target;
    options.target_count = 1;
    options.missing = s.one_of({NIB_MISSING_ERROR, NIB_MISSING_MEAN});
    options.header = s.one_of({NIB_CSV_HEADER_AUTO, NIB_CSV_HEADER_PRESENT, NIB_CSV_HEADER_ABSENT});
    nib_dataset* dataset = nullptr;
    // A file of any kind is read: if it lacks something, either the file or an argument may be at fault.
    const nib_status status = NIB_CALL(
        s, place.told(), (NIB_ERR_IO, NIB_ERR_DATA, NIB_ERR_MISMATCH, NIB_ERR_UNSUPPORTED, NIB_ERR_INVALID_ARGUMENT),
        nib_dataset_load_table, place.handle, s.needed(path.c_str()), &options, s.needed(&dataset));
    s.check((dataset != nullptr) == (status == NIB_OK), "a data set is made where the answer is NIB_OK");
    nib_dataset_destroy(dataset);
}

} // namespace

const std::vector<Operation> table_operations = {tables, table_files, tables};

} // namespace nib::fuzz
