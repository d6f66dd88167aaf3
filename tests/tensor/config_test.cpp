#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>

#include "tensor/config.hpp"
#include "tensor/kernels/blas_core.hpp"

using namespace xgrad;

TEST_SUITE_BEGIN("tensor");

TEST_CASE("print_config names versions, instruction set, BLAS kernels and threads") {
  std::ostringstream out;
  print_config(out);
  for (const char* part : {"xgrad ", "compiled for ", "xtensor 0.", "oneTBB ", "BLAS: ", "kernels: ", "threads: "})
    CHECK_MESSAGE(out.str().find(part) != std::string::npos, out.str());
}

TEST_CASE("unless a core is forced, the BLAS kernels are not of an older age than the processor") {
  if (std::getenv("OPENBLAS_CORETYPE")) return;
  CHECK_MESSAGE(!kernels::choose_blas_core(), "it was chosen when the program started");
  std::ostringstream out;
  print_config(out);
  CHECK((out.str().find("warning") != std::string::npos) == kernels::blas_core_is_slow());
}

TEST_SUITE_END();
