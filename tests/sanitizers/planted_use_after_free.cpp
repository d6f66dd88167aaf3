// A use after free on purpose, of an array's buffer: shows that the address sanitizer sees it, which a pool would hide.
#include <iostream>

#include "tensor/array.hpp"

int main() {
  const float* kept = nullptr;
  {
    const xgrad::Array a = xgrad::Array::zeros({10});
    kept = a.data<float>();
  }
  std::cout << kept[3] << '\n';
}
