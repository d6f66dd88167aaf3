/// Rows: whole networks of models.h5, built from the text of their architecture.

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <map>
#include <sstream>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/ops/product.hpp"
#include "nn/nn.hpp"
#include "tests/reference_test/optimisers.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

/// The numbers in parentheses; those left out take what the layer has by default.
class Args {
 public:
  explicit Args(const std::string& text) {
    std::istringstream numbers(text);
    for (std::string number; std::getline(numbers, number, ',');) values_.push_back(std::stod(number));
  }
  std::int64_t at(std::size_t i) const { return static_cast<std::int64_t>(values_.at(i)); }
  std::int64_t at(std::size_t i, std::int64_t by_default) const { return i < values_.size() ? at(i) : by_default; }
  double number(std::size_t i, double by_default) const { return i < values_.size() ? values_[i] : by_default; }

 private:
  std::vector<double> values_;
};

// ---- what the texts name ---------------------------------------------------------------------------------------------

struct Layer {
  const char* name;
  void (*add)(nn::Sequential& net, const Args& args);
};

void add_batch_norm(nn::Sequential& net, const Args& a) { net.add(nn::BatchNorm(a.at(0))); }

template <class Pool>
void add_pool(nn::Sequential& net, const Args& a) {
  net.add(Pool(a.at(0), {.stride = a.at(1, a.at(0)), .padding = a.at(2, 0)}));
}

template <class M>
void add_plain(nn::Sequential& net, const Args&) {
  net.add(M());
}

constexpr Layer kLayers[] = {
    {"linear",
     [](nn::Sequential& net, const Args& a) { net.add(nn::Dense(a.at(0), a.at(1), {.bias = a.at(2, 1) != 0})); }},
    {"conv",
     [](nn::Sequential& net, const Args& a) {
       net.add(nn::Conv2D(a.at(0), a.at(1), a.at(2),
                          {.stride = a.at(3, 1), .padding = a.at(4, 0), .bias = a.at(5, 1) != 0}));
     }},
    {"batchnorm1d", add_batch_norm},
    {"batchnorm2d", add_batch_norm},
    {"layernorm", [](nn::Sequential& net, const Args& a) { net.add(nn::LayerNorm(a.at(0))); }},
    {"groupnorm", [](nn::Sequential& net, const Args& a) { net.add(nn::GroupNorm(a.at(0), a.at(1))); }},
    {"maxpool", add_pool<nn::MaxPool>},
    {"avgpool", add_pool<nn::AvgPool>},
    {"global_avgpool", add_plain<nn::GlobalAvgPool>},
    {"flatten", add_plain<nn::Flatten>},
    {"dropout", [](nn::Sequential& net, const Args& a) { net.add(nn::Dropout(a.number(0, 0.5))); }},
    {"relu", add_plain<nn::ReLU>},
    {"leaky_relu", [](nn::Sequential& net, const Args& a) { net.add(nn::LeakyReLU(a.number(0, 0.01))); }},
    {"elu", [](nn::Sequential& net, const Args& a) { net.add(nn::ELU(a.number(0, 1))); }},
    {"gelu", add_plain<nn::GELU>},
    {"silu", add_plain<nn::SiLU>},
    {"sigmoid", add_plain<nn::Sigmoid>},
    {"tanh", add_plain<nn::Tanh>},
    {"softplus", add_plain<nn::Softplus>},
    {"softmax", [](nn::Sequential& net, const Args& a) { net.add(nn::Softmax(a.at(0, -1))); }},
    {"log_softmax", [](nn::Sequential& net, const Args& a) { net.add(nn::LogSoftmax(a.at(0, -1))); }},
};

struct Loss {
  const char* name;
  Tensor (*of)(const Tensor& y, const Tensor& t);
};

constexpr Loss kLosses[] = {
    {"cross_entropy", [](const Tensor& y, const Tensor& t) { return nn::cross_entropy(y, t); }},
    {"cross_entropy_smooth",
     [](const Tensor& y, const Tensor& t) { return nn::cross_entropy(y, t, {.label_smoothing = 0.1}); }},
    {"bce_with_logits", [](const Tensor& y, const Tensor& t) { return nn::binary_cross_entropy_with_logits(y, t); }},
    {"mse", [](const Tensor& y, const Tensor& t) { return nn::mse(y, t); }},
    {"half_sse_mean_batch", [](const Tensor& y, const Tensor& t) { return nn::half_sse(y, t) / y.size(0); }},
    {"half_sse", [](const Tensor& y, const Tensor& t) { return nn::half_sse(y, t); }},
    {"sse", [](const Tensor& y, const Tensor& t) { return 2 * nn::half_sse(y, t); }},
};

template <class Row, std::size_t N>
const Row* row_of(const Row (&rows)[N], const std::string& name) {
  const Row* row = std::find_if(std::begin(rows), std::end(rows), [&](const Row& r) { return name == r.name; });
  return row == std::end(rows) ? nullptr : row;
}

const Loss& loss_of(Case& c) {
  const Loss* loss = row_of(kLosses, c.text("loss"));
  if (loss == nullptr) throw NotBuilt{"loss " + c.text("loss")};
  return *loss;
}

/// "linear(784,250);relu;linear(250,10)" as a network. All layers that do not exist yet are named at once.
nn::Sequential network_of(Case& c) {
  nn::Sequential net;
  std::string missing;
  std::istringstream items(c.text("architecture"));
  for (std::string item; std::getline(items, item, ';');) {
    const std::string name = item.substr(0, item.find('('));
    std::string inside = item.substr(std::min(item.size(), name.size() + 1));
    inside = inside.substr(0, inside.find(')'));
    const Args args(inside);
    const Layer* layer = row_of(kLayers, name);
    if (layer != nullptr) layer->add(net, args);
    else if (missing.find(" " + name + ",") == std::string::npos) missing += " " + name + ",";
  }
  if (!missing.empty()) throw NotBuilt{"layers" + missing.substr(0, missing.size() - 1)};
  net.to(float64);
  return net;
}

// ---- reading and comparing -------------------------------------------------------------------------------------------

/// Sums in float64, on the values as they are.
double sum_of(const Tensor& t) {
  double sum = 0;
  const Array values = t.array().to(float64);
  for (const double v : values.values<double>()) sum += v;
  return sum;
}
double norm_of(const Tensor& t) {
  double sum = 0;
  const Array values = t.array().to(float64);
  for (const double v : values.values<double>()) sum += v * v;
  return std::sqrt(sum);
}

/// One number for each tensor.
Tensor each(const std::vector<Tensor>& of, double (*number)(const Tensor&)) {
  std::vector<double> values;
  for (const Tensor& t : of) values.push_back(number(t));
  return Array::copy_of(values);
}

/// Real numbers in float64, whatever they are stored as; integers stay.
Tensor in_float64(const Array& array) { return is_floating(array.dtype()) ? array.to(float64) : array; }

/// Compares what was computed in float64; a value stored as float32 is rounded and has its own tolerance.
void compare(Case& c, Report& report, const std::string& dataset, const Tensor& got) {
  const Array stored = c.read(dataset);
  if (stored.dtype() != float32) report.compare(dataset, got, stored);
  else
    report.compare(dataset, got, stored.to(float64),
                   {c.number("tolerance_rtol_float32", 1e-6), c.number("tolerance_atol_float32", 1e-12)});
}

// ---- training --------------------------------------------------------------------------------------------------------

class Training {
 public:
  Training(Case& c, Report& report)
      : c_(c), report_(report), loss_(loss_of(c)), net_(network_of(c)), x_(in_float64(c.read("input0"))),
        t_(in_float64(c.read("input1"))) {}

  void run() {
    if (!take_parameters()) return;
    const std::string name = c_.text("optimizer");
    std::string lower = "torch_";
    for (const char l : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(l)));
    const auto optimiser = make_optimiser(lower, c_, parameters_);

    std::vector<double> losses;
    for (std::int64_t step = 0; step < c_.integer("steps"); ++step) {
      for (Tensor& p : parameters_) p.set_grad({});
      const Tensor y = net_(batch(x_, step));
      const Tensor loss = loss_.of(y, batch(t_, step));
      loss.backward();
      if (step == 0) start(y, loss);
      losses.push_back(loss.item<double>());
      optimiser->step();
    }
    compare(c_, report_, "loss_traj", Array::copy_of(losses));
    end();
  }

 private:
  Tensor batch(const Tensor& of, std::int64_t step) const { return of[step % of.size(0)]; }

  /// "layer3.weight" of the file is "3.weight" here. All must be there, in the order of the file, with its shapes.
  bool take_parameters() {
    names_ = c_.texts("param_names");
    std::vector<std::string> here;
    for (const nn::NamedTensor& p : net_.named_parameters()) {
      here.push_back("layer" + p.name);
      parameters_.push_back(p.tensor);
    }
    if (here != names_) {
      std::string text = "parameters are";
      for (const std::string& n : here) text += " " + n;
      report_.note(text);
      return false;
    }
    for (std::size_t i = 0; i < names_.size(); ++i) parameters_[i].copy_(in_float64(c_.read("param_" + names_[i])));
    if (c_.has("n_parameters") && c_.integer("n_parameters") != net_.num_parameters())
      report_.note("the network has " + std::to_string(net_.num_parameters()) + " parameters");
    return true;
  }

  /// Batch 0 before any step.
  void start(const Tensor& y, const Tensor& loss) {
    compare(c_, report_, "output", y);
    compare(c_, report_, "loss", loss);
    std::vector<Tensor> gradients;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      gradients.push_back(parameters_[i].grad());
      compare(c_, report_, "grad_" + names_[i], gradients.back());
    }
    compare(c_, report_, "grad_norm", each(gradients, norm_of));
  }

  /// After all steps: the parameters and buffers, and batch 0 in evaluation mode.
  void end() {
    const NoGradGuard no_grad;
    compare(c_, report_, "final_norm", each(parameters_, norm_of));
    compare(c_, report_, "final_sum", each(parameters_, sum_of));
    for (const nn::NamedTensor& s : net_.state_dict())
      if (c_.has_data("final_layer" + s.name)) compare(c_, report_, "final_layer" + s.name, s.tensor);
    for (const nn::NamedTensor& b : net_.named_buffers())
      if (is_floating(b.tensor.dtype()) && !c_.has_data("final_layer" + b.name))
        report_.note("the file does not know the buffer layer" + b.name);
    net_.eval();
    const Tensor y = net_(batch(x_, 0));
    compare(c_, report_, "final_output_eval", y);
    compare(c_, report_, "final_loss_eval", loss_.of(y, batch(t_, 0)));
  }

  Case& c_;
  Report& report_;
  const Loss& loss_;
  nn::Sequential net_;
  Tensor x_, t_;  ///< (n_batches, batch, ...)
  std::vector<std::string> names_;
  std::vector<Tensor> parameters_;
};

// ---- the exercise ----------------------------------------------------------------------------------------------------

/// linear; relu; linear on a few samples, with every intermediate value and its gradient.
void exercise(Case& c, Report& report) {
  const Loss& loss_row = loss_of(c);
  const Tensor x = c.read("input0"), t = c.read("input1");
  std::vector<std::string> names{"W1", "b1", "W2", "b2"};
  std::vector<Tensor> p;
  for (const std::string& name : names) p.push_back(Tensor(c.read("param_" + name)).requires_grad_());

  Tensor z1 = linear(x, p[0], p[1]), a1 = relu(z1), y = linear(a1, p[2], p[3]);
  for (Tensor* inner : {&z1, &a1, &y}) inner->retain_grad();
  const Tensor loss = loss_row.of(y, t);
  for (const auto& [name, value] : std::map<std::string, Tensor>{{"z1", z1}, {"a1", a1}, {"output", y}, {"loss", loss}})
    compare(c, report, name, value);

  for (std::int64_t i = 0; i < x.size(0); ++i) {  // sample by sample
    const std::vector<Tensor> g =
        grad({loss_row.of(y.slice(0, i, i + 1), t.slice(0, i, i + 1))}, p, {}, {.retain_graph = true});
    for (std::size_t j = 0; j < p.size(); ++j)
      report.compare("sample_grad_" + names[j] + " of sample " + std::to_string(i), g[j],
                     Tensor(c.read("sample_grad_" + names[j]))[i].array());
  }
  loss.backward();
  for (std::size_t j = 0; j < p.size(); ++j) compare(c, report, "grad_" + names[j], p[j].grad());
  compare(c, report, "grad_z1", z1.grad());
  compare(c, report, "grad_a1", a1.grad());
  compare(c, report, "grad_output", y.grad());
}

}  // namespace

void add_models(Table& table) {
  table.others({
      {"architecture",
       [](Case& c, Report& report) {
         if (c.has_data("z1")) exercise(c, report);
         else Training(c, report).run();
       }},
  });
}

}  // namespace xgrad::reference
