#include "train/progress.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace xgrad;

TEST_SUITE_BEGIN("train");

TEST_CASE("progress: a line of the bar fits into the columns, whatever there is to say") {
  std::string text;
  for (const int width : {10, 20, 40, 60, 80, 200}) {
    train::Progress bar({.write = [&](std::string_view s) { text += s; }, .terminal = true, .width = width});
    bar.begin_epoch(2, 12, 469);
    for (const std::int64_t step : {0, 1, 234, 469}) {
      train::Logs logs{{"loss", 0.12345}, {"accuracy", 0.98765}};
      CHECK(bar.line(step, logs, 2.5).size() < static_cast<std::size_t>(width));
      for (int i = 0; i < 9; ++i) logs.set("a_long_metric_" + std::to_string(i), -1e-8);
      CHECK(bar.line(step, logs, 1e9).size() < static_cast<std::size_t>(width));
    }
  }
  train::Progress bar({.terminal = true, .width = 80});
  bar.begin_epoch(2, 12, 469);
  CHECK(bar.line(234, {{"loss", 0.12345}, {"accuracy", 0.98765}}, 2.) ==
        "epoch  3/12 [==>   ] 234/469 loss 0.1235 accuracy 0.9877  117 steps/s 0:02 left");
}

TEST_CASE("progress: without a terminal there is one plain line for each epoch") {
  std::string text;
  train::Progress lines({.write = [&](std::string_view s) { text += s; }});
  lines.begin_epoch(0, 2, 10);
  CHECK_FALSE(lines.due());
  lines.end_epoch({{"loss", 0.5}, {"learning_rate", 1e-4}});
  CHECK(text.substr(0, text.find("  0.0")) == "epoch 1/2 loss 0.5000 learning_rate 1.000e-04");
  CHECK(text.back() == '\n');
  CHECK(text.find('\r') == text.npos);
}

TEST_CASE("progress: in a terminal the last line replaces the bar, and is broken between values") {
  std::string text;
  train::Progress bar({.write = [&](std::string_view s) { text += s; }, .terminal = true, .width = 40});
  bar.begin_epoch(0, 2, 10);
  const train::Logs logs{{"loss", 0.5}, {"accuracy", 0.25}, {"val_loss", 0.75}};
  bar.draw(5, logs);
  text.clear();
  bar.end_epoch(logs);
  CHECK(text.substr(0, 4) == "\r\x1b[K");
  CHECK(bar.last_line(logs, 65) == "epoch 1/2 loss 0.5000 accuracy 0.2500\n          val_loss 0.7500  1:05");
}
