// identity/secret_key.h - the key that encrypts webhook secrets at rest.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>

namespace jobsd {

using SecretKey = std::array<std::byte, 32>;

// Reads the key, or creates it when there is no file: 32 random bytes, readable by the owner alone, on disk before this
// returns. Two processes that create it at once get the same key.
// Throws std::runtime_error, with what to do: the file has another size, others may read it, or the disk failed.
SecretKey load_or_create_secret_key(const std::filesystem::path& file);

// Reads a key from before, which has to be there. Throws as above; of a file in the folder of systemd's credentials systemd
// decides who may read it.
SecretKey load_secret_key(const std::filesystem::path& file);

// The key that systemd passes as the credential "secret.key" (systemd.exec(5), LoadCredential=). Empty: it passes none.
// Throws as above, except that systemd decides who may read it.
std::optional<SecretKey> secret_key_credential();

}  // namespace jobsd
