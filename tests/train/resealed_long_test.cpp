#include "tests/train/resealed.hpp"

using namespace xgrad;
using namespace xgrad::test;

TEST_SUITE_BEGIN("train");

TEST_CASE("resealed: thousands of flips under a hash made right") {
  const Folder folder;
  write_resealable(folder / "net.h5");
  const Outcomes outcomes = flip_and_reseal(folder / "net.h5", 4000, 2);
  MESSAGE(outcomes.loaded, " loaded, ", outcomes.refused, " refused, ", outcomes.crashed, " of them crashes, ",
          outcomes.slow, " time-outs");
  CHECK(outcomes.loaded + outcomes.refused == 4000);
  CHECK(outcomes.loaded > 1000);
  CHECK(outcomes.refused > 300);
}

TEST_SUITE_END();
