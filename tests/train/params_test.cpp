#include "tests/throws.hpp"
#include "tests/train/model_selection.hpp"

TEST_SUITE_BEGIN("train");

using namespace xgrad;
using train::ParamError;
using train::Params;
using train::ParamValue;

TEST_CASE("parameters become the type they are asked for, and nothing that they are not") {
  const Params p{{"n", 30},        {"rate", 0.5},        {"whole", 2.0},        {"on", true},
                 {"name", "adam"}, {"layers", {64, 32}}, {"rates", {0.5, 1.0}}, {"nothing", nullptr}};
  const std::int64_t n = p["n"];
  const double rate = p["rate"], n_real = p["n"];
  const int whole = p["whole"];
  const bool on = p["on"];
  const std::string name = p["name"];
  const std::vector<std::int64_t> layers = p["layers"];
  CHECK(n == 30);
  CHECK(rate == 0.5);
  CHECK(n_real == 30);
  CHECK(whole == 2);
  CHECK(on);
  CHECK(name == "adam");
  CHECK(layers == std::vector<std::int64_t>{64, 32});
  CHECK(p["layers"].as<std::vector<double>>() == std::vector<double>{64, 32});
  CHECK(p["name"] == "adam");
  CHECK(p["n"] == 30);
  CHECK(p["n"] == 30.0);
  CHECK_FALSE(p["on"] == 1);
  CHECK(p["nothing"].is_none());
  CHECK(p.get("n", 1) == 30);
  CHECK(p.get("missing", 7) == 7);
  CHECK(throws<ParamError>([&] { p["rate"].as<int>(); }, "train::Params: \"rate\": got 0.5; expected a whole number"));
  CHECK(throws<ParamError>([&] { p["name"].as<double>(); }, "got 'adam'; expected a number"));
  CHECK(throws<ParamError>([&] { p["n"].as<bool>(); }, "got 30; expected a truth value"));
  CHECK(throws<ParamError>([&] { p["on"].as<int>(); }, "got True; expected a whole number"));
  CHECK(throws<ParamError>([&] { p["n"].as<std::string>(); }, "got 30; expected a text"));
  CHECK(throws<ParamError>([&] { p["n"].as<std::vector<int>>(); }, "got 30; expected a list"));
  CHECK(throws<ParamError>([&] { p["n"].as<std::int8_t>(), ParamValue(300).as<std::int8_t>(); }, "of that size"));
  CHECK(throws<ParamError>([] { ParamValue(1e300).as<std::int64_t>(); }, "expected a whole number"));
  CHECK(throws<ParamError>([] { ParamValue(0x1p63).as<std::int64_t>(); }, "expected a whole number"));
  CHECK(throws<ParamError>([] { ParamValue(std::nan("")).as<std::int64_t>(); }, "got nan"));
  CHECK(throws<ParamError>([] { ParamValue(~std::uint64_t{0}); }, "does not fit 64 bits"));
  CHECK(throws<ParamError>([&] { p["lr"]; },
                           "there is no parameter called \"lr\"; there are: layers, n, name, nothing, on, rate, rates, "
                           "whole"));
  CHECK(throws<ValueError>([] { Params()["lr"]; }, "there are none"));
  CHECK(throws<ParamError>([] { Params({{"a", 1}, {"a", 2}}); }, "got \"a\" twice"));
}

TEST_CASE("parameters print as Python prints them") {
  const std::pair<ParamValue, const char*> values[] = {{30, "30"},
                                                       {0.01, "0.01"},
                                                       {1e-5, "1e-05"},
                                                       {1.0, "1.0"},
                                                       {1e16, "1e+16"},
                                                       {1e15, "1000000000000000.0"},
                                                       {0.1 + 0.2, "0.30000000000000004"},
                                                       {-0.0, "-0.0"},
                                                       {true, "True"},
                                                       {nullptr, "None"},
                                                       {"relu", "'relu'"},
                                                       {"it's", "\"it's\""},
                                                       {"a\n\\", "'a\\n\\\\'"},
                                                       {HUGE_VAL, "inf"},
                                                       {std::vector<int>{64, 32}, "[64, 32]"},
                                                       {ParamValue::List{1, "a", ParamValue::List{}}, "[1, 'a', []]"},
                                                       {0.0001, "0.0001"},
                                                       {123456789.125, "123456789.125"},
                                                       {"\x01\"'", "'\\x01\"\\''"}};
  for (const auto& [value, text] : values) CHECK(value.repr() == text);
  CHECK(Params({{"b", 2}, {"a", 0.5}}).repr() == "{'a': 0.5, 'b': 2}");
  CHECK(Params().repr() == "{}");
}

TEST_CASE("parameters remember which of them were asked for, copies together") {
  const Params p{{"a", 1}, {"b", 2}, {"c", 3}};
  const Params own = p.fresh(), copy = own;
  CHECK(own.unread() == std::vector<std::string>{"a", "b", "c"});
  copy["b"];
  own.contains("a");
  for (const auto& entry : own) CHECK(entry.second == *own.find(entry.first));
  CHECK(own.unread() == std::vector<std::string>{"a", "c"});
  CHECK(p.unread().size() == 3);
  CHECK(own.fresh().unread().size() == 3);
  own.get("a", 0), own["c"];
  CHECK(own.unread().empty());
}

TEST_CASE("a grid is every combination, names sorted and the last one fastest; lists of grids follow one another") {
  const train::ParamGrid grid{{"b", {1, 2}}, {"a", {"x", "y"}}};
  CHECK(grid.size() == 4);
  const char* expected[] = {"{'a': 'x', 'b': 1}", "{'a': 'x', 'b': 2}", "{'a': 'y', 'b': 1}", "{'a': 'y', 'b': 2}"};
  for (std::int64_t i = 0; i < 4; ++i) CHECK(grid[i].repr() == expected[i]);
  const train::ParamGrid several({{{"a", {1, 2}}}, {}, {{"b", std::vector<double>{0.5}}}});
  CHECK(several.size() == 4);
  CHECK(several[2].repr() == "{}");
  CHECK(several[3].repr() == "{'b': 0.5}");
  CHECK(train::ParamGrid({{"layers", {{64}, {64, 32}}}})[1].repr() == "{'layers': [64, 32]}");
  CHECK(train::ParamGrid().size() == 1);
  CHECK(throws<IndexError>([&] { grid[4]; }, "train::ParamGrid: got combination 4; expected 0 to 3"));
  CHECK(throws<IndexError>([&] { grid[-1]; }, "got combination -1"));
  CHECK(throws<ValueError>([] { train::ParamGrid({{"a", std::vector<int>{}}}); }, "\"a\": got no values"));
  CHECK(throws<ValueError>([] { train::ParamGrid({{"a", {1}}, {"a", {2}}}); }, "got \"a\" twice"));
  const std::vector<int> many(1000);
  CHECK(throws<ValueError>(
      [&] {
        train::ParamGrid({{"a", many}, {"b", many}, {"c", many}});
      },
      "more than 100000000 combinations"));
}

TEST_CASE("draws: lists without repeating, distributions within their bounds, the same for the same state") {
  const train::ParamDistributions lists{{"a", {1, 2, 3}}, {"b", {"x", "y"}}};
  const auto all = lists.sample(50, 3);
  CHECK(all.size() == 6);  // there are no more
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(!(all[i] == all[j]));
  CHECK(lists.sample(3, 9) == lists.sample(3, 9));

  const train::ParamDistributions d{{"u", train::uniform(-2, 3)},
                                    {"l", train::loguniform(1e-4, 1e-1)},
                                    {"n", train::randint(-3, 4)},
                                    {"c", train::choice({"p", "q", "r"}, {1, 0, 3})}};
  std::int64_t low = 0, small = 0, qs = 0, rs = 0;
  std::vector<int> counts(7);
  constexpr int n = 4000;
  for (const Params& p : d.sample(n, 1)) {
    const double u = p["u"], l = p["l"];
    const int k = p["n"];
    CHECK((u >= -2 && u < 3 && l >= 1e-4 && l <= 1e-1 && k >= -3 && k <= 3));
    low += u < 0;
    small += l < std::sqrt(1e-5);  // half of the decades
    ++counts.at(static_cast<std::size_t>(k + 3));
    qs += p["c"] == "q";
    rs += p["c"] == "r";
  }
  const double four_sigma = 4 * std::sqrt(0.25 * n);
  CHECK(std::abs(static_cast<double>(low) - 0.4 * n) < four_sigma);
  CHECK(std::abs(static_cast<double>(small) - 0.5 * n) < four_sigma);
  CHECK(qs == 0);
  CHECK(std::abs(static_cast<double>(rs) - 0.75 * n) < four_sigma);
  for (const int c : counts) CHECK(std::abs(c - n / 7.) < four_sigma);
  CHECK(train::loguniform(1e-4, 0.1).repr() == "loguniform(0.0001, 0.1)");

  CHECK(throws<ValueError>([&] { lists.sample(0, 1); }, "n: got 0; expected 1 or more"));
  CHECK(throws<ValueError>([&] { lists.sample(1, -1); }, "random_state: got -1"));
  CHECK(throws<ValueError>([] { train::uniform(1, 1); }, "train::uniform: got 1 and 1; expected low < high"));
  CHECK(throws<ValueError>([] { train::uniform(0, HUGE_VAL); }, "both finite"));
  CHECK(throws<ValueError>([] { train::loguniform(0, 1); }, "expected 0 < low < high"));
  CHECK(throws<ValueError>([] { train::randint(3, 3); }, "train::randint: got 3 and 3"));
  CHECK(throws<ValueError>([] { train::choice({1, 2}, {1.0}); }, "got 2 values, 1 weights"));
  CHECK(throws<ValueError>([] { train::choice({1, 2}, {0.0, 0.0}); }, "some above 0"));
  CHECK(throws<ValueError>([] { train::choice({1}, {std::nan("")}); }, "weights: got nan"));
  CHECK(throws<ValueError>([] { train::choice(std::vector<int>{}); }, "got no values"));
  CHECK(throws<ValueError>([] { train::ParamDistributions(std::vector<train::ParamDistributions>{}); }, "empty list"));
}

TEST_SUITE_END();
