// A training that is killed at any batch, and while it saves, goes on as if nothing had been.
#include "tests/programs/resume_kills.hpp"

int main(int argc, char** argv) { return resume_kills::main(argc, argv, 1, 2, 20261120); }
