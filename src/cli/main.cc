#include <cstdio>

int main() {
  std::puts("roundoff");
  return 0;
}
