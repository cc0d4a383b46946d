#include "cli/commands.h"

int main(int argc, char** argv) {
  return onceload::RunCommandLine(onceload::Arguments(argv + 1, argv + argc));
}
