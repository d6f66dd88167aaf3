// Six optimisers find their way down a long valley, f = x^2 / 20 + y^2, and off a saddle point, f = x^2 - y^2; their
// paths go to a CSV file, one row for each step: surface,optimiser,step,x,y,f.
//
//     optimisers --out paths.csv
//
// Expect the textbooks' picture. In the valley SGD zigzags from wall to wall, those with momentum (Adam too) swing past
// the bottom, Adagrad and RMSprop bend straight towards it. On the saddle, whose way down begins with a slope of 0.002,
// SGD still sits on the ridge after 30 steps (y < 0.01), momentum and Nesterov are leaving it (y about 0.1), and those
// that divide by the size of the gradient have gone down as if it were steep (f < -0.5).

#include <fmt/core.h>
#include <fmt/os.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>
#include <xgrad.hpp>

using namespace xgrad;

namespace {

struct Surface {
  std::string name;
  Tensor (*f)(const Tensor& x, const Tensor& y);
  double x, y;  ///< where the paths begin
};

const std::vector<Surface> surfaces{
    {"valley", [](const Tensor& x, const Tensor& y) { return square(x) / 20 + square(y); }, -7., 2.},
    {"saddle", [](const Tensor& x, const Tensor& y) { return square(x) - square(y); }, -1., 1e-3},
};

struct Method {
  std::string name;
  double valley_lr, saddle_lr;
  std::unique_ptr<optim::Optimizer> (*make)(std::vector<Tensor> parameters, double lr);
};

template <class O>
std::unique_ptr<optim::Optimizer> made(std::vector<Tensor> parameters, typename O::Options options) {
  return std::make_unique<O>(std::move(parameters), options);
}

const std::vector<Method> methods{
    {"SGD", 0.95, 0.02, [](std::vector<Tensor> p, double lr) { return made<optim::SGD>(std::move(p), {.lr = lr}); }},
    {"Momentum", 0.1, 0.02,
     [](std::vector<Tensor> p, double lr) { return made<optim::SGD>(std::move(p), {.lr = lr, .momentum = 0.9}); }},
    {"Nesterov", 0.1, 0.02,
     [](std::vector<Tensor> p, double lr) {
       return made<optim::SGD>(std::move(p), {.lr = lr, .momentum = 0.9, .nesterov = true});
     }},
    {"Adagrad", 1.5, 0.15,
     [](std::vector<Tensor> p, double lr) { return made<optim::Adagrad>(std::move(p), {.lr = lr}); }},
    {"RMSprop", 0.3, 0.03,
     [](std::vector<Tensor> p, double lr) { return made<optim::RMSprop>(std::move(p), {.lr = lr, .alpha = 0.9}); }},
    {"Adam", 0.3, 0.03, [](std::vector<Tensor> p, double lr) { return made<optim::Adam>(std::move(p), {.lr = lr}); }},
};

struct Step {
  double x, y, f;
};

std::vector<Step> path(const Surface& surface, const Method& method, int steps) {
  Tensor x = full({}, surface.x, float64).requires_grad_(), y = full({}, surface.y, float64).requires_grad_();
  const auto optimiser = method.make({x, y}, surface.name == "valley" ? method.valley_lr : method.saddle_lr);
  std::vector<Step> taken;
  for (int i = 0; i <= steps; ++i) {
    optimiser->zero_grad();
    const Tensor f = surface.f(x, y);
    taken.push_back({x.item<double>(), y.item<double>(), f.item<double>()});
    f.backward();
    optimiser->step();
  }
  return taken;
}

}  // namespace

int main(int argc, char** argv) {
  std::string out = "optimisers.csv";
  int steps = 30;
  CLI::App app("Writes the paths of six optimisers in a valley and at a saddle point to a CSV file.");
  app.option_defaults()->always_capture_default();
  app.add_option("--out", out, "the file to write")->type_name("FILE");
  app.add_option("--steps", steps, "steps of each")->check(CLI::Range(1, 1'000'000));
  CLI11_PARSE(app, argc, argv);
  try {
    auto csv = fmt::output_file(out);
    csv.print("surface,optimiser,step,x,y,f\n");
    for (const Surface& surface : surfaces) {
      for (const Method& method : methods) {
        const std::vector<Step> taken = path(surface, method, steps);
        for (std::size_t i = 0; i < taken.size(); ++i)
          csv.print("{},{},{},{},{},{}\n", surface.name, method.name, i, taken[i].x, taken[i].y, taken[i].f);
        const Step& last = taken.back();
        fmt::print("{:7} {:9} after {} steps at ({:9.5f}, {:9.5f}), f = {:10.6f}\n", surface.name, method.name, steps,
                   last.x, last.y, last.f);
      }
    }
    csv.close();
  } catch (const std::exception& e) {
    std::cerr << "optimisers: " << e.what() << '\n';
    return 1;
  }
}
