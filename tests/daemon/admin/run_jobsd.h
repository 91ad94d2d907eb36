// Runs the built jobsd as an operator would, and returns what it printed and its exit status.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

struct Ran {
  int status = -1;
  std::string out = {};
  std::string err = {};

  std::vector<std::string> err_lines() const {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < err.size();) {
      const std::size_t end = std::min(err.find('\n', at), err.size());
      lines.push_back(err.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  }
};

// `out` takes standard output in place of a file that is read afterwards.
inline Ran run_jobsd(const std::vector<std::string>& arguments, const char* out = nullptr) {
  const TemporaryFolder folder;
  const std::string out_file = out != nullptr ? out : (folder / "out").string();
  const std::string err_file = (folder / "err").string();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out_file.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err_file.c_str(), O_WRONLY | O_CREAT, 0600);
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), JOBSD_PROGRAM);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, JOBSD_PROGRAM, &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("jobsd could not be run");
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) throw std::runtime_error("jobsd did not exit");
  return {WEXITSTATUS(status), out != nullptr ? std::string() : contents(out_file), contents(err_file)};
}
