// core/cryptography.h - what a secret needs: sealing and opening it, and signing with it.
//
// Reached through the SecretKey alone, without which there is no secret. So the linker leaves OpenSSL, which is as large as all the
// rest, out of a static program that makes no key.
#pragma once

#include "core/secret_box.h"
#include "jobs/signature.h"

namespace jobs {

struct Cryptography {
  decltype(&seal_secret) seal = nullptr;
  decltype(&open_secret) open = nullptr;
  decltype(&signature_headers) sign = nullptr;
};

}  // namespace jobs
