#include "tests/train/kill.hpp"

TEST_SUITE_BEGIN("train");

TEST_CASE("checkpoint: when saving is killed 2,000 times, the file is the old or the new one each time") {
  const auto seen = xgrad::test::kill_saves(2000);
  MESSAGE(seen.cut_short, " kills came in the middle of a save, after ", seen.replaced, " the file was another one");
  CHECK(seen.cut_short > 100);
  CHECK(seen.replaced > 100);
}

TEST_SUITE_END();
