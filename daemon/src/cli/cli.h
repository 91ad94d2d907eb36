// cli/cli.h - the command line of jobsd: what each command takes, and nothing of what it does.
#pragma once

namespace jobsd {

// Runs one command. Returns the exit status: 0 done, 1 could not be done, 2 wrong use. Results go to standard output,
// errors to standard error, one a line.
int run(int argc, const char* const* argv);

}  // namespace jobsd
