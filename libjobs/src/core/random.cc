#include "core/random.h"

#include <openssl/rand.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace jobs {
namespace {

struct Block {
  std::array<std::uint64_t, 64> words = {};
  std::size_t used = 64;
};

}  // namespace

std::function<std::uint64_t()> random_source() {
  return [block = std::make_shared<Block>()] {
    if (block->used == block->words.size()) {
      if (RAND_bytes(reinterpret_cast<unsigned char*>(block->words.data()), sizeof block->words) != 1) {
        throw std::runtime_error("no random bytes from OpenSSL");
      }
      block->used = 0;
    }
    return block->words[block->used++];
  };
}

}  // namespace jobs
