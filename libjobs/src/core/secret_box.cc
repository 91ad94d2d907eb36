#include "core/secret_box.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <climits>
#include <memory>
#include <stdexcept>

#include "jobs/error.h"

namespace jobs {
namespace {

constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

CipherContext new_context() {
  CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  if (!context) throw std::bad_alloc();
  return context;
}

unsigned char* bytes_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
const unsigned char* bytes_of(const SecretKey::Bytes& key) {
  return reinterpret_cast<const unsigned char*>(key.data());
}

// OpenSSL counts bytes in int.
int int_size(std::string_view text) {
  if (text.size() > INT_MAX / 2) throw std::invalid_argument("A secret of more than 1 GiB cannot be sealed.");
  return static_cast<int>(text.size());
}

}  // namespace

std::string seal_secret(const SecretKey::Bytes& key, std::string_view secret, std::string_view context) {
  std::string sealed(kNonceSize + secret.size() + kTagSize, '\0');
  unsigned char* const nonce = bytes_of(sealed);
  unsigned char* const ciphertext = nonce + kNonceSize;
  unsigned char* const tag = ciphertext + secret.size();
  if (RAND_bytes(nonce, kNonceSize) != 1) {
    throw Error(Errc::io, "OpenSSL has no random bytes for the nonce of a sealed secret.");
  }
  const CipherContext cipher = new_context();
  int written = 0;
  const bool ok = EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), bytes_of(key), nonce, nullptr) == 1 &&
                  EVP_EncryptUpdate(cipher.get(), nullptr, &written, bytes_of(context), int_size(context)) == 1 &&
                  EVP_EncryptUpdate(cipher.get(), ciphertext, &written, bytes_of(secret), int_size(secret)) == 1 &&
                  EVP_EncryptFinal_ex(cipher.get(), tag, &written) == 1 &&
                  EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) == 1;
  if (!ok) throw std::runtime_error("OpenSSL cannot encrypt with AES-256-GCM: check its configuration and providers.");
  return sealed;
}

std::string open_secret(const SecretKey::Bytes& key, std::string_view sealed, std::string_view context) {
  const Error wrong(
      Errc::wrong_key,
      "A stored webhook secret cannot be decrypted: it was stored with another secret key, or the file was "
      "changed. Start the engine with the key it was stored with.");
  if (sealed.size() < kNonceSize + kTagSize) throw wrong;
  const std::string_view ciphertext = sealed.substr(kNonceSize, sealed.size() - kNonceSize - kTagSize);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  std::string secret(ciphertext.size(), '\0');
  unsigned char none[kTagSize];
  const CipherContext cipher = new_context();
  int written = 0;
  const bool ok =
      EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), bytes_of(key), bytes_of(sealed), nullptr) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &written, bytes_of(context), int_size(context)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), bytes_of(secret), &written, bytes_of(ciphertext), int_size(ciphertext)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), none, &written) == 1;
  if (!ok) throw wrong;
  return secret;
}

}  // namespace jobs
