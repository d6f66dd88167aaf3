/// The enumerating test of modules: a new class joins by one row, and a class without a row fails.

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include "autograd/autograd.hpp"
#include "autograd/check/gradcheck.hpp"
#include "nn/nn.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

namespace {

struct Expected {
  std::string printed;
  Shape input, output;  ///< of one sample
  std::int64_t parameters = 0;
  bool indices = false;  ///< takes int64
};

using Made = std::unique_ptr<nn::Module>;

/// A kind of module, and one of it. The checks know no type, so that a row costs the compiler little.
struct Row {
  std::string name;
  std::shared_ptr<nn::Module> original;
  Expected expected;
  std::function<Made()> waiting;  ///< the same with nn::lazy for its input size, where it can be
  Made (*copy)(const nn::Module&);
  Made (*clone)(const nn::Module&);
  Made (*move)(nn::Module&);

  Made fresh() const { return clone(*original); }
};

constexpr std::int64_t kBatch = 3;

Tensor input_of(const Expected& e, DType dtype) {
  manual_seed(11);
  const Shape shape = e.input.with(0, kBatch);
  if (e.indices) return randint(0, 4, shape);
  return randn(shape, dtype);
}

/// What Keras counts as not trainable: the running statistics.
std::int64_t elements_of_buffers(nn::Module& m) {
  std::int64_t n = 0;
  for (const auto& [name, t] : m.named_buffers())
    if (is_floating(t.dtype())) n += t.numel();
  return n;
}

/// Values other than the initial ones, which are often 0 and 1.
void disturb(nn::Module& m) {
  manual_seed(12);
  for (const auto& [name, t] : m.state_dict())
    if (Tensor copy = t; is_floating(t.dtype())) copy.copy_(rand(t.shape(), t.dtype()) + 0.25);
}

std::vector<Array> values_of(nn::Module& m) {
  std::vector<Array> values;
  for (const auto& [name, t] : m.state_dict()) values.push_back(t.array().clone());
  return values;
}

bool same(const std::vector<Array>& a, const std::vector<Array>& b) {
  bool equal = a.size() == b.size();
  for (std::size_t i = 0; equal && i < a.size(); ++i) equal = same_bytes(a[i], b[i]);
  return equal;
}

Tensor evaluated(nn::Module& m, const Tensor& x) {
  const NoGradGuard no_grad;
  m.eval();
  return m(x);
}

void check_shapes(const Row& row) {
  const Expected& e = row.expected;
  const Made made = row.fresh();
  nn::Module& m = *made;
  CHECK(m.repr() == e.printed);
  CHECK(m.num_parameters() == e.parameters);
  m.eval();
  const Tensor y = m(input_of(e, float32));
  CHECK(y.shape() == e.output.with(0, kBatch));
  CHECK(y.dtype() == float32);
  m.train();
  CHECK(m(input_of(e, float32)).shape() == e.output.with(0, kBatch));
  if (e.indices) return;  // summary runs on real numbers
  const nn::Summary s = nn::summary(m, e.input);
  CHECK(s.trainable == e.parameters);
  CHECK(s.total == e.parameters + elements_of_buffers(m));
  REQUIRE(!s.rows.empty());
  CHECK(s.rows.back().output == e.output.with(0, 1));
}

void check_modes(const Row& row) {
  const Expected& e = row.expected;
  const Made made = row.fresh();
  nn::Module& m = *made;
  const Tensor x = input_of(e, float32);
  m.eval();
  for (const nn::NamedModule& entry : m.named_modules()) CHECK_FALSE(entry.module->training());
  const std::vector<Array> before = values_of(m);
  CHECK_MESSAGE(same_bytes(m(x).array(), m(x).array()), "evaluation draws nothing");
  CHECK_MESSAGE(same(before, values_of(m)), "evaluation changes nothing");
  m.train();
  for (const nn::NamedModule& entry : m.named_modules()) CHECK(entry.module->training());
  m.requires_grad_(false);
  CHECK_FALSE(m(x).requires_grad());
  m.requires_grad_();
  CHECK(m(x).requires_grad() == (e.parameters > 0));
}

void check_state(const Row& row) {
  const Expected& e = row.expected;
  const Made made = row.fresh(), another = row.fresh();
  nn::Module &m = *made, &other = *another;
  disturb(m);
  const Tensor x = input_of(e, float32), y = evaluated(m, x);
  other.load_state_dict(m.state_dict());
  CHECK(same(values_of(m), values_of(other)));
  CHECK(same_bytes(evaluated(other, x).array(), y.array()));

  // copies share, clones do not, moves take along
  const Made copy = row.copy(m), clone = row.clone(m);
  const std::vector<Array> before = values_of(*clone);
  CHECK(same(before, values_of(m)));
  for (Tensor& p : m.parameters()) p.copy_(p + 1.);
  CHECK(same(values_of(*copy), values_of(m)));
  CHECK(same(values_of(*clone), before));
  CHECK(same_bytes(evaluated(*clone, x).array(), y.array()));
  for (const Tensor& p : clone->parameters()) CHECK(p.requires_grad());
  const Made moved = row.move(*clone);
  CHECK(same_bytes(evaluated(*moved, x).array(), y.array()));
  CHECK(moved->repr() == e.printed);

  // fresh values have the same shapes, and the same seed gives the same
  manual_seed(3);
  m.reset_parameters();
  const std::vector<Array> fresh = values_of(m);
  manual_seed(3);
  other.reset_parameters();
  CHECK(same(fresh, values_of(other)));
}

void check_dtypes(const Row& row) {
  const Expected& e = row.expected;
  const Made made = row.fresh();
  nn::Module& m = *made;
  const std::vector<Tensor> held = m.parameters();
  m.to(float64);
  for (const Tensor& p : held) CHECK(p.dtype() == float64);
  m.eval();
  const Tensor y = m(input_of(e, float64));
  if (e.parameters > 0 || !e.indices) CHECK(y.dtype() == float64);
  m.to(float32);
  for (const Tensor& p : held) CHECK(p.dtype() == float32);
}

/// Another one is made from what it says of itself.
void check_description(const Row& row) {
  const Expected& e = row.expected;
  const Made made = row.fresh();
  nn::Module& m = *made;
  nn::Description d = nn::describe(m);
  if (row.name == "Lambda") {
    CHECK(throws<ValueError>([&] { nn::build(d); },
                             "the model is a Lambda, which is no module of xgrad's own but a function"));
    return;
  }
  manual_seed(13);
  const Made built = nn::build(d);
  CHECK(default_generator().counter() == 0);  // no draws
  CHECK(built->repr() == e.printed);
  CHECK(built->type_name() == row.name);
  disturb(m);
  if (!m.parameters().empty()) m.parameters()[0].requires_grad_(false);
  m.eval();
  d = nn::describe(m);
  const Made frozen = nn::build(d, 1000);
  frozen->load_state_dict(m.state_dict());
  const Tensor x = input_of(e, float32);
  CHECK(same_bytes((*frozen)(x).array(), m(x).array()));
  CHECK_FALSE(frozen->training());
  for (std::size_t i = 0; i < m.parameters().size(); ++i)
    CHECK(frozen->parameters()[i].requires_grad() == m.parameters()[i].requires_grad());
  d.arguments.emplace_back("unheard_of", nn::Value{});
  CHECK(throws<ValueError>([&] { nn::build(d); }, "was it described by a newer xgrad?"));
  if (row.waiting) {
    const Made waits = row.waiting();
    CHECK(nn::build(nn::describe(*waits))->repr() == waits->repr());
  }
}

GradcheckReport gradients_of(nn::Module& m, Tensor x) {
  xgrad::detail::GradientProblem problem;
  if (is_floating(x.dtype())) {
    problem.values.push_back(x.requires_grad_());
    problem.names.push_back("input");
  }
  for (const auto& [name, t] : m.named_parameters()) {
    problem.values.push_back(t);
    problem.names.push_back(name);
  }
  const auto run = [&] {
    manual_seed(5);  // the same masks every time
    return m(x);
  };
  problem.evaluate = [=] {
    const NoGradGuard no_grad;
    return std::vector<Tensor>{run()};
  };
  problem.differentiate = [=, values = problem.values](const std::vector<Tensor>& cotangents) {
    return grad({run()}, values, cotangents, {.allow_unused = true});
  };
  return xgrad::detail::check_gradient(problem, {});
}

void check_gradients(const Row& row) {
  const Expected& e = row.expected;
  const Made made = row.fresh();
  nn::Module& m = *made;
  m.to(float64);
  disturb(m);
  for (const bool training : {true, false}) {
    m.train(training);
    const GradcheckReport report = gradients_of(m, input_of(e, float64));
    CHECK_MESSAGE(report.verdict == Verdict::right, (training ? "training: " : "evaluating: ") << report.str());
    CHECK(report.checked > report.kinks);
  }
}

void check_hooks(const Row& row) {
  const Expected& e = row.expected;
  const Made made = row.fresh();
  nn::Module& m = *made;
  m.eval();
  const Tensor x = input_of(e, float32);
  int calls = 0;
  auto before = m.register_forward_pre_hook(
      [&](nn::Module& self, std::span<const Tensor> in) { calls += &self == &m && in.size() == 1; });
  auto after = m.register_forward_hook([](nn::Module&, std::span<const Tensor>, const Tensor& y) { return y * 2.; });
  const Tensor twice = m(x);
  CHECK(calls == 1);
  after.remove();
  before.remove();
  CHECK(same_bytes(twice.array(), (m(x) * 2.).array()));
  CHECK(calls == 1);
}

void check_empty_batch(const Row& row) {
  const Expected& e = row.expected;
  const Made made = row.fresh();
  nn::Module& m = *made;
  m.eval();
  const Tensor x = e.indices ? zeros(e.input.with(0, 0), int64) : zeros(e.input.with(0, 0));
  CHECK(m(x).shape() == e.output.with(0, 0));
}

void check_lazy(const Row& row) {
  const Expected& e = row.expected;
  const Made made = row.waiting(), twin = row.copy(*made);
  nn::Module& m = *made;
  CHECK_FALSE(m.initialized());
  CHECK(m.repr().find("lazy") != std::string::npos);
  for (const auto& needs : std::vector<std::function<void()>>{[&] { m.parameters(); }, [&] { m.named_parameters(); },
                                                              [&] { m.state_dict(); }, [&] { m.num_parameters(); },
                                                              [&] { m.load_state_dict({}); }})
    CHECK(throws<ValueError>(needs, "is not known yet: call the model once, or summary(model, shape), first"));
  m.to(float64).eval();
  m.reset_parameters();
  m.zero_grad();
  const Made clone = row.clone(m);
  m.requires_grad_(false);
  const Tensor y = m(input_of(e, float64));
  CHECK(y.shape() == e.output.with(0, kBatch));
  CHECK(y.dtype() == float64);
  CHECK_FALSE(y.requires_grad());
  m.requires_grad_();
  CHECK(m.initialized());
  CHECK(m.repr() == e.printed);
  CHECK(twin->repr() == e.printed);   // copies share what the first call found
  CHECK_FALSE(clone->initialized());  // clones do not
  const Made known = row.fresh();
  nn::Module& eager = *known;
  const auto expected = eager.state_dict(), got = m.state_dict();
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CHECK(got[i].name == expected[i].name);
    CHECK(got[i].tensor.shape() == expected[i].tensor.shape());
    CHECK(got[i].tensor.requires_grad() == expected[i].tensor.requires_grad());
  }
  // in summary, from the same seed as if it had been known
  const Made last = row.waiting();
  nn::Module& summarised = *last;
  manual_seed(9);
  CHECK(nn::summary(summarised, e.input).trainable == e.parameters);
  CHECK(summarised.training());
  manual_seed(9);
  eager.reset_parameters();
  CHECK(same(values_of(summarised), values_of(eager)));
}

template <class M>
Made boxed(M m) {
  return std::make_unique<M>(std::move(m));
}

template <class M>
Row row(M m, Expected e, M (*waiting)() = nullptr) {
  Row made{.name = m.type_name(),
           .original = std::make_shared<M>(m),
           .expected = std::move(e),
           .waiting = {},
           .copy = [](const nn::Module& from) { return boxed(static_cast<const M&>(from)); },
           .clone = [](const nn::Module& from) { return boxed(nn::clone(static_cast<const M&>(from))); },
           .move = [](nn::Module& from) { return boxed(std::move(static_cast<M&>(from))); }};
  if (waiting) made.waiting = [waiting] { return boxed(waiting()); };
  return made;
}

Tensor doubled(const Tensor& x) { return x * 2.; }

std::vector<Row> rows() {
  using namespace nn;
  const auto plain = [](auto m, const std::string& printed) { return row(std::move(m), {printed, {2, 5}, {2, 5}}); };
  return {
      row(Dense(4, 3), {"Dense(4, 3)", {4}, {3}, 15}, {[] { return Dense(lazy, 3); }}),
      row(Dense(4, 3, {.bias = false}), {"Dense(4, 3, {.bias = false})", {2, 4}, {2, 3}, 12}),
      row(Conv1D(2, 4, 3, {.stride = 2, .padding = 1}),
          {"Conv1D(2, 4, 3, {.stride = 2, .padding = 1})", {2, 7}, {4, 4}, 28},
          {[] { return Conv1D(lazy, 4, 3, {.stride = 2, .padding = 1}); }}),
      row(Conv2D(2, 4, {3, 2}, {.padding = Padding::same, .groups = 2}),
          {"Conv2D(2, 4, {3, 2}, {.padding = Padding::same, .groups = 2})", {2, 5, 4}, {4, 5, 4}, 28}, {[] {
            return Conv2D(lazy, 4, {3, 2}, {.padding = Padding::same, .groups = 2});
          }}),
      row(Conv2D(1, 2, 2, {.stride = {2, 1}, .dilation = 2, .bias = false}),
          {"Conv2D(1, 2, 2, {.stride = {2, 1}, .dilation = 2, .bias = false})", {1, 5, 4}, {2, 2, 2}, 8}),
      row(DepthwiseConv2D(2, 3, {.padding = 1}), {"DepthwiseConv2D(2, 3, {.padding = 1})", {2, 4, 5}, {2, 4, 5}, 20}),
      row(DepthwiseConv2D(2, {2, 1}, {.stride = 2, .depth_multiplier = 3, .bias = false}),
          {"DepthwiseConv2D(2, {2, 1}, {.stride = 2, .depth_multiplier = 3, .bias = false})",
           {2, 4, 5},
           {6, 2, 3},
           12}),
      row(ConvTranspose1D(2, 4, 3, {.stride = 2}), {"ConvTranspose1D(2, 4, 3, {.stride = 2})", {2, 3}, {4, 7}, 28},
          {[] { return ConvTranspose1D(lazy, 4, 3, {.stride = 2}); }}),
      row(ConvTranspose2D(2, 4, 2, {.stride = 2, .groups = 2}),
          {"ConvTranspose2D(2, 4, 2, {.stride = 2, .groups = 2})", {2, 3, 2}, {4, 6, 4}, 20},
          {[] { return ConvTranspose2D(lazy, 4, 2, {.stride = 2, .groups = 2}); }}),
      row(BatchNorm(3), {"BatchNorm(3)", {3}, {3}, 6}, {[] { return BatchNorm(lazy); }}),
      row(BatchNorm::keras(3),
          {"BatchNorm(3, {.eps = 0.001, .momentum = 0.01, .biased_running_var = true})", {3, 4}, {3, 4}, 6}),
      row(BatchNorm(3, {.momentum = {}}), {"BatchNorm(3, {.momentum = {}})", {3, 2, 2}, {3, 2, 2}, 6}),
      row(BatchNorm(3, {.affine = false, .track_running_stats = false}),
          {"BatchNorm(3, {.affine = false, .track_running_stats = false})", {3, 4}, {3, 4}, 0}),
      row(BatchNorm(3, {.scale = false}), {"BatchNorm(3, {.scale = false})", {3, 4}, {3, 4}, 3},
          {[] { return BatchNorm(lazy, {.scale = false}); }}),
      row(BatchNorm(3, {.bias = false, .track_running_stats = false}),
          {"BatchNorm(3, {.bias = false, .track_running_stats = false})", {3, 4}, {3, 4}, 3}),
      row(BatchNorm(3, {.scale = false, .track_running_stats = false}),
          {"BatchNorm(3, {.scale = false, .track_running_stats = false})", {3, 4}, {3, 4}, 3},
          {[] { return BatchNorm(lazy, {.scale = false, .track_running_stats = false}); }}),
      row(BatchNorm(3, {.scale = false, .bias = false}),
          {"BatchNorm(3, {.scale = false, .bias = false})", {3, 4}, {3, 4}, 0}),
      row(LayerNorm(4, {.scale = false}), {"LayerNorm(4, {.scale = false})", {3, 4}, {3, 4}, 4},
          {[] { return LayerNorm(lazy, {.scale = false}); }}),
      row(LayerNorm(4, {.bias = false}), {"LayerNorm(4, {.bias = false})", {3, 4}, {3, 4}, 4},
          {[] { return LayerNorm(lazy, {.bias = false}); }}),
      row(LayerNorm(4, {.affine = false}), {"LayerNorm(4, {.affine = false})", {3, 4}, {3, 4}, 0}),
      row(LayerNorm({3, 4}), {"LayerNorm({3, 4})", {2, 3, 4}, {2, 3, 4}, 24}),
      row(LayerNorm(4), {"LayerNorm(4)", {3, 4}, {3, 4}, 8}, {[] { return LayerNorm(lazy); }}),
      row(RMSNorm(4), {"RMSNorm(4)", {3, 4}, {3, 4}, 4}, {[] { return RMSNorm(lazy); }}),
      row(GroupNorm(2, 4), {"GroupNorm(2, 4)", {4, 3}, {4, 3}, 8}, {[] { return GroupNorm(2, lazy); }}),
      row(InstanceNorm(3, {.affine = true, .track_running_stats = true}),
          {"InstanceNorm(3, {.affine = true, .track_running_stats = true})", {3, 5}, {3, 5}, 6},
          {[] { return InstanceNorm(lazy, {.affine = true, .track_running_stats = true}); }}),
      row(MaxPool(2), {"MaxPool(2)", {2, 4, 5}, {2, 2, 2}}),
      row(MaxPool1D(3, {.stride = 1}), {"MaxPool1D(3, {.stride = 1})", {2, 5}, {2, 3}}),
      row(AvgPool({2, 3}, {.stride = 1, .padding = 1}),
          {"AvgPool({2, 3}, {.stride = 1, .padding = 1})", {2, 4, 5}, {2, 5, 5}}),
      row(AvgPool1D(2), {"AvgPool1D(2)", {2, 5}, {2, 2}}),
      row(AdaptiveAvgPool({3, 2}), {"AdaptiveAvgPool({3, 2})", {2, 5, 4}, {2, 3, 2}}),
      row(AdaptiveMaxPool(2), {"AdaptiveMaxPool(2)", {2, 5, 4}, {2, 2, 2}}),
      row(AdaptiveAvgPool1D(2), {"AdaptiveAvgPool1D(2)", {2, 5}, {2, 2}}),
      row(AdaptiveMaxPool1D(3), {"AdaptiveMaxPool1D(3)", {2, 5}, {2, 3}}),
      row(GlobalAvgPool(), {"GlobalAvgPool()", {2, 4, 5}, {2}}),
      row(GlobalMaxPool({.keepdim = true}), {"GlobalMaxPool({.keepdim = true})", {2, 5}, {2, 1}}),
      row(Upsample(2), {"Upsample(2)", {2, 3, 2}, {2, 6, 4}}),
      row(Upsample({.size = {4, 5}, .mode = Upsampling::bilinear}),
          {"Upsample({.size = {4, 5}, .mode = Upsampling::bilinear})", {1, 3, 2}, {1, 4, 5}}),
      row(Flatten(), {"Flatten()", {2, 3, 2}, {12}}),
      row(Reshape({3, -1}), {"Reshape({3, -1})", {6}, {3, 2}}),
      row(ChannelsFirst(), {"ChannelsFirst()", {4, 5, 2}, {2, 4, 5}}),
      row(ChannelsLast(), {"ChannelsLast()", {2, 4, 5}, {4, 5, 2}}),
      row(ChannelsLast(), {"ChannelsLast()", {4}, {4}}),
      row(ZeroPad({1, 2, 0, -1}), {"ZeroPad({1, 2, 0, -1})", {2, 4, 5}, {2, 3, 8}}),
      row(Rescaling(0.5, -1), {"Rescaling(0.5, -1)", {2, 5}, {2, 5}}),
      row(Identity(), {"Identity()", {4}, {4}}),
      row(Dropout(0.3), {"Dropout(0.3)", {10}, {10}}),
      row(SpatialDropout(0.3), {"SpatialDropout(0.3)", {4, 3}, {4, 3}}),
      row(Embedding(5, 3), {"Embedding(5, 3)", {4}, {4, 3}, 15, true}),
      plain(ReLU(), "ReLU()"),
      plain(ReLU6(), "ReLU6()"),
      plain(LeakyReLU(0.2), "LeakyReLU(0.2)"),
      row(PReLU(2), {"PReLU(2)", {2, 5}, {2, 5}, 2}),
      plain(ELU(0.5), "ELU(0.5)"),
      plain(SELU(), "SELU()"),
      plain(SiLU(), "SiLU()"),
      plain(Mish(), "Mish()"),
      plain(GELU(), "GELU()"),
      plain(GELU("tanh"), "GELU(\"tanh\")"),
      plain(Softplus(2), "Softplus(2)"),
      plain(LogSigmoid(), "LogSigmoid()"),
      plain(Softsign(), "Softsign()"),
      plain(Sigmoid(), "Sigmoid()"),
      plain(Tanh(), "Tanh()"),
      plain(Hardtanh(-0.5, 2), "Hardtanh(-0.5, 2)"),
      plain(Hardsigmoid(), "Hardsigmoid()"),
      plain(Hardswish(), "Hardswish()"),
      plain(Softmax(), "Softmax()"),
      plain(Softmax(1), "Softmax(1)"),
      plain(LogSoftmax(), "LogSoftmax()"),
      plain(Lambda(doubled), "Lambda(...)"),
      plain(Add(), "Add()"),
      plain(Concat(), "Concat()"),
      row(Sequential(Dense(4, 3), Tanh(), BatchNorm(3)),
          {"Sequential(Dense(4, 3), Tanh(), BatchNorm(3))", {4}, {3}, 21},
          {[] { return Sequential(Dense(lazy, 3), Tanh(), BatchNorm(lazy)); }}),
      row(Functional(Sequential(Dense(4, 3), Tanh())), {"Functional(Dense(4, 3), Tanh())", {4}, {3}, 15}),
      row(Residual(Dense(4, 4), Tanh()), {"Residual(Dense(4, 4), Tanh())", {4}, {4}, 20},
          {[] { return Residual(Dense(lazy, 4), Tanh()); }}),
      row(Residual(Dense(4, 3)).shortcut(Dense(4, 3, {.bias = false})),
          {"Residual(Dense(4, 3)).shortcut(Dense(4, 3, {.bias = false}))", {4}, {3}, 27}),
  };
}

/// The classes in nn/ that derive from Module, however indirectly.
std::set<std::string> classes_in_headers() {
  namespace fs = std::filesystem;
  std::vector<std::pair<std::string, std::string>> derived;  // class, base
  const std::regex declaration(R"((?:class|struct) (\w+)(?: final)? : public (\w+))");
  for (const auto& file : fs::directory_iterator(XGRAD_NN_DIR)) {
    if (file.path().extension() != ".hpp") continue;
    std::ifstream in(file.path());
    std::stringstream text;
    text << in.rdbuf();
    const std::string source = text.str();
    for (std::sregex_iterator i(source.begin(), source.end(), declaration), end; i != end; ++i)
      derived.emplace_back((*i)[1], (*i)[2]);
  }
  std::set<std::string> found{"Module"};
  for (std::size_t before = 0; before != found.size();) {
    before = found.size();
    for (const auto& [name, base] : derived)
      if (found.contains(base)) found.insert(name);
  }
  return found;
}

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("every module prints, counts, saves, clones, converts, differentiates and waits as all do") {
  for (const Row& each : rows()) {
    INFO(each.expected.printed);
    check_shapes(each);
    check_modes(each);
    check_state(each);
    check_dtypes(each);
    check_description(each);
    check_gradients(each);
    check_hooks(each);
    check_empty_batch(each);
    if (each.waiting) check_lazy(each);
  }
}

TEST_CASE("every class that derives from Module has a row") {
  std::set<std::string> missing = classes_in_headers();
  REQUIRE(missing.size() > 40);
  for (const Row& each : rows()) missing.erase(each.name);
  for (const char* without : {"Module", "BuiltIn", "Convolution", "ModuleList"}) missing.erase(without);
  for (const std::string& name : missing) FAIL_CHECK("no row for nn::" << name);
}

TEST_CASE("every class that derives from Module can be made from a description") {
  std::set<std::string> missing = classes_in_headers();
  for (const std::string& name : nn::built_in_types()) missing.erase(name);
  for (const char* without : {"Module", "BuiltIn", "Convolution", "Lambda"}) missing.erase(without);
  for (const std::string& name : missing) FAIL_CHECK("nn/description.cpp does not know nn::" << name);
}

TEST_SUITE_END();
