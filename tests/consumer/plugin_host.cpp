// Loads the plugin named on its command line and asks it for a derivative.
#include <dlfcn.h>

#include <cstdio>

int main(int, char** arguments) {
  void* plugin = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (!plugin) return std::fprintf(stderr, "%s\n", dlerror()), 1;
  const auto f = reinterpret_cast<double (*)(double)>(dlsym(plugin, "derivative_of_square"));
  return f && f(5.) == 10. ? 0 : 1;
}
