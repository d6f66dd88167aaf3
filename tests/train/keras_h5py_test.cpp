// Keras files beside h5py, run as a child process; reported as skipped where there is none.

#include <cstdio>
#include <cstdlib>

#include "tests/train/keras_files.hpp"

using namespace xgrad;
using namespace xgrad::test;

TEST_SUITE_BEGIN("train");

namespace {

bool have_h5py() {
  if (std::system("/usr/bin/python3 -c 'import h5py, numpy' 2> /dev/null") == 0) return true;
  std::puts("SKIPPED: /usr/bin/python3 has no h5py");
  return false;
}

int script(const std::string& command, const Folder& folder) {
  return std::system(
      ("/usr/bin/python3 " XGRAD_TESTS_DIR "/train/keras_h5py.py " + command + " " + folder.path.string()).c_str());
}

}  // namespace

TEST_CASE("keras: files of h5py are read however they store names and numbers") {
  const Folder folder;
  if (!have_h5py()) return;
  REQUIRE(script("make", folder) == 0);
  int files = 0, models = 0;
  const auto check = [](nn::Sequential& net, std::size_t second) {
    const Tensor kernel = transpose(net.at<nn::Dense>(0).weight, 0, 1), bias = net.at<nn::Dense>(second).bias;
    CHECK(difference(kernel, arange(12).to(kernel.dtype()).reshape({3, 4}) / 10) < 1e-6);
    CHECK(difference(net.at<nn::Dense>(second).weight,
                     tensor(std::vector<float>{0, .25, .5, .75, .125, .375, .625, .875}).reshape({2, 4})) < 1e-6);
    CHECK(difference(bias, tensor(std::vector<float>{-1, 2})) < 1e-6);
  };
  for (const auto& entry : fs::directory_iterator(folder.path)) {
    const std::string name = entry.path().filename().string();
    CAPTURE(name);
    nn::Sequential net(nn::Dense(3, 4), nn::ReLU(), nn::Dense(4, 2));
    train::keras::load_weights(entry.path(), net);
    check(net, 2);
    ++files;
    if (!name.starts_with("whole")) continue;
    nn::Sequential built = train::keras::load_model(entry.path());
    CHECK(built.repr() == "Sequential(Dense(3, 4), ReLU(), Dropout(0.5), Dense(4, 2))");
    check(built, 3);
    check_kept(built, randn({2, 3}));
    ++models;
  }
  CHECK(files == 28);
  CHECK(models == 6);
}

TEST_CASE("keras: Keras' own rules of reading find in our files the network that was written") {
  const Folder folder;
  if (!have_h5py()) return;
  manual_seed(40);
  nn::Sequential net(nn::Conv2D(2, 3, {3, 2}), nn::BatchNorm::keras(3), nn::ReLU(), nn::MaxPool(2), nn::Dropout(0.5),
                     nn::Flatten(), nn::Dense(3 * 2 * 3, 5));
  net.add(nn::Sequential(nn::Dense(5, 4), nn::BatchNorm::keras(4)));
  for (auto& [name, tensor] : net.state_dict())
    if (is_floating(tensor.dtype())) tensor.copy_(rand(tensor.shape()) * 0.5 + 0.1);
  const Tensor x = randn({4, 2, 6, 7}), y = predicted(net, x);
  {
    data::Hdf5Writer out(folder / "xy.h5");
    out.write("/x", x.array());
    out.write("/y", y.array());
    out.close();
  }
  train::keras::save_weights(folder / "w.h5", net);
  train::keras::save_weights(folder / "w.weights.h5", net);
  CHECK(script("read", folder) == 0);
}
