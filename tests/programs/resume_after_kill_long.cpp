// The same many times over.
#include "tests/programs/resume_kills.hpp"

int main(int argc, char** argv) { return resume_kills::main(argc, argv, 2, 12, 7); }
