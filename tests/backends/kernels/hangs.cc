// Never returns for one argument.
extern "C" float f(float x) {
  volatile bool waiting = x == 1.5f;
  while (waiting) {
  }
  return x;
}
