#include "tests/train/kill.hpp"

TEST_SUITE_BEGIN("train");

TEST_CASE("checkpoint: when saving is killed, the file is the old or the new one") { xgrad::test::kill_saves(100); }

TEST_SUITE_END();
