// Does it help a network that reads digits to see many of them without labels first? Its hidden layers are trained as
// an autoencoder on all images, layer by layer (each to give back what the layers before it give) or as a whole; then
// the network is trained with the labels of 100, 1000 or all images, and so is one from scratch.
#include "study.hpp"

using namespace xgrad;

namespace {

using Widths = std::vector<std::int64_t>;
const nn::DenseOptions glorot{.weight_init = nn::init::glorot_uniform};

/// The hidden layers; module l of it is layer l.
nn::Sequential make_encoder(const Widths& hidden) {
  nn::Sequential encoder;
  std::int64_t in = 784;
  for (const std::int64_t width : hidden) {
    encoder.add(nn::Sequential(nn::Dense(in, width, glorot), nn::Sigmoid()));
    in = width;
  }
  return encoder;
}

/// Trains a network to give back its inputs, as logits.
train::History reconstruct(nn::Module& autoencoder, const Tensor& x, std::int64_t epochs) {
  optim::Adam adam(autoencoder.parameters());
  return train::fit(autoencoder, adam, nn::BinaryCrossEntropyWithLogits{}, x, x, {.epochs = epochs, .batch_size = 100});
}

void pretrain_by_layer(nn::Sequential& encoder, const Widths& hidden, Tensor x, std::int64_t epochs) {
  for (std::size_t l = 0; l < hidden.size(); ++l) {
    auto& layer = encoder.at<nn::Sequential>(l);
    nn::Sequential autoencoder(layer, nn::Dense(hidden[l], x.size(1), glorot));  // shares the layer's weights
    reconstruct(autoencoder, x, epochs);
    x = train::predict(layer, x, {.batch_size = 1000});
  }
}

nn::Sequential pretrain_whole(const nn::Sequential& encoder, Widths hidden, const Tensor& x, std::int64_t epochs) {
  hidden.insert(hidden.begin(), 784);
  nn::Sequential autoencoder(encoder, nn::mlp({hidden.rbegin(), hidden.rend()}, nn::Sigmoid(), glorot));
  reconstruct(autoencoder, x, epochs);
  return autoencoder;
}

/// Images as rows of pixels in [0, 1].
std::pair<Tensor, Tensor> rows_of(const data::Dataset& images) {
  const auto [x, y] = images.all();
  return {x.flatten(1), y};
}

}  // namespace

int main(int argc, char** argv) {
  Study study("pretraining", "Digits with and without unsupervised pre-training.", 2);
  study.reads_digits();
  Widths hidden{128, 64}, labels{100, 1000};
  std::int64_t images = 5000, epochs = 5, steps = 600;
  study.app.add_option("--hidden", hidden, "widths of the hidden layers; 256,64 with --full")
      ->delimiter(',')
      ->check(Study::count());
  study.app.add_option("--labels", labels, "how many images have labels; all of them come last")->delimiter(',');
  study.app.add_option("--images", images, "to train with, without --full")->check(Study::count());
  study.app.add_option("--epochs", epochs, "of each autoencoder")->check(Study::count());
  study.app.add_option("--steps", steps, "with labels, of 50 images each; 2000 with --full")->check(Study::count());
  return study.run(argc, argv, [&] {
    if (study.full) hidden = {256, 64}, steps = 2000, study.repeat = std::max<std::int64_t>(study.repeat, 3);
    const data::ImageData digits = study.images(images, images / 5);
    const auto [x, y] = rows_of(digits.train);
    const auto [x_test, y_test] = rows_of(digits.test);
    labels.push_back(x.size(0));
    const std::vector<std::string> starts{"from scratch", "layer by layer", "as a whole"};

    const auto experiment = [&, x = x, y = y, x_test = x_test, y_test = y_test](std::uint64_t seed) {
      nn::Sequential scratch = make_encoder(hidden);
      std::vector<nn::Sequential> encoders{scratch, clone(scratch), clone(scratch)};
      pretrain_by_layer(encoders[1], hidden, x, epochs);
      nn::Sequential autoencoder = pretrain_whole(encoders[2], hidden, x, epochs);
      if (seed == study.seed) {
        for (std::size_t i = 0; i < starts.size(); ++i)
          train::plot::first_layer(study / fmt::format("first_layer_{}.svg", i), encoders[i].parameters()[0],
                                   {.title = "The first layer, " + starts[i], .most = 32});
        const Tensor some = x_test.slice(0, 0, 10), back = sigmoid(train::predict(autoencoder, some));
        train::plot::images(study / "reconstructed.svg", cat({some, back}, 0).reshape({-1, 28, 28}),
                            {.title = "Digits as the autoencoder sees them", .columns = 10});
      }
      const Tensor order = randperm(x.size(0));
      train::Logs accuracy;
      for (const std::int64_t count : labels) {
        const data::TensorDataset labelled(index_select(x, 0, order.slice(0, 0, count)).array(),
                                           index_select(y, 0, order.slice(0, 0, count)).array());
        for (std::size_t i = 0; i < starts.size(); ++i) {
          nn::Sequential net(clone(encoders[i]), nn::Dense(hidden.back(), 10, glorot));
          optim::Adam adam(net.parameters());
          const std::int64_t batch = std::min<std::int64_t>(50, count);
          train::fit(net, adam, nn::CrossEntropy{}, labelled,
                     {.epochs = (steps * batch + count - 1) / count, .batch_size = batch, .seed = seed});
          const std::string name = fmt::format("{} labels, {}", count, starts[i]);
          accuracy.set(name, train::evaluate(net, nn::CrossEntropy{}, x_test, y_test,
                                             {.batch_size = 1000, .metrics = {"accuracy"}})["accuracy"]);
        }
      }
      return accuracy;
    };
    const train::Samples runs = train::repeat(study.repeat, experiment, {.seed = study.seed});

    train::Table table(
        {"labels", "start", "runs", "test accuracy", "deviation", "gain over scratch", "95 % from", "to"});
    std::vector<train::plot::Bar> bars;
    for (const std::int64_t count : labels) {
      for (const std::string& start : starts) {
        const train::Sample &sample = runs[fmt::format("{} labels, {}", count, start)],
                            &scratch = runs[fmt::format("{} labels, {}", count, starts[0])];
        std::vector<double> gains;
        for (std::size_t i = 0; i < sample.values.size(); ++i) gains.push_back(sample.values[i] - scratch.values[i]);
        const train::Sample gain = train::summarize(gains);
        table.row({count, start, study.repeat, sample.mean, sample.std, gain.mean, gain.low, gain.high});
        bars.push_back({fmt::format("{}, {}", count, start.substr(start.rfind(' ') + 1)), sample.mean, sample.std});
      }
    }
    study.table("accuracy", table);
    train::plot::bars(study / "accuracy.svg", bars, {.title = "Accuracy on the test images", .label = "accuracy"});
  });
}
