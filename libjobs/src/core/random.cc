#include "core/random.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>

namespace jobs {
namespace {

// The most that getentropy(3) gives at once.
struct Block {
  std::array<std::uint64_t, 32> words = {};
  std::size_t used = 32;
};

}  // namespace

std::function<std::uint64_t()> random_source() {
  return [block = std::make_shared<Block>()] {
    if (block->used == block->words.size()) {
      if (::getentropy(block->words.data(), sizeof block->words) != 0) {
        throw std::system_error(errno, std::generic_category(), "no random bytes from the system");
      }
      block->used = 0;
    }
    return block->words[block->used++];
  };
}

}  // namespace jobs
