// jobsd - the daemon that answers prompts as durable jobs. Everything is in the rooms; this is the door.
#include "cli/cli.h"

int main(int argc, char** argv) {
  return jobsd::run(argc, argv);
}
